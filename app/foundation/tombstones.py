"""Tombstones: the network's ids of what was erased, so that a backup put back cannot raise it again.

A row is written in the transaction that erases. A sweep copies the rows, in their order, into a log outside the database
(``app.privacy``); what could not be copied yet is copied later, so that no crash leaves a gap. They hold no words.
"""

from collections.abc import Collection
from datetime import datetime
from enum import StrEnum

from sqlalchemy import Index, String, UniqueConstraint, text
from sqlalchemy.orm import Mapped, mapped_column

from app.foundation.db import Base, PrimaryKey
from app.foundation.upsert import insert_new


class TombstoneKind(StrEnum):
    """What was erased."""

    POST = "POST"
    PERSON = "PERSON"


class Tombstone(Base):
    """One post or person that must stay erased."""

    __tablename__ = "tombstones"
    __table_args__ = (
        UniqueConstraint("kind", "network", "account", "external_id"),
        Index(
            "ix_tombstones_unlogged",
            "id",
            sqlite_where=text("logged_at IS NULL"),
            postgresql_where=text("logged_at IS NULL"),
        ),
    )

    id: Mapped[PrimaryKey]
    kind: Mapped[TombstoneKind]
    #: The brand's account it was heard by: the connection's kind and its id on the network.
    network: Mapped[str] = mapped_column(String(20))
    account: Mapped[str] = mapped_column(String(40))
    external_id: Mapped[str] = mapped_column(String(40))
    erased_at: Mapped[datetime]
    logged_at: Mapped[datetime | None]


def bury(kind: TombstoneKind, external_ids: Collection[str], *, network: str, account: str, at: datetime) -> None:
    """Note that these were erased, with the transaction in hand; what was noted before stays as it is."""
    insert_new(
        Tombstone,
        [
            {
                "kind": kind,
                "network": network,
                "account": account,
                "external_id": external_id,
                "erased_at": at,
                "logged_at": None,
            }
            for external_id in sorted(external_ids)
        ],
    )
