"""Gaps in what was heard: noticed, and filled later as far as the network still tells what was said then."""

from datetime import datetime, timedelta

from sqlalchemy import select

from app.channels import raw_pages
from app.channels.models import Connection, ListeningGap
from app.channels.types import Gap
from app.foundation.db import session
from app.foundation.events import EventType, announce
from app.foundation.journal import record
from app.foundation.upsert import insert_new

#: What was said just now, a network may not find yet.
SETTLES = timedelta(minutes=1)


def note_gap(*, connection_id: int, began_at: datetime, ended_at: datetime, at: datetime) -> None:
    """Keep a stretch of time that could not be read, for everybody to see; the same one again changes nothing."""
    row = session.get_one(Connection, connection_id)
    gap = {"connection_id": row.id, "began_at": began_at, "ended_at": ended_at, "noticed_at": at}
    insert_new(ListeningGap, [gap])
    record("connection.gap_noticed", subject=row, actor_id=None, at=at)
    announce(EventType.CHANNEL_BROKEN, subject_id=row.id, at=at)


def to_fill(connection_id: int, *, at: datetime) -> ListeningGap | None:
    """Return the gap for which the network is asked next: the oldest, which will be out of its reach first."""
    return session.scalars(
        select(ListeningGap)
        .where(
            ListeningGap.connection_id == connection_id,
            ListeningGap.healed_at.is_(None),
            ListeningGap.ended_at <= at - SETTLES,
        )
        .order_by(ListeningGap.began_at, ListeningGap.id)
        .limit(1)
    ).first()


def record_page(gap_id: int, *, cursor: str, lost: Gap | None, finished: bool, at: datetime) -> None:
    """Move the place in a gap behind a page, and heal the gap with its last one; ``lost`` is what stays unread of it."""
    gap = session.get_one(ListeningGap, gap_id, with_for_update=True)
    if gap.healed_at is not None:
        return
    gap.cursor = cursor
    if lost is not None:
        gap.healed_from = min(lost.end, gap.ended_at)
    if not finished:
        return
    gap.heal(since=gap.healed_from or gap.began_at, at=at)
    session.flush()  # the task is settled once no gap is left
    row = session.get_one(Connection, gap.connection_id)
    record("connection.gap_filled", subject=row, actor_id=None, at=at, whole=gap.is_healed)
    raw_pages.settle(row, at=at)
    announce(EventType.CHANNEL_BROKEN, subject_id=row.id, at=at)
