"""Notices: what somebody must be told, kept until it has left; written in the transaction of what it tells of."""

from datetime import datetime
from enum import StrEnum

from sqlalchemy import ForeignKey, Index, String, Text
from sqlalchemy.orm import Mapped, mapped_column, relationship

from app.accounts.models import User
from app.foundation.db import Base, BigId, PrimaryKey, checked
from app.foundation.lifecycle import Lifecycle


class NoticeWay(StrEnum):
    """How somebody is told."""

    MAIL = "MAIL"
    WEBHOOK = "WEBHOOK"


class NoticeStatus(StrEnum):
    """Where a notice stands."""

    WAITING = "WAITING"
    DELIVERED = "DELIVERED"
    GIVEN_UP = "GIVEN_UP"


_S = NoticeStatus
NOTICE_LIFECYCLE = Lifecycle(
    "notice", {"deliver": ([_S.WAITING], _S.DELIVERED), "give_up": ([_S.WAITING], _S.GIVEN_UP)}
)


class Notice(Base):
    """One letter to one person, or one call of the webhook."""

    __tablename__ = "notices"
    __table_args__ = (Index(None, "status", "next_try_at", "id"), Index(None, "event"))

    id: Mapped[PrimaryKey]
    #: What a receiver knows a repeated call by.
    key: Mapped[str] = mapped_column(String(36), unique=True)
    #: What it tells of; those of one event are looked after together.
    event: Mapped[str] = mapped_column(String(36))
    way: Mapped[NoticeWay] = mapped_column(checked(NoticeWay))
    recipient_id: Mapped[int | None] = mapped_column(BigId, ForeignKey(User.id))
    subject: Mapped[str] = mapped_column(String(200))
    #: A letter's words, or a call's body.
    text: Mapped[str] = mapped_column(Text)
    #: The page a letter leads to.
    page: Mapped[str] = mapped_column(String(200), default="")
    status: Mapped[NoticeStatus] = mapped_column(checked(NoticeStatus), default=NoticeStatus.WAITING)
    written_at: Mapped[datetime]
    next_try_at: Mapped[datetime]
    tries: Mapped[int] = mapped_column(default=0)
    last_error: Mapped[str] = mapped_column(String(200), default="")
    settled_at: Mapped[datetime | None]

    recipient: Mapped[User | None] = relationship(lazy="raise_on_sql")
