"""``python -m tests [pytest's arguments]``: the whole suite on SQLite, and beside it what touches the database on PostgreSQL.

With arguments it is a part only, and coverage is not asked for. What did not run is counted with its reason at the end.
"""

import json
import os
import shutil
import subprocess
import sys
import time
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from tests.servers import find_chromium, find_postgresql, find_redis, required

ROOT = Path(__file__).resolve().parent.parent
PLACE = ROOT / "var" / "coverage"
LOOK_SECONDS = 0.5


@dataclass(frozen=True)
class Part:
    """Tests that one process of pytest runs: those with the ``marks``, on one database."""

    name: str
    database: str
    marks: str = ""

    def __str__(self) -> str:
        return f"{self.name}, on {self.database}"


#: What takes long on SQLite comes last, in the place of whoever ends first, so that no core waits for another one.
PARTS = (
    Part("rooms", "sqlite", "not (journey or race or trial)"),
    Part("again", "postgresql", "database and not looks"),
    Part("journeys", "sqlite", "journey or race"),
    Part("trials", "sqlite", "trial and not (journey or race)"),
)
#: Where arguments choose.
WHOLE = (Part("chosen", "sqlite"), Part("again", "postgresql", "database and not looks"))


def main(arguments: list[str]) -> int:
    """Run everything; return 0 when all of it passed and enough is covered."""
    began = time.monotonic()
    shutil.rmtree(PLACE, ignore_errors=True)
    PLACE.mkdir(parents=True)
    parts = [part for part in (WHOLE if arguments else PARTS) if part.database == "sqlite" or find_postgresql()]
    bad = _run_all(parts, arguments)
    not_run = sorted({line for part in parts for line in _not_run(part)})
    if not any(part.database == "postgresql" for part in parts):
        bad.append(required("postgresql"))
        not_run.append("every database test on PostgreSQL: no server in /usr/lib/postgresql/*/bin or on PATH")
    if not arguments:
        bad.append(_coverage())
    _sum_up(not_run, seconds=time.monotonic() - began)
    return int(any(bad))


def _run_all(parts: Sequence[Part], arguments: list[str]) -> list[bool]:
    """Run the parts, as many at a time as there are cores; return of each whether something failed."""
    waiting, running, bad = list(parts), dict[Part, subprocess.Popen[bytes]](), []
    while waiting or running:
        while waiting and len(running) < max(2, os.cpu_count() or 1):
            running[waiting[0]] = _start(waiting[0], arguments, speaks=waiting[0] is parts[0])
            waiting.pop(0)
        ended = [part for part, run in running.items() if run.poll() is not None]
        bad.extend(_finish(part, running.pop(part), arguments) for part in ended)
        time.sleep(LOOK_SECONDS)
    return bad


def _start(part: Part, arguments: list[str], *, speaks: bool) -> subprocess.Popen[bytes]:
    """Start pytest on one part, SQLite's under coverage; the one that ``speaks`` does so at once, the others when they end."""
    environment = {
        **os.environ,
        "OVATION_TEST_DATABASE": part.database,
        "OVATION_TALLY": str(_tally(part)),
        "TZ": "UTC",
    }
    # Being watched costs half as much again; once is enough.
    watched = ["-m", "coverage", "run"] if part.database == "sqlite" else []
    chosen = ["-m", part.marks] if part.marks else []
    command = [sys.executable, *watched, "-m", "pytest", "-q", "-p", "tests.tally", *chosen, *arguments]
    if speaks:
        print(f"\n--- {part}", flush=True)
        return subprocess.Popen(command, cwd=ROOT, env=environment, stdin=subprocess.DEVNULL)
    with _log(part).open("wb") as log:
        return subprocess.Popen(
            command, cwd=ROOT, env=environment, stdin=subprocess.DEVNULL, stdout=log, stderr=subprocess.STDOUT
        )


def _finish(part: Part, run: subprocess.Popen[bytes], arguments: list[str]) -> bool:
    """Show what a run said that has ended; return whether something failed."""
    if _log(part).exists():
        print(f"\n--- {part}\n{_log(part).read_text(errors='replace')}", end="", flush=True)
    # 5: nothing was chosen, which may be right for one of the runs when arguments pick a part.
    return run.returncode not in ({0, 5} if arguments else {0})


def _log(part: Part) -> Path:
    return PLACE / f"{part.name}.log"


def _tally(part: Part) -> Path:
    return PLACE / f"tally-{part.name}.json"


def _not_run(part: Part) -> list[str]:
    if not _tally(part).exists():
        return []
    skipped = json.loads(_tally(part).read_text())["skipped"]
    return [f"{count} on {part.database}: {reason}" for reason, count in sorted(skipped.items())]


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
