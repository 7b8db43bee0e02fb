"""Cases: mentions that staff handle, and their notes."""

from datetime import datetime
from enum import StrEnum
from typing import Any

from sqlalchemy import JSON, ForeignKey, Index, Text, text
from sqlalchemy.orm import Mapped, mapped_column, relationship

from app.accounts.models import User
from app.foundation.db import Base, BigId, PrimaryKey, checked
from app.foundation.lifecycle import Lifecycle
from app.mentions.models import Mention
from app.mentions.quotes import MAY_QUOTE


class CaseStatus(StrEnum):
    """Where a case stands."""

    OPEN = "OPEN"
    ASSIGNED = "ASSIGNED"
    RESOLVED = "RESOLVED"
    RETURNED = "RETURNED"


_S = CaseStatus
CASE_LIFECYCLE = Lifecycle(
    "case",
    {
        "assign": ([_S.OPEN, _S.ASSIGNED], _S.ASSIGNED),
        "resolve": ([_S.OPEN, _S.ASSIGNED], _S.RESOLVED),
        "return_to_feed": ([_S.OPEN, _S.ASSIGNED], _S.RETURNED),
    },
)


class Case(Base):
    """A mention in staff's hands; one live at a time for each mention."""

    __tablename__ = "cases"
    __table_args__ = (
        Index(
            "uq_cases_live_mention",
            "mention_id",
            unique=True,
            sqlite_where=text("status IN ('OPEN', 'ASSIGNED')"),
            postgresql_where=text("status IN ('OPEN', 'ASSIGNED')"),
        ),
        Index(None, "status", "priority", "id"),
    )
    version: Mapped[int] = mapped_column(default=1)
    __mapper_args__ = {"version_id_col": version}

    id: Mapped[PrimaryKey]
    mention_id: Mapped[int] = mapped_column(BigId, ForeignKey(Mention.id))
    status: Mapped[CaseStatus] = mapped_column(checked(CaseStatus), default=CaseStatus.OPEN)
    #: Why it is here, in the words of the person who handed it over; empty when triage did, whose reasons are shown.
    reason: Mapped[str] = mapped_column(Text, default="")
    tags: Mapped[list[str]] = mapped_column(JSON, default=list)
    #: An answer needs a second person's approval.
    sensitive: Mapped[bool] = mapped_column(default=False)
    #: Somebody may come to harm: kept from everybody but staff and admins.
    safety: Mapped[bool] = mapped_column(default=False)
    priority: Mapped[int] = mapped_column(default=0)
    #: [name, points] pairs that add up to ``priority``.
    parts: Mapped[list[list[Any]]] = mapped_column(JSON, default=list)
    assigned_to_id: Mapped[int | None] = mapped_column(BigId, ForeignKey(User.id))
    opened_at: Mapped[datetime]
    #: None for triage.
    opened_by_id: Mapped[int | None] = mapped_column(BigId, ForeignKey(User.id))
    ended_at: Mapped[datetime | None]

    mention: Mapped[Mention] = relationship(lazy="raise_on_sql")
    assigned_to: Mapped[User | None] = relationship(foreign_keys=[assigned_to_id], lazy="raise_on_sql")

    @property
    def is_live(self) -> bool:
        """Whether staff still have it."""
        return self.status in {CaseStatus.OPEN, CaseStatus.ASSIGNED}

    def assign(self, *, to_id: int) -> None:
        """Put it into one person's hands."""
        self.status = CASE_LIFECYCLE.move("assign", self.status)
        self.assigned_to_id = to_id

    def resolve(self, *, at: datetime) -> None:
        """Staff are done with it."""
        self.status = CASE_LIFECYCLE.move("resolve", self.status)
        self.ended_at = at

    def return_to_feed(self, *, at: datetime) -> None:
        """The crowd may answer it after all."""
        self.status = CASE_LIFECYCLE.move("return_to_feed", self.status)
        self.ended_at = at

    def forget_post(self) -> None:
        """Keep that there was a case, without what was said of its post."""
        self.reason, self.tags, self.parts, self.priority = "", [], [], 0


class CaseNote(Base):
    """What staff tell each other about a case; no advocate and no customer ever sees it."""

    __tablename__ = "case_notes"
    __table_args__ = (Index(None, "case_id", "id"),)

    id: Mapped[PrimaryKey]
    case_id: Mapped[int] = mapped_column(BigId, ForeignKey(Case.id))
    author_id: Mapped[int] = mapped_column(BigId, ForeignKey(User.id))
    text: Mapped[str] = mapped_column(Text, info=MAY_QUOTE)
    written_at: Mapped[datetime]

    author: Mapped[User] = relationship(lazy="raise_on_sql")
