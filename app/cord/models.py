"""Hold rows: while one is active, what it covers is not said."""

from datetime import datetime
from enum import StrEnum

from sqlalchemy import ForeignKey, Index, String, Text, text
from sqlalchemy.orm import Mapped, mapped_column, relationship

from app.accounts.models import User
from app.foundation.db import Base, BigId, PrimaryKey
from app.foundation.errors import Conflict
from app.foundation.words import _


class HoldScope(StrEnum):
    """What a hold stops."""

    EVERYTHING = "EVERYTHING"
    CROWD = "CROWD"


class Hold(Base):
    """One pull of the cord."""

    __tablename__ = "holds"
    __table_args__ = (
        Index(
            "uq_holds_active_scope",
            "scope",
            unique=True,
            sqlite_where=text("released_at IS NULL"),
            postgresql_where=text("released_at IS NULL"),
        ),
    )

    id: Mapped[PrimaryKey]
    scope: Mapped[HoldScope]
    reason: Mapped[str] = mapped_column(Text)
    pulled_by_id: Mapped[int] = mapped_column(BigId, ForeignKey(User.id))
    pulled_by_name: Mapped[str] = mapped_column(String(80))
    pulled_at: Mapped[datetime]
    released_by_id: Mapped[int | None] = mapped_column(BigId, ForeignKey(User.id))
    released_at: Mapped[datetime | None]

    released_by: Mapped[User | None] = relationship(foreign_keys=[released_by_id], lazy="raise_on_sql")

    def release(self, *, by_id: int, at: datetime) -> None:
        """End the hold.

        Raises:
            Conflict: it was released before.
        """
        if self.released_at is not None:
            raise Conflict(_("Posting was resumed already."))
        self.released_by_id, self.released_at = by_id, at
