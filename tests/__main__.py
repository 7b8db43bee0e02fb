"""``python -m tests [pytest's arguments]``: the whole suite on SQLite, and beside it what touches the database on PostgreSQL.

With arguments it is a part only, and coverage is not asked for. What did not run is counted with its reason at the end.
"""

import json
import os
import shutil
import subprocess
import sys
import time
from pathlib import Path

from tests.servers import find_chromium, find_postgresql, find_redis, required

ROOT = Path(__file__).resolve().parent.parent
PLACE = ROOT / "var" / "coverage"


def main(arguments: list[str]) -> int:
    """Run everything; return 0 when all of it passed and enough is covered."""
    began = time.monotonic()
    shutil.rmtree(PLACE, ignore_errors=True)
    PLACE.mkdir(parents=True)
    databases = ["sqlite", "postgresql"] if find_postgresql() else ["sqlite"]
    runs = {database: _start(database, arguments) for database in databases}
    bad = [_finish(database, run, arguments) for database, run in runs.items()]
    not_run = [line for database in databases for line in _not_run(database)]
    if "postgresql" not in runs:
        bad.append(required("postgresql"))
        not_run.append("every database test on PostgreSQL: no server in /usr/lib/postgresql/*/bin or on PATH")
    if not arguments:
        bad.append(_coverage())
    _sum_up(not_run, seconds=time.monotonic() - began)
    return int(any(bad))


def _start(database: str, arguments: list[str]) -> subprocess.Popen[bytes]:
    """Start pytest on one database, SQLite's under coverage; the first one speaks at once, the other one when it has ended."""
    environment = {
        **os.environ,
        "OVATION_TEST_DATABASE": database,
        "OVATION_TALLY": str(_tally(database)),
        "TZ": "UTC",
    }
    # Being watched costs half as much again; once is enough.
    watched = ["-m", "coverage", "run"] if database == "sqlite" else []
    chosen = [] if database == "sqlite" else ["-m", "database and not looks"]
    command = [sys.executable, *watched, "-m", "pytest", "-q", "-p", "tests.tally", *chosen, *arguments]
    if database == "sqlite":
        print("\n--- on sqlite", flush=True)
        return subprocess.Popen(command, cwd=ROOT, env=environment, stdin=subprocess.DEVNULL)
    with _log(database).open("wb") as log:
        return subprocess.Popen(
            command, cwd=ROOT, env=environment, stdin=subprocess.DEVNULL, stdout=log, stderr=subprocess.STDOUT
        )


def _finish(database: str, run: subprocess.Popen[bytes], arguments: list[str]) -> bool:
    """Wait for a run and show what it said; return whether something failed."""
    code = run.wait()
    if _log(database).exists():
        print(f"\n--- on {database}\n{_log(database).read_text(errors='replace')}", end="", flush=True)
    # 5: nothing was chosen, which may be right for one of the two runs when arguments pick a part.
    return code not in ({0, 5} if arguments else {0})


def _log(database: str) -> Path:
    return PLACE / f"{database}.log"


def _tally(database: str) -> Path:
    return PLACE / f"tally-{database}.json"


def _not_run(database: str) -> list[str]:
    if not _tally(database).exists():
        return []
    skipped = json.loads(_tally(database).read_text())["skipped"]
    return [f"{count} on {database}: {reason}" for reason, count in sorted(skipped.items())]


def _coverage() -> bool:
    """Print how much was covered, branches with it; return whether it is too little."""
    _coverage_says("combine", "--quiet")
    code, lines = _coverage_says("report")
    (PLACE / "report.txt").write_text(lines)
    if code:
        print("\n".join(lines.splitlines()[-40:]))
    _, total = _coverage_says("report", "--format=total", "--fail-under=0")
    print(f"\nCovered, branches included: {total.strip()} % (the lines left out: var/coverage/report.txt)")
    return code != 0


def _coverage_says(*words: str) -> tuple[int, str]:
    done = subprocess.run(
        [sys.executable, "-m", "coverage", *words], cwd=ROOT, capture_output=True, text=True, check=False
    )
    return done.returncode, done.stdout + done.stderr


def _sum_up(not_run: list[str], *, seconds: float) -> None:
    found = {"PostgreSQL": find_postgresql(), "Redis": find_redis(), "Chromium": find_chromium()}
    print(f"Took {seconds:.0f} s. Found: {', '.join(name for name, place in found.items() if place) or 'no server'}.")
    print("\n".join(["Not run:", *(f"  {line}" for line in not_run)]) if not_run else "Nothing was left out.")


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
