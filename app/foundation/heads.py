"""Heads of the journal's chain, written down outside the database: a chain that was cut off or made anew misses them."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final

from app.foundation.line_files import LineFile
from app.foundation.recovery import last_recovery
from app.foundation.seals import Place, check_places

#: A head is written down so often, while there is a new one.
EVERY: Final = timedelta(minutes=10)
CHECKED_AT_ONCE: Final = 500


@dataclass(frozen=True, slots=True)
class Head:
    """Where the chain ended at a moment."""

    at: datetime
    place: Place


class Heads(LineFile):
    """One line of JSON for each head; nowhere until a file is named."""

    def note(self, place: Place, *, at: datetime) -> bool:
        """Write the head down if it is due; return whether it was."""
        row = self.last_row()
        last = _head(row) if row else None
        if self.path is None or not place.number or (last and (last.at > at - EVERY or last.place == place)):
            return False
        self.add([{"at": at.isoformat(), "number": place.number, "digest": place.digest}])
        return True

    def since(self, at: datetime | None) -> Iterator[Head]:
        """Yield what was written down at that moment or later, the oldest first; all of it without a moment."""
        heads = (head for row in self.rows() if (head := _head(row)) is not None)
        return (head for head in heads if at is None or head.at >= at)


def _head(row: dict[str, object]) -> Head | None:
    try:
        return Head(datetime.fromisoformat(str(row["at"])), Place(int(str(row["number"])), str(row["digest"])))
    except (KeyError, ValueError):
        return None


HEADS = Heads()


def check_heads() -> int:
    """Check that the chain goes through every head written down since the database was last put back; return how many.

    Raises:
        Tampered: it does not.
    """
    recovery = last_recovery()
    places = [head.place for head in HEADS.since(recovery.started_at if recovery else None)]
    for start in range(0, len(places), CHECKED_AT_ONCE):
        check_places(places[start : start + CHECKED_AT_ONCE])
    return len(places)
