"""Tasks: what a person must settle because no program can know."""

from datetime import datetime
from enum import StrEnum

from sqlalchemy import Index, String, Text, select, text
from sqlalchemy.orm import Mapped, mapped_column

from app.foundation.db import Base, BigId, PrimaryKey, session
from app.foundation.errors import Conflict
from app.foundation.journal import Subject
from app.foundation.words import _


class TaskKind(StrEnum):
    """What has to be settled."""

    UNKNOWN_SEND = "UNKNOWN_SEND"
    REFUSED_SEND = "REFUSED_SEND"
    DOUBLED_SEND = "DOUBLED_SEND"
    HELD_SEND = "HELD_SEND"
    MAY_BE_POSTED = "MAY_BE_POSTED"
    WANTS_REMOVAL = "WANTS_REMOVAL"
    STUCK_REMOVAL = "STUCK_REMOVAL"
    FORGOTTEN_POST = "FORGOTTEN_POST"
    UNREADABLE_PAGE = "UNREADABLE_PAGE"
    POISON = "POISON"
    RECONNECT = "RECONNECT"
    ALARM = "ALARM"
    BALANCE = "BALANCE"
    JOURNAL = "JOURNAL"
    STOPPED_PROCESS = "STOPPED_PROCESS"
    UNTOLD = "UNTOLD"


class Task(Base):
    """Something a person must settle; one open at a time for a kind and a row."""

    __tablename__ = "tasks"
    __table_args__ = (
        Index(
            "uq_tasks_open",
            "kind",
            "subject_type",
            "subject_id",
            unique=True,
            sqlite_where=text("settled_at IS NULL"),
            postgresql_where=text("settled_at IS NULL"),
        ),
    )

    id: Mapped[PrimaryKey]
    kind: Mapped[TaskKind]
    subject_type: Mapped[str] = mapped_column(String(40))
    subject_id: Mapped[int] = mapped_column(BigId)
    message: Mapped[str] = mapped_column(Text)
    opened_at: Mapped[datetime]
    settled_at: Mapped[datetime | None]
    settled_by_id: Mapped[int | None] = mapped_column(BigId)

    def settle(self, *, by_id: int | None, at: datetime) -> None:
        """Close it.

        Raises:
            Conflict: somebody settled it before.
        """
        if self.settled_at is not None:
            raise Conflict(_("This has been settled already."))
        self.settled_at, self.settled_by_id = at, by_id


def open_tasks_of(kind: TaskKind, subject: Subject) -> list[Task]:
    """Return the open task of ``kind`` on ``subject``: one, or none."""
    return list(
        session.scalars(
            select(Task).where(
                Task.kind == kind,
                Task.subject_type == subject.__tablename__,
                Task.subject_id == subject.id,
                Task.settled_at.is_(None),
            )
        )
    )


def open_tasks(*kinds: TaskKind, limit: int = 100) -> list[Task]:
    """Return the open tasks of these kinds, the longest open first."""
    wanted = select(Task).where(Task.kind.in_(kinds), Task.settled_at.is_(None))
    return list(session.scalars(wanted.order_by(Task.opened_at, Task.id).limit(limit)))


def settle_tasks(kind: TaskKind, subject: Subject, *, by_id: int | None, at: datetime) -> bool:
    """Close the open task of ``kind`` on ``subject``; return whether there was one."""
    tasks = open_tasks_of(kind, subject)
    for task in tasks:
        task.settle(by_id=by_id, at=at)
    return bool(tasks)


def open_task(kind: TaskKind, *, subject: Subject, message: str, at: datetime) -> Task:
    """Ask a person to settle ``subject``; an open task of the same kind on it is returned instead of a second one."""
    for task in open_tasks_of(kind, subject):
        return task
    if subject.id is None:
        session.flush()  # the task names the row, and a new row has no name before it is written
    task = Task(kind=kind, subject_type=subject.__tablename__, subject_id=subject.id, message=message, opened_at=at)
    session.add(task)
    return task
