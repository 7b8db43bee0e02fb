"""Hold rows: while one is active, what it covers is not said."""

from datetime import datetime
from enum import StrEnum

from sqlalchemy import CheckConstraint, ForeignKey, Index, String, Text, text
from sqlalchemy.orm import Mapped, mapped_column, relationship

from app.accounts.models import User
from app.channels.models import Connection
from app.foundation.db import Base, BigId, PrimaryKey
from app.foundation.errors import Conflict
from app.foundation.words import _


class HoldScope(StrEnum):
    """What a hold stops, the widest first."""

    EVERYTHING = "EVERYTHING"
    CROWD = "CROWD"
    CONNECTION = "CONNECTION"
    TOPIC = "TOPIC"


class ResumeOffer(StrEnum):
    """What becomes of the replies a hold kept back: all leave, the newly approved leave, or none unseen."""

    SEND_ALL = "SEND_ALL"
    SEND_FRESH = "SEND_FRESH"
    REVIEW_ALL = "REVIEW_ALL"


def _one_active(name: str, column: str, and_where: str = "") -> Index:
    where = text(f"released_at IS NULL{and_where}")
    return Index(name, column, unique=True, sqlite_where=where, postgresql_where=where)


class Hold(Base):
    """One pull of the cord, and what two admins say about letting go."""

    __tablename__ = "holds"
    __table_args__ = (
        _one_active("uq_holds_active_scope", "scope", " AND connection_id IS NULL AND topic IS NULL"),
        _one_active("uq_holds_active_connection", "connection_id"),
        _one_active("uq_holds_active_topic", "topic"),
        CheckConstraint("(scope = 'CONNECTION') = (connection_id IS NOT NULL)", name="connection_named"),
        CheckConstraint("(scope = 'TOPIC') = (topic IS NOT NULL)", name="topic_named"),
    )

    id: Mapped[PrimaryKey]
    scope: Mapped[HoldScope]
    connection_id: Mapped[int | None] = mapped_column(BigId, ForeignKey(Connection.id))
    topic: Mapped[str | None] = mapped_column(String(40))
    reason: Mapped[str] = mapped_column(Text)
    pulled_by_id: Mapped[int] = mapped_column(BigId, ForeignKey(User.id))
    pulled_by_name: Mapped[str] = mapped_column(String(80))
    pulled_at: Mapped[datetime]
    #: Whether the outside was told to hold its campaigns, and what writers may say about it meanwhile.
    is_incident: Mapped[bool] = mapped_column(default=False)
    approved_line: Mapped[str] = mapped_column(Text, default="")
    #: An admin who wants it to end, while a second one has not agreed; and what both would do with what waits.
    asked_by_id: Mapped[int | None] = mapped_column(BigId, ForeignKey(User.id))
    asked_at: Mapped[datetime | None]
    resume_offer: Mapped[ResumeOffer | None]
    released_by_id: Mapped[int | None] = mapped_column(BigId, ForeignKey(User.id))
    released_at: Mapped[datetime | None]

    connection: Mapped[Connection | None] = relationship(lazy="raise_on_sql")
    asked_by: Mapped[User | None] = relationship(foreign_keys=[asked_by_id], lazy="raise_on_sql")
    released_by: Mapped[User | None] = relationship(foreign_keys=[released_by_id], lazy="raise_on_sql")

    def ask_release(self, *, offer: ResumeOffer, by_id: int, at: datetime) -> None:
        """Note that an admin wants it to end.

        Raises:
            Conflict: it has ended.
        """
        self._check_active()
        self.asked_by_id, self.asked_at, self.resume_offer = by_id, at, offer

    def withdraw_request(self) -> None:
        """Let the wish to end it fall.

        Raises:
            Conflict: it has ended, or nobody asks for its end any more.
        """
        self._check_active()
        if self.asked_by_id is None:
            raise Conflict(_("Nobody asks for this any more."))
        self.asked_by_id = self.asked_at = self.resume_offer = None

    def release(self, *, offer: ResumeOffer, asked_by_id: int | None, by_id: int, at: datetime) -> None:
        """End the hold; ``asked_by_id`` is the admin who agrees with this one, None where one alone counts.

        Raises:
            Conflict: it was released before.
        """
        self._check_active()
        self.released_by_id, self.released_at, self.resume_offer = by_id, at, offer
        self.asked_by_id = asked_by_id

    def word(self, line: str) -> None:
        """Say what writers may say while the incident lasts; an empty ``line`` says nothing.

        Raises:
            Conflict: it has ended, or it is no incident.
        """
        self._check_active()
        if not self.is_incident:
            raise Conflict(_("Only an incident has a line for writers."))
        self.approved_line = line

    def _check_active(self) -> None:
        if self.released_at is not None:
            raise Conflict(_("Posting was resumed already."))
