"""The tombstone log: one line of JSON for each post or person erased, in a file outside the database; no words in it."""

import json
import logging
import os
from collections.abc import Iterator, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path

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


class TombstoneLog:
    """Where erasures are kept beside the database; nowhere until a file is named."""

    def __init__(self) -> None:
        self.path: Path | None = None

    def keep_in(self, path: str) -> None:
        """Use the file at ``path``; an empty one keeps nothing."""
        self.path = Path(path) if path else None

    def append(self, lines: Sequence[Line]) -> None:
        """Write the lines behind what is there, and return once they are on the disk."""
        if self.path is None:
            return
        self.path.parent.mkdir(parents=True, exist_ok=True)
        descriptor = os.open(self.path, os.O_RDWR | os.O_APPEND | os.O_CREAT, 0o600)
        try:
            text = "".join(f"{json.dumps(asdict(line), separators=(',', ':'))}\n" for line in lines)
            # A line that a crash cut short must not swallow the one after it.
            os.write(descriptor, ("\n" if self._is_cut_short(descriptor) else "").encode() + text.encode())
            os.fsync(descriptor)
        finally:
            os.close(descriptor)

    def lines(self) -> Iterator[Line]:
        """Yield what was written, the oldest first; a line cut short by a crash was written again behind it."""
        if self.path is None or not self.path.exists():
            return
        with self.path.open(encoding="utf-8") as file:
            for number, text in enumerate(file, start=1):
                try:
                    told = json.loads(text)
                    yield Line(**{**told, "kind": TombstoneKind(told["kind"])})
                except (ValueError, TypeError, KeyError):
                    if text.strip():
                        log.warning("line %s of the tombstone log cannot be read", number)

    def _is_cut_short(self, descriptor: int) -> bool:
        end = os.lseek(descriptor, 0, os.SEEK_END)
        return end > 0 and os.pread(descriptor, 1, end - 1) != b"\n"


LOG = TombstoneLog()
