"""Counts of what was heard, how far counting has come, and spikes."""

from datetime import datetime
from enum import StrEnum

from sqlalchemy import Float, ForeignKey, Index, String, text
from sqlalchemy.orm import Mapped, mapped_column, relationship

from app.accounts.models import User
from app.channels.models import Connection
from app.foundation.db import Base, BigId, PrimaryKey, checked
from app.foundation.lifecycle import Lifecycle
from app.spikes.sorts import Series, Sort


class HeardCount(Base):
    """How many posts of one sort an account was sent in one stretch of time: a number, and nothing about anybody."""

    __tablename__ = "heard_counts"

    #: How long the stretch is.
    minutes: Mapped[int] = mapped_column(primary_key=True)
    from_at: Mapped[datetime] = mapped_column(primary_key=True)
    connection_id: Mapped[int] = mapped_column(BigId, ForeignKey(Connection.id), primary_key=True)
    sort: Mapped[Sort] = mapped_column(checked(Sort), primary_key=True)
    topic: Mapped[str] = mapped_column(String(40), primary_key=True, default="")
    posts: Mapped[int]


class HeardSince(Base):
    """Since when an account has been heard: before that, no post means nothing."""

    __tablename__ = "heard_since"

    connection_id: Mapped[int] = mapped_column(BigId, ForeignKey(Connection.id), primary_key=True)
    since: Mapped[datetime]


class CountedUpTo(Base):
    """How far counting has come; one row."""

    __tablename__ = "counted_up_to"

    id: Mapped[PrimaryKey]
    #: The last of triage's verdicts that was counted.
    verdict_id: Mapped[int] = mapped_column(BigId, default=0)
    judged_at: Mapped[datetime | None]


class SpikeStatus(StrEnum):
    """Where a spike stands."""

    OPEN = "OPEN"
    DISMISSED = "DISMISSED"
    ENDED = "ENDED"


_S = SpikeStatus
SPIKE_LIFECYCLE = Lifecycle(
    "spike",
    {
        "dismiss": ([_S.OPEN], _S.DISMISSED),
        "grow": ([_S.DISMISSED], _S.OPEN),
        "end": ([_S.OPEN, _S.DISMISSED], _S.ENDED),
    },
)


class Spike(Base):
    """A time in which far more of one sort was heard than is usual; one at a time for a series."""

    __tablename__ = "spikes"
    __table_args__ = (
        Index(
            "uq_spikes_live",
            "series_key",
            unique=True,
            sqlite_where=text("ended_at IS NULL"),
            postgresql_where=text("ended_at IS NULL"),
        ),
    )
    version: Mapped[int] = mapped_column(default=1)
    __mapper_args__ = {"version_id_col": version}

    id: Mapped[PrimaryKey]
    series_key: Mapped[str] = mapped_column(String(90))
    sort: Mapped[Sort] = mapped_column(checked(Sort))
    topic: Mapped[str] = mapped_column(String(40), default="")
    #: None: all accounts together.
    connection_id: Mapped[int | None] = mapped_column(BigId, ForeignKey(Connection.id))
    status: Mapped[SpikeStatus] = mapped_column(checked(SpikeStatus), default=SpikeStatus.OPEN)
    noticed_at: Mapped[datetime]
    #: When it last stood out.
    seen_at: Mapped[datetime]
    #: What gave it away: so many posts in so many minutes, where so many are usual.
    heard: Mapped[int]
    minutes: Mapped[int]
    usual: Mapped[float] = mapped_column(Float)
    #: The most that was heard, in posts an hour; and what that was when somebody said that it is no incident.
    peak: Mapped[int]
    dismissed_peak: Mapped[int | None]
    dismissed_by_id: Mapped[int | None] = mapped_column(BigId, ForeignKey(User.id))
    dismissed_at: Mapped[datetime | None]
    #: Whether people were told by mail; those who were are told of its end.
    was_told: Mapped[bool] = mapped_column(default=False)
    #: The last verdicts counted when it was noticed, and when it ended: its posts lie around them.
    from_verdict_id: Mapped[int] = mapped_column(BigId)
    to_verdict_id: Mapped[int | None] = mapped_column(BigId)
    ended_at: Mapped[datetime | None]

    connection: Mapped[Connection | None] = relationship(lazy="raise_on_sql")
    dismissed_by: Mapped[User | None] = relationship(lazy="raise_on_sql")

    @property
    def series(self) -> Series:
        """What it is a spike of."""
        return Series(self.sort, self.topic, self.connection_id)

    def see(self, *, rate: int, at: datetime) -> None:
        """It still stands out, by so many posts an hour."""
        self.seen_at, self.peak = at, max(self.peak, rate)

    def dismiss(self, *, by_id: int, at: datetime) -> None:
        """It is no incident: nobody is told of it again unless it grows a good deal.

        Raises:
            Conflict: somebody said so before, or it has ended.
        """
        self.status = SPIKE_LIFECYCLE.move("dismiss", self.status)
        self.dismissed_by_id, self.dismissed_at, self.dismissed_peak = by_id, at, self.peak

    def grow(self) -> None:
        """It has become far more than it was when somebody said that it is no incident."""
        self.status = SPIKE_LIFECYCLE.move("grow", self.status)

    def end(self, *, verdict_id: int, at: datetime) -> None:
        """What is heard is usual again."""
        self.status = SPIKE_LIFECYCLE.move("end", self.status)
        self.ended_at, self.to_verdict_id = at, verdict_id
