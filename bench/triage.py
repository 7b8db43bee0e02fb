"""Moods against stock vaderSentiment in turns, and the rate of the whole triage."""

import os
import statistics
import time
from collections.abc import Callable, Sequence
from multiprocessing import get_context

from app.triage.judge import judge
from app.triage.sentiment import analyser
from app.triage.signals import read_signals
from bench.mentions import texts
from bench.report import Bar, BenchResult, show

ROUNDS = 5
SIZE = 20_000
LEAST_RATIO = 2.0
LEAST_RATE = 2_000


def run(size: int = SIZE, *, peers: bool = True) -> BenchResult:
    """Score ``size`` made-up posts by both engines in turns A B A B, then triage them whole.

    The peer, vaderSentiment, is always run: the ratio is against it. ``peers`` adds the rate of two processes.
    """
    posts = texts(size)
    fast, stock = analyser("fast").polarity_scores, analyser("stock").polarity_scores
    differing = sum(fast(post) != stock(post) for post in posts)
    turns = [(_cpu(fast, posts), _cpu(stock, posts)) for _ in range(ROUNDS)]
    ratios = [theirs / ours for ours, theirs in turns]
    whole = sorted(size / _cpu(_triage, posts) for _ in range(3))
    quick, slow = (size / statistics.median(turn[engine] for turn in turns) for engine in (0, 1))
    notes = [
        f"moods per CPU-second: ours {quick:,.0f}, vaderSentiment {slow:,.0f}; both give the same four scores",
        f"whole triage per CPU-second: {whole[0]:,.0f} / {whole[1]:,.0f} / {whole[2]:,.0f}",
    ]
    if peers:
        notes.append(_two_processes(size))
    return BenchResult(
        name="triage",
        ratios=ratios,
        cpu_seconds=sum(a + b for a, b in turns) + sum(size / rate for rate in whole),
        bars=(
            Bar(f"{differing} of {size:,} scores differ from vaderSentiment's (none may)", differing == 0),
            Bar(
                f"median ratio {statistics.median(ratios):.2f} >= {LEAST_RATIO}",
                statistics.median(ratios) >= LEAST_RATIO,
            ),
            Bar(f"whole triage {whole[1]:,.0f} >= {LEAST_RATE:,} texts per CPU-second", whole[1] >= LEAST_RATE),
        ),
        notes=notes,
    )


def _triage(post: str) -> object:
    return judge(read_signals(post))


def _cpu(act: Callable[[str], object], posts: Sequence[str]) -> float:
    start = time.process_time()
    for post in posts:
        act(post)
    return time.process_time() - start


def _two_processes(size: int) -> str:
    halves = [texts(size // 2, seed=seed) for seed in (1, 2)]
    with get_context("fork").Pool(2) as pool:
        pool.map(_sort, [half[:100] for half in halves])
        alone = _wall(lambda: pool.map(_sort, halves[:1]))
        both = _wall(lambda: pool.map(_sort, halves))
    return f"two processes: {2 * alone / both:.2f} times the rate of one ({os.cpu_count()} cores)"


def _sort(posts: Sequence[str]) -> int:
    for post in posts:
        _triage(post)
    return len(posts)


def _wall(act: Callable[[], object]) -> float:
    start = time.perf_counter()
    act()
    return time.perf_counter() - start


if __name__ == "__main__":
    show(run())
