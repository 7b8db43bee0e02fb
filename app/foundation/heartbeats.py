"""Heartbeats: which of the processes live, and how far their clocks stand from the database's."""

from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from enum import StrEnum
from typing import Final

from sqlalchemy import Float, String, UniqueConstraint, delete, func, select, text
from sqlalchemy.orm import Mapped, mapped_column

from app.foundation.db import Base, PrimaryKey, session
from app.foundation.journal import record
from app.foundation.tasks import TaskKind, open_task, open_tasks_of, settle_tasks
from app.foundation.upsert import insert_or_update
from app.foundation.words import _

#: Who has not been heard of for so long has stopped; a process beats six times as often.
SILENT_AFTER: Final = timedelta(seconds=60)
#: A process whose clock is further from the database's does nothing that depends on the time.
APART_AT_MOST: Final = timedelta(seconds=30)
#: Below every number the database gives.
PROBE_ID: Final = 0
KEPT_FOR: Final = timedelta(days=7)


class Process(StrEnum):
    """The processes without which nothing is heard or nothing is looked after; lanes beat under their own names."""

    LISTEN = "listen"
    CLOCK = "clock"


class Heartbeat(Base):
    """The last sign of life of one kind of process on one machine."""

    __tablename__ = "heartbeats"
    __table_args__ = (UniqueConstraint("process", "machine"),)

    id: Mapped[PrimaryKey]
    #: A ``Process``, or the lane it drains.
    process: Mapped[str] = mapped_column(String(30))
    machine: Mapped[str] = mapped_column(String(64))
    #: By the database's clock, so that a wrong one elsewhere does not make it look alive or dead.
    beat_at: Mapped[datetime]
    #: How far its own clock was ahead of the database's.
    apart_seconds: Mapped[float] = mapped_column(Float, default=0.0)

    @property
    def is_apart(self) -> bool:
        """Whether its clock is too far from the database's to be trusted."""
        return abs(self.apart_seconds) > APART_AT_MOST.total_seconds()


def database_now() -> datetime:
    """Return what time it is by the database's clock: for what one process promises and another one will judge."""
    if session.get_bind().dialect.name == "postgresql":
        told: datetime = session.execute(text("SELECT clock_timestamp()")).scalar_one()
        return told.astimezone(UTC)
    said: str = session.execute(select(func.strftime("%Y-%m-%dT%H:%M:%f", "now"))).scalar_one()
    return datetime.fromisoformat(said).replace(tzinfo=UTC)


def compare_clocks(now: Callable[[], datetime]) -> tuple[datetime, timedelta]:
    """Return the database's time, and how far ``now`` is ahead of it; a slow answer does not count as a difference."""
    before = now()
    theirs = database_now()
    after = now()
    if before <= theirs <= after:
        return theirs, timedelta(0)
    return theirs, before - theirs if before > theirs else after - theirs


def beat(process: str, *, machine: str, apart: timedelta, at: datetime) -> None:
    """Write down that a process lives; ``at`` is the database's time."""
    row = {"process": process, "machine": machine[:64], "beat_at": at, "apart_seconds": apart.total_seconds()}
    insert_or_update(Heartbeat, [row], key=("process", "machine"))


def probe_row(at: datetime) -> Heartbeat:
    """Return a row that changes each time it is written, to see whether the database can write."""
    return Heartbeat(id=PROBE_ID, process="probe", machine="", beat_at=at, apart_seconds=0.0)


def heartbeats() -> list[Heartbeat]:
    """Return the newest sign of life of each kind of process, by name."""
    rows = session.scalars(select(Heartbeat).order_by(Heartbeat.process, Heartbeat.beat_at, Heartbeat.id))
    return list({row.process: row for row in rows}.values())


def apart(*, at: datetime) -> list[Heartbeat]:
    """Return the living processes whose clocks cannot be trusted."""
    wrong = func.abs(Heartbeat.apart_seconds) > APART_AT_MOST.total_seconds()
    living = select(Heartbeat).where(wrong, Heartbeat.beat_at > at - SILENT_AFTER)
    return list(session.scalars(living.order_by(Heartbeat.process, Heartbeat.id)))


def watch(*, at: datetime) -> list[Heartbeat]:
    """Ask a person to look after a process that fell silent, once, and take that back when it is heard again.

    Only the kinds without which nothing goes on are watched. Returns those that are silent.
    """
    rows = session.scalars(select(Heartbeat).where(Heartbeat.process.in_(Process)).order_by(Heartbeat.id)).all()
    heard = {row.process: row.beat_at for row in sorted(rows, key=lambda row: row.beat_at)}
    silent = []
    for row in rows:
        if heard[row.process] > at - SILENT_AFTER:
            if settle_tasks(TaskKind.STOPPED_PROCESS, row, by_id=None, at=at):
                record("process.back", subject=row, actor_id=None, at=at, process=row.process)
        elif row.beat_at == heard[row.process]:
            silent.append(row)
            if not open_tasks_of(TaskKind.STOPPED_PROCESS, row):
                open_task(TaskKind.STOPPED_PROCESS, subject=row, message=_message(row), at=at)
                record("process.silent", subject=row, actor_id=None, at=at, process=row.process)
    return silent


def _message(row: Heartbeat) -> str:
    if row.process == Process.LISTEN:
        return _("The listener has stopped: nothing is heard on the networks. Start it again.")
    return _("The clock has stopped: nothing that waits is looked after. Start it again.")


def forget_old(*, at: datetime) -> None:
    """Forget the machines that were not heard of for days."""
    session.execute(delete(Heartbeat).where(Heartbeat.beat_at < at - KEPT_FOR))
