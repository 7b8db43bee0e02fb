"""Recovery: after a database was put back to an earlier state, nothing is sent until the networks were read again."""

from datetime import datetime, timedelta
from typing import Final

from sqlalchemy import ColumnElement, ForeignKey, Index, Text, UniqueConstraint, func, select, text
from sqlalchemy.orm import Mapped, mapped_column

from app.foundation.db import Base, BigId, PrimaryKey, session
from app.foundation.errors import Conflict
from app.foundation.events import EventType, announce
from app.foundation.journal import JournalEntry, record
from app.foundation.words import _

#: What was under way when the backup was taken may have been posted a little before; clocks differ.
MARGIN: Final = timedelta(minutes=15)
#: A network may show late what it took last, so a timeline is read once more so long after the recovery began.
SETTLED_AFTER: Final = timedelta(minutes=5)


class Recovery(Base):
    """One stretch of time in which nothing begins to be sent, because what was sent before may have been forgotten."""

    __tablename__ = "recoveries"
    __table_args__ = (
        Index(
            "ix_recoveries_active",
            "started_at",
            sqlite_where=text("ended_at IS NULL"),
            postgresql_where=text("ended_at IS NULL"),
        ),
    )

    id: Mapped[PrimaryKey]
    started_at: Mapped[datetime]
    #: When the state was taken to which the database was put back: what happened since is not known here.
    lost_from: Mapped[datetime]
    #: None where the restore began it by itself.
    started_by_id: Mapped[int | None] = mapped_column(BigId)
    #: When what had been erased was erased again.
    replayed_at: Mapped[datetime | None]
    #: An admin who wants it to end, while a second one has not agreed.
    asked_by_id: Mapped[int | None] = mapped_column(BigId)
    asked_at: Mapped[datetime | None]
    ended_at: Mapped[datetime | None]
    ended_by_id: Mapped[int | None] = mapped_column(BigId)

    def ask_end(self, *, by_id: int, at: datetime) -> None:
        """Note that an admin wants it to end by hand."""
        self.asked_by_id, self.asked_at = by_id, at

    def withdraw_request(self) -> None:
        """Let the wish to end it by hand fall.

        Raises:
            Conflict: nobody asks for its end any more.
        """
        if self.asked_by_id is None:
            raise Conflict(_("Nobody asks for this any more."))
        self.asked_by_id = self.asked_at = None


class TimelineRead(Base):
    """How far one connection's own posts have been read in one recovery."""

    __tablename__ = "timeline_reads"
    __table_args__ = (UniqueConstraint("recovery_id", "connection_id"),)

    id: Mapped[PrimaryKey]
    recovery_id: Mapped[int] = mapped_column(BigId, ForeignKey(Recovery.id))
    connection_id: Mapped[int] = mapped_column(BigId)
    #: When the last complete reading began; None before the first.
    read_at: Mapped[datetime | None]
    next_read_at: Mapped[datetime]
    #: Why the last try could not read everything.
    trouble: Mapped[str] = mapped_column(Text, default="")
    #: How many sendings were found on the network, and how many posts nobody here knew of.
    found: Mapped[int] = mapped_column(default=0)
    forgotten: Mapped[int] = mapped_column(default=0)

    def is_finished(self, recovery: Recovery) -> bool:
        """Whether its timeline was read whole, late enough to show what was posted last."""
        return self.read_at is not None and self.read_at >= recovery.started_at + SETTLED_AFTER


def recovering() -> ColumnElement[bool]:
    """Return the condition that a recovery is active, for the statements that must not act on what may be forgotten."""
    return select(Recovery.id).where(Recovery.ended_at.is_(None)).exists()


def active_recovery() -> Recovery | None:
    """Return the active recovery that reaches back furthest, or None."""
    active = select(Recovery).where(Recovery.ended_at.is_(None)).order_by(Recovery.lost_from, Recovery.id)
    return session.scalars(active.limit(1)).one_or_none()


def newest_recovery(*, locked: bool = False) -> Recovery | None:
    """Return the active recovery that began last, or None. Whoever asked for the end of an older one did not know of it."""
    active = (
        select(Recovery).where(Recovery.ended_at.is_(None)).order_by(Recovery.started_at.desc(), Recovery.id.desc())
    )
    if locked:
        active = active.with_for_update().execution_options(populate_existing=True)
    return session.scalars(active.limit(1)).one_or_none()


def reads_of(recovery: Recovery) -> dict[int, TimelineRead]:
    """Return what was read in a recovery, by connection."""
    rows = session.scalars(select(TimelineRead).where(TimelineRead.recovery_id == recovery.id))
    return {row.connection_id: row for row in rows}


def start_recovery(*, lost_from: datetime | None, by_id: int | None, at: datetime) -> Recovery:
    """Begin a recovery by hand; without ``lost_from`` what came after the journal's last line counts as lost.

    Raises:
        Conflict: one is active already.
    """
    if active_recovery() is not None:
        raise Conflict(_("Recovery mode is on already."))
    known_to = lost_from or session.scalar(select(func.max(JournalEntry.at))) or at
    recovery = Recovery(started_at=at, lost_from=min(known_to, at), started_by_id=by_id)
    session.add(recovery)
    record("recovery.started", subject=recovery, actor_id=by_id, at=at)
    announce(EventType.CORD, subject_id=None, at=at)
    return recovery


def end_recoveries(*, by_id: int | None, at: datetime, **details: object) -> datetime | None:
    """End what is active; return when the latest of it began, None where nothing was."""
    active = list(session.scalars(select(Recovery).where(Recovery.ended_at.is_(None)).with_for_update()))
    for recovery in active:
        recovery.ended_at, recovery.ended_by_id = at, by_id
        record("recovery.ended", subject=recovery, actor_id=by_id, at=at, **details)
    if active:
        announce(EventType.CORD, subject_id=None, at=at)
    return max((recovery.started_at for recovery in active), default=None)


def last_recovery() -> Recovery | None:
    """Return the active recovery, or else the one that ended last; None where there was none."""
    ended = select(Recovery).order_by(Recovery.started_at.desc(), Recovery.id.desc())
    return active_recovery() or session.scalars(ended.limit(1)).one_or_none()
