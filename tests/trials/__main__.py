"""``python -m tests.trials --kills N``: the trials of the delivery promise that are too long for every build.

Each batch begins anew, with its own seed made from the run's: a run that was cut short goes on with ``--seed`` and
``--from-batch``. The last line sums up; the run fails when anything was lost, doubled, wrong, unapproved or broken.

In place of the kills: ``--storm``, ``--calm``, ``--cord N``, ``--flushall SECONDS`` and ``--recovery`` measure the rest of
what is promised, each against its bar.
"""

import argparse
import os
import random
import sys
from functools import partial

from tests.trials import kills, measures, weather
from tests.trials.jobs import Job, run_all
from tests.trials.measures import Mode
from tests.trials.place import place

DATABASES = {"sqlite": ("sqlite",), "postgresql": ("postgresql",), "both": ("sqlite", "postgresql")}


def main(arguments: list[str]) -> int:
    """Run what was asked for; return 0 when every promise was kept."""
    asked = _parser().parse_args(arguments)
    seed = asked.seed or random.SystemRandom().randrange(1, 1_000_000)
    print(f"seed {seed}, load {os.getloadavg()[0]:.1f}", flush=True)
    good = [_measure(modes, database, seed) for database in DATABASES[asked.database] if (modes := _modes(asked))]
    if asked.kills:
        good.append(_kill(asked, seed))
    return 0 if all(good) else 1


def _kill(asked: argparse.Namespace, seed: int) -> bool:
    kinds = asked.kind.split(",") if asked.kind else list(kills.KINDS)
    jobs = [Job(on, kind, asked.kills, seed, asked.from_batch) for kind in kinds for on in DATABASES[asked.database]]
    tally = run_all(jobs)
    print(tally)
    return tally.is_good


def _modes(asked: argparse.Namespace) -> list[Mode]:
    """Return what is to be measured."""
    return [
        *([partial(weather.storm, sends=asked.sends)] if asked.storm else []),
        *([partial(weather.pull_cords, pulls=asked.cord)] if asked.cord else []),
        *([partial(measures.calm, approvals=asked.approvals)] if asked.calm else []),
        *([partial(measures.flush, seconds=asked.flushall)] if asked.flushall else []),
        *([partial(measures.recover, names=tuple(asked.process))] if asked.recovery else []),
    ]


def _measure(modes: list[Mode], database: str, seed: int) -> bool:
    print(f"on {database}", flush=True)
    with place(database) as here:
        return min(mode(here, seed) for mode in modes)


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="python -m tests.trials", description=__doc__)
    parser.add_argument("--kills", type=int, default=0, metavar="N", help="kills of each kind, on each database")
    parser.add_argument("--kind", default="", help=f"which of {', '.join(kills.KINDS)}; all of them if none is named")
    parser.add_argument("--database", choices=DATABASES, default="sqlite")
    parser.add_argument("--seed", type=int, default=0, help="what chance begins with; printed when it is not given")
    parser.add_argument("--from-batch", type=int, default=0, metavar="K", help="leave out the batches before this one")
    parser.add_argument("--storm", action="store_true", help="send under a storm, and kill nobody")
    parser.add_argument("--calm", action="store_true", help="approve on a calm day, with Redis and without")
    parser.add_argument("--cord", type=int, default=0, metavar="N", help="pull the cord so often during a storm")
    parser.add_argument("--flushall", type=float, default=0, metavar="SECONDS", help="empty Redis every 5 s, so long")
    parser.add_argument(
        "--recovery", action="store_true", help="kill each process once, and wait until all is as before"
    )
    parser.add_argument("--sends", type=int, default=weather.SENDS, help="how many the storm meets")
    parser.add_argument("--approvals", type=int, default=measures.APPROVALS, help="how many on a calm day, twice")
    parser.add_argument(
        "--process", action="append", default=[], help="which to kill for --recovery; all if none is named"
    )
    return parser


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
