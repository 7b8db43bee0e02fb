"""``python -m bench.grade [FOLDER]``: triage against labelled sets, by default the project's own posts.

A set is a file of JSON lines (``.jsonl`` or ``.jsonl.gz``) whose rows have ``id``, ``text`` and labels; ``docs/tune-triage.md``
says which.
"""

import argparse
import sys
from pathlib import Path

from bench.grade.run import OWN_SETS, grade
from bench.grade.table import lines

REPETITIONS = 400


def main(arguments: list[str] | None = None) -> int:
    """Print the table; return 1 when the folder holds nothing to grade."""
    asked = _parser().parse_args(arguments)
    graded = grade(asked.folder, only=asked.only, repetitions=asked.repetitions)
    if graded.passed_over:
        print(f"no labels known: {', '.join(graded.passed_over)}", file=sys.stderr)
    if not graded.sections:
        print(f"{asked.folder}: nothing to grade", file=sys.stderr)
        return 1
    print("\n".join(lines(graded.sections)))
    return 0


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="python -m bench.grade", description="Grade triage on labelled posts.")
    parser.add_argument(
        "folder", nargs="?", type=Path, default=OWN_SETS, help="where the sets lie (the project's own posts)"
    )
    parser.add_argument(
        "--only", nargs="*", default=(), metavar="SET", help="these sets alone; `posts` are all with a route"
    )
    parser.add_argument("--repetitions", type=int, default=REPETITIONS, help="samples for an interval (%(default)s)")
    return parser


if __name__ == "__main__":
    sys.exit(main())
