"""What a triage worker holds in memory: a real one, with all of its models read, after posts in many languages.

The ratio is of what it holds after all the posts to what it held when everything was read: what grows shows there.
"""

from pathlib import Path

from app.foundation.db import unit_of_work
from app.triage.models import Topic
from bench.ingest import RING_EACH, ingest, new_connection, triage_worker
from bench.installation import best_engine, installation
from bench.mentions import varied
from bench.report import Bar, BenchResult, show, used_cpu

SIZE = 20_000
MOST_MB = 250
_TOPICS = {"Machines": ["kettle", "router", "screen"], "Money": ["refund", "bill", "charged"], "Parcels": ["package"]}


def run(size: int = SIZE, *, peers: bool = True) -> BenchResult:
    """Let one worker sort ``size`` posts; ``peers`` is for other benchmarks and changes nothing."""
    before = used_cpu()
    with installation(engine=best_engine()) as house, triage_worker(house) as worker_id:
        connection_id = new_connection()
        with unit_of_work() as current:
            current.add_all([Topic(name=name, words=words) for name, words in _TOPICS.items()])
        # No network says their language, so that the model is asked for each.
        ingest(1, _storable(2 * RING_EACH, seed=1), connection_id, language="und")
        warmed = _megabytes(worker_id, "VmRSS")
        ingest(2, _storable(size, seed=2), connection_id, language="und")
        after, peak = (_megabytes(worker_id, what) for what in ("VmRSS", "VmHWM"))
    return BenchResult(
        name=f"memory@{size}",
        ratios=[after / warmed],
        cpu_seconds=used_cpu() - before,
        bars=(Bar(f"a triage worker holds {after:.0f} <= {MOST_MB} MB after {size:,} posts", after <= MOST_MB),),
        notes=(f"{warmed:.0f} MB when everything was read; {peak:.0f} MB at most, while it was; {house.engine_name}",),
    )


def _storable(size: int, *, seed: int) -> list[str]:
    """Make posts as a listener keeps them: with words, and without halves of signs."""
    made = (text.encode(errors="ignore").decode() for text in varied(size + size // 10, seed=seed))
    return [text for text in made if text.strip()][:size]


def _megabytes(process_id: int, what: str) -> float:
    """Return what the kernel says of a running process, in millions of bytes."""
    told = dict(line.split(":", 1) for line in Path(f"/proc/{process_id}/status").read_text().splitlines())
    return int(told[what].split()[0]) * 1024 / 1e6


if __name__ == "__main__":
    show(run())
