"""The work of the trials: processes that are fed without end, and do what the house's processes do until somebody kills them."""

import random
import time
from collections.abc import Callable
from datetime import timedelta
from typing import Any

import sqlalchemy as sa

from app.channels.models import Connection
from app.feed.models import Claim
from app.foundation import clock
from app.foundation.db import session, unit_of_work
from app.mentions.models import Mention, MentionStatus
from app.replies.models import Reply, ReplyStatus, ReplyVersion
from app.reviews import actions as reviews
from tests import factories
from tests.trials import children
from tests.trials.ground import World
from worker.lanes.listening import Listener, listen_once
from worker.lanes.publishing import drain_publishing, look_back
from worker.lanes.triage import drain_triage

POSTS_A_SECOND = 50
APPROVALS_A_SECOND = 25
ACCOUNTS = 40
_SENTENCES = ("Boil it with vinegar.", "Wipe the disc.", "Press the lid until it clicks.", "Ten minutes are enough.")

Work = Callable[[World, children.Tell], None]


def post_without_end(world: World, _tell: children.Tell) -> None:
    """Let customers post, fifty times a second."""
    number = 0
    while True:
        texts = [f"@{world.brand} question {number + each}: how do I descale it?" for each in range(10)]
        world.network.post_many([{"author": f"c{number % 7}", "text": text} for text in texts])
        number += 10
        time.sleep(10 / POSTS_A_SECOND)


def post_and_listen(world: World, tell: children.Tell) -> None:
    """Let customers post, and hear them: the work of triage."""
    listener, number = Listener(), 0
    while True:
        world.post(f"@{world.brand} question {number}: how do I descale it?", author=f"c{number % 7}")
        number += 1
        if number % 5 == 0:
            listen_once(listener)


def approve_without_end(world: World, _tell: children.Tell) -> None:
    """Let a moderator approve one reply after the other, each to a post on one of many accounts."""
    by, accounts = world.person("mo"), accounts_of(world)
    number = 0
    while True:
        reply_id, version_id = write(world, accounts[number % len(accounts)], number)
        with unit_of_work():
            reviews.approve(reply_id=reply_id, version_id=version_id, by=by, at=clock.now(), undo_lasts=timedelta())
        number += 1
        time.sleep(1 / APPROVALS_A_SECOND)


def submit_without_end(world: World, _tell: children.Tell) -> None:
    """Let advocates send replies to the moderators, and customers post what may be claimed."""
    account, number = accounts_of(world)[0], 0
    while True:
        write(world, account, number)
        if number % 4 == 0:
            world.mention()
        number += 1
        time.sleep(1 / APPROVALS_A_SECOND)


def write(world: World, connection_id: int, number: int) -> tuple[int, int]:
    """Make a post and a reply to it that waits for a decision; return the reply and its version."""
    mention = world.mention(MentionStatus.IN_REVIEW, connection_id=connection_id, author=f"c{connection_id}")
    text = f"{_SENTENCES[number % len(_SENTENCES)]} That is trick number {number}."
    reply = factories.make_reply(ReplyStatus.SUBMITTED, mention=mention, writer=world.user("ada"), text=text)
    version_id = session.scalars(sa.select(ReplyVersion.id).where(ReplyVersion.reply_id == reply.id)).one()
    return reply.id, version_id


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


def decide(world: World, tell: children.Tell) -> None:
    """Be the web server, and the browser that speaks to it: what was not answered is sent again first."""
    dice = random.Random(str(world.ids.get("dice", 0)))
    pending = world.ids.get("pending")
    while True:
        sent = pending or _next_form(world, dice)
        pending = None
        if sent is None:
            time.sleep(0.02)
            continue
        tell({"sent": sent})
        tell({"at_work": "web"})
        answered = world.press(sent["who"], sent["path"], **sent["form"])
        assert answered in {303, 403, 409, 422}, f"{sent['path']} was answered with {answered}"
        tell({"answered": answered})


def _next_form(world: World, dice: random.Random) -> dict[str, Any] | None:
    session.rollback()
    if dice.random() < 0.2:
        free = sa.select(Mention.id).where(Mention.status == MentionStatus.OPEN).order_by(Mention.id).limit(1)
        mention_id = session.scalar(free)
        if mention_id is not None:
            with unit_of_work():
                session.execute(sa.update(Claim).where(Claim.ended_at.is_(None)).values(counts=False))
            return {"who": "ada", "path": f"/feed/{mention_id}/claim", "form": {}}
    waiting = sa.select(Reply.id).where(Reply.status == ReplyStatus.SUBMITTED).order_by(Reply.id).limit(1)
    reply_id = session.scalar(waiting)
    if reply_id is None:
        return None
    newest = sa.select(ReplyVersion).where(ReplyVersion.reply_id == reply_id).order_by(ReplyVersion.id.desc()).limit(1)
    version = session.scalars(newest).one()
    form: dict[str, Any] = {"version_id": str(version.id)}
    verb = dice.choice(("approve", "approve", "approve", "edit", "reject", "return"))
    if verb != "approve":  # a form with a field too many is refused
        form |= {"text": f"{version.text} Enjoy it."} if verb == "edit" else {"note": "Not like this."}
    return {"who": "mo", "path": f"/queue/{reply_id}/{verb}", "form": form}


def accounts_of(world: World) -> list[int]:
    """Return the brand's accounts."""
    return list(session.scalars(sa.select(Connection.id).order_by(Connection.id)))
