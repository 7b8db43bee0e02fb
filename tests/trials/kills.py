"""Random kills: processes that work in a storm die at any moment, again and again, and nothing may come of it."""

import os
import random
import signal
import time
from collections import Counter
from collections.abc import Mapping
from contextlib import suppress
from dataclasses import dataclass, field
from typing import Any

import sqlalchemy as sa

from app.channels.adapters import x_transport
from app.foundation import db
from app.foundation.db import session
from tests.trials import children, labour, stock
from tests.trials.checker import Kind
from tests.trials.ground import SOON, Ground, World

BATCH = 50
#: From the first work in hand to the kill, on the average.
MEAN_LIFE_SECONDS = 0.12
#: One that finds nothing to do is killed all the same.
IDLE_SECONDS = 10.0
#: So that the first ones find something to do.
HEAD_START_SECONDS = 0.5
LATE_SECONDS = 0.7
#: How long an answer is waited for once nothing is late on purpose any more.
PATIENCE_SECONDS = 20.0
_READING = {"500_before": 0.05, "reset": 0.03, "garbage": 0.03, "broken_json": 0.02, "hang": 0.005, "429": 0.002}
_POSTING = {
    "429": 0.02,
    "500_before": 0.03,
    "500_after": 0.04,
    "503_before": 0.01,
    "reset": 0.03,
    "reset_after": 0.03,
    "hang_after": 0.01,
    "garbage": 0.02,
    "broken_json": 0.02,
    "no_id": 0.01,
    "redirect": 0.01,
    "late": 0.02,
}
STORM = {"create": _POSTING, "mentions": _READING, "search": _READING, "timeline": _READING, "lookup": _READING}


@dataclass(frozen=True)
class Trade:
    """Who is killed, and what keeps them busy."""

    feed: labour.Work
    work: labour.Work
    accounts: int = 1
    listens: bool = True
    storm: Mapping[str, Mapping[str, float]] = field(default_factory=lambda: STORM)


KINDS = {
    "listener": Trade(labour.post_without_end, labour.listen),
    "triage": Trade(labour.post_and_listen, labour.sort, storm={}),
    "publisher": Trade(labour.approve_without_end, labour.publish, accounts=labour.ACCOUNTS, listens=False),
    "web": Trade(labour.submit_without_end, labour.decide, accounts=labour.ACCOUNTS, listens=False),
}


@dataclass
class Tally:
    """What came of the trials so far."""

    posts: int = 0
    replies: int = 0
    unknown: int = 0
    kills: int = 0
    broken: Counter[str] = field(default_factory=Counter)

    def add(self, told: dict[str, Any]) -> None:
        """Add what a batch came to."""
        self.posts += told["posts"]
        self.replies += told["replies"]
        self.unknown += told["unknown"]
        self.kills += told["kills"]
        self.broken.update(told["broken"])

    def merge(self, other: "Tally") -> None:
        """Add what other trials came to."""
        self.posts += other.posts
        self.replies += other.replies
        self.unknown += other.unknown
        self.kills += other.kills
        self.broken.update(other.broken)

    def __str__(self) -> str:
        said = " ".join(f"{kind}={self.broken[kind]}" for kind in Kind)
        return f"kills={self.kills} posts={self.posts} replies={self.replies} {said} unknown={self.unknown}"

    @property
    def is_good(self) -> bool:
        """Whether every promise was kept."""
        return not self.broken


def batch(ground: Ground, name: str, *, kills: int, seed: str) -> dict[str, Any]:
    """Kill one kind of process so many times, let what is left come to rest, and ask the checker."""
    kind, dice, world = KINDS[name], random.Random(seed), ground.begin()
    world.ids = children.run(lambda tell: prepare(world, kind, tell)).told[-1]
    ground.sandbox.storm(dice.randrange(2**31), kind.storm, late_seconds=LATE_SECONDS, seconds=0.7)
    feeder = children.start(lambda tell: _feed(world, kind.feed, tell))
    time.sleep(HEAD_START_SECONDS)
    orphans: list[int] = []
    for number in range(kills):
        world.ids["dice"] = f"{seed}:{number}"
        _kill_one(world, kind, dice, orphans)
    feeder.kill()
    fed = feeder.wait()
    assert not fed.error, fed.error
    for orphan in orphans:
        _kill(orphan)
    ground.sandbox.calm()
    time.sleep(LATE_SECONDS + 0.3)
    ended = children.run(lambda tell: come_to_rest(world, kind, tell), seconds=600)
    if ended.error:
        return {"posts": 0, "replies": 0, "unknown": 0, "kills": kills, "broken": {"broken": 1}, "said": [ended.error]}
    return {**ended.told[-1], "kills": kills}


def prepare(world: World, kind: Trade, tell: children.Tell) -> None:
    world.wake()
    for number in range(kind.accounts):
        world.connect(f"{world.brand}n{number}" if number else world.brand)
    if kind.accounts > 1:
        stock.know_customers(world)
    tell(world.ids)


def live(world: World, work: labour.Work, tell: children.Tell) -> None:
    world.wake()
    work(world, tell)


def _feed(world: World, work: labour.Work, tell: children.Tell) -> None:
    announce_writing()
    live(world, work, tell)


def announce_writing() -> None:
    """Let SQLite know that this process writes: rows for tests are read and written in one go."""
    db.bind(db.engine().execution_options(ovation_writes=True))


def _kill_one(world: World, kind: Trade, dice: random.Random, orphans: list[int]) -> None:
    child = children.start(lambda tell: live(world, kind.work, tell))
    life, whom = dice.expovariate(1 / MEAN_LIFE_SECONDS), dice.choice(("all", "all", "parent", "fork"))
    deadline = time.monotonic() + IDLE_SECONDS
    while child.hear(0.01) and time.monotonic() < deadline and not _is_at_work(child):
        pass
    ends_at = time.monotonic() + life
    while time.monotonic() < ends_at:
        child.hear(min(0.01, max(0.0, ends_at - time.monotonic())))
    forks = _forks(child)
    if forks and whom == "parent":  # which leaves an orphan at work
        _kill(child.pid)
        orphans.append(forks[-1])
    elif forks and whom == "fork":  # the parent forks another one, and has a moment with it
        _kill(forks[-1])
        time.sleep(0.02)
    child.kill()
    if forks:
        _kill_forks(child, orphans)
    ended = child.wait()
    assert not ended.error or ended.error == "it did not end in time", ended.error
    world.ids["pending"] = _unanswered(ended.told)


def _forks(child: children.Child) -> list[int]:
    return [one["fork"] for one in child.told if isinstance(one, dict) and "fork" in one]


def _kill(pid: int) -> None:
    with suppress(ProcessLookupError):
        os.kill(pid, signal.SIGKILL)


def _kill_forks(child: children.Child, orphans: list[int]) -> None:
    """Kill what a dead parent has forked, but for orphans; a fork lies in a group of its own, as RQ's do."""
    child.hear(0)
    for fork in {*_forks(child)[-2:]} - set(orphans):
        _kill(fork)
    child.let_go()  # an orphan would keep us waiting for its last word


def _is_at_work(child: children.Child) -> bool:
    return any(isinstance(one, dict) and "at_work" in one for one in child.told)


def _unanswered(told: list[Any]) -> Any:
    last = next((one for one in reversed(told) if "sent" in one or "answered" in one), {})
    return last.get("sent")


def come_to_rest(world: World, kind: Trade, tell: children.Tell) -> None:
    # Nothing hangs any more: what takes long does so because the machine is busy, and is waited for.
    vars(x_transport)["READ_SECONDS"] = PATIENCE_SECONDS
    world.wake()
    world.connect_again()
    if world.ids.get("pending"):
        sent = world.ids["pending"]
        world.press(sent["who"], sent["path"], **sent["form"])
    world.quiet(SOON, listens=kind.listens)
    found = world.violations(after=world.ground.seen, listened=kind.listens)
    log = world.network.admin("GET", f"/log?after={world.ground.seen}")["log"]

    def count(question: str) -> int:
        return int(session.scalar(sa.text(question)) or 0)

    tell(
        {
            "posts": count("SELECT count(*) FROM mentions"),
            "replies": count("SELECT count(*) FROM publications"),
            "unknown": count("SELECT count(*) FROM publications WHERE status = 'UNKNOWN'"),
            "begun": count("SELECT count(*) FROM journal_entries WHERE action = 'publication.begun'"),
            "lost": count("SELECT count(*) FROM journal_entries WHERE action = 'publication.lost'"),
            "broken": Counter(str(one.kind) for one in found),
            "said": [str(one) for one in found][:20],
            "seen": max([world.ground.seen, *(line["seq"] for line in log)]),
        }
    )
