"""Pure: what people said of posts, held against what triage had said: by lane and week, reason, rule and cue."""

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date

from app.mentions.types import Route
from app.triage.sorting.shares import Share
from app.triage.types import Said

#: Cues, reasons and rules that are told, those that were looked at most.
MOST_TOLD = 20


@dataclass(frozen=True, slots=True)
class Corrected:
    """What triage and a person said of one post."""

    #: The Monday of its week.
    week: date
    route: Route
    said: Said
    reason: str
    rule_key: int | None
    cues: Sequence[str]

    @property
    def is_right(self) -> bool:
        """Whether triage was right; a person who said no more than "staff" agrees with each lane of theirs."""
        return self.said.value == self.route.value or (self.said is Said.STAFF and self.route.is_staff)


@dataclass(frozen=True, slots=True)
class LaneWeek:
    """How triage did on one lane in one week: of what it sent there, of what belonged there."""

    week: date
    #: A route; or all of staff's together, where it is enough that both say staff.
    lane: Said
    precision: Share
    recall: Share


def by_week(posts: Iterable[Corrected]) -> list[LaneWeek]:
    """Return precision and recall of each lane that anything is known of, the newest week first.

    A post of which a person said no more than "staff" belongs to no lane but that of all staff.
    """
    sent: Counter[tuple[date, Said, bool]] = Counter()
    belonged: Counter[tuple[date, Said, bool]] = Counter()
    for post in posts:
        for lane in _lanes(Said(post.route.value)):
            sent[post.week, lane, _is_right(post, lane)] += 1
        for lane in _lanes(post.said):
            belonged[post.week, lane, _is_right(post, lane)] += 1
    weeks = sorted({week for week, *_ in sent}, reverse=True)
    lines = [
        LaneWeek(week, lane, _share(sent, week, lane), _share(belonged, week, lane)) for week in weeks for lane in Said
    ]
    return [line for line in lines if line.precision.of or line.recall.of]


def _lanes(said: Said) -> set[Said]:
    return {said, Said.STAFF} if said.is_staffs else {said}


def _is_right(post: Corrected, lane: Said) -> bool:
    return post.route.is_staff and post.said.is_staffs if lane is Said.STAFF else post.is_right


def _share(counted: Mapping[tuple[date, Said, bool], int], week: date, lane: Said) -> Share:
    right = counted.get((week, lane, True), 0)
    return Share(right, right + counted.get((week, lane, False), 0))


@dataclass(frozen=True, slots=True)
class Tallies:
    """How often triage was right, by the code of the deciding reason, the brand's rule, and each cue found."""

    reasons: dict[str, Share]
    rules: dict[str, Share]
    cues: dict[str, Share]


def tallies(posts: Sequence[Corrected]) -> Tallies:
    """Count; of each the ``MOST_TOLD`` that were looked at most, those first."""
    return Tallies(
        reasons=_counted((post.reason, post.is_right) for post in posts if post.rule_key is None),
        rules=_counted((str(post.rule_key), post.is_right) for post in posts if post.rule_key is not None),
        cues=_counted((cue, post.is_right) for post in posts for cue in post.cues),
    )


def _counted(answers: Iterable[tuple[str, bool]]) -> dict[str, Share]:
    right: Counter[str] = Counter()
    all_of: Counter[str] = Counter()
    for name, is_right in answers:
        right[name] += is_right
        all_of[name] += 1
    return {name: Share(right[name], of) for name, of in all_of.most_common(MOST_TOLD)}
