"""What waits: kept back under a hold, let go after it, given up when its approval is too old."""

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import ColumnElement

from app.accounts.permissions import Person
from app.cord import actions as cord
from app.cord.models import ResumeOffer
from app.foundation.db import ring_after_commit
from app.foundation.events import EventType, announce
from app.foundation.journal import record
from app.foundation.lanes import Lane
from app.foundation.recovery import recovering
from app.publishing import queries, waiting
from app.publishing.actions.stopping import give_back
from app.publishing.actions.sweeping import each_of, may_be_swept
from app.publishing.limits import RESUME_EVERY
from app.publishing.models import HeldBecause, Publication, PublicationStatus
from app.publishing.moves import move

_UNSENT = Publication.status.in_((PublicationStatus.READY, PublicationStatus.WAITING))


@dataclass(frozen=True, slots=True)
class Resumed:
    """What was let go: how many replies leave, one by one, and how many are decided on again."""

    leaving: int = 0
    returned: int = 0


def hold_covered(*, at: datetime) -> int:
    """Set aside what an active hold covers; return how many. Only for people to see: a claim looks at holds itself."""
    covered = queries.held_back()
    held = each_of(
        queries.ids_of(_UNSENT, covered, may_be_swept(at=at)),
        lambda publication_id: _hold(publication_id, covered, at=at),
        at=at,
    )
    if held:
        announce(EventType.COUNTS, subject_id=None, at=at)
    return len(held)


def _set_aside(covered: ColumnElement[bool], *, at: datetime) -> int:
    """Hold what ``covered`` says, all of it or nothing: what is passed over here would leave at once."""
    held = sum(_hold(publication_id, covered, at=at) for publication_id in queries.ids_of(_UNSENT, covered))
    if held:
        announce(EventType.COUNTS, subject_id=None, at=at)
    return held


def _hold(publication_id: int, covered: ColumnElement[bool], *, at: datetime) -> bool:
    queries.lock(publication_id)
    if not move("hold", publication_id, covered, held_because=HeldBecause.CORD):
        return False
    record("publication.held", subject=queries.whole(publication_id), actor_id=None, at=at)
    return True


def release_cord(*, hold_id: int, offer: ResumeOffer, by: Person, at: datetime) -> Resumed | None:
    """Release a hold and let go what it alone kept back, as ``offer`` says; None while a second admin must agree.

    Raises:
        Conflict: it was released before, or the two admins want different things.
        NotAllowed: this admin's word does not count yet.
    """
    if not cord.release(hold_id=hold_id, offer=offer, by=by, at=at):
        return None
    # What no sweep has come to yet would leave at once, and all together. The hold is written first, as every
    # statement that ends one must: whoever held replies and then waited for the holds would wait for claims that wait
    # for these replies.
    while _set_aside(queries.covered_by(hold_id), at=at):
        pass
    return resume_uncovered(by_id=by.id, at=at)


def resume_uncovered(*, at: datetime, by_id: int | None = None) -> Resumed:
    """Let go what no hold covers any more, as was chosen when the last one over it ended; a minute lies between two."""
    by_the_cord = Publication.held_because == HeldBecause.CORD
    held = Publication.status == PublicationStatus.HELD
    waiting_ids = queries.ids_of(held, by_the_cord, ~queries.held_back(), may_be_swept(at=at))
    leaving: set[int] = set()

    def resume(publication_id: int) -> bool:
        if not _may_leave(publication_id, at=at):
            return _return(publication_id, by_id=by_id, at=at)
        leaving.add(publication_id)
        return _let_go(publication_id, by_id=by_id, at=at)

    done = each_of(waiting_ids, resume, at=at)
    if leaving.intersection(done):
        ring_after_commit(Lane.PUBLISHING)
    return Resumed(len(leaving.intersection(done)), len(set(done) - leaving))


def _return(publication_id: int, *, by_id: int | None, at: datetime) -> bool:
    if not move("re_review", publication_id, ~queries.held_back()):
        return False
    _end_unsaid(publication_id, "publication.returned", by_id, at)
    return True


def _may_leave(publication_id: int, *, at: datetime) -> bool:
    offer = waiting.offer_for(publication_id)
    if offer is ResumeOffer.SEND_FRESH:
        return queries.whole(publication_id).approved_at > at - waiting.STILL_FRESH
    return offer is ResumeOffer.SEND_ALL


def _let_go(publication_id: int, *, by_id: int | None, at: datetime) -> bool:
    publication = queries.whole(publication_id)
    turn = waiting.next_turn(publication.connection_id, at=at)
    # What must rest for a moment longer, to be taken back or by its network's wish, keeps its own time.
    if at < publication.next_try_at < at + RESUME_EVERY:
        turn = max(turn, publication.next_try_at)
    if not move("resume", publication_id, ~queries.held_back(), next_try_at=turn):
        return False
    record("publication.resumed", subject=queries.whole(publication_id), actor_id=by_id, at=at)
    return True


def expire_old(*, at: datetime) -> int:
    """End what was approved too long ago to be said unseen; return how many.

    In a recovery it may be public already, and so may what lies in somebody's hands.
    """
    unsaid = Publication.status.in_(queries.UNSENT)
    due = queries.ids_of(unsaid, Publication.expires_at <= at, ~recovering(), may_be_swept(at=at))
    return len(each_of(due, lambda publication_id: _expire(publication_id, at=at), at=at))


def _expire(publication_id: int, *, at: datetime) -> bool:
    if not move("expire", publication_id, Publication.expires_at <= at):
        return False
    _end_unsaid(publication_id, "publication.expired", None, at)
    return True


def _end_unsaid(publication_id: int, line: str, by_id: int | None, at: datetime) -> None:
    publication = queries.whole(publication_id)
    record(line, subject=publication, actor_id=by_id, at=at)
    give_back(publication, at=at)
