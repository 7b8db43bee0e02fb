"""``python -m bench NAME [--size N] [--peers] [--json]``: the limits of the machine, then one benchmark, or all of them.

Exit code 1 when a bar is missed.
"""

import argparse
import dataclasses
import importlib
import json
import signal
import subprocess
import sys
from typing import Final

from bench.report import BenchResult, show
from local.children import tied_to_parent

#: Every benchmark at the sizes of a build; larger ones are run by hand.
SIZES: Final = {
    "triage": (20_000,),
    "memory": (20_000,),
    "ingest": (10_000, 100_000),
    "claim": (100,),
    "feed": (10_000, 100_000),
    "publish": (400,),
    "spikes": (2,),
}
LIMITS: Final = "limits"


def main(arguments: list[str] | None = None) -> int:
    """Run what was asked for; return 1 when a bar was missed."""
    asked = _parser().parse_args(arguments)
    # Told to stop, it leaves by way of every `finally`, and no server or folder stays behind.
    signal.signal(signal.SIGTERM, lambda number, _frame: sys.exit(128 + number))
    if asked.inside:
        return _measure(asked.name, asked.size, peers=asked.peers, as_json=asked.json)
    plan: list[tuple[str, int | None]] = [(LIMITS, None)]
    for name in SIZES if asked.name == "all" else [asked.name]:
        sizes: tuple[int | None, ...] = (asked.size,) if asked.size else SIZES.get(name, ())
        plan += [(name, size) for size in sizes]
    return max(_in_its_own_process(name, size, asked) for name, size in plan)


def _in_its_own_process(name: str, size: int | None, asked: argparse.Namespace) -> int:
    """Measure one size of one benchmark where no other has used memory before it."""
    flags = [flag for flag, given in (("--peers", asked.peers), ("--json", asked.json)) if given]
    sizes = ["--size", str(size)] if size else []
    command = [sys.executable, "-m", "bench", name, "--inside", *sizes, *flags]
    done = subprocess.run(command, check=False, preexec_fn=tied_to_parent())  # noqa: S603 - one prctl before our own command
    return 1 if done.returncode else 0


def _measure(name: str, size: int | None, *, peers: bool, as_json: bool) -> int:
    module = importlib.import_module(f"bench.{name}")
    result: BenchResult = module.run(size or module.SIZE, peers=peers)
    if as_json:
        print(json.dumps(dataclasses.asdict(result)))
    else:
        show(result)
    return 0 if result.is_met else 1


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="python -m bench", description="Benchmarks; every run begins with the limits."
    )
    parser.add_argument("name", choices=[LIMITS, *SIZES, "all"])
    parser.add_argument("--size", type=int, help="how many (rows, posts, texts); each benchmark has its own default")
    parser.add_argument("--peers", action="store_true", help="with what takes longer to compare against")
    parser.add_argument("--json", action="store_true", help="one JSON object a line, for machines")
    parser.add_argument("--inside", action="store_true", help=argparse.SUPPRESS)
    return parser


if __name__ == "__main__":
    sys.exit(main())
