"""A series over a day, beside what is usual: the numbers of a chart and its table."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta, tzinfo
from typing import Final

from app.spikes import queries
from app.spikes.judging import FLOORS, STEP_MINUTES, Window, judge
from app.spikes.past import HOUR, LEARNT_FROM, hour_of, usual_in
from app.spikes.sorts import Series
from app.spikes.standing import HOUR_MINUTES, past_in, usual_at
from app.spikes.usual import bound

SHOWN_HOURS: Final = 24
#: What came after a spike is shown for so long.
AFTERWARDS: Final = timedelta(hours=2)


@dataclass(frozen=True, slots=True)
class Point:
    """One hour, by when it ends: what was heard, what is usual, and from how many on people are told."""

    ends_at: datetime
    heard: int
    usual: float
    bound: int


@dataclass(frozen=True, slots=True)
class Curve:
    """A day of one series, the last point being the last sixty minutes where it reaches up to now."""

    points: list[Point]
    is_plain: bool
    reaches_now: bool


def curve_of(series: Series, *, zone: tzinfo, at: datetime, ended_at: datetime | None = None) -> Curve | None:
    """Return the day before ``at``, or around a spike that has ended; None while too little is known of it."""
    since = began(series)
    if since is None:
        return None
    reaches_now = ended_at is None or ended_at + AFTERWARDS >= at
    until = hour_of(at) if ended_at is None or reaches_now else hour_of(ended_at + AFTERWARDS)
    counts = queries.counts_in(series, HOUR_MINUTES, since=until - SHOWN_HOURS * HOUR - LEARNT_FROM, until=until + HOUR)
    points, is_plain = [], False
    for hour in (until - n * HOUR for n in range(SHOWN_HOURS - 1, 0, -1)):
        usual = usual_in(counts, past_in(hour, since, zone))
        if usual is not None:
            most = bound(usual, minutes=HOUR_MINUTES, floor=FLOORS[series.sort])
            points.append(Point(hour + HOUR, counts.get(hour, 0), usual.mean, most))
            is_plain = usual.is_plain
    if reaches_now and (now := last_hour(series, counts, since=since, zone=zone, at=at)) is not None:
        points.append(Point(at, now.heard, now.expected, now.bound))
    return Curve(points, is_plain, reaches_now) if len(points) > 1 else None


def last_hour(
    series: Series, hours: Mapping[datetime, int], *, since: datetime, zone: tzinfo, at: datetime
) -> Window | None:
    """Judge the last sixty minutes of a series, or about as many; None while too little is known of it."""
    usual = usual_at({hour: n for hour, n in hours.items() if hour < hour_of(at)}, at, since=since, zone=zone)
    if usual is None:
        return None
    steps = queries.counts_in(series, STEP_MINUTES, since=at - HOUR - timedelta(minutes=STEP_MINUTES), until=at)
    return judge(steps, usual, series.sort, at=at)[-1]


def began(series: Series) -> datetime | None:
    """Return since when the accounts of a series are heard."""
    since = queries.listened_since()
    if series.connection_id is not None:
        return since.get(series.connection_id)
    return min(since.values(), default=None)
