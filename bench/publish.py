"""Two publishers empty the outbox into a network that delays, refuses and breaks, and are killed while they do.

First without a limit, on a calm network: how many replies a second. Then with a limit for each account, in a storm, under
kills; what is unknown afterwards is looked for and settled by two people, as on the pages, until every reply stands there.

The ratio is replies a second against single durable commits a second of the same run.
"""

import logging
import os
import random
import signal
import statistics
import time
from collections import Counter
from collections.abc import Callable
from pathlib import Path

import sqlalchemy as sa

from app.accounts.permissions import Person
from app.foundation import clock, db
from app.foundation.db import session, unit_of_work
from app.publishing import actions
from app.publishing.models import SHOWN_WITHIN, Publication, PublicationStatus
from bench.installation import best_engine, gather_statistics, installation
from bench.outbox import ACCOUNTS, fill, keys, make_accounts, make_people, standings
from bench.report import Bar, BenchResult, show, spread, used_cpu
from bench.stub_network import CALM, STORM, Accepted, StubNetwork, Weather, most_in_a_window
from worker.lanes.publishing import drain_publishing, look_back

SIZE = 400
WORKERS = 2
#: One kill for so many replies: a hundred for ten thousand.
REPLIES_A_KILL = 100
#: In the storm all accounts together may send half of what they did on the calm day, so that the limit is felt.
WINDOW_SECONDS = 2
SHARE_OF_CALM = 0.5
RESTED_SECONDS = 0.01
LEAST_RATE = 150
LEAST_RATIO = 0.25
SLOWEST_RECOVERY = 5.0
ROUNDS_AT_MOST = 60
COMMITS = 200


def run(size: int = SIZE, *, peers: bool = True) -> BenchResult:
    """Send ``size`` replies on a calm day and as many in a storm; ``peers`` is for other benchmarks and changes nothing."""
    logging.disable(logging.CRITICAL)  # every broken answer is logged, as it should be
    before = used_cpu()
    with installation(engine=best_engine(), redis=False) as house:
        people = make_people()
        commits = _commits_a_second()
        calm = Day(house.folder / "calm", CALM)
        fill(make_accounts(send_limit=0, window_seconds=1), size, approver_id=people[0].id)
        gather_statistics()
        calm.drain(until=lambda: not _waiting(), kills=0)
        storm = Day(house.folder / "storm", STORM)
        limit = max(4, int(SHARE_OF_CALM * size / calm.seconds / ACCOUNTS * WINDOW_SECONDS))
        accounts = make_accounts(send_limit=limit, window_seconds=WINDOW_SECONDS)
        fill(accounts, size, approver_id=people[0].id)
        storm.drain(until=lambda: not _waiting(), kills=max(1, size // REPLIES_A_KILL))
        unknown = standings()[PublicationStatus.UNKNOWN]
        _settle_all(storm, people)
        return _result(calm, storm, commits, size=size, limit=limit, unknown=unknown, cpu_seconds=used_cpu() - before)


class Day:
    """One outbox emptied by two publishers into one network."""

    def __init__(self, log: Path, weather: Weather) -> None:
        self.network = StubNetwork(log, weather)
        self.recoveries: list[float] = []
        self.kills = 0
        self.seconds = 0.0

    def drain(self, *, until: Callable[[], bool], kills: int) -> None:
        """Let the publishers work until nothing waits, killing one of them now and then."""
        started = time.monotonic()
        workers = [self._start() for _ in range(WORKERS)]
        due = time.monotonic() + 0.5
        while True:
            if self.kills < kills and time.monotonic() >= due:
                number = random.randrange(WORKERS)
                self._kill(workers[number])
                workers[number] = self._start()
                due = time.monotonic() + random.expovariate(1 / 0.4)
            elif until():
                break
            time.sleep(RESTED_SECONDS)
        self.seconds = time.monotonic() - started
        for worker in workers:
            os.kill(worker, signal.SIGKILL)
            os.waitpid(worker, 0)

    def _kill(self, worker: int) -> None:
        os.kill(worker, signal.SIGKILL)
        os.waitpid(worker, 0)
        self.kills += 1
        self.recoveries.append(time.monotonic())

    def _start(self) -> int:
        db.session.remove()
        db.engine().dispose()
        pid = os.fork()
        if pid == 0:
            self._work()
        return pid

    def _work(self) -> None:
        """Be a publisher until killed."""
        random.seed()
        self.network.stand_in()
        while True:
            try:
                drain_publishing()
            except Exception:  # noqa: BLE001 - a clock logs it and calls again; what it did is counted in the end
                session.remove()
            time.sleep(RESTED_SECONDS)

    def accepted(self) -> list[Accepted]:
        """Return what stands on the network."""
        return self.network.accepted()

    def slowest_recovery(self) -> float:
        """Return the longest time from a kill to the next post of any publisher, in seconds."""
        times = [post.at for post in self.accepted()]
        waits = [next((at - killed for at in times if at > killed), 0.0) for killed in self.recoveries]
        return max(waits, default=0.0)


def _waiting() -> int:
    session.rollback()
    states = (PublicationStatus.READY, PublicationStatus.WAITING, PublicationStatus.SENDING)
    waiting = sa.select(sa.func.count()).select_from(Publication).where(Publication.status.in_(states))
    found = session.scalar(waiting) or 0
    session.rollback()
    return found


def _settle_all(storm: Day, people: tuple[Person, Person]) -> None:
    """Find what arrived, and let two people send again what did not, until nothing is unknown; minutes pass in between."""
    storm.network.weather = CALM
    storm.network.stand_in()
    for _round in range(ROUNDS_AT_MOST):
        with unit_of_work() as current:
            unknown = Publication.status == PublicationStatus.UNKNOWN
            long_ago = clock.now() - SHOWN_WITHIN
            current.execute(sa.update(Publication).where(unknown).values(next_try_at=clock.now(), lost_at=long_ago))
        while session.scalar(_due()):
            look_back()
        left = list(session.scalars(sa.select(Publication.id).where(Publication.status == PublicationStatus.UNKNOWN)))
        if not left:
            return
        for publication_id in left:
            with unit_of_work():
                actions.settle_as_absent(publication_id=publication_id, by=people[0], at=clock.now())
            with unit_of_work():
                actions.send_again(publication_id=publication_id, by=people[1], at=clock.now())
        while _waiting():
            drain_publishing()
            time.sleep(RESTED_SECONDS)


def _due() -> sa.Select[int]:
    unseen = (Publication.status == PublicationStatus.UNKNOWN, Publication.next_try_at <= clock.now())
    return sa.select(sa.func.count()).select_from(Publication).where(*unseen)


def _commits_a_second() -> float:
    engine = db.engine()
    with engine.connect() as connection:
        connection.execute(sa.text("CREATE TABLE bench_commits (n integer)"))
        connection.commit()
        started = time.perf_counter()
        for number in range(COMMITS):
            connection.execute(sa.text("INSERT INTO bench_commits VALUES (:n)"), {"n": number})
            connection.commit()
        return COMMITS / (time.perf_counter() - started)


def _result(
    calm: Day, storm: Day, commits: float, *, size: int, limit: int, unknown: int, cpu_seconds: float
) -> BenchResult:
    posts = Counter(post.key for day in (calm, storm) for post in day.accepted())
    lost, twice = len(keys() - set(posts)), sum(count > 1 for count in posts.values())
    rate, fullest = size / calm.seconds, most_in_a_window(storm.accepted(), WINDOW_SECONDS)
    recovery = storm.slowest_recovery()
    used = size / storm.seconds / (limit * ACCOUNTS / WINDOW_SECONDS)
    return BenchResult(
        name=f"publish@{size}",
        ratios=[rate / commits],
        cpu_seconds=cpu_seconds,
        bars=(
            Bar(f"{lost} replies lost (none may)", lost == 0),
            Bar(f"{twice} replies posted twice (none may)", twice == 0),
            Bar(f"{fullest} posts in an account's fullest {WINDOW_SECONDS} s (at most {limit})", fullest <= limit),
            Bar(f"recovery after a kill {recovery:.1f} s <= {SLOWEST_RECOVERY:.0f} s", recovery <= SLOWEST_RECOVERY),
        ),
        notes=(
            f"{best_engine()}, {WORKERS} publishers, {ACCOUNTS} accounts",
            f"calm: {rate:.0f} replies/s (goal {LEAST_RATE}), {commits:.0f} durable commits/s (goal {LEAST_RATIO} of them)",
            f"storm: {storm.kills} kills, {unknown} unknown in {storm.seconds:.1f} s; {used:.0%} of the rate that the limits allow",
            f"seconds from a kill to the next post: {spread(_waits(storm), 2)}",
        ),
    )


def _waits(storm: Day) -> list[float]:
    times = [post.at for post in storm.accepted()]
    found = [next((at - killed for at in times if at > killed), 0.0) for killed in storm.recoveries]
    return found or [statistics.mean([0.0])]


if __name__ == "__main__":
    show(run())
