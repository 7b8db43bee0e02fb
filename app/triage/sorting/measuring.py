"""What each step would have done to last week's posts, and what corrections tell: found out by a sweep, never by a page."""

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from app.triage.actions import BATCH, conclude
from app.triage.outcomes import Sorted
from app.triage.queries import Received, read_only, topic_words
from app.triage.rules.queries import Ready, ready_rules
from app.triage.signals import read_signals
from app.triage.sorting import queries
from app.triage.sorting.corrections import LaneWeek, Tallies, by_week, tallies
from app.triage.sorting.ladder import NO_SHIFTS, Border, Shifts, Step, point_of
from app.triage.sorting.learning import by_border, shift_of
from app.triage.sorting.shares import Share, share_of
from app.triage.types import Said, Signals

A_WEEK = timedelta(days=7)
#: So many posts of the week are read again, spread over all of it: an interval of three points to either side.
MOST_READ = 1_000
#: So many that people have said something of, the newest.
MOST_TOLD = 500
#: Corrections older than this tell of another time.
LOOKS_BACK = timedelta(weeks=8)

#: By whose shifts a table stands: none, those that count, and those that corrections propose.
PLAIN, IN_FORCE, PROPOSED = "plain", "in_force", "proposed"
_ON_THE_FEED = ("open", "set_by_hand")


@dataclass(frozen=True, slots=True)
class Measured:
    """What was found."""

    version: int
    posts: int
    read: int
    is_whole: bool
    steps: dict[str, dict[Step, dict[str, Share]]]
    weeks: list[LaneWeek]
    tallies: Tallies
    shifts: dict[Border, float]
    learnt_from: dict[Border, int]


def measure(*, at: datetime) -> Measured:
    """Read last week's posts again and count; takes seconds, writes nothing, and holds no row."""
    now = queries.setting()
    told = queries.told_since(at - LOOKS_BACK)
    samples = by_border((each.scores, each.corrected.said.is_staffs) for each in told if each.is_to_learn_from)
    proposed = {border: shift for border, found in samples.items() if (shift := shift_of(found))}
    ids, is_whole = queries.sorted_since(at - A_WEEK)
    chosen = spread(ids, MOST_READ)
    said = {each.mention_id: each.corrected.said for each in told if each.said_at >= at - A_WEEK}
    said = dict(list(said.items())[:MOST_TOLD])
    read = list(_read(sorted({*chosen, *said})))
    of_week = set(chosen)
    corrected = [each.corrected for each in told]
    whose = {PLAIN: NO_SHIFTS, IN_FORCE: now.shifts or NO_SHIFTS, PROPOSED: proposed}
    return Measured(
        version=now.number,
        posts=len(ids),
        read=sum(post.id in of_week for post, _ in read),
        is_whole=is_whole,
        steps={name: _steps(read, shifts, of_week, said) for name, shifts in whose.items()},
        weeks=by_week(corrected),
        tallies=tallies(corrected),
        shifts=proposed,
        learnt_from={border: len(found) for border, found in samples.items()},
    )


def spread(ids: Sequence[int], most: int) -> list[int]:
    """Return ``most`` of them at most, evenly spread."""
    return list(ids) if len(ids) <= most else [ids[place * len(ids) // most] for place in range(most)]


Read = tuple[Received, Signals]


def _read(ids: Sequence[int]) -> Iterator[Read]:
    """Read the posts again; what their authors erased has no words, and is left out."""
    topics = topic_words()
    for start in range(0, len(ids), BATCH):
        for post in read_only(ids[start : start + BATCH]):
            if post.text:
                yield post, read_signals(post.text, topics=topics, language_hint=post.language_hint)


def _steps(
    read: Sequence[Read], shifts: Shifts, of_week: set[int], said: Mapping[int, Said]
) -> dict[Step, dict[str, Share]]:
    rules = ready_rules()
    return {step: _counts(read, step, shifts, rules, of_week, said) for step in Step}


def _counts(
    read: Sequence[Read], step: Step, shifts: Shifts, rules: Ready, of_week: set[int], said: Mapping[int, Said]
) -> dict[str, Share]:
    point = point_of(step, shifts)
    done = [conclude(post, signals, rules, point) for post, signals in read]

    def reach_the_crew(wanted: Callable[[Said], bool]) -> Share:
        return share_of(_is_on_feed(one) for one in done if one.waiting.id in said and wanted(said[one.waiting.id]))

    return {
        "staff": share_of(one.verb == "escalate" for one in done if one.waiting.id in of_week),
        "angry": reach_the_crew(lambda each: each is Said.STAFF_ANGRY),
        "sensitive": reach_the_crew(lambda each: each is Said.STAFF_SENSITIVE),
        "staffs": reach_the_crew(lambda each: each.is_staffs),
    }


def _is_on_feed(one: Sorted) -> bool:
    return one.verb in _ON_THE_FEED
