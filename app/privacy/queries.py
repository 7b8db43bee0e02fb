"""Which erasures are not yet in the log outside the database."""

from sqlalchemy import select

from app.foundation.db import session
from app.foundation.tombstones import Tombstone


def unlogged(*, limit: int) -> list[Tombstone]:
    """Return what was erased and not yet written outside, in the order of its erasing."""
    return list(
        session.scalars(select(Tombstone).where(Tombstone.logged_at.is_(None)).order_by(Tombstone.id).limit(limit))
    )
