"""Which changes a person may hear of; the page then fetches what changed under its own rights."""

from dataclasses import dataclass

from app.accounts.permissions import Permission, Person, may
from app.foundation.events import EventType, events_between, is_swept, newest_number

AT_MOST = 200

#: What somebody must be allowed to see before being told that it changed. What is not named here, everybody hears.
TOLD_TO: dict[EventType, Permission] = {
    EventType.POST_NEW: Permission.SEE_FEED,
    EventType.POST_CLAIMED: Permission.SEE_FEED,
    EventType.POST_FREED: Permission.SEE_FEED,
    EventType.POST_EDITED: Permission.SEE_FEED,
    EventType.POST_UNSURE: Permission.LISTEN,
    EventType.THREAD_NEW: Permission.SEE_FEED,
    EventType.REPLY_NEW: Permission.REVIEW,
    EventType.REPLY_VIEWING: Permission.REVIEW,
    EventType.CASE_CHANGED: Permission.SEE_STAFF_LANES,
    EventType.CHANNEL_BROKEN: Permission.SEE_CHANNELS,
}


@dataclass(frozen=True, slots=True)
class Change:
    """Something changed: its kind, and the number of what it happened to, if one thing did."""

    type: EventType
    id: int | None


def heard_by(person: Person) -> frozenset[EventType]:
    """Return the kinds of change a person is told of."""
    return frozenset(kind for kind in EventType if kind not in TOLD_TO or may(person, TOLD_TO[kind]))


@dataclass(frozen=True, slots=True)
class News:
    """What a page is told. Where more happened than is known (``missed``), anything it hears of may have changed."""

    after: int
    changes: list[Change]
    missed: bool = False


def news_after(person: Person, after: int) -> News:
    """Return what changed after the number ``after``, oldest first."""
    kinds = heard_by(person)
    newest = newest_number()
    found = events_between(after, newest, types=kinds, limit=AT_MOST + 1)
    # Asked last: what is swept from now on has been read.
    if after > newest or len(found) > AT_MOST or is_swept(after):
        return News(newest, [Change(kind, None) for kind in sorted(kinds)], missed=True)
    return News(newest, [Change(event.type, event.subject_id) for event in found])
