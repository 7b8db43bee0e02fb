"""Storms without deaths: how many sends nobody can vouch for, and how soon a pulled cord stops them."""

import random
import time
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import sqlalchemy as sa

from app.channels.adapters import x_transport
from app.cord import actions as cord
from app.cord.models import HoldScope, ResumeOffer
from app.foundation import clock
from app.foundation.db import UtcDateTime, session, unit_of_work
from app.publishing import actions as publishing
from tests.trials import children, kills, labour, stock
from tests.trials.ground import Ground, World
from tests.trials.report import Bar, show

#: One call in twenty goes wrong, and after one in 140 nobody can know whether it was obeyed. No network publishes such
#: figures; this is our assumption of a bad day, ten times what a service that keeps 99.9 % allows itself to fail.
#: The reasons are those for which X's documentation says to try again: 429, 500, 503, and a connection that ends.
LIFE_LIKE = {
    "create": {
        "429": 0.04,
        "500_before": 0.002,
        "503_after": 0.001,
        "reset": 0.001,
        "reset_after": 0.001,
        "hang_after": 0.001,
        "late": 0.001,
    },
    "*": {"429": 0.01, "503_before": 0.02, "reset": 0.005},
}
#: Far worse than life, but nothing is obeyed after we have hung up: that would have begun before the cord.
GALE = kills.STORM | {"create": {kind: rate for kind, rate in kills.STORM["create"].items() if kind != "late"}}
SENDS = 420
UNKNOWN_AT_MOST = 0.02
PUBLISHERS = 2
STOPPED_WITHIN_SECONDS = 2.0
WAITING = 200
PATIENCE_SECONDS = 300.0
_UNDER_WAY = "SELECT count(*) FROM publications WHERE status IN ('READY', 'SENDING')"
_TRADE = kills.KINDS["publisher"]


def storm(ground: Ground, seed: int, *, sends: int = SENDS) -> bool:
    """Send under a storm as life has them; whatever cannot be known is known at last, or lies with a person."""
    world = _outbox(ground, sends)
    ground.sandbox.storm(seed, LIFE_LIKE, late_seconds=kills.LATE_SECONDS, seconds=3.0)
    with _publishers(world):
        _until_sent(world)
    ground.sandbox.calm()
    time.sleep(kills.LATE_SECONDS)
    told = children.answer(lambda tell: kills.come_to_rest(world, _TRADE, tell), seconds=600)
    ground.seen = told["seen"]
    share = told["lost"] / max(1, told["begun"])
    return show(
        f"storm, seed {seed}: {told['begun']} sends, {told['lost']} of unknown outcome at first, {told['unknown']} of them in the end",
        Bar(f"unknown {share:.2%} <= {UNKNOWN_AT_MOST:.0%}", share <= UNKNOWN_AT_MOST),
        Bar(f"promises broken: {told['said'] or 'none'}", not told["broken"]),
    )


def pull_cords(ground: Ground, seed: int, *, pulls: int) -> bool:
    """Pull the cord at any moment of a storm, again and again; see what began after it."""
    dice, world = random.Random(seed), _outbox(ground, WAITING)
    ground.sandbox.storm(seed, GALE, seconds=0.7)
    found: list[dict[str, Any]] = []
    sent = WAITING
    with _publishers(world):
        while len(found) < pulls:
            time.sleep(dice.uniform(0.05, 1.5))
            found.append(children.answer(lambda tell: _pull(world, tell), seconds=PATIENCE_SECONDS))
            numbers = range(sent, sent + WAITING - found[-1]["waiting"])
            children.answer(lambda _tell, new=numbers: _fill(world, new), seconds=PATIENCE_SECONDS)  # type: ignore[misc]
            sent = numbers.stop
    ground.sandbox.calm()
    told = children.answer(lambda tell: kills.come_to_rest(world, _TRADE, tell), seconds=600)
    ground.seen = told["seen"]
    slowest, after = max(one["last_begun"] for one in found), sum(one["begun_after"] for one in found)
    crowd = max(one["in_flight"] for one in found)
    return show(
        f"cord, seed {seed}: {pulls} pulls, {sum(one['sending'] for one in found)} sends in flight at them, {sent} approvals",
        Bar(
            f"the last begin {slowest:.2f} s after the commit <= {STOPPED_WITHIN_SECONDS:.0f} s",
            slowest <= STOPPED_WITHIN_SECONDS,
            is_of_speed=True,
        ),
        Bar(f"{after} sends begun after it (none may)", after == 0),
        Bar(f"{crowd} sends in flight on one account (at most 1)", crowd <= 1),
        Bar(f"promises broken: {told['said'] or 'none'}", not told["broken"]),
    )


def _outbox(ground: Ground, size: int) -> World:
    """Begin with so many approved replies in the outbox."""
    world = ground.begin()
    world.ids = children.answer(lambda tell: kills.prepare(world, _TRADE, tell))
    children.answer(lambda _tell: _fill(world, range(size)), seconds=PATIENCE_SECONDS)
    return world


def _fill(world: World, numbers: range) -> None:
    kills.announce_writing()
    world.wake()
    if numbers:
        labour.approve(world, stock.write(world, labour.accounts_of(world), numbers))


@contextmanager
def _publishers(world: World) -> Iterator[None]:
    """Publish, twice as by mistake, and as patient as in life with a network that is slow to answer."""
    impatient, x_transport.READ_SECONDS = x_transport.READ_SECONDS, 2.5
    working = [
        children.start(lambda tell: kills.live(world, labour.publish_calmly, tell)) for _each in range(PUBLISHERS)
    ]
    x_transport.READ_SECONDS = impatient
    try:
        yield
    finally:
        for one in working:
            one.kill()
            one.wait()


def _until_sent(world: World) -> None:
    deadline = time.monotonic() + PATIENCE_SECONDS
    while time.monotonic() < deadline and children.answer(lambda tell: tell(_count(_UNDER_WAY))):
        time.sleep(0.5)


def _pull(world: World, tell: children.Tell) -> None:
    """Pull, look what still leaves, and let go again; tell what was seen."""
    kills.announce_writing()
    with unit_of_work():
        hold_id = cord.pull(scope=HoldScope.EVERYTHING, reason="Recall", by=world.person("mo"), at=clock.now()).id
    committed = clock.now()
    flying = [row.n for row in session.execute(sa.text(_FLYING))]
    session.rollback()
    time.sleep(1.0)
    line = "SELECT id FROM journal_entries WHERE action = 'hold.pulled' AND subject_id = :hold"
    begun = sa.text(f"SELECT at FROM journal_entries WHERE action = 'publication.begun' AND id > ({line})")  # noqa: S608
    late = [row.at for row in session.execute(begun.bindparams(hold=hold_id).columns(at=UtcDateTime()))]
    waiting = _count("SELECT count(*) FROM publications WHERE status IN ('READY', 'WAITING', 'HELD')")
    session.rollback()
    for admin in ("ana", "amy"):
        by = world.person(admin)
        session.commit()
        with unit_of_work():
            publishing.release_cord(hold_id=hold_id, offer=ResumeOffer.SEND_FRESH, by=by, at=clock.now())
    last = max(((at - committed).total_seconds() for at in late), default=0.0)
    seen = {
        "sending": sum(flying),
        "in_flight": max(flying, default=0),
        "begun_after": len(late),
        "last_begun": max(0.0, last),
    }
    tell(seen | {"waiting": waiting})


_FLYING = "SELECT count(*) AS n FROM publications WHERE status = 'SENDING' GROUP BY connection_id"


def _count(question: str) -> int:
    return int(session.scalar(sa.text(question)) or 0)
