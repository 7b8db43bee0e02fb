"""Reviews: what one person decided about one version."""

from datetime import datetime
from enum import StrEnum

from sqlalchemy import JSON, CheckConstraint, ForeignKey, Index, String, Text, UniqueConstraint, text
from sqlalchemy.orm import Mapped, mapped_column, relationship

from app.accounts.models import User
from app.foundation.db import Base, BigId, PrimaryKey
from app.mentions.quotes import MAY_QUOTE
from app.replies.models import Reply, ReplyVersion


class Decision(StrEnum):
    """What a reviewer may decide."""

    APPROVE = "APPROVE"
    RETURN = "RETURN"
    REJECT = "REJECT"
    ESCALATE = "ESCALATE"


class ReviewKind(StrEnum):
    """A moderator's decision on another's words, or staff letting out their own answer."""

    MODERATION = "MODERATION"
    STAFF = "STAFF"


class Review(Base):
    """One decision, on the version its maker saw. Nobody decides on their own words: the database refuses it."""

    __tablename__ = "reviews"
    __table_args__ = (
        CheckConstraint("kind = 'STAFF' OR reviewer_id <> writer_id", name="not_own_words"),
        Index(None, "reply_id", "id"),
        Index(None, "reviewer_id", "decided_at"),
        # A second approval of the same words is a second person's.
        Index(
            "uq_reviews_one_approval",
            "reply_version_id",
            "reviewer_id",
            unique=True,
            sqlite_where=text("decision = 'APPROVE' AND undone_at IS NULL"),
            postgresql_where=text("decision = 'APPROVE' AND undone_at IS NULL"),
        ),
    )

    id: Mapped[PrimaryKey]
    reply_id: Mapped[int] = mapped_column(BigId, ForeignKey(Reply.id))
    reply_version_id: Mapped[int] = mapped_column(BigId, ForeignKey(ReplyVersion.id))
    reviewer_id: Mapped[int] = mapped_column(BigId, ForeignKey(User.id))
    writer_id: Mapped[int] = mapped_column(BigId, ForeignKey(User.id))
    kind: Mapped[ReviewKind] = mapped_column(default=ReviewKind.MODERATION)
    decision: Mapped[Decision]
    reasons: Mapped[list[str]] = mapped_column(JSON, default=list)
    note: Mapped[str] = mapped_column(Text, default="", info=MAY_QUOTE)
    edited: Mapped[bool] = mapped_column(default=False)
    decided_at: Mapped[datetime]
    #: The edition of the post that its maker saw.
    edition: Mapped[int] = mapped_column(default=1)
    #: When the reviewer undid it, before anything left.
    undone_at: Mapped[datetime | None]

    reply: Mapped[Reply] = relationship(lazy="raise_on_sql")
    reply_version: Mapped[ReplyVersion] = relationship(lazy="raise_on_sql")
    reviewer: Mapped[User] = relationship(foreign_keys=[reviewer_id], lazy="raise_on_sql")


class Opening(Base):
    """A reviewer has a reply on the screen, so that another one can be told."""

    __tablename__ = "openings"
    __table_args__ = (UniqueConstraint("reply_id", "reviewer_id"),)

    id: Mapped[PrimaryKey]
    reply_id: Mapped[int] = mapped_column(BigId, ForeignKey(Reply.id))
    reviewer_id: Mapped[int] = mapped_column(BigId, ForeignKey(User.id))
    opened_at: Mapped[datetime]

    reviewer: Mapped[User] = relationship(lazy="raise_on_sql")


class ReviewNote(Base):
    """What reviewers tell each other about a reply; its writer never sees it."""

    __tablename__ = "review_notes"
    __table_args__ = (Index(None, "reply_id", "id"),)

    id: Mapped[PrimaryKey]
    reply_id: Mapped[int] = mapped_column(BigId, ForeignKey(Reply.id))
    author_id: Mapped[int] = mapped_column(BigId, ForeignKey(User.id))
    text: Mapped[str] = mapped_column(Text, info=MAY_QUOTE)
    written_at: Mapped[datetime]

    author: Mapped[User] = relationship(lazy="raise_on_sql")


class LinkedHost(Base):
    """A host of the brand that an approved reply has led to."""

    __tablename__ = "linked_hosts"

    host: Mapped[str] = mapped_column(String(253), primary_key=True)
