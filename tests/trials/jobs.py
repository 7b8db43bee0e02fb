"""Kills by the hundred: each kind on each database is a job for a warm process of its own, as many at a time as there are cores."""

import multiprocessing
import os
import time
from collections.abc import Sequence
from concurrent.futures import ProcessPoolExecutor, as_completed
from dataclasses import dataclass
from typing import Any

from tests.trials import kills
from tests.trials.place import place


@dataclass(frozen=True)
class Job:
    """One kind to be killed on one database, so many times."""

    database: str
    kind: str
    kills: int
    seed: int
    from_batch: int


def run_all(jobs: Sequence[Job]) -> kills.Tally:
    """Do every job; return what all of them came to."""
    tally, at_once = kills.Tally(), min(len(jobs), os.cpu_count() or 1)
    with ProcessPoolExecutor(at_once, multiprocessing.get_context("spawn"), max_tasks_per_child=1) as pool:
        for done in as_completed([pool.submit(run, job) for job in jobs]):
            tally.merge(done.result())
    return tally


def run(job: Job) -> kills.Tally:
    """Kill one kind in batches; a line for each says what came of it and how much is left."""
    tally, starts = kills.Tally(), list(range(0, job.kills, kills.BATCH))
    with place(job.database) as here:
        began = time.monotonic()
        for number, start in enumerate(starts):
            if number < job.from_batch:
                continue
            size, seed = min(kills.BATCH, job.kills - start), f"{job.seed}:{job.database}:{job.kind}:{number}"
            told = kills.batch(here, job.kind, kills=size, seed=seed)
            tally.add(told)
            here.seen = told.get("seen", here.seen)
            _say(job, number, told, rate=tally.kills / (time.monotonic() - began), left=job.kills - start - size)
    return tally


def _say(job: Job, number: int, told: dict[str, Any], *, rate: float, left: int) -> None:
    said = f"{told['kills']} kills, {told['posts']} posts, {told['replies']} replies, {told['unknown']} unknown"
    pace = f"{rate:.1f} kills a second, {left / rate:.0f} s to go"
    lines = [f"{job.database} {job.kind} batch {number}: {said}; {pace} {told['broken'] or ''}", *told["said"]]
    print("\n    ".join(lines), flush=True)
