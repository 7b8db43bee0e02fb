"""The work of the trials: processes that are fed without end, and do what the house's processes do until somebody kills them."""

import random
import time
from collections.abc import Callable, Iterator, Sequence
from datetime import timedelta

import sqlalchemy as sa

from app.channels.models import Connection
from app.foundation import clock
from app.foundation.db import session, unit_of_work
from app.mentions.models import MentionStatus
from app.publishing.models import Publication, PublicationStatus
from app.replies.models import Reply, ReplyStatus
from app.reviews import actions as reviews
from tests.trials import children, stock
from tests.trials.ground import World
from tests.trials.presses import next_form
from worker.lanes.listening import Listener, listen_once
from worker.lanes.publishing import drain_publishing, look_back
from worker.lanes.triage import drain_triage

POSTS_A_SECOND = 50
APPROVALS_A_SECOND = 25
ACCOUNTS = 40
AT_ONCE = 10

Work = Callable[[World, children.Tell], None]


def post_without_end(world: World, _tell: children.Tell) -> None:
    """Let customers post, fifty times a second."""
    for numbers in _without_end(POSTS_A_SECOND):
        texts = [f"@{world.brand} question {number}: how do I descale it?" for number in numbers]
        world.network.post_many([{"author": f"c{number % 7}", "text": text} for number, text in enumerate(texts)])


def post_and_listen(world: World, _tell: children.Tell) -> None:
    """Let customers post, and hear them: the work of triage."""
    listener = Listener()
    for numbers in _without_end(POSTS_A_SECOND):
        texts = [f"@{world.brand} question {number}: how do I descale it?" for number in numbers]
        world.network.post_many([{"author": f"c{number % 7}", "text": text} for number, text in enumerate(texts)])
        listen_once(listener)


def approve_without_end(world: World, _tell: children.Tell) -> None:
    """Let a moderator approve one reply after the other, each to a post on one of many accounts."""
    accounts = accounts_of(world)
    for numbers in _without_end(APPROVALS_A_SECOND):
        _wait_while_many(Publication.status == PublicationStatus.READY)
        approve(world, stock.write(world, accounts, numbers))


def approve(world: World, written: Sequence[tuple[int, int]], *, undo_lasts: timedelta = timedelta()) -> None:
    """Let a moderator approve replies, each for itself."""
    by = world.person("mo")
    session.commit()
    for reply_id, version_id in written:
        with unit_of_work():
            reviews.approve(reply_id=reply_id, version_id=version_id, by=by, at=clock.now(), undo_lasts=undo_lasts)


def submit_without_end(world: World, _tell: children.Tell) -> None:
    """Let advocates send replies to the moderators, and customers post what may be claimed."""
    accounts = accounts_of(world)
    for numbers in _without_end(APPROVALS_A_SECOND):
        _wait_while_many(Reply.status == ReplyStatus.SUBMITTED)
        stock.write(world, accounts, numbers)
        stock.post(world, accounts, numbers, MentionStatus.OPEN)


def _wait_while_many(waiting: sa.ColumnElement[bool]) -> None:
    """Rest while more is waiting than will be taken: what is left over in the end must be looked after as well."""
    while (session.scalar(sa.select(sa.func.count()).where(waiting)) or 0) >= ACCOUNTS:
        session.rollback()
        time.sleep(0.05)
    session.rollback()


def _without_end(a_second: int) -> Iterator[range]:
    """Yield numbers, ten at a time, so many a second."""
    first, began = 0, time.monotonic()
    while True:
        yield range(first, first + AT_ONCE)
        first += AT_ONCE
        time.sleep(max(0.0, began + first / a_second - time.monotonic()))


# Who is killed


def listen(world: World, tell: children.Tell) -> None:
    """Be the listener."""
    children.tell_at_first_point(tell)
    listener = Listener()
    while True:
        listen_once(listener)
        time.sleep(0.002)


def sort(world: World, tell: children.Tell) -> None:
    """Be the triage."""
    children.tell_at_first_point(tell)
    while True:
        drain_triage()
        session.remove()
        time.sleep(0.002)


def publish(world: World, tell: children.Tell) -> None:
    """Be the publisher: a parent that forks a child for each drain, as it is in life."""
    while True:
        child = children.start(lambda _tell: _drain(tell))
        tell({"fork": child.pid})
        child.wait()


def _drain(tell: children.Tell) -> None:
    children.tell_at_first_point(tell)
    for _round in range(20):
        drain_publishing()
        look_back()
        time.sleep(0.005)


def publish_calmly(_world: World, _tell: children.Tell) -> None:
    """Be a publisher that nobody kills."""
    while True:
        drain_publishing()
        look_back()
        time.sleep(0.005)


def decide(world: World, tell: children.Tell) -> None:
    """Be the web server, and the browsers that speak to it: what was not answered is sent again first."""
    children.tell_at_first_point(tell)
    dice = random.Random(str(world.ids.get("dice", 0)))
    sent = world.ids.get("pending")
    while True:
        sent = sent or next_form(dice)
        if sent is None:
            time.sleep(0.02)
            continue
        tell({"sent": sent})
        answered = world.press(sent["who"], sent["path"], **sent["form"])
        assert answered in {303, 403, 409, 422}, f"{sent['path']} was answered with {answered}"
        tell({"answered": answered, "verb": sent["path"].rpartition("/")[2]})
        sent = None


def accounts_of(world: World) -> list[int]:
    """Return the brand's accounts."""
    return list(session.scalars(sa.select(Connection.id).order_by(Connection.id)))
