"""What waits: kept back under a hold, let go after it, given up when its approval is too old."""

from datetime import datetime, timedelta

from app.accounts.permissions import Person
from app.cord import actions as cord
from app.foundation.db import ring_after_commit
from app.foundation.events import EventType, announce
from app.foundation.journal import record
from app.foundation.lanes import Lane
from app.foundation.recovery import recovering
from app.publishing import queries
from app.publishing.actions.stopping import give_back
from app.publishing.models import HeldBecause, Publication, PublicationStatus
from app.publishing.moves import move

#: What was approved longer ago is looked at again after a stop: the stop had a reason.
STILL_FRESH = timedelta(minutes=30)
#: After a stop, what waited leaves one by one, so that no customer's thread is flooded.
RESUME_EVERY = timedelta(seconds=5)


def hold_covered(*, at: datetime) -> int:
    """Set aside what an active hold covers; return how many. Only for people to see: a claim looks at holds itself."""
    covered = queries.ids_of(
        Publication.status.in_((PublicationStatus.READY, PublicationStatus.WAITING)), queries.held_back()
    )
    held = [
        publication_id
        for publication_id in covered
        if move("hold", publication_id, queries.held_back(), held_because=HeldBecause.CORD)
    ]
    for publication_id in held:
        record("publication.held", subject=queries.whole(publication_id), actor_id=None, at=at)
    if held:
        announce(EventType.COUNTS, subject_id=None, at=at)
    return len(held)


def release_cord(*, hold_id: int, by: Person, at: datetime) -> int:
    """Release a hold and let go what it alone kept back; return how many replies leave.

    Raises:
        Conflict: it was released before.
    """
    cord.release(hold_id=hold_id, by=by, at=at)
    return resume_uncovered(by_id=by.id, at=at)


def resume_uncovered(*, by_id: int | None, at: datetime) -> int:
    """Let go what no hold covers any more, one by one; what was approved too long ago is decided on again."""
    resumed = 0
    by_the_cord = Publication.held_because == HeldBecause.CORD
    for publication_id in queries.ids_of(
        Publication.status == PublicationStatus.HELD, by_the_cord, ~queries.held_back()
    ):
        fresh = Publication.approved_at > at - STILL_FRESH
        if move("resume", publication_id, fresh, ~queries.held_back(), next_try_at=at + resumed * RESUME_EVERY):
            resumed += 1
            record("publication.resumed", subject=queries.whole(publication_id), actor_id=by_id, at=at)
        elif move("re_review", publication_id):
            _end_unsaid(publication_id, "publication.returned", by_id, at)
    if resumed:
        ring_after_commit(Lane.PUBLISHING)
    return resumed


def expire_old(*, at: datetime) -> int:
    """End what was approved too long ago to be said unseen; return how many. In a recovery it may be public already."""
    expired = 0
    for publication_id in queries.ids_of(
        Publication.status.in_(queries.UNSENT), Publication.expires_at <= at, ~recovering()
    ):
        if move("expire", publication_id, Publication.expires_at <= at):
            _end_unsaid(publication_id, "publication.expired", None, at)
            expired += 1
    return expired


def _end_unsaid(publication_id: int, line: str, by_id: int | None, at: datetime) -> None:
    publication = queries.whole(publication_id)
    record(line, subject=publication, actor_id=by_id, at=at)
    give_back(publication, at=at)
