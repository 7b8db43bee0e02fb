"""What is still to be told."""

from datetime import datetime

from sqlalchemy import select
from sqlalchemy.orm import joinedload

from app.foundation.db import session
from app.notices.models import Notice, NoticeStatus, NoticeWay


def next_due(*, at: datetime) -> int | None:
    """Return the notice that should leave now: machines before people, then whoever has waited for longest."""
    due = select(Notice.id).where(Notice.status == NoticeStatus.WAITING, Notice.next_try_at <= at)
    return session.scalar(due.order_by(Notice.way == NoticeWay.MAIL, Notice.next_try_at, Notice.id).limit(1))


def whole(notice_id: int) -> Notice:
    """Return a notice afresh with whom it is for."""
    wanted = select(Notice).where(Notice.id == notice_id).options(joinedload(Notice.recipient))
    return session.scalars(wanted, execution_options={"populate_existing": True}).one()


def first_of(event: str) -> Notice:
    """Return the notice that stands for all of one event."""
    return session.scalars(select(Notice).where(Notice.event == event).order_by(Notice.id).limit(1)).one()
