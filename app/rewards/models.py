"""Points: a ledger of lines that are only ever added, the balances kept beside it, and seasons."""

from datetime import date, datetime
from enum import StrEnum

from sqlalchemy import ForeignKey, Index, String, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column, relationship

from app.accounts.models import User
from app.foundation.db import Base, BigId, PrimaryKey
from app.publishing.models import Publication

#: The season of a balance that counts everything; a number, so that the unique key holds on both databases.
ALL_TIME = 0


class Rule(StrEnum):
    """What points are given for."""

    POSTED = "POSTED"
    WITHOUT_CHANGES = "WITHOUT_CHANGES"
    WITHIN_THE_HOUR = "WITHIN_THE_HOUR"
    THANKED = "THANKED"
    REACH = "REACH"
    REVERSAL = "REVERSAL"


class Season(Base):
    """A period with a goal of its own; ``ends_on`` is its last day."""

    __tablename__ = "seasons"

    id: Mapped[PrimaryKey]
    name: Mapped[str] = mapped_column(String(80))
    starts_on: Mapped[date]
    ends_on: Mapped[date]
    goal_points: Mapped[int]


class PointEntry(Base):
    """One line of the ledger; never changed, only reversed by another line. One for each rule and subject."""

    __tablename__ = "point_entries"
    __table_args__ = (
        UniqueConstraint("rule", "subject_type", "subject_id"),
        Index(None, "user_id", "id"),
    )

    id: Mapped[PrimaryKey]
    user_id: Mapped[int] = mapped_column(BigId, ForeignKey(User.id))
    rule: Mapped[Rule]
    #: A publication's row; for a reversal the reversed line's.
    subject_type: Mapped[str] = mapped_column(String(40))
    subject_id: Mapped[int] = mapped_column(BigId)
    publication_id: Mapped[int | None] = mapped_column(BigId, ForeignKey(Publication.id))
    points: Mapped[int]
    earned_at: Mapped[datetime]
    #: The line counts in balances from this moment on.
    counts_from: Mapped[datetime]
    season_id: Mapped[int | None] = mapped_column(BigId, ForeignKey(Season.id))
    #: How the points came about, where a number went into it: "120 views, 4 likes".
    detail: Mapped[str] = mapped_column(String(200), default="")

    publication: Mapped[Publication | None] = relationship(lazy="raise_on_sql")


class Balance(Base):
    """One person's running total, in a season or (``season_id`` 0) of all time; moved with the ledger line."""

    __tablename__ = "balances"
    __table_args__ = (
        UniqueConstraint("user_id", "season_id"),
        Index(None, "season_id", "points", "reached_at", "user_id"),
        Index(None, "compared_at", "id"),
    )

    id: Mapped[PrimaryKey]
    user_id: Mapped[int] = mapped_column(BigId, ForeignKey(User.id))
    season_id: Mapped[int] = mapped_column(BigId, default=ALL_TIME)
    points: Mapped[int] = mapped_column(default=0)
    #: When the present total was reached: ties go to whoever got there first.
    reached_at: Mapped[datetime]
    #: When it was last compared with the ledger.
    compared_at: Mapped[datetime | None]

    user: Mapped[User] = relationship(lazy="raise_on_sql")


class Impact(Base):
    """What a published reply did, as last looked up; a new row whenever that changed what its reach is worth."""

    __tablename__ = "impacts"
    __table_args__ = (Index(None, "publication_id", "id"),)

    id: Mapped[PrimaryKey]
    publication_id: Mapped[int] = mapped_column(BigId, ForeignKey(Publication.id))
    likes: Mapped[int] = mapped_column(default=0)
    reposts: Mapped[int] = mapped_column(default=0)
    views: Mapped[int] = mapped_column(default=0)
    #: What the reach is worth in all, before the day's cap.
    points: Mapped[int] = mapped_column(default=0)
    looked_up_at: Mapped[datetime]
