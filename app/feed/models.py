"""Claims: an advocate's hold on a mention, with an end; and what was passed over."""

from datetime import datetime
from enum import StrEnum

from sqlalchemy import ForeignKey, Index, String, UniqueConstraint, text
from sqlalchemy.orm import Mapped, mapped_column, relationship

from app.advocates.models import Advocate
from app.foundation.db import Base, BigId, PrimaryKey
from app.mentions.models import Mention


class ClaimEnd(StrEnum):
    """How a claim ended."""

    SUBMITTED = "SUBMITTED"
    RELEASED = "RELEASED"
    EXPIRED = "EXPIRED"
    HANDED_OVER = "HANDED_OVER"
    TAKEN_AWAY = "TAKEN_AWAY"
    POST_DELETED = "POST_DELETED"
    POST_EDITED = "POST_EDITED"


class Claim(Base):
    """A lease on one mention; it lives while ``ended_at`` is null, and one mention has at most one that lives."""

    __tablename__ = "claims"
    __table_args__ = (
        Index(
            "uq_claims_live_mention",
            "mention_id",
            unique=True,
            sqlite_where=text("ended_at IS NULL"),
            postgresql_where=text("ended_at IS NULL"),
        ),
        Index(
            "ix_claims_live_advocate",
            "advocate_id",
            sqlite_where=text("ended_at IS NULL"),
            postgresql_where=text("ended_at IS NULL"),
        ),
        Index(
            "ix_claims_live_expires_at",
            "expires_at",
            sqlite_where=text("ended_at IS NULL"),
            postgresql_where=text("ended_at IS NULL"),
        ),
        Index(None, "mention_id", "id"),
        Index(None, "advocate_id", "id"),
    )

    id: Mapped[PrimaryKey]
    mention_id: Mapped[int] = mapped_column(BigId, ForeignKey(Mention.id))
    advocate_id: Mapped[int] = mapped_column(BigId, ForeignKey(Advocate.id))
    claimed_at: Mapped[datetime]
    expires_at: Mapped[datetime]
    ended_at: Mapped[datetime | None]
    ended_because: Mapped[ClaimEnd | None]
    #: A reply that came back from review does not count against the two claims a person may hold.
    counts: Mapped[bool] = mapped_column(default=True)

    mention: Mapped[Mention] = relationship(lazy="raise_on_sql")
    advocate: Mapped[Advocate] = relationship(lazy="raise_on_sql")

    def end(self, because: ClaimEnd, *, at: datetime) -> None:
        """End it; a second end changes nothing."""
        if self.ended_at is None:
            self.ended_at, self.ended_because = at, because


class PassedOver(Base):
    """A mention that one advocate does not want to see again."""

    __tablename__ = "passed_over"
    __table_args__ = (UniqueConstraint("advocate_id", "mention_id"),)

    id: Mapped[PrimaryKey]
    advocate_id: Mapped[int] = mapped_column(BigId, ForeignKey(Advocate.id))
    mention_id: Mapped[int] = mapped_column(BigId, ForeignKey(Mention.id))
    reason: Mapped[str] = mapped_column(String(30), default="")
    passed_at: Mapped[datetime]
