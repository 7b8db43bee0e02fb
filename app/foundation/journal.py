"""Who did what to which row, and when; lines are added and never changed."""

from datetime import datetime
from typing import Any, Protocol

from sqlalchemy import JSON, Index, String
from sqlalchemy.orm import Mapped, mapped_column

from app.foundation.db import Base, BigId, PrimaryKey, session


class Subject(Protocol):
    """Any row with a whole number for a key."""

    __tablename__: str

    @property
    def id(self) -> Any: ...


class JournalEntry(Base):
    """One line of the journal."""

    __tablename__ = "journal_entries"
    __table_args__ = (Index(None, "subject_type", "subject_id", "id"),)

    id: Mapped[PrimaryKey]
    at: Mapped[datetime]
    action: Mapped[str] = mapped_column(String(60))
    subject_type: Mapped[str] = mapped_column(String(40))
    subject_id: Mapped[int] = mapped_column(BigId)
    actor_id: Mapped[int | None] = mapped_column(BigId)
    details: Mapped[dict[str, Any]] = mapped_column(JSON, default=dict)


def record(action: str, *, subject: Subject, actor_id: int | None, at: datetime, **details: Any) -> None:
    """Write one line: ``action`` is a noun and a past participle, ``details`` are plain values without personal data.

    ``actor_id`` is None for the system itself. A subject that has no id yet is flushed for it.
    """
    if subject.id is None:
        session.flush()  # the line names the row, and a new row has no name before it is written
    session.add(
        JournalEntry(
            at=at,
            action=action,
            subject_type=subject.__tablename__,
            subject_id=subject.id,
            actor_id=actor_id,
            details=details,
        )
    )
