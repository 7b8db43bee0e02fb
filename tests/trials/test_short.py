"""Every trial that is too long for a build, in its shortest form: it runs, and no promise is broken in it."""

import os
import subprocess
import sys
from pathlib import Path

import pytest

from tests.conftest import DATABASE
from tests.servers import find_redis, missing

ROOT = Path(__file__).resolve().parents[2]
SHORTEST = ("--kills=2", "--kind=publisher,web", "--storm", "--sends=20", "--cord=2")
WITH_PROCESSES = ("--flushall=6", "--recovery", "--process=publishing")


def trial(*arguments: str) -> list[str]:
    """Return what a run says; how quick it was is no matter here, where others work too."""
    command = [sys.executable, "-m", "tests.trials", "--seed=7", f"--database={DATABASE}", *arguments]
    environment = {**os.environ, "PYTHONPATH": str(ROOT), "TZ": "UTC"}
    ended = subprocess.run(command, cwd=ROOT, env=environment, capture_output=True, text=True, check=False)
    assert ended.returncode in {0, 1}, ended.stderr[-3000:]
    assert "Traceback" not in ended.stderr, ended.stderr[-3000:]
    return ended.stdout.splitlines()


@pytest.mark.timeout(900)
def test_a_few_kills_a_small_storm_and_a_pulled_cord() -> None:
    said = trial(*SHORTEST)

    assert [line for line in said if "MISSED" in line] == []
    assert "lost=0 doubled=0 wrong=0 unapproved=0 broken=0" in said[-1]
    assert sum(line.startswith(("storm", "cord")) for line in said) == 2


@pytest.mark.timeout(900)
def test_a_few_seconds_of_real_processes() -> None:
    if find_redis() is None:
        missing("redis", "no redis-server")
    said = trial(*WITH_PROCESSES)

    assert [line for line in said if "MISSED" in line] == []
    assert sum(line.startswith(("flushall", "recovery")) for line in said) == 2
