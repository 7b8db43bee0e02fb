"""Moods against stock vaderSentiment in turns, and the rate of the whole triage, without the brand's rules and with them."""

import json
import os
import statistics
import time
from collections.abc import Callable, Sequence
from datetime import UTC, datetime
from multiprocessing import get_context
from pathlib import Path
from random import Random

from app.triage.judge import NOWHERE, judge
from app.triage.rules.matching import Facts, Matcher
from app.triage.rules.ruling import follow
from app.triage.rules.types import MOST_RULES, Live, Then, Way, When, Wording
from app.triage.sentiment import analyser
from app.triage.signals import read_signals
from bench.mentions import texts
from bench.report import Bar, BenchResult, show

ROUNDS = 5
SIZE = 20_000
ALONE = 2_000
#: Of one post alone, 99 of 100 in so many milliseconds of CPU time, and whatever a stranger sends.
MOST_MS, MOST_HOSTILE_MS = 10, 50
TRIES = 3
DATA = Path(__file__).parents[1] / "tests" / "data"
HOSTILE = ("hostile_inputs.jsonl", "graded/hostile.jsonl")
LEAST_RATIO = 2.0
LEAST_RATE = 2_000
#: With as many rules of the brand as there may be, each with words to look for.
LEAST_RULED_RATE = 1_500
BATCH = 200
AFTERNOON = datetime(2026, 11, 12, 14, 0, tzinfo=UTC)


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
    ruled = sorted(_ruled_rate(posts) for _ in range(3))
    alone, hostile = _alone(posts[:ALONE]), _alone(_hostile(), tries=TRIES)
    p50, p99 = (alone[len(alone) * part // 100] for part in (50, 99))
    quick, slow = (size / statistics.median(turn[engine] for turn in turns) for engine in (0, 1))
    notes = [
        f"moods per CPU-second: ours {quick:,.0f}, vaderSentiment {slow:,.0f}; both give the same four scores",
        f"whole triage per CPU-second: {whole[0]:,.0f} / {whole[1]:,.0f} / {whole[2]:,.0f}",
        f"one post alone, ms: half in {p50:.2f}, 99 of 100 in {p99:.2f}, all in {alone[-1]:.2f}",
        f"with {MOST_RULES} rules of the brand: {ruled[0]:,.0f} / {ruled[1]:,.0f} / {ruled[2]:,.0f}",
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
            Bar(f"of {len(alone):,} posts alone 99 of 100 in {p99:.2f} <= {MOST_MS} ms", p99 <= MOST_MS),
            Bar(
                f"each of {len(hostile)} hostile texts in {hostile[-1]:.1f} <= {MOST_HOSTILE_MS} ms",
                hostile[-1] <= MOST_HOSTILE_MS,
            ),
            Bar(
                f"with {MOST_RULES} rules {ruled[1]:,.0f} >= {LEAST_RULED_RATE:,} texts per CPU-second",
                ruled[1] >= LEAST_RULED_RATE,
            ),
        ),
        notes=notes,
    )


def _triage(post: str) -> object:
    return judge(read_signals(post))


def _alone(posts: Sequence[str], *, tries: int = 1) -> list[float]:
    """Return the CPU-milliseconds each post takes by itself, at its quickest of so many tries, in order."""
    return sorted(1_000 * min(_cpu(_triage, [post]) for _ in range(tries)) for post in posts)


def _hostile() -> list[str]:
    rows = [line for name in HOSTILE for line in (DATA / name).read_text(encoding="utf-8").splitlines()]
    return [json.loads(row)["text"] for row in rows]


def _ruled_rate(posts: Sequence[str]) -> float:
    """Return how many posts a CPU-second takes with all the rules there may be, which are compiled for each batch."""
    words = sorted({word for post in posts[:500] for word in post.split() if word.isalpha()})
    live = [_rule(key, Random(key).sample(words, 16)) for key in range(1, MOST_RULES + 1)]
    start = time.process_time()
    for begin in range(0, len(posts), BATCH):
        matcher = Matcher(live)
        for post in posts[begin : begin + BATCH]:
            _triage_ruled(post, matcher)
    return len(posts) / (time.process_time() - start)


def _rule(key: int, words: Sequence[str]) -> Live:
    """Make a rule about eight phrases of two words, in hours and languages that most posts fit."""
    phrases = tuple(map(" ".join, zip(words[::2], words[1::2], strict=True)))
    when = When(words=phrases, languages=("en", "de"), followers_from=10, time_from="06:00", time_to="22:00")
    return Live(key, key, Wording(f"Rule {key}", when, Then(way=Way.SENSITIVE, points=5)))


def _triage_ruled(post: str, matcher: Matcher) -> object:
    signals = read_signals(post)
    verdict = judge(signals)
    facts = Facts(post, "ann", "x", 1, signals.language, 100, signals.mood, "", verdict.kind, AFTERNOON)
    rule = matcher.first(facts)
    return follow(verdict, rule, signals=signals, context=NOWHERE, assignable=frozenset())


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
