"""Listening: whatever connection is due is polled, stored with its cursor, and looked after."""

import logging
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from functools import partial

from app.channels import actions as channels
from app.channels import raw_pages
from app.channels.models import Connection
from app.channels.queries import Due, due_connections
from app.channels.registry import open_channel
from app.channels.types import Batch, Channel, ChannelError, Garbled, IncomingPost, RateLimited, Ref
from app.foundation import clock, stumbles
from app.foundation.db import ring_after_commit, session, unit_of_work
from app.foundation.heartbeats import Process
from app.foundation.lanes import Lane, crash_point
from app.mentions import actions as mentions
from app.mentions import queries
from app.mentions.models import Conversation
from app.mentions.queries import LISTENING
from app.triage.queries import triage_is_behind
from worker import careful, pulse, shift
from worker.apart import apart
from worker.faults import NO_ROWS_FAULT
from worker.hearing import Deadly, answer_of, page_of
from worker.lookups import follow, look_up_all
from worker.pages import store
from worker.searching import fill_gap, search_all

#: Pages of one connection before the others have their turn; what is left is fetched in the next round.
PAGES_A_TURN = 50
THREADS_A_TURN = 5
CHECKED_AT_ONCE = 100
#: Under this name the listener counts how often it asked for what could not be read.
READING_AGAIN = "reading again"
UNSTATED_WAIT = timedelta(minutes=15)
SHORT_WAIT = timedelta(minutes=1)

log = logging.getLogger(__name__)


@dataclass
class Ear:
    """A connection's open channel. It is kept from poll to poll, so that what was read today is not counted twice."""

    channel: Channel
    opened_as: tuple[object, ...]
    #: Threads and look-ups have limits of their own, and must not hold up the mentions.
    threads_from: datetime | None = None
    checks_from: datetime | None = None
    searches_from: datetime | None = None
    gaps_from: datetime | None = None


@dataclass
class Listener:
    """What one listening process keeps in memory; losing it costs nothing."""

    ears: dict[int, Ear] = field(default_factory=dict)

    def ear(self, due: Due) -> Ear:
        """Return the open channel of a connection, opened anew where its settings have changed."""
        kept = self.ears.get(due.id)
        if kept is None or kept.opened_as != due.opened_as:
            kept = self.ears[due.id] = Ear(open_channel(due.id), due.opened_as)
        return kept


_LISTENER = Listener()


def listen_once(listener: Listener = _LISTENER) -> None:
    """Poll each connection that is due, and return; a connection in trouble does not hold up the others."""
    for due in due_connections(at=clock.now()):
        if shift.is_stopping():
            return
        pulse.beat(Process.LISTEN)
        try:
            listen_to(due, listener)
        # Whatever is wrong with one account, the others must be heard.
        except Exception:
            log.exception("listening to connection %s failed", due.id)
            session.remove()


def listen_to(due: Due, listener: Listener) -> None:
    """Give one connection its turn: news, searches, gaps, threads, and posts to look up again."""
    try:
        ear = listener.ear(due)
        _hear(due, ear)
    except ChannelError as error:
        listener.ears.pop(due.id, None)
        _note(due.id, error)
        return
    asides = {
        "searching": ("searches_from", lambda: search_all(due.id, ear.channel)),
        "filling gaps": ("gaps_from", lambda: fill_gap(due.id, ear.channel)),
        "fetching threads": ("threads_from", lambda: _fetch_threads(due.id, ear)),
        "looking again": ("checks_from", lambda: _look_again(due.id, ear)),
        "reading again": ("checks_from", lambda: _read_again(due.id, ear)),
    }
    apart({what: partial(_aside, ear, gate, work) for what, (gate, work) in asides.items()})


def _hear(due: Due, ear: Ear) -> None:
    cursor = due.cursor
    for _page in range(PAGES_A_TURN):
        if shift.is_stopping() or triage_is_behind():
            return
        pulse.beat(Process.LISTEN)
        with page_of(due.id, Connection, due.id, read=ear.channel.read) as keep:
            batch = ear.channel.poll(cursor, keep=keep)
            crash_point("listening.heard")
            store(due.id, batch)
        crash_point("listening.stored")
        cursor = batch.cursor
        if not batch.more:
            return


def _aside(ear: Ear, gate: str, work: Callable[[], None]) -> None:
    """Do what is not the news; its troubles are logged and wait, and never stop the listening.

    Where our own code fails, it waits too: what it asked the network for is paid for again each time.
    """
    until: datetime | None = getattr(ear, gate)
    if shift.is_stopping() or (until is not None and clock.now() < until):
        return
    try:
        work()
    except ChannelError as error:
        log.warning("listening: %s was put off: %s", gate.removesuffix("_from"), error.code)
        wait = UNSTATED_WAIT if isinstance(error, RateLimited) else SHORT_WAIT
        setattr(ear, gate, error.retry_at or clock.now() + wait)
    except Exception:
        setattr(ear, gate, clock.now() + SHORT_WAIT)
        raise


def _fetch_threads(connection_id: int, ear: Ear) -> None:
    waiting = queries.threads_to_fetch(connection_id=connection_id, at=clock.now(), limit=THREADS_A_TURN)
    wanted = {thread.id: Ref(thread.external_id) for thread in waiting}
    session.commit()  # nothing was written: it only ends the transaction that reading began
    for conversation_id, root in wanted.items():
        if shift.is_stopping():
            return
        try:
            _fetch_thread(conversation_id, root, ear.channel)
        except (ChannelError, *NO_ROWS_FAULT):
            raise
        except Deadly:
            log.error("thread %s kills whoever reads it", conversation_id)
            careful.set_aside(LISTENING, Conversation, conversation_id)
        except Exception:
            log.exception("thread %s could not be read", conversation_id)
            session.remove()
            careful.stumbled(LISTENING, Conversation, conversation_id)


def _fetch_thread(conversation_id: int, root: Ref, channel: Channel) -> None:
    with answer_of(LISTENING, Conversation, conversation_id, read=channel.read) as keep:
        posts = channel.conversation(root, keep=keep)
        careful.one(
            LISTENING,
            Conversation,
            conversation_id,
            lambda one: _store_thread(posts, one),
            point="listening.thread_stored",
        )


def _store_thread(posts: Sequence[IncomingPost], conversation_id: int) -> None:
    stored = mentions.store_thread(posts, conversation_id=conversation_id, at=pulse.shared_now())
    follow(stored.edited, at=clock.now())
    stumbles.came_back(LISTENING, Conversation.__tablename__, conversation_id, at=clock.now())


def _look_again(connection_id: int, ear: Ear) -> None:
    """Ask whether the posts that were not looked at for longest still stand; erase those that do not."""
    connection = session.get_one(Connection, connection_id)
    ids = queries.to_check(
        connection_id=connection_id, poll_seconds=connection.poll_seconds, at=clock.now(), limit=CHECKED_AT_ONCE
    )
    session.commit()  # as above
    if not ids:
        return
    look_up_all(ear.channel, ids, connection_id=connection_id)


def _read_again(connection_id: int, ear: Ear) -> None:
    """Ask once more for posts that could not be read, where somebody wants it; what can be read now is heard now."""
    ids = raw_pages.asked_again(connection_id, limit=CHECKED_AT_ONCE)
    session.commit()  # as above
    if not ids:
        return
    if not _try_again(connection_id):
        return
    found = ear.channel.lookup([Ref(one) for one in ids])
    posts, at = [post for post in found.values() if isinstance(post, IncomingPost)], pulse.shared_now()
    with unit_of_work():
        captured = mentions.capture(Batch(posts, "", more=False), connection_id=connection_id, at=at)
        raw_pages.wish(connection_id=connection_id, at=None)
        stumbles.came_back(READING_AGAIN, Connection.__tablename__, connection_id, at=at)
        raw_pages.note_read(found.keys(), connection_id=connection_id, at=clock.now())
        if captured.mentions:
            ring_after_commit(Lane.TRIAGE)
    crash_point("listening.read_again")


def _try_again(connection_id: int) -> bool:
    """Count a try before it is made; False, and the wish is dropped, where three brought nothing or killed who made them."""
    with unit_of_work():
        row = session.get_one(Connection, connection_id)
        tries = stumbles.count_death(READING_AGAIN, row, at=clock.now())
        if tries >= stumbles.DEATHS:
            raw_pages.wish(connection_id=connection_id, at=None)
            stumbles.came_back(READING_AGAIN, row.__tablename__, row.id, at=clock.now())
    crash_point("listening.wished")
    return tries < stumbles.DEATHS


def _note(connection_id: int, error: ChannelError) -> None:
    log.warning("listening to connection %s: %s", connection_id, error.code)
    with unit_of_work():
        channels.record_failure(connection_id=connection_id, error=error, at=clock.now(), of_listening=True)
        if isinstance(error, Garbled):
            raw_pages.note_garbled(error.raw, connection_id=connection_id, at=clock.now())
    crash_point("listening.failed")
