"""The feed's page of 50 cards over HTTP: typical, empty and rarest filter, at one size of the mentions' table.

The ratio is pages a second against the smallest Flask application on as many workers, in the same run.
"""

import os
import statistics
from collections.abc import Callable, Sequence

from bench.crowd import OPEN_SHARE, RARE_TOPIC, Visitor, make_posts, make_visitors
from bench.http import Answer, Browser, all_at_once, percentile, requests_a_second, web_server
from bench.installation import ROOT, best_engine, installation
from bench.report import Bar, BenchResult, show, spread, used_cpu

SIZE = 10_000
ROUNDS = 3
PAGES = 100
IN_A_ROW = 300
WORKERS = 2
SLOWEST_MS = 50
WORST_TO_TYPICAL = 3.0
FILTERS = {
    "for me": "/feed",
    "typical": "/feed?view=all&topic=descaling&lang=en",
    "rarest": f"/feed?view=all&topic={RARE_TOPIC}",
    "empty": "/feed?view=all&topic=nothing&lang=ja",
}


def run(size: int = SIZE, *, peers: bool = True) -> BenchResult:
    """Ask for each filter one page after another, then for typical pages 16 at a time; in turns with hello.

    ``peers`` is for other benchmarks and changes nothing.
    """
    before = used_cpu()
    times: dict[str, list[float]] = {name: [] for name in FILTERS}
    rates: list[float] = []
    hello: list[float] = []
    with installation(engine=best_engine()) as house:
        (reader, *crowd) = make_visitors(17)
        make_posts(size, open_count=int(size * OPEN_SHARE))
        with web_server("wsgi:app", house.environment(), workers=WORKERS) as port:
            all_at_once([_look(visitor) for visitor in [reader, *crowd]], port, in_flight=4)
            for _ in range(ROUNDS):
                with web_server("bench.hello:app", {**os.environ, "PYTHONPATH": str(ROOT)}, workers=WORKERS) as other:
                    hello.append(requests_a_second(other, seconds=1.5))
                for name, path in FILTERS.items():
                    times[name] += [answer.seconds * 1_000 for answer in _one_by_one(reader, path, port)]
                rates.append(_many(crowd, port))
    return _result(times, rates, hello, size=size, engine=house.engine_name, cpu_seconds=used_cpu() - before)


def _look(visitor: Visitor) -> Callable[[Browser], Answer]:
    def look(browser: Browser) -> Answer:
        visitor.look(browser)
        return browser.ask("GET", "/feed", headers=visitor.headers)

    return look


def _ask(visitor: Visitor, path: str) -> Callable[[Browser], Answer]:
    return lambda browser: browser.ask("GET", path, headers=visitor.headers)


def _one_by_one(reader: Visitor, path: str, port: int) -> list[Answer]:
    answers = all_at_once([_ask(reader, path)] * PAGES, port, in_flight=1)
    if any(answer.status != 200 for answer in answers):
        raise RuntimeError(f"{path} was answered with {answers[0].status}")
    return answers


def _many(crowd: Sequence[Visitor], port: int) -> float:
    """Return pages a second with sixteen people asking at once."""
    jobs = [_ask(crowd[number % len(crowd)], FILTERS["typical"]) for number in range(IN_A_ROW)]
    answers = all_at_once(jobs, port)
    return len(answers) / max(1e-9, sum(answer.seconds for answer in answers) / 16)


def _result(
    times: dict[str, list[float]], rates: list[float], hello: list[float], *, size: int, engine: str, cpu_seconds: float
) -> BenchResult:
    typical = statistics.median(times["typical"])
    slowest = max(percentile(figures, 0.99) for figures in times.values())
    worst = max(statistics.median(times[name]) for name in ("rarest", "empty")) / typical
    return BenchResult(
        name=f"feed@{size}",
        ratios=[pages / limit for pages, limit in zip(rates, hello, strict=True)],
        cpu_seconds=cpu_seconds,
        bars=(
            Bar(f"p99 of the slowest filter {slowest:.1f} ms <= {SLOWEST_MS} ms", slowest <= SLOWEST_MS),
            Bar(f"worst filter {worst:.2f} <= {WORST_TO_TYPICAL:.0f} x typical", worst <= WORST_TO_TYPICAL),
        ),
        notes=(
            f"{engine}, {size:,} mentions, {int(size * OPEN_SHARE):,} open, one page after another:",
            *(
                f"  {name:<8} least / p50 / most {spread(figures, 1)} ms, p99 {percentile(figures, 0.99):.1f}"
                for name, figures in times.items()
            ),
            f"16 at a time: {spread(rates)} pages/s; hello {spread(hello)} requests/s",
        ),
    )


if __name__ == "__main__":
    show(run())
