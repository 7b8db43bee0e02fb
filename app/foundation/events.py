"""Events for live pages: "something changed, number N", never what; swept after two minutes.

Pages ask for what came after the last number they were told. PostgreSQL gives ids when rows are written and shows the rows
when their transaction ends, so that 6 may be seen before 5, and 5 would never be told. There the transaction's number is
the event's, and it is told once no older transaction is under way. SQLite lets one transaction write at a time: ids serve.
"""

from collections.abc import Collection
from datetime import datetime, timedelta
from enum import StrEnum

from sqlalchemy import FetchedValue, delete, func, select, text
from sqlalchemy.orm import InstrumentedAttribute, Mapped, mapped_column

from app.foundation.db import Base, BigId, PrimaryKey, session

EVENTS_LAST = timedelta(minutes=2)


class EventType(StrEnum):
    """What may have changed, in the words live pages listen for."""

    POST_NEW = "post-new"
    POST_CLAIMED = "post-claimed"
    POST_FREED = "post-freed"
    POST_EDITED = "post-edited"
    POST_UNSURE = "post-unsure"
    THREAD_NEW = "thread-new"
    REPLY_NEW = "reply-new"
    REPLY_DECIDED = "reply-decided"
    REPLY_VIEWING = "reply-viewing"
    CASE_CHANGED = "case-changed"
    CORD = "cord"
    CHANNEL_BROKEN = "channel-broken"
    COUNTS = "counts"
    POINTS = "points"


class Event(Base):
    """One change that live pages may want to know of."""

    __tablename__ = "events"

    id: Mapped[PrimaryKey]
    type: Mapped[EventType]
    subject_id: Mapped[int | None] = mapped_column(BigId)
    at: Mapped[datetime] = mapped_column(index=True)
    #: The transaction it came with, filled in by PostgreSQL.
    transaction: Mapped[int] = mapped_column(BigId, index=True, server_default=FetchedValue())


def announce(type: EventType, *, subject_id: int | None, at: datetime) -> None:
    """Tell live pages that something changed, with the transaction in hand."""
    session.add(Event(type=type, subject_id=subject_id, at=at))


def newest_number() -> int:
    """Return the number up to which everything that will ever have happened can be seen."""
    if _by_transaction():
        return int(session.scalar(text("SELECT pg_snapshot_xmin(pg_current_snapshot())::text::bigint - 1")) or 0)
    return session.scalar(select(func.max(Event.id))) or 0


def events_between(after: int, newest: int, *, types: Collection[EventType], limit: int) -> list[Event]:
    """Return up to ``limit`` events of ``types`` above the number ``after`` and up to ``newest``, oldest first."""
    number = _number()
    wanted = select(Event).where(number > after, number <= newest, Event.type.in_(types))
    return list(session.scalars(wanted.order_by(Event.id).limit(limit)))


def is_swept(after: int) -> bool:
    """Say whether some of what came after this number may have been swept."""
    oldest = session.scalar(select(func.min(_number())))
    return oldest is not None and after < oldest - 1


def sweep_events(*, at: datetime) -> int:
    """Delete what no page can want any more; return how many. The newest of them stays, to tell how far was swept."""
    number = _number()
    newest_old = select(func.max(number)).where(Event.at < at - EVENTS_LAST, number <= newest_number())
    result = session.execute(delete(Event).where(number < newest_old.scalar_subquery()))
    return int(result.rowcount)  # type: ignore[attr-defined]


def _number() -> InstrumentedAttribute[int]:
    return Event.transaction if _by_transaction() else Event.id


def _by_transaction() -> bool:
    return session.get_bind().dialect.name == "postgresql"
