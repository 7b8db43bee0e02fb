"""Asking a network how posts stand now: those heard long ago, and those about to be answered."""

import logging
from collections.abc import Collection, Iterable, Mapping, Sequence
from datetime import datetime, timedelta

from app.channels import actions as channels
from app.channels.models import Connection
from app.channels.registry import open_channel
from app.channels.types import AuthExpired, Channel, ChannelError, Gone, IncomingPost, Keep, Ref
from app.foundation import clock, stumbles
from app.foundation.db import session, unit_of_work
from app.foundation.lanes import crash_point
from app.mentions import actions as mentions
from app.mentions.queries import LOOKING_UP, looked_up
from app.publishing import actions, queries
from worker import careful, pulse
from worker.faults import NO_ROWS_FAULT
from worker.hearing import Deadly, answer_of
from worker.shift import is_stopping, may_go_on

#: After a look-up that failed, its replies wait so long, or as long as the network says.
PUT_OFF = timedelta(seconds=5)

log = logging.getLogger(__name__)


def look_up(channel: Channel, ids: Collection[str], *, connection_id: int) -> None:
    """Ask for up to 100 posts, and follow what became of each: gone, edited, no longer to be answered, or as it was.

    Raises:
        ChannelError: the network did not tell; nothing was changed.
        Deadly: three have died over such an answer, and a fourth, sent ahead, over this one; nothing was changed.
    """
    with answer_of(LOOKING_UP, Connection, connection_id, read=channel.read) as keep:
        _look_up(channel, ids, keep, connection_id=connection_id)


def _look_up(channel: Channel, ids: Collection[str], keep: Keep, *, connection_id: int) -> None:
    before = channel.cost_units
    found = channel.lookup([Ref(one) for one in ids], keep=keep)
    gone = [one for one, post in found.items() if isinstance(post, Gone)]
    shown = {one: post for one, post in found.items() if isinstance(post, IncomingPost)}
    at = pulse.shared_now()
    with unit_of_work():
        channels.record_cost(connection_id=connection_id, units=channel.cost_units - before, at=at)
        still = [one for one, post in shown.items() if post.is_newest]
        mentions.confirm(still, connection_id=connection_id, at=at)
        erase(mentions.forget(gone, connection_id=connection_id, at=at), at=at)
        follow(mentions.follow_edits(shown.values(), connection_id=connection_id), at=at)
        for mention_id in mentions.follow_bars(shown.values(), connection_id=connection_id):
            actions.call_off_barred(mention_id=mention_id, at=at)
        stumbles.came_back(LOOKING_UP, Connection.__tablename__, connection_id, at=clock.now())
    crash_point("lookups.followed")


def look_up_all(channel: Channel, ids: Sequence[str], *, connection_id: int) -> None:
    """Ask for up to 100 posts as ``look_up`` does; one on which our own code fails or dies is found by halves.

    It is left alone for a while, and set aside in the end: what authors deleted must go, whatever stands beside it.

    Raises:
        ChannelError: the network did not tell.
    """
    try:
        look_up(channel, ids, connection_id=connection_id)
    except (ChannelError, *NO_ROWS_FAULT):
        raise
    except Exception as fault:
        session.remove()
        if len(ids) == 1:
            log.exception("post %s of connection %s could not be looked up", ids[0], connection_id)
            _leave(ids[0], fault, connection_id=connection_id)
            return
        middle = len(ids) // 2
        for half in (ids[:middle], ids[middle:]):
            if is_stopping():
                return
            look_up_all(channel, half, connection_id=connection_id)


def _leave(external_id: str, fault: Exception, *, connection_id: int) -> None:
    """Count the fault against its post, or set it aside where nobody survives it."""
    post = looked_up(external_id, connection_id=connection_id)
    session.remove()  # reading has begun a transaction; what follows has one of its own
    if post is not None:
        leave = careful.set_aside if isinstance(fault, Deadly) else careful.stumbled
        leave(LOOKING_UP, type(post), post.id)


def erase(mention_ids: Iterable[int], *, at: datetime) -> None:
    """Follow the authors of these posts, who deleted them; inside a unit of work."""
    for mention_id in mention_ids:
        actions.mirror_deletion(mention_id=mention_id, at=at)


def follow(edited: Iterable[mentions.Edited], *, at: datetime) -> None:
    """Follow the authors of these posts, who edited them; inside a unit of work."""
    for one in edited:
        actions.mirror_edit(mention_id=one.mention_id, post=one.post, at=at)


def confirm_due() -> bool:
    """Ask for the posts whose answers are due, one call for each account; return whether any answer was heard.

    What the network does not tell waits, and counts as no try: nothing is ever sent blind. A post on which our own code
    fails keeps only its own answer back.
    """
    heard = False
    for connection_id, due in queries.due_unconfirmed(at=clock.now()).items():
        if not may_go_on():
            break
        session.remove()  # no transaction stays open while a network answers
        try:
            heard |= _confirm(due, connection_id)
        except NO_ROWS_FAULT:  # nor any post's
            raise
        except Exception:
            log.exception("%s posts of connection %s could not be looked up together", len(due), connection_id)
            session.remove()
            heard |= _confirm_apart(due, connection_id)
    return heard


def _confirm(due: Mapping[int, str], connection_id: int) -> bool:
    try:
        look_up(open_channel(connection_id), set(due.values()), connection_id=connection_id)
    except ChannelError as error:
        log.warning("%s replies of connection %s wait: %s", len(due), connection_id, error.code)
        _put_off(due, error, connection_id=connection_id)
        return False
    return True


def _confirm_apart(due: Mapping[int, str], connection_id: int) -> bool:
    """Ask for one post at a time, and count a fault of the one that cannot be read; in the end a person looks at it."""
    heard = False
    for publication_id, external_id in due.items():
        if not may_go_on():
            break
        try:
            heard |= _confirm({publication_id: external_id}, connection_id)
        except NO_ROWS_FAULT:
            raise
        except Exception:
            log.exception("the post of publication %s could not be looked up", publication_id)
            session.remove()
            with unit_of_work():
                actions.count_fault(publication_id=publication_id, at=clock.now())
            crash_point("lookups.fault_counted")
    return heard


def _put_off(publication_ids: Iterable[int], error: ChannelError, *, connection_id: int) -> None:
    at = clock.now()
    until = error.retry_at or at + PUT_OFF
    with unit_of_work():
        for publication_id in publication_ids:
            actions.put_off(publication_id=publication_id, until=until, because=error.detail or error.code, at=at)
        if isinstance(error, AuthExpired):
            channels.record_failure(connection_id=connection_id, error=error, at=at)
    crash_point("lookups.put_off")
