"""Files outside the database to which lines are only added: what they say outlives whatever happens to the tables."""

import json
import logging
import os
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any, Final

#: No line is longer; so much of the end is read to find the last one.
LONGEST: Final = 4096

log = logging.getLogger(__name__)


class LineFile:
    """One JSON object in each line; nowhere until a file is named."""

    def __init__(self) -> None:
        self.path: Path | None = None

    def keep_in(self, path: str) -> None:
        """Use the file at ``path``; an empty one keeps nothing."""
        self.path = Path(path) if path else None

    def add(self, rows: Sequence[Mapping[str, Any]]) -> None:
        """Write the rows behind what is there, and return once they are on the disk."""
        if self.path is None:
            return
        self.path.parent.mkdir(parents=True, exist_ok=True)
        descriptor = os.open(self.path, os.O_RDWR | os.O_APPEND | os.O_CREAT, 0o600)
        try:
            text = "".join(f"{json.dumps(row, separators=(',', ':'))}\n" for row in rows)
            # A line that a crash cut short must not swallow the one after it.
            os.write(descriptor, ("\n" if self._is_cut_short(descriptor) else "").encode() + text.encode())
            os.fsync(descriptor)
        finally:
            os.close(descriptor)

    def rows(self) -> Iterator[dict[str, Any]]:
        """Yield what was written, the oldest first, without what cannot be read."""
        if self.path is None or not self.path.exists():
            return
        with self.path.open("rb") as file:
            for number, line in enumerate(file, start=1):
                row = _read(line)
                if row is not None:
                    yield row
                elif line.strip():
                    log.warning("line %s of %s cannot be read", number, self.path.name)

    def last_row(self) -> dict[str, Any] | None:
        """Return what was written last, or None."""
        if self.path is None or not self.path.exists():
            return None
        with self.path.open("rb") as file:
            file.seek(max(0, file.seek(0, os.SEEK_END) - 2 * LONGEST))
            read = [row for line in file if (row := _read(line)) is not None]
        return read[-1] if read else None

    def _is_cut_short(self, descriptor: int) -> bool:
        end = os.lseek(descriptor, 0, os.SEEK_END)
        return end > 0 and os.pread(descriptor, 1, end - 1) != b"\n"


def _read(line: bytes) -> dict[str, Any] | None:
    try:
        row = json.loads(line)
    except ValueError:
        return None
    return row if isinstance(row, dict) else None
