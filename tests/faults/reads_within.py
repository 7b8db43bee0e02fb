"""Drain the triage lane in a process of its own that may have so much memory and no more; a post that says "large" wants it."""

import resource
import sys
from pathlib import Path

import app
from app.foundation import db
from app.triage import actions
from app.triage.types import Signals
from worker.lanes.triage import drain_triage

MORE = 100_000_000
WANTED = 200_000_000
read = actions.read_signals


def reads(text: str, **values: object) -> Signals:
    if "large" in text:
        bytearray(WANTED)
    return read(text, **values)  # type: ignore[arg-type]


def main() -> None:
    app.join_rooms()
    db.bind(db.make_engine(sys.argv[1]))
    actions.read_signals = reads
    read("Hello, how do I descale it?", topics=[], language_hint="")  # word lists are loaded by now
    most = int(Path("/proc/self/statm").read_text().split()[0]) * resource.getpagesize() + MORE
    resource.setrlimit(resource.RLIMIT_AS, (most, most))
    drain_triage()


if __name__ == "__main__":
    main()
