"""Drain the triage lane in a process of its own, which a post may kill: one that says "deadly", as SIGKILL would."""

import os
import signal
import sys

import app
from app.foundation import db
from app.triage import actions
from app.triage.types import Signals
from worker.lanes.triage import drain_triage

read = actions.read_signals


def reads(text: str, **values: object) -> Signals:
    if "deadly" in text:
        os.kill(os.getpid(), signal.SIGKILL)
    return read(text, **values)  # type: ignore[arg-type]


def main() -> None:
    app.join_rooms()
    db.bind(db.make_engine(sys.argv[1]))
    actions.read_signals = reads
    drain_triage()


if __name__ == "__main__":
    main()
