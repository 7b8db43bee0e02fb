"""Rows that a lane stumbled over: they are left for a while, the others have their turn, and in the end a person looks."""

from collections.abc import Collection
from datetime import datetime, timedelta
from typing import Any, Final

from sqlalchemy import ColumnElement, String, UniqueConstraint, delete, exists, select
from sqlalchemy.orm import InstrumentedAttribute, Mapped, mapped_column

from app.foundation.db import Base, BigId, PrimaryKey, session
from app.foundation.journal import Subject, record
from app.foundation.tasks import TaskKind, open_task
from app.foundation.upsert import insert_new
from app.foundation.words import _

#: So many errors, or deaths of a process, on one row, and it is set aside.
ERRORS: Final = 5
DEATHS: Final = 3
FIRST_PAUSE: Final = timedelta(seconds=5)


class Stumble(Base):
    """One row that a lane could not get past, and how often it tried."""

    __tablename__ = "stumbles"
    __table_args__ = (UniqueConstraint("lane", "subject_type", "subject_id"),)

    id: Mapped[PrimaryKey]
    lane: Mapped[str] = mapped_column(String(30))
    subject_type: Mapped[str] = mapped_column(String(40))
    subject_id: Mapped[int] = mapped_column(BigId)
    errors: Mapped[int] = mapped_column(default=0)
    #: How often it was taken and nobody came back; counted before it is taken.
    deaths: Mapped[int] = mapped_column(default=0)
    #: It is left alone until then; None where it was set aside for a person.
    try_at: Mapped[datetime | None]

    @property
    def is_set_aside(self) -> bool:
        """Whether no program tries it again."""
        return self.try_at is None


def may_be_taken(lane: str, row_id: InstrumentedAttribute[int], *, at: datetime) -> ColumnElement[bool]:
    """Return the condition that a row is neither set aside nor left alone for a while."""
    return ~exists().where(
        Stumble.lane == lane,
        Stumble.subject_type == row_id.class_.__tablename__,
        Stumble.subject_id == row_id,
        Stumble.try_at.is_(None) | (Stumble.try_at > at),
    )


def note_taken(lane: str, subject: Subject, *, at: datetime) -> bool:
    """Count one death before a row is taken; return False, and set it aside, where it has killed too often."""
    kept = _kept(lane, subject, at=at)
    if kept.deaths >= DEATHS:
        _set_aside(kept, subject, at=at)
        return False
    kept.deaths += 1
    return True


def count_death(lane: str, subject: Subject, *, at: datetime) -> int:
    """Count one death before something of a row is taken that is no row itself; return how many were counted before."""
    kept = _kept(lane, subject, at=at)
    kept.deaths += 1
    return kept.deaths - 1


def suspect(lane: str, subject: Subject, *, until: datetime) -> None:
    """Forget no death over a row until then."""
    _kept(lane, subject, at=until).try_at = until


def came_back(lane: str, table: str, subject_id: int, *, at: datetime) -> None:
    """Forget the deaths over a row that is not suspect: whoever took it lives."""
    took = (Stumble.lane == lane, Stumble.subject_type == table, Stumble.subject_id == subject_id)
    session.execute(delete(Stumble).where(*took, Stumble.try_at <= at))


def note_error(lane: str, subject: Subject, *, at: datetime) -> None:
    """Count one error; the row is left alone for longer each time, and set aside in the end."""
    kept = _kept(lane, subject, at=at)
    kept.errors += 1
    kept.deaths = 0
    kept.try_at = at + FIRST_PAUSE * 2 ** (kept.errors - 1)
    if kept.errors >= ERRORS:
        _set_aside(kept, subject, at=at)


def set_aside(lane: str, subject: Subject, *, at: datetime) -> None:
    """Take a row no more that is known to kill whoever takes it, and ask a person to look at it."""
    _set_aside(_kept(lane, subject, at=at), subject, at=at)


def forget(lane: str, table: str, subject_ids: Collection[int]) -> None:
    """Forget the stumbles over rows that went through after all."""
    session.execute(
        delete(Stumble).where(Stumble.lane == lane, Stumble.subject_type == table, Stumble.subject_id.in_(subject_ids))
    )


def _kept(lane: str, subject: Subject, *, at: datetime) -> Stumble:
    key: dict[str, Any] = {"lane": lane, "subject_type": subject.__tablename__, "subject_id": subject.id}
    insert_new(Stumble, [key | {"errors": 0, "deaths": 0, "try_at": at}])
    return session.scalars(select(Stumble).filter_by(**key).with_for_update()).one()


def _set_aside(kept: Stumble, subject: Subject, *, at: datetime) -> None:
    if kept.is_set_aside:
        return
    kept.try_at = None
    message = _("Work on this stopped the program again and again (%(lane)s). It was set aside.", lane=kept.lane)
    open_task(TaskKind.POISON, subject=subject, message=message, at=at)
    record("row.set_aside", subject=subject, actor_id=None, at=at, lane=kept.lane)
