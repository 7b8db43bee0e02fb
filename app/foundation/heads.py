"""Heads of the journal's chain, written down outside the database: a chain that was cut off or made anew misses them."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final

from app.foundation.line_files import LineFile
from app.foundation.seals import Place, missed

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

    def put_back(self, *, at: datetime) -> None:
        """Write down that the database was put back to an earlier state: what was noted before is compared no more.

        That stands here, and not in the database that the heads are there to watch.
        """
        self.add([{"at": at.isoformat(), "put_back": True}])

    def places(self) -> list[Place]:
        """Return the places written down since the database was last put back, the oldest first."""
        found: list[Place] = []
        for row in self.rows():
            if row.get("put_back"):
                found.clear()
            elif (head := _head(row)) is not None:
                found.append(head.place)
        return found


def _head(row: dict[str, object]) -> Head | None:
    try:
        return Head(datetime.fromisoformat(str(row["at"])), Place(int(str(row["number"])), str(row["digest"])))
    except (KeyError, ValueError):
        return None


HEADS = Heads()


def check_heads() -> tuple[int, list[str]]:
    """Return how many heads were compared with the chain, and what does not hold, a sentence each."""
    places, faults = HEADS.places(), []
    for start in range(0, len(places), CHECKED_AT_ONCE):
        faults += missed(places[start : start + CHECKED_AT_ONCE])
    return len(places), faults
