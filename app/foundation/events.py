"""Events for live pages: "something changed, number N", never what; swept after two minutes."""

from collections.abc import Collection
from datetime import datetime, timedelta
from enum import StrEnum

from sqlalchemy import delete, func, select
from sqlalchemy.orm import Mapped, mapped_column

from app.foundation.db import Base, BigId, PrimaryKey, session

EVENTS_LAST = timedelta(minutes=2)


class EventType(StrEnum):
    """What may have changed, in the words live pages listen for."""

    POST_NEW = "post-new"
    POST_CLAIMED = "post-claimed"
    POST_FREED = "post-freed"
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


def announce(type: EventType, *, subject_id: int | None, at: datetime) -> None:
    """Tell live pages that something changed, with the transaction in hand."""
    session.add(Event(type=type, subject_id=subject_id, at=at))


def sweep_events(*, at: datetime) -> int:
    """Delete what no page can want any more; return how many."""
    result = session.execute(delete(Event).where(Event.at < at - EVENTS_LAST))
    return int(result.rowcount)  # type: ignore[attr-defined]


def newest_event_id() -> int:
    """Return the number of the newest event; 0 when there is none."""
    return session.scalar(select(func.max(Event.id))) or 0


def events_after(event_id: int, *, types: Collection[EventType], limit: int) -> list[Event]:
    """Return up to ``limit`` events of ``types`` that came after ``event_id``, oldest first."""
    wanted = select(Event).where(Event.id > event_id, Event.type.in_(types)).order_by(Event.id).limit(limit)
    return list(session.scalars(wanted))
