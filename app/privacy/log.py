"""The tombstone log: one line of JSON for each post or person erased, in a file outside the database; no words in it."""

import logging
from collections.abc import Iterator, Sequence
from dataclasses import asdict, dataclass

from app.foundation.line_files import LineFile
from app.foundation.tombstones import TombstoneKind

log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class Line:
    """What must stay erased: a post or a person, by the network's ids; ``at`` is ISO 8601."""

    kind: TombstoneKind
    network: str
    account: str
    external_id: str
    at: str


class TombstoneLog(LineFile):
    """Where erasures are kept beside the database; nowhere until a file is named."""

    def append(self, lines: Sequence[Line]) -> None:
        """Write the lines behind what is there, and return once they are on the disk."""
        self.add([asdict(line) for line in lines])

    def lines(self) -> Iterator[Line]:
        """Yield what was written, the oldest first; a line cut short by a crash was written again behind it."""
        for told in self.rows():
            try:
                yield Line(**{**told, "kind": TombstoneKind(told["kind"])})
            except (ValueError, TypeError, KeyError):
                log.warning("a line of the tombstone log names nothing that is erased")


LOG = TombstoneLog()
