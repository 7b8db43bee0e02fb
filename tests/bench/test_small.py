"""The benchmarks still do what they measure. How fast, is not looked at: here they are small, and the machine is busy."""

import json
import subprocess
import sys
from pathlib import Path

import pytest

from local.programs import find_postgresql
from tests import servers

ROOT = Path(__file__).parent.parent.parent
#: What it is run with here. Two are left out that take a minute at any size: browsers' journeys claim and read the feed too.
SMALL = {"triage": 50, "memory": 50, "ingest": 200, "publish": 20, "spikes": 1}
#: So begins what no machine excuses.
MUST = "none may"


@pytest.mark.timeout(300)
@pytest.mark.parametrize("name", SMALL)
def test_a_benchmark_measures_what_it_says(name: str) -> None:
    if not find_postgresql():
        servers.missing("postgresql", "benchmarks are measured on it")

    done = subprocess.run(
        [sys.executable, "-m", "bench", name, "--inside", "--size", str(SMALL[name]), "--json"],
        cwd=ROOT,
        capture_output=True,
        text=True,
        timeout=240,
        check=False,
    )

    assert done.stdout, done.stderr
    told = json.loads(done.stdout.splitlines()[-1])
    assert [bar["says"] for bar in told["bars"] if MUST in bar["says"] and not bar["is_met"]] == []
