"""What this machine can do at all: the limits that the other benchmarks' ratios are taken against."""

import time
from collections.abc import Callable, Sequence

import sqlalchemy as sa
from jinja2 import DictLoader, Environment
from redis import Redis

from app.foundation.db import engine
from bench.http import hello_server, requests_a_second
from bench.installation import best_engine, installation
from bench.mentions import texts
from bench.report import BenchResult, show, spread, used_cpu
from local.programs import find_redis

SIZE = 5_000
ROUNDS = 3
STATEMENT = 500
CARDS = 50
CARD = """<article class="card" id="post-{{ post.id }}"><header><b>{{ post.author }}</b> <time>{{ post.at }}</time></header>
<p>{{ post.text }}</p><footer><span class="pill">{{ post.topic }}</span> <a href="/feed/{{ post.id }}">Answer</a></footer></article>"""


def run(size: int = SIZE, *, peers: bool = True) -> BenchResult:
    """Measure each limit ``ROUNDS`` times; ``peers`` is for other benchmarks and changes nothing.

    The ratio is single durable commits against rows in bulk: what batching is worth here.
    """
    before = used_cpu()
    found: dict[str, list[float]] = {}
    engines = ["sqlite"] if best_engine() == "sqlite" else ["postgresql", "sqlite"]
    for name in engines:
        with installation(engine=name, redis=False):
            for what, rates in _database(size).items():
                found[f"{name}: {what}"] = rates
    if find_redis():
        with installation(engine="sqlite") as house, Redis.from_url(house.settings.redis_url) as redis:
            found["redis: pings/s"] = _rates(lambda: _times(redis.ping, 2_000), 2_000)
            found["redis: pipelined SETs/s, 1,000 a pipe"] = _rates(lambda: _pipelined(redis, 10), 10_000)
    found["jinja: pages of 50 escaped cards/s"] = _rates(_cards(), 200)
    with hello_server() as address:
        found["gunicorn, Flask hello, 16 in flight: requests/s"] = [
            requests_a_second(address, seconds=1.5) for _ in range(ROUNDS)
        ]
    bulk, single = (found[f"{engines[0]}: {what}"] for what in (BULK, SINGLE))
    return BenchResult(
        name="limits",
        ratios=[many / one for many, one in zip(bulk, single, strict=True)],
        cpu_seconds=used_cpu() - before,
        notes=[f"{what:<58} {spread(rates):>34}" for what, rates in found.items()],
    )


BULK = "rows/s in bulk, 500 a commit"
SINGLE = "single durable commits/s"
ROUND_TRIPS = "select 1, round trips/s"


def _database(size: int) -> dict[str, list[float]]:
    rows = [{"external": number, "body": body} for number, body in enumerate(texts(size, seed=7))]
    table = sa.Table(
        "bench_rows",
        sa.MetaData(),
        sa.Column("id", sa.Integer, primary_key=True),
        sa.Column("external", sa.Integer, index=True),
        sa.Column("body", sa.Text),
    )
    table.create(engine())
    insert = table.insert()
    return {
        BULK: _rates(lambda: _in_bulk(insert, rows), size),
        SINGLE: _rates(lambda: _one_by_one(insert, rows[:300]), 300),
        ROUND_TRIPS: _rates(_select_one, 2_000),
    }


def _in_bulk(insert: sa.Insert, rows: Sequence[dict[str, object]]) -> None:
    for start in range(0, len(rows), STATEMENT):
        with engine().begin() as connection:
            connection.execute(insert, rows[start : start + STATEMENT])


def _one_by_one(insert: sa.Insert, rows: Sequence[dict[str, object]]) -> None:
    with engine().connect() as connection:
        for row in rows:
            connection.execute(insert, row)
            connection.commit()


def _select_one() -> None:
    statement = sa.text("SELECT 1")
    with engine().connect() as connection:
        _times(lambda: connection.execute(statement), 2_000)


def _pipelined(redis: Redis, pipes: int) -> None:
    for pipe_number in range(pipes):
        with redis.pipeline(transaction=False) as pipe:
            for number in range(1_000):
                pipe.set(f"bench:{pipe_number}:{number}", "x" * 100)
            pipe.execute()


def _cards() -> Callable[[], None]:
    """Return what renders 200 pages, from a template that is loaded once."""
    pages = Environment(loader=DictLoader({"page": "{% for post in posts %}" + CARD + "{% endfor %}"}), autoescape=True)
    template = pages.get_template("page")
    posts = [
        {"id": number, "author": f"<b>{number}</b>", "at": "14:03", "text": text, "topic": "descaling"}
        for number, text in enumerate(texts(CARDS, seed=3))
    ]
    return lambda: _times(lambda: template.render(posts=posts), 200)


def _times(act: Callable[[], object], count: int) -> None:
    for _ in range(count):
        act()


def _rates(act: Callable[[], None], count: int) -> list[float]:
    """Return how many of ``count`` a second were done, one figure a round, after one that does not count."""
    rates = []
    for _ in range(ROUNDS + 1):
        started = time.perf_counter()
        act()
        rates.append(count / (time.perf_counter() - started))
    return rates[1:]


if __name__ == "__main__":
    show(run())
