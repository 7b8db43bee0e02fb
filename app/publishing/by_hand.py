"""What staff post on the network themselves: what waits for it."""

from datetime import datetime

from sqlalchemy import ColumnElement, func, select, text

from app.accounts.permissions import Permission, Person, may, scoped
from app.foundation.db import session
from app.foundation.lanes import Lane
from app.foundation.recovery import recovering
from app.foundation.slots import register_count
from app.foundation.stumbles import may_be_taken
from app.publishing import queries
from app.publishing.models import Publication, PublicationStatus

COUNTED_TO = 100
_WAITS: ColumnElement[bool] = text(  # type: ignore[assignment]
    "publications.by_hand AND publications.status IN ('READY', 'HELD', 'HANDED_OUT')"
)


def to_hand_out(*, at: datetime) -> list[ColumnElement[bool]]:
    """Return every condition under which a reply may be handed out; they stand inside the statement that does so."""
    return [
        _WAITS,
        Publication.status == PublicationStatus.READY,
        Publication.next_try_at <= at,
        Publication.expires_at > at,
        ~queries.held_back(),
        ~recovering(),
    ]


def due_to_hand_out(*, at: datetime) -> list[int]:
    """Return the replies that may be handed out, the longest waiting first."""
    return queries.ids_of(*to_hand_out(at=at))


def in_hand(*, at: datetime) -> list[int]:
    """Return the replies that lie in somebody's hands, for the sweep."""
    out = Publication.status == PublicationStatus.HANDED_OUT
    return queries.ids_of(out, may_be_taken(Lane.SWEEPS, Publication.id, at=at))


def waiting(person: Person, *, limit: int = 200) -> list[Publication]:
    """Return what is to be posted by hand, what a pause keeps back among it, the longest waiting first."""
    wanted = scoped(select(Publication), person).where(_WAITS).options(*queries.EVERYTHING)
    return list(session.scalars(wanted.order_by(Publication.id).limit(limit)).unique().all())


def _count(person: Person) -> int:
    if not may(person, Permission.POST_BY_HAND):
        return 0
    some = scoped(select(Publication.id).select_from(Publication), person).where(_WAITS).limit(COUNTED_TO)
    return session.scalar(select(func.count()).select_from(some.subquery())) or 0


register_count("by-hand", _count)
