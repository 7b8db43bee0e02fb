"""The sorts of posts that are counted, and the series of counts that are watched; pure."""

from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum

from app.mentions.types import Route

_OUTAGE = frozenset({"technical.outage", "technical.disruption", "urgent.outage"})
_HARM = "crisis."


class Sort(StrEnum):
    """A sort of posts; a post may be of several."""

    ALL = "ALL"
    HARM = "HARM"
    ANGRY = "ANGRY"
    OUTAGE = "OUTAGE"
    TOPIC = "TOPIC"


@dataclass(frozen=True, slots=True)
class Series:
    """One line of counts over time; ``connection_id`` None is all accounts together, ``topic`` is of ``Sort.TOPIC`` alone."""

    sort: Sort
    topic: str = ""
    connection_id: int | None = None

    @property
    def key(self) -> str:
        """What no other series is called."""
        return f"{self.sort.value}:{self.connection_id or ''}:{self.topic}"

    def holds(self, sorts: Sequence[tuple[Sort, str]], connection_id: int) -> bool:
        """Say whether a post of these sorts, heard by this account, counts in it."""
        return (self.sort, self.topic) in sorts and self.connection_id in (None, connection_id)


def sorts_of(route: Route, reasons: Sequence[Sequence[str]], topic: str) -> list[tuple[Sort, str]]:
    """Return the sorts that a post is of, each with its topic, by what triage wrote down about it."""
    codes = [reason[0] for reason in reasons if reason]
    found = [(Sort.ALL, "")]
    if any(code.startswith(_HARM) for code in codes):
        found.append((Sort.HARM, ""))
    if route is Route.STAFF_ANGRY:
        found.append((Sort.ANGRY, ""))
    if not _OUTAGE.isdisjoint(codes):
        found.append((Sort.OUTAGE, ""))
    if topic:
        found.append((Sort.TOPIC, topic))
    return found
