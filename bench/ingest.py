"""From a heard page to a sorted post: captured with its cursor, a ring for each 200, the triage lane through RQ.

The listener's half runs in this process, the triage lane in one worker of its own. The ratio is against the same number
of bare rows by ``insert .. unnest``, 500 a statement, on the same server in the same run.
"""

import json
import os
import resource
import statistics
import subprocess
import sys
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path

from sqlalchemy import select, text

from app.channels import raw_pages
from app.channels.actions import Poll, record_poll
from app.channels.models import Connection
from app.channels.types import Batch, IncomingPost, PostAuthor, Ref
from app.foundation import clock
from app.foundation.db import engine, ring_after_commit, session, unit_of_work
from app.foundation.lanes import Lane
from app.mentions.actions import capture
from app.mentions.models import Mention, MentionStatus
from bench.installation import ROOT, Installation, best_engine, gather_statistics, installation
from bench.mentions import texts
from bench.report import Bar, BenchResult, show

SIZE = 10_000
LARGE = 50_000
PAGE = 100
RING_EACH = 200
LEAST_RATE = 2_000
PATIENCE_SECONDS = 300


def run(size: int = SIZE, *, peers: bool = True) -> BenchResult:
    """Take in ``size`` posts, three times where that is quick; ``peers`` is for other benchmarks and changes nothing."""
    rounds = 1 if size > LARGE else 3
    with installation(engine=best_engine()) as house, triage_worker(house) as worker_id:
        connection_id = new_connection()
        _warm(connection_id)
        bare, ours, captured = [], [], []
        before, worker_before = _cpu(), _cpu_of(worker_id)
        for number in range(1, rounds + 1):
            bare.append(size / _bare(size, house))
            heard, whole = ingest(number, texts(size, seed=number), connection_id)
            captured.append(size / heard)
            ours.append(size / whole)
        own, workers = _cpu() - before, _cpu_of(worker_id) - worker_before
    rate = statistics.median(ours)
    return BenchResult(
        name=f"ingest@{size}",
        ratios=[mine / limit for mine, limit in zip(ours, bare, strict=True)],
        cpu_seconds=own + workers,
        bars=(
            Bar(
                f"{rate:,.0f} >= {LEAST_RATE:,} posts a second, heard to sorted, {house.engine_name}",
                rate >= LEAST_RATE,
            ),
        ),
        notes=(
            f"posts/s: {_spread(ours)}; captured alone {_spread(captured)}; bare rows {_spread(bare)}",
            f"posts per CPU-second: triage worker {rounds * size / workers:,.0f}, this process {rounds * size / own:,.0f}",
            "the worker's with verdicts stored; this process's with making the posts and the bare rows",
        ),
    )


def ingest(number: int, words: Sequence[str], connection_id: int, *, language: str = "en") -> tuple[float, float]:
    """Take in a post for each of ``words``; return how long it took to capture all, and until all were sorted.

    ``number`` tells one round's posts from another's; ``language`` is what the network says of all of them.
    """
    pages = _pages(number, words, language)
    started = time.perf_counter()
    for count, page in enumerate(pages, start=1):
        at = clock.now()
        with unit_of_work():
            raw_pages.hold(page.raw, connection_id=connection_id, at=at)
        with unit_of_work():
            capture(page, connection_id=connection_id, at=at)
            poll = Poll(page.cursor, at, finished=not page.more, cost_units=page.cost_units)
            record_poll(connection_id=connection_id, poll=poll, at=at)
            raw_pages.keep(page, connection_id=connection_id, at=at)
            if count * PAGE % RING_EACH == 0 or not page.more:
                ring_after_commit(Lane.TRIAGE)
    captured = time.perf_counter() - started
    _wait_until_sorted()
    return captured, time.perf_counter() - started


def _pages(number: int, words: Sequence[str], language: str) -> list[Batch]:
    """Make the pages beforehand: making them is the network's work."""
    posts = [_post(number * 10**9 + n, said, language) for n, said in enumerate(words)]
    chunks = [posts[start : start + PAGE] for start in range(0, len(posts), PAGE)]
    return [
        Batch(chunk, f"{number}:{n}", more=n + 1 < len(chunks), cost_units=11, raw=_as_it_came(chunk))
        for n, chunk in enumerate(chunks)
    ]


def _as_it_came(posts: Sequence[IncomingPost]) -> bytes:
    """Return a page of about the size that a network gives it, with all that stands beside the words there."""
    beside = {"public_metrics": dict.fromkeys(("likes", "reposts", "replies", "quotes"), 0), "lang": "en"}
    return json.dumps([beside | {"id": post.ref.id, "text": post.text, "url": post.url} for post in posts]).encode()


def _post(number: int, words: str, language: str) -> IncomingPost:
    author = number % 7919
    return IncomingPost(
        ref=Ref(str(number)),
        author=PostAuthor(str(author), f"author{author}", f"Author {author}", f"https://x.com/author{author}", author),
        text=words,
        created_at=datetime(2026, 11, 1, tzinfo=UTC) + timedelta(seconds=number % 10**6),
        url=f"https://x.com/author{author}/status/{number}",
        thread_root=Ref(str(number)),
        parent=None,
        quoted=None,
        language=language,
        summoned=True,
        ours=False,
        can_reply=True,
        cannot_reply_why=None,
    )


def _bare(size: int, house: Installation) -> float:
    """Return how long so many bare rows take: the limit of the server, not of us."""
    postgresql = house.engine_name == "postgresql"
    rows = texts(500, seed=7)
    with engine().begin() as connection:
        connection.execute(text("DROP TABLE IF EXISTS bench_rows"))
        key = "bigserial" if postgresql else "integer"
        connection.execute(text(f"CREATE TABLE bench_rows (id {key} PRIMARY KEY, external bigint UNIQUE, body text)"))
    started = time.perf_counter()
    for start in range(0, size, len(rows)):
        _insert(range(start, start + len(rows)), rows, postgresql=postgresql)
    return time.perf_counter() - started


def _insert(ids: Sequence[int], bodies: Sequence[str], *, postgresql: bool) -> None:
    with engine().begin() as connection:
        if postgresql:
            unnest = "INSERT INTO bench_rows (external, body) SELECT * FROM unnest(CAST(:ids AS bigint[]), CAST(:bodies AS text[]))"
            connection.execute(text(unnest), {"ids": list(ids), "bodies": list(bodies)})
        else:
            rows = [{"id": one, "body": body} for one, body in zip(ids, bodies, strict=True)]
            connection.execute(text("INSERT INTO bench_rows (external, body) VALUES (:id, :body)"), rows)


def new_connection() -> int:
    """Make an account of the brand's; return its id."""
    with unit_of_work() as current:
        row = Connection(
            kind="x",
            external_id="1",
            handle="brand",
            base_url="http://127.0.0.1:1",
            connected_at=clock.now(),
            settings={},
        )
        current.add(row)
    return row.id


def _warm(connection_id: int) -> None:
    """Let every process and every statement have run once, on tables the planner knows."""
    ingest(0, texts(2 * RING_EACH, seed=0), connection_id)
    gather_statistics()


def _wait_until_sorted() -> None:
    deadline = time.monotonic() + PATIENCE_SECONDS
    waiting = select(Mention.id).where(Mention.status == MentionStatus.RECEIVED).limit(1)
    while session.scalar(waiting):
        session.rollback()
        if time.monotonic() > deadline:
            raise TimeoutError("the triage lane does not come to its end")
        time.sleep(0.05)
    session.rollback()


@contextmanager
def triage_worker(house: Installation) -> Iterator[int]:
    """Run a triage lane of the installation, and give its process's number."""
    process = subprocess.Popen([sys.executable, "-m", "worker", "drain", "triage"], env=house.environment(), cwd=ROOT)
    try:
        yield process.pid
    finally:
        process.terminate()
        process.wait(60)


def _cpu() -> float:
    used = resource.getrusage(resource.RUSAGE_SELF)
    return used.ru_utime + used.ru_stime


def _cpu_of(process_id: int) -> float:
    """Return the CPU-seconds a running process has used."""
    after_name = Path(f"/proc/{process_id}/stat").read_text().rpartition(")")[2].split()
    return (int(after_name[11]) + int(after_name[12])) / os.sysconf("SC_CLK_TCK")


def _spread(rates: Sequence[float]) -> str:
    return f"{min(rates):,.0f} / {statistics.median(rates):,.0f} / {max(rates):,.0f}"


if __name__ == "__main__":
    show(run(int(sys.argv[1]) if len(sys.argv) > 1 else SIZE))
