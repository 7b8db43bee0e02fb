"""``python -m tests.trials --kills N``: the trials of the delivery promise that are too long for every build.

Each batch begins anew, with its own seed made from the run's: a run that was cut short goes on with ``--seed`` and
``--from-batch``. The last line sums up; the run fails when anything was lost, doubled, wrong or unapproved.
"""

import argparse
import random
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path

from local.servers import postgresql_server
from tests.sandbox_server import run_sandbox
from tests.trials import kills
from tests.trials.ground import Ground, ground
from tests.trials.sweep import warm_up

DATABASES = {"sqlite": ("sqlite",), "postgresql": ("postgresql",), "both": ("sqlite", "postgresql")}


def main(arguments: list[str]) -> int:
    """Run what was asked for; return 0 when every promise was kept."""
    asked = _parser().parse_args(arguments)
    seed = asked.seed or random.SystemRandom().randrange(1, 1_000_000)
    print(f"seed {seed}", flush=True)
    tally = kills.Tally()
    for database in DATABASES[asked.database]:
        with place(database) as here:
            run_kills(here, tally, asked, seed=seed, database=database)
    print(tally)
    return 0 if tally.is_good else 1


def run_kills(here: Ground, tally: kills.Tally, asked: argparse.Namespace, *, seed: int, database: str) -> None:
    """Kill each kind so many times, in batches."""
    for name in asked.kind.split(",") if asked.kind else kills.KINDS:
        for number, start in enumerate(range(0, asked.kills, kills.BATCH)):
            if number < asked.from_batch:
                continue
            began = time.monotonic()
            told = kills.batch(
                here, name, kills=min(kills.BATCH, asked.kills - start), seed=f"{seed}:{database}:{name}:{number}"
            )
            tally.add(told)
            here.seen = told.get("seen", here.seen)
            took = time.monotonic() - began
            print(
                f"{database} {name} batch {number}: {told['kills']} kills, {told['posts']} posts, "
                f"{told['replies']} replies, {told['unknown']} unknown, {took:.0f} s {dict(told['broken']) or ''}",
                *told["said"],
                sep="\n    ",
                flush=True,
            )


@contextmanager
def place(database: str) -> Iterator[Ground]:
    """Open a network and a database, and warm this process up."""
    with ExitStack() as stack:
        folder = Path(stack.enter_context(tempfile.TemporaryDirectory(prefix="ovation-trials-")))
        sandbox = stack.enter_context(run_sandbox(folder))
        server = stack.enter_context(postgresql_server()) if database == "postgresql" else ""
        here = stack.enter_context(ground(sandbox, folder, server=server))
        warm_up(here)
        yield here


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="python -m tests.trials", description=__doc__)
    parser.add_argument("--kills", type=int, default=0, metavar="N", help="kills of each kind, on each database")
    parser.add_argument("--kind", default="", help=f"which of {', '.join(kills.KINDS)}; all of them if none is named")
    parser.add_argument("--database", choices=DATABASES, default="sqlite")
    parser.add_argument("--seed", type=int, default=0, help="what chance begins with; printed when it is not given")
    parser.add_argument("--from-batch", type=int, default=0, metavar="K", help="leave out the batches before this one")
    return parser


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
