"""Which changes a person may hear of; the page then fetches what changed under its own rights."""

from dataclasses import dataclass

from app.accounts.permissions import Permission, Person, may
from app.foundation.events import EventType, events_after, newest_event_id

AT_MOST = 200

#: What somebody must be allowed to see before being told that it changed. What is not named here, everybody hears.
TOLD_TO: dict[EventType, Permission] = {
    EventType.POST_NEW: Permission.SEE_FEED,
    EventType.POST_CLAIMED: Permission.SEE_FEED,
    EventType.POST_FREED: Permission.SEE_FEED,
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


def changes_after(person: Person, event_id: int) -> tuple[int, list[Change]]:
    """Return the newest event's number and what changed after ``event_id``, oldest first, ``AT_MOST`` of it.

    Numbers may start again when the table has been swept empty: then all there is counts as new.
    """
    newest = newest_event_id()
    if event_id > newest:
        event_id = 0
    found = events_after(event_id, types=heard_by(person), limit=AT_MOST)
    reached = found[-1].id if len(found) == AT_MOST else newest
    return reached, [Change(event.type, event.subject_id) for event in found]
