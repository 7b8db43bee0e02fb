"""The publishing lane with a drainer that takes one slow row after another, for trials of stopping and of forking.

Each row leaves ``begun`` and ``ended`` in the file, with the number of the process that had it.
"""

import os
import sys
import time
from pathlib import Path

import worker.lanes
from app.foundation import db
from app.foundation.lanes import Lane
from worker import bells, shift


def drain_slowly() -> None:
    trace = Path(os.environ["TRACE"])
    while shift.may_go_on():
        with trace.open("a") as file:
            print("begun", os.getpid(), file=file, flush=True)
            time.sleep(0.5)
            print("ended", os.getpid(), file=file, flush=True)


if __name__ == "__main__":
    worker.lanes.drainer_of = lambda lane: drain_slowly
    db.bind(db.make_engine("sqlite://"))
    Path(os.environ["TRACE"]).write_text(f"worker {os.getpid()}\n")
    bells.work(Lane(sys.argv[2]), sys.argv[1])
