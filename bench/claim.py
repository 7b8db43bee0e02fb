"""200 signed-in advocates race for posts over HTTP, 16 requests at once: every post is won, and by one person.

They ask as the feed's cards do where scripts run: who wins is led on, who loses gets the card anew and who was faster.

The ratio is tries a second against the smallest Flask application on as many workers, in the same run.
"""

import os
import random
import statistics
import time
from collections import Counter
from collections.abc import Callable, Iterator

import sqlalchemy as sa

from app.feed.models import Claim
from app.foundation.db import session, unit_of_work
from app.mentions.models import Mention, MentionStatus
from bench.crowd import Visitor, make_posts, make_visitors
from bench.http import Answer, Browser, all_at_once, percentile, requests_a_second, web_server
from bench.installation import ROOT, best_engine, installation
from bench.report import Bar, BenchResult, show, spread, used_cpu

SIZE = 100
PEOPLE = 200
TRIES = 1_000
FEWER = 10
ROUNDS = 3
WORKERS = 2
SLOWEST_MS = 250
SERVER_ERROR = 500
#: What a winner is answered, by script and without.
WON = (204, 303)


def run(size: int = SIZE, *, peers: bool = True) -> BenchResult:
    """Race for ``size`` posts, then for ten, ``ROUNDS`` times; ``peers`` is for other benchmarks and changes nothing."""
    before = used_cpu()
    races: list[Race] = []
    hello: list[float] = []
    with installation(engine=best_engine()) as house:
        visitors = make_visitors(PEOPLE)
        make_posts(max(1_000, size), open_count=size)
        mentions = list(session.scalars(sa.select(Mention.id).where(Mention.status == MentionStatus.OPEN)))
        with web_server("wsgi:app", house.environment(), workers=WORKERS) as port:
            all_at_once([first_look(visitor) for visitor in visitors], port)
            for number in range(ROUNDS):
                with web_server("bench.hello:app", {**os.environ, "PYTHONPATH": str(ROOT)}, workers=WORKERS) as other:
                    hello.append(requests_a_second(other, seconds=1.5))
                for wanted in (mentions, mentions[:FEWER]):
                    races.append(race(wanted, visitors, port, seed=number))
                    _let_all_go(mentions)
    return _result(races, hello, cpu_seconds=used_cpu() - before, engine=house.engine_name, size=size)


class Race:
    """What one race found: ``won`` posts are held, ``doubled`` twice, ``broken`` tries met an error page."""

    def __init__(self, wanted: int, answers: list[Answer], seconds: float) -> None:
        self.wanted = wanted
        self.rate = len(answers) / seconds
        self.times = [answer.seconds * 1_000 for answer in answers]
        self.statuses = Counter(answer.status for answer in answers)
        held = Counter(session.scalars(sa.select(Claim.mention_id).where(Claim.ended_at.is_(None))))
        self.won = len(held)
        self.doubled = sum(count > 1 for count in held.values()) + abs(
            sum(self.statuses[won] for won in WON) - self.won
        )
        self.broken = sum(count for status, count in self.statuses.items() if status >= SERVER_ERROR)


def first_look(visitor: Visitor) -> Callable[[Browser], Answer]:
    """Return the request with which everybody begins: it brings the token that the forms carry."""

    def look(browser: Browser) -> Answer:
        visitor.look(browser)
        return browser.ask("GET", "/feed/tabs", headers=visitor.headers)

    return look


def race(mentions: list[int], visitors: list[Visitor], port: int, *, seed: int, mixed: bool = False) -> Race:
    """Let ``TRIES`` tries loose: those for one post right behind one another, by different people.

    ``mixed``: every other one without scripts.

    Who shares a group of posts is many enough that two hands each can hold all of them, so every post can be won.
    """
    chance = random.Random(seed)
    each = TRIES // len(mentions)

    def jobs() -> Iterator[Callable[[Browser], Answer]]:
        for number, mention_id in enumerate(mentions):
            group = [visitors[(number * each + k) % len(visitors)] for k in range(each)]
            chance.shuffle(group)
            yield from (_try(who, mention_id, scripted=not mixed or k % 2 == 0) for k, who in enumerate(group))

    session.remove()
    started = time.perf_counter()
    answers = all_at_once(jobs(), port)
    return Race(len(mentions), answers, time.perf_counter() - started)


def _try(visitor: Visitor, mention_id: int, *, scripted: bool) -> Callable[[Browser], Answer]:
    body, headers = f"csrf_token={visitor.token}", visitor.headers | ({"HX-Request": "true"} if scripted else {})
    return lambda browser: browser.ask("POST", f"/feed/{mention_id}/claim", headers=headers, body=body)


def _let_all_go(mentions: list[int]) -> None:
    with unit_of_work() as current:
        current.execute(sa.delete(Claim))
        current.execute(sa.update(Mention).where(Mention.id.in_(mentions)).values(status=MentionStatus.OPEN))


def _result(races: list[Race], hello: list[float], *, cpu_seconds: float, engine: str, size: int) -> BenchResult:
    large, small = races[::2], races[1::2]
    slowest = max(statistics.median(percentile(each.times, 0.99) for each in kind) for kind in (large, small))
    doubled, broken = (sum(getattr(each, what) for each in races) for what in ("doubled", "broken"))
    lost = sum(each.wanted - each.won for each in races)
    return BenchResult(
        name=f"claim@{size}",
        ratios=[each.rate / rate for each, rate in zip(large, hello, strict=True)],
        cpu_seconds=cpu_seconds,
        bars=(
            Bar(f"{doubled} posts held twice or answered wrongly (none may)", doubled == 0),
            Bar(f"{lost} posts that nobody won (none may)", lost == 0),
            Bar(f"{broken} error pages (none may)", broken == 0),
            Bar(f"p99 of the slower kind of race {slowest:.0f} ms <= {SLOWEST_MS} ms", slowest <= SLOWEST_MS),
        ),
        notes=(
            f"{engine}, {PEOPLE} people, {TRIES} tries a race; tries/s: {_rates(large)} for {size} posts, {_rates(small)} for {FEWER}",
            f"p50 {_milliseconds(large, 0.5)} ms, p99 {_milliseconds(large, 0.99)} ms; for {FEWER} p99 {_milliseconds(small, 0.99)} ms",
            f"answers by status: {dict(sum((each.statuses for each in races), Counter()))}",
            f"hello {spread(hello)} requests/s",
        ),
    )


def _rates(races: list[Race]) -> str:
    return spread([each.rate for each in races])


def _milliseconds(races: list[Race], share: float) -> str:
    return spread([percentile(each.times, share) for each in races])


if __name__ == "__main__":
    show(run())
