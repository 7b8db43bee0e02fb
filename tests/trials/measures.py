"""Real processes against the clock: how soon a reply is out, what an emptied Redis costs, and how soon a dead process is made good."""

import time
from collections.abc import Callable
from contextlib import ExitStack

import sqlalchemy as sa
from redis import Redis

from app.channels.models import Connection
from app.foundation.db import session, unit_of_work
from app.mentions.models import Mention, MentionStatus
from app.publishing.models import Publication, PublicationStatus
from local.servers import redis_server
from tests.trials import children, kills, labour
from tests.trials.ground import Ground, World
from tests.trials.report import Bar, show, spread
from tests.trials.whole import Whole, answer_open, mentions, sendings, wait_for, whole

APPROVALS_A_MINUTE = 20
APPROVALS = 40
POSTED_WITHIN_SECONDS = 5.0
POSTED_WITHOUT_REDIS_SECONDS = 35.0
BACK_WITHIN_SECONDS = 60.0
FLUSH_EVERY_SECONDS = 5.0
_S = PublicationStatus
Mode = Callable[[Ground, int], bool]
_UNDER_WAY = Publication.status.in_((_S.READY, _S.WAITING, _S.SENDING))
_TRADE = kills.Trade(labour.post_without_end, labour.publish)


def calm(ground: Ground, seed: int, *, approvals: int = APPROVALS) -> bool:
    """Approve as a moderator does on a calm day, with Redis and then without: how soon is it out?"""
    world = _begin(ground)
    with ExitStack() as stack:
        redis = stack.enter_context(ExitStack())
        stack.enter_context(whole(world, redis.enter_context(redis_server())))
        _post(world, 2 * approvals)
        wait_for(lambda: mentions(Mention.status == MentionStatus.OPEN) >= 2 * approvals, seconds=120)
        quick = _approve_slowly(world, approvals)
        redis.close()
        slow = _approve_slowly(world, approvals)
    told, (median, most), (without, longest) = _rest(ground, world), spread(quick), spread(slow)
    figures = (
        f"calm, seed {seed}: approved to posted p50 {median:.1f} s, p95 {most:.1f} s; without Redis p50 {without:.1f} s"
    )
    return show(
        f"{figures}, at most {max(slow, default=0):.1f} s; {told['begun']} sends",
        Bar(f"{2 * approvals - len(quick) - len(slow)} not posted (none may)", len(quick) + len(slow) == 2 * approvals),
        Bar(f"p95 {most:.1f} s <= {POSTED_WITHIN_SECONDS:.0f} s", most <= POSTED_WITHIN_SECONDS, is_of_speed=True),
        Bar(
            f"p95 without Redis {longest:.1f} s <= {POSTED_WITHOUT_REDIS_SECONDS:.0f} s",
            longest <= POSTED_WITHOUT_REDIS_SECONDS,
            is_of_speed=True,
        ),
        Bar(f"{told['lost']} of unknown outcome (none may)", told["lost"] == 0),
        Bar(f"promises broken: {told['said'] or 'none'}", not told["broken"]),
    )


def _approve_slowly(world: World, count: int) -> list[float]:
    """Approve at the pace of a busy day; return how long each took to be public once it could be."""
    written, since = answer_open(world, limit=count, approved=False), sendings()
    for one in written:
        began = time.monotonic()
        labour.approve(world, [one])
        time.sleep(max(0.0, began + 60 / APPROVALS_A_MINUTE - time.monotonic()))
    wait_for(lambda: not sendings(_UNDER_WAY), seconds=60)
    rows = session.execute(
        sa.select(Publication.sent_at, Publication.approved_at)
        .where(Publication.sent_at.is_not(None))
        .order_by(Publication.id)
    ).all()
    session.rollback()
    return [(row.sent_at - row.approved_at).total_seconds() for row in rows[since:]]


def flush(ground: Ground, seed: int, *, seconds: float) -> bool:
    """Empty Redis every five seconds while everything works: nothing may be missing or there twice."""
    world, answered, flushes = _begin(ground), 0, 0
    _lift_pace()
    with redis_server() as url, whole(world, url), Redis.from_url(url) as redis:
        began = flushed = time.monotonic()
        while time.monotonic() < began + seconds:
            _post(world, 1)
            answered += len(answer_open(world))
            if time.monotonic() > flushed + FLUSH_EVERY_SECONDS:
                redis.flushall()
                flushed, flushes = time.monotonic(), flushes + 1
            time.sleep(0.4)
        settled = wait_for(_is_settled, seconds=90)
    told = _rest(ground, world)
    return show(
        f"flushall, seed {seed}: {flushes} times in {seconds:.0f} s, {told['posts']} posts, {answered} approvals, "
        f"all at rest {settled:.0f} s after the last",
        Bar(f"{answered - told['sent']} approved and not posted (none may)", answered == told["sent"]),
        Bar(f"promises broken: {told['said'] or 'none'}", not told["broken"]),
    )


def _lift_pace() -> None:
    """Let the network take all that is said here: what it allows on a usual day would leave most of it waiting."""
    with unit_of_work():
        session.execute(sa.update(Connection).values(send_limit=100_000))


def recover(ground: Ground, seed: int, *, names: tuple[str, ...] = ()) -> bool:
    """Kill each process once; whoever keeps them starts it again: how long until a post is answered in public as before?"""
    world = _begin(ground)
    took: dict[str, float] = {}
    with redis_server() as url, whole(world, url) as house:
        _pass_through(world, house)
        for name in names or tuple(house.commands):
            house.kill(name)
            took[name] = _pass_through(world, house)
    told = _rest(ground, world)
    slowest = max(took, key=lambda name: took[name])
    return show(
        f"recovery, seed {seed}: " + ", ".join(f"{name} {seconds:.1f} s" for name, seconds in took.items()),
        Bar(
            f"slowest: {slowest} {took[slowest]:.1f} s <= {BACK_WITHIN_SECONDS:.0f} s",
            took[slowest] <= BACK_WITHIN_SECONDS,
            is_of_speed=True,
        ),
        Bar(f"promises broken: {told['said'] or 'none'}", not told["broken"]),
    )


def _pass_through(world: World, house: Whole) -> float:
    """Let one post go all the way to points for its answer; return how long that took."""
    began, rewarded = time.monotonic(), Publication.rewarded_at.is_not(None)
    before = sendings(rewarded)
    _post(world, 1)

    def is_there() -> bool:
        answer_open(world)
        return sendings(rewarded) > before and house.answers()

    wait_for(is_there, seconds=2 * BACK_WITHIN_SECONDS)
    return time.monotonic() - began


def _begin(ground: Ground) -> World:
    world = ground.begin()
    world.ids = children.answer(lambda tell: kills.prepare(world, _TRADE, tell))
    world.wake()
    return world


def _post(world: World, count: int) -> None:
    texts = [f"@{world.brand} how do I descale the K2? ({number})" for number in range(count)]
    world.network.post_many([{"author": f"c{number % 7}", "text": text} for number, text in enumerate(texts)])


def _is_settled() -> bool:
    unsorted = mentions(Mention.status == MentionStatus.RECEIVED)
    return not unsorted and not sendings(_UNDER_WAY)


def _rest(ground: Ground, world: World) -> dict[str, int]:
    sent = sendings(Publication.status == _S.SENT)
    told: dict[str, int] = children.answer(lambda tell: kills.come_to_rest(world, _TRADE, tell), seconds=600)
    ground.seen = told["seen"]
    return told | {"sent": sent}
