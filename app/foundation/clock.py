"""The only reader of the time. Edges call it; everything below them is told."""

from datetime import UTC, datetime, timedelta
from typing import Final

#: A network's clock may be this much ahead of ours before we believe ours.
AHEAD_AT_MOST: Final = timedelta(minutes=5)


def now() -> datetime:
    """Return the present moment, aware, in UTC."""
    return datetime.now(UTC)


def believed(moment: datetime, *, at: datetime) -> datetime:
    """Return a time that a network told, or ``at`` where it lies so far ahead that it cannot be true."""
    return at if moment > at + AHEAD_AT_MOST else moment
