"""Shapes of the brand's rules: what a post must be like, what happens to it then, and the list they stand in."""

from collections.abc import Mapping
from dataclasses import asdict, dataclass, field
from enum import StrEnum
from typing import Any

from app.triage.types import Concern

MOST_RULES = 50
#: What a rule may add to a priority, or take from it.
MOST_POINTS = 20
#: These decide who sees a case and how many approve its answer; triage alone gives them.
KEPT_TAGS = frozenset(concern.value for concern in Concern)
MARKETING = "marketing"
LONGEST_TAG = 20


class Way(StrEnum):
    """Where a post goes."""

    CROWD = "crowd"
    HELLO = "hello"
    ANGRY = "staff_angry"
    TECHNICAL = "staff_technical"
    SENSITIVE = "staff_sensitive"
    MARKETING = "marketing"
    NOISE = "noise"
    HOLD = "hold"

    @property
    def is_to_crowd(self) -> bool:
        """Whether the community sees what goes there."""
        return self in _TO_CROWD


_TO_CROWD = frozenset({Way.CROWD, Way.HELLO})


class Guard(StrEnum):
    """What no rule may do with a post."""

    NONE = ""
    PRIVATE = "private"
    """It holds personal data, or was not read whole: it never goes to the crowd."""
    DANGER = "danger"
    """Somebody may come to harm: it stays where triage sends it."""


@dataclass(frozen=True, slots=True)
class When:
    """What a post must be like; all that is given must hold, and of each list one is enough."""

    words: tuple[str, ...] = ()
    """Words or phrases; ``*`` stands for any ending."""
    authors: tuple[str, ...] = ()
    """Handles without @, in small letters."""
    places: tuple[str, ...] = ()
    """Networks by their kind, connections by their number."""
    languages: tuple[str, ...] = ()
    followers_from: int | None = None
    followers_to: int | None = None
    mood_from: float | None = None
    mood_to: float | None = None
    topics: tuple[str, ...] = ()
    kinds: tuple[str, ...] = ()
    weekdays: tuple[int, ...] = ()
    """Monday is 0."""
    time_from: str = ""
    """HH:MM in the brand's time zone; past midnight where it is later than ``time_to``, which does not belong to it."""
    time_to: str = ""

    @property
    def asks_nothing(self) -> bool:
        """Whether every post would do."""
        return self == When()


@dataclass(frozen=True, slots=True)
class Then:
    """What happens to a post that fits."""

    way: Way | None = None
    """None leaves it where triage sends it."""
    points: int = 0
    tags: tuple[str, ...] = ()
    assign_to: int | None = None
    """The user whom its case is given to, if it becomes one."""

    @property
    def does_nothing(self) -> bool:
        """Whether nothing would change."""
        return self == Then()


@dataclass(frozen=True, slots=True)
class Wording:
    """A rule as somebody wrote it."""

    name: str
    when: When = field(default_factory=When)
    then: Then = field(default_factory=Then)


@dataclass(frozen=True, slots=True)
class Live:
    """A wording that counts, and the version of the list it was saved with."""

    key: int
    version: int
    wording: Wording


@dataclass(frozen=True, slots=True)
class Rule:
    """A rule in its list: its newest wording, and the one that counts, which may be older; None while it is off."""

    key: int
    version: int
    wording: Wording
    live: Live | None = None

    @property
    def is_on(self) -> bool:
        return self.live is not None

    @property
    def is_newer(self) -> bool:
        """Whether its newest wording waits to be switched on, while an older one counts."""
        return self.live is not None and self.live.version != self.version


Rules = tuple[Rule, ...]
"""In their order: of those that fit a post, the first decides."""


def in_force(rules: Rules) -> tuple[Live, ...]:
    """Return what counts, in its order."""
    return tuple(rule.live for rule in rules if rule.live)


def plain_rules(rules: Rules) -> list[dict[str, Any]]:
    """Turn rules into what JSON holds."""
    return [asdict(rule) for rule in rules]


def plain_live(live: tuple[Live, ...]) -> list[dict[str, Any]]:
    """Turn what counts into what JSON holds."""
    return [asdict(each) for each in live]


def rules_from_plain(rows: list[dict[str, Any]]) -> Rules:
    """Turn what JSON held back into rules."""
    return tuple(Rule(row["key"], row["version"], _wording(row["wording"]), _live(row["live"])) for row in rows)


def live_from_plain(rows: list[dict[str, Any]]) -> tuple[Live, ...]:
    """Turn what JSON held back into what counts."""
    return tuple(live for row in rows if (live := _live(row)))


def _live(row: Mapping[str, Any] | None) -> Live | None:
    return None if row is None else Live(row["key"], row["version"], _wording(row["wording"]))


def _wording(row: Mapping[str, Any]) -> Wording:
    then = _tuples(row["then"])
    then["way"] = Way(then["way"]) if then["way"] else None
    return Wording(row["name"], When(**_tuples(row["when"])), Then(**then))


def _tuples(row: Mapping[str, Any]) -> dict[str, Any]:
    """JSON knows lists only."""
    return {name: tuple(value) if isinstance(value, list) else value for name, value in row.items()}
