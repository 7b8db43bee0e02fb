"""How often the watch cries wolf on steady noise, and how soon it sees a rise; judged as the watch judges, minute by minute.

Posts come by chance, with a day's rhythm (a night of a tenth of the evening) and quieter weekends. The noise is Poisson's, or
rougher: each hour's rate is drawn anew, so that its counts vary three times as much as Poisson's would.
"""

import random
import statistics
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

from app.spikes.judging import FLOORS, WINDOWS, judge, step_of
from app.spikes.past import HOUR, LEARNT_FROM, past_of, usual_in
from app.spikes.sorts import Sort
from app.spikes.usual import FACTOR, Usual
from bench.report import Bar, BenchResult, used_cpu

#: Weeks of noise for each rate, after those that were learnt from.
SIZE = 8
RATES = (0.02, 0.5, 6, 60, 600)
BEGIN = datetime(2026, 1, 5, tzinfo=UTC)
MINUTE = timedelta(minutes=1)
WEEK = timedelta(weeks=1)
RISES = 60
TIMES = 10
#: Mean rates an hour from which a tenfold rise must be seen in half of all cases within so many minutes.
SEEN_WITHIN = {6: 20, 60: 6, 600: 6}
_DAY = (2, 1.5, 1, 1, 1, 2, 4, 6, 8, 9, 9, 10, 11, 11, 10, 10, 10, 11, 12, 13, 13, 11, 8, 4)
_WEEK = (1.1, 1.1, 1.1, 1.1, 1.0, 0.8, 0.8)


@dataclass
class Stream:
    """A series of posts with ``rate`` an hour on average; ``rough``: how much more than by chance its counts vary."""

    rate: float
    rough: float
    random: random.Random

    def __post_init__(self) -> None:
        self.minutes: dict[datetime, int] = {}
        self.hours: dict[datetime, int] = {}
        self._drawn: tuple[datetime, float] = (BEGIN - HOUR, 0.0)

    def mean(self, hour: datetime) -> float:
        """Return how many posts the hour holds on average."""
        shape = _DAY[hour.hour] * len(_DAY) / sum(_DAY) * _WEEK[hour.weekday()] * len(_WEEK) / sum(_WEEK)
        return self.rate * shape

    def run(self, begins: datetime, ends: datetime, times: float = 1.0) -> None:
        """Let posts come, minute by minute."""
        at = begins
        while at < ends:
            hour = at.replace(minute=0)
            posts = _poisson(self.random, self._rate_in(hour) * times / 60)
            if posts:
                self.minutes[at] = posts
                self.hours[hour] = self.hours.get(hour, 0) + posts
            at += MINUTE

    def _rate_in(self, hour: datetime) -> float:
        if self._drawn[0] != hour:
            mean = self.mean(hour)
            shape = mean / (self.rough - 1) if self.rough > 1 else 0.0
            self._drawn = hour, self.random.gammavariate(shape, self.rough - 1) if shape else mean
        return self._drawn[1]

    def usual(self, hour: datetime) -> Usual:
        """Return what the watch has learnt of an hour."""
        return usual_in(self.hours, past_of(hour, since=BEGIN - HOUR, zone=UTC)) or Usual(0.0)


def _poisson(source: random.Random, mean: float) -> int:
    posts, at = 0, source.expovariate(1.0)
    while at < mean:
        posts, at = posts + 1, at + source.expovariate(1.0)
    return posts


class Watch:
    """Judges a stream at the end of each minute."""

    def __init__(self, stream: Stream, sort: Sort) -> None:
        self.stream, self.sort = stream, sort
        self._usual: dict[datetime, Usual] = {}

    def alarms(self, begins: datetime, ends: datetime) -> list[datetime]:
        """Return the minutes at which something stood out, one for each time it did so anew."""
        found, quiet = [], True
        at = begins
        while at < ends:
            at += MINUTE
            stands_out = self._stands_out(at)
            if stands_out and quiet:
                found.append(at)
            quiet = not stands_out
        return found

    def first(self, begins: datetime, ends: datetime) -> datetime | None:
        """Return the first minute at which something stood out."""
        at = begins
        while at < ends:
            at += MINUTE
            if self._stands_out(at):
                return at
        return None

    def _stands_out(self, at: datetime) -> bool:
        usual = {hour: self._known(hour) for hour in (at.replace(minute=0) - HOUR, at.replace(minute=0))}
        steps: dict[datetime, int] = {}
        for back in range(1, max(WINDOWS) + 6):
            if posts := self.stream.minutes.get(at - back * MINUTE):
                step = step_of(at - back * MINUTE)
                steps[step] = steps.get(step, 0) + posts
        least = min(each.mean for each in usual.values())
        if sum(steps.values()) < max(FLOORS[self.sort], FACTOR * least / 6):
            return False  # no window can stand out; saves most of the time
        return any(window.stands_out for window in judge(steps, usual, self.sort, at=at))

    def _known(self, hour: datetime) -> Usual:
        if hour not in self._usual:
            self._usual[hour] = self.stream.usual(hour)
        return self._usual[hour]


def run(size: int = SIZE, *, peers: bool = False) -> BenchResult:
    """Judge ``size`` weeks of noise of each rate, and rises to ``TIMES`` as much. ``peers`` adds the rough noise."""
    before, alarms, notes, bars = used_cpu(), 0, [], []
    for rough in (1.0, 3.0) if peers else (1.0,):
        for rate in RATES:
            sort = Sort.HARM if rate == min(RATES) else Sort.TOPIC
            cries = _cries(rate, rough, sort, weeks=size)
            alarms += cries if rough == 1.0 else 0
            waits = sorted(_waits(rate, rough, sort))
            notes.append(_line(rate, rough, cries, waits, weeks=size))
            if rough == 1.0 and rate in SEEN_WITHIN:
                bars.append(_bar(rate, statistics.median(waits)))
    judged = size * len(RATES)
    bars.append(
        Bar(f"{alarms} false alarms in {judged} weeks of steady noise (at most 1 in 52)", alarms * 52 <= judged)
    )
    return BenchResult("spikes", [1.0], used_cpu() - before, bars, notes)


def _bar(rate: float, median: float) -> Bar:
    most = SEEN_WITHIN[int(rate)]
    return Bar(f"{TIMES} times {rate:g} an hour is seen after {median:g} min (at most {most})", median <= most)


def _cries(rate: float, rough: float, sort: Sort, *, weeks: int) -> int:
    stream = Stream(rate, rough, random.Random(f"{rate} {rough}"))
    learnt = BEGIN + LEARNT_FROM
    stream.run(BEGIN, learnt + weeks * WEEK)
    return len(Watch(stream, sort).alarms(learnt, learnt + weeks * WEEK))


def _waits(rate: float, rough: float, sort: Sort) -> list[float]:
    """Return after how many minutes each rise was seen; those that were not seen in three hours count as that."""
    stream = Stream(rate, rough, random.Random(f"rise {rate} {rough}"))
    learnt = BEGIN + LEARNT_FROM
    stream.run(BEGIN, learnt)
    hours, minutes = dict(stream.hours), dict(stream.minutes)
    found = []
    for number in range(RISES):
        stream.hours, stream.minutes = dict(hours), dict(minutes)
        begins = learnt + timedelta(hours=9 + number % 12, minutes=7 * number % 60)  # by day
        ends = begins + 3 * HOUR
        stream.run(learnt + timedelta(hours=6), begins)
        stream.run(begins, ends, TIMES)
        seen = Watch(stream, sort).first(begins, ends)
        found.append(((seen or ends) - begins) / MINUTE)
    return found


def _line(rate: float, rough: float, cries: int, waits: list[float], *, weeks: int) -> str:
    late = waits[int(0.9 * (len(waits) - 1))]
    noise = "Poisson" if rough == 1.0 else f"{rough:g} times as rough"
    return (
        f"{rate:g} an hour, {noise}: {cries} false alarms in {weeks} weeks; "
        f"{TIMES} times as much is seen after {statistics.median(waits):g} min, 9 in 10 within {late:g}"
    )
