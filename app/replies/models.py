"""Replies: words written for one mention, and every version of them."""

import unicodedata
from datetime import datetime
from enum import StrEnum

from sqlalchemy import ForeignKey, Index, String, Text, UniqueConstraint, text
from sqlalchemy.orm import Mapped, mapped_column, relationship

from app.accounts.models import User
from app.foundation.db import Base, BigId, PrimaryKey, checked
from app.foundation.lifecycle import Lifecycle
from app.mentions.models import Mention
from app.mentions.quotes import MAY_QUOTE


class ReplyStatus(StrEnum):
    """Where a reply is on its way."""

    DRAFT = "DRAFT"
    SUBMITTED = "SUBMITTED"
    RETURNED = "RETURNED"
    APPROVED = "APPROVED"
    PUBLISHED = "PUBLISHED"
    RETRACTED = "RETRACTED"
    REJECTED = "REJECTED"
    WITHDRAWN = "WITHDRAWN"
    FAILED = "FAILED"


class ReplyKind(StrEnum):
    """Whose words they are: the crowd's, or staff's own on a case."""

    COMMUNITY = "COMMUNITY"
    STAFF = "STAFF"


_S = ReplyStatus
REPLY_LIFECYCLE = Lifecycle(
    "reply",
    {
        "submit": ([_S.DRAFT, _S.RETURNED], _S.SUBMITTED),
        "approve": ([_S.SUBMITTED], _S.APPROVED),
        "publish": ([_S.APPROVED], _S.PUBLISHED),
        "retract": ([_S.PUBLISHED], _S.RETRACTED),
        "return_for_changes": ([_S.SUBMITTED], _S.RETURNED),
        "reject": ([_S.SUBMITTED], _S.REJECTED),
        "take_back": ([_S.APPROVED], _S.SUBMITTED),
        "fail": ([_S.APPROVED], _S.FAILED),
        "retry": ([_S.FAILED], _S.SUBMITTED),
        "recall": ([_S.SUBMITTED], _S.DRAFT),
        "withdraw": ([_S.DRAFT, _S.RETURNED, _S.SUBMITTED, _S.APPROVED], _S.WITHDRAWN),
        "issue": ([_S.DRAFT], _S.APPROVED),
    },
)

#: A reply in one of these states still may become public, so its mention can have no other.
LIVE_REPLY = (_S.DRAFT, _S.SUBMITTED, _S.RETURNED, _S.APPROVED, _S.PUBLISHED)


def posted_text(text: str, signature: str) -> str:
    """Return exactly what the network gets: the words, then the signature on a line of its own; NFC, ends trimmed."""
    words = unicodedata.normalize("NFC", text.replace("\r\n", "\n")).strip()
    return f"{words}\n{signature}" if signature else words


class Reply(Base):
    """One person's reply to one mention."""

    __tablename__ = "replies"
    __table_args__ = (
        Index(
            "uq_replies_live_writer",
            "mention_id",
            "writer_id",
            unique=True,
            sqlite_where=text("status IN ('DRAFT', 'SUBMITTED', 'RETURNED', 'APPROVED')"),
            postgresql_where=text("status IN ('DRAFT', 'SUBMITTED', 'RETURNED', 'APPROVED')"),
        ),
        Index(None, "writer_id", "id"),
        Index(None, "status", "submitted_at", "id"),
    )
    version: Mapped[int] = mapped_column(default=1)
    __mapper_args__ = {"version_id_col": version}

    id: Mapped[PrimaryKey]
    mention_id: Mapped[int] = mapped_column(BigId, ForeignKey(Mention.id))
    writer_id: Mapped[int] = mapped_column(BigId, ForeignKey(User.id))
    kind: Mapped[ReplyKind] = mapped_column(default=ReplyKind.COMMUNITY)
    status: Mapped[ReplyStatus] = mapped_column(checked(ReplyStatus), default=ReplyStatus.DRAFT)
    sensitive: Mapped[bool] = mapped_column(default=False)
    started_at: Mapped[datetime]
    submitted_at: Mapped[datetime | None]
    #: Why it came back, in the reviewer's words.
    returned_note: Mapped[str] = mapped_column(Text, default="", info=MAY_QUOTE)
    #: Written by publishing and rewards from above, so that the writer's list can show them.
    published_at: Mapped[datetime | None]
    published_url: Mapped[str] = mapped_column(String(300), default="")
    thanked_at: Mapped[datetime | None]
    failed_because: Mapped[str] = mapped_column(Text, default="")
    #: When it left its network, and why in the words of whoever took it back; empty when others removed it.
    retracted_at: Mapped[datetime | None]
    retracted_because: Mapped[str] = mapped_column(Text, default="", info=MAY_QUOTE)

    mention: Mapped[Mention] = relationship(lazy="raise_on_sql")
    writer: Mapped[User] = relationship(lazy="raise_on_sql")
    versions: Mapped[list["ReplyVersion"]] = relationship(
        back_populates="reply", order_by="ReplyVersion.number", lazy="raise_on_sql"
    )

    def _move(self, verb: str) -> None:
        self.status = REPLY_LIFECYCLE.move(verb, self.status)

    def submit(self, *, at: datetime) -> None:
        """Send it to the moderators."""
        self._move("submit")
        self.submitted_at = at

    def recall(self) -> None:
        """Take it back from the moderators before one of them has decided."""
        self._move("recall")
        self.submitted_at = None

    def approve(self) -> None:
        """A moderator let it out."""
        self._move("approve")

    def issue(self, *, at: datetime) -> None:
        """Staff let their own answer out."""
        self._move("issue")
        self.submitted_at = at

    def return_for_changes(self, *, note: str) -> None:
        """Ask the writer to change it."""
        self._move("return_for_changes")
        self.returned_note = note

    def reject(self, *, note: str) -> None:
        """It will not be said."""
        self._move("reject")
        self.returned_note = note

    def take_back(self) -> None:
        """Undo the approval, before anything left."""
        self._move("take_back")

    def withdraw(self) -> None:
        """It is no longer wanted."""
        self._move("withdraw")

    def publish(self, *, url: str, at: datetime) -> None:
        """It stands in public."""
        self._move("publish")
        self.published_url, self.published_at = url, at

    def correct_link(self, url: str) -> None:
        """It stands elsewhere in public than was said."""
        self.published_url = url

    def fail(self, *, because: str) -> None:
        """The network would not have it."""
        self._move("fail")
        self.failed_because = because

    def retry(self) -> None:
        """Let the moderators look at it again."""
        self._move("retry")

    def retract(self, *, because: str, at: datetime) -> None:
        """It was taken back from the network."""
        self._move("retract")
        self.retracted_because, self.retracted_at = because, at


class ReplyVersion(Base):
    """One text of a reply. A draft is written over as its writer types; once sealed it never changes."""

    __tablename__ = "reply_versions"
    __table_args__ = (UniqueConstraint("reply_id", "number"),)

    id: Mapped[PrimaryKey]
    reply_id: Mapped[int] = mapped_column(BigId, ForeignKey(Reply.id))
    number: Mapped[int]
    text: Mapped[str] = mapped_column(Text, default="")
    signature: Mapped[str] = mapped_column(String(120), default="")
    #: The post it answers, by the network's id.
    target_external_id: Mapped[str] = mapped_column(String(40))
    #: Which edition of that post was before its writer's eyes.
    target_edition: Mapped[int] = mapped_column(default=1)
    editor_id: Mapped[int] = mapped_column(BigId, ForeignKey(User.id))
    saved_at: Mapped[datetime]
    sealed_at: Mapped[datetime | None]
    #: Which open page wrote it: a random word of that page, so that two tabs never write over each other.
    saved_from: Mapped[str] = mapped_column(String(32), default="")

    reply: Mapped[Reply] = relationship(back_populates="versions", lazy="raise_on_sql")
    editor: Mapped[User] = relationship(lazy="raise_on_sql")

    @property
    def posted_text(self) -> str:
        """Exactly what the network would get."""
        return posted_text(self.text, self.signature)
