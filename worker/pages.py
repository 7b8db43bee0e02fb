"""Storing a page that was heard: its posts, the place behind it and what is to be told of it, all of it or nothing."""

import logging
from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import datetime

from sqlalchemy.exc import DataError, IntegrityError, InterfaceError, OperationalError, StatementError

from app.channels import actions as channels
from app.channels import gaps, raw_pages
from app.channels.models import Connection, Destination
from app.channels.types import WHOLE_PAGE, Batch, Gap, IncomingPost
from app.foundation import clock, stumbles
from app.foundation.db import ring_after_commit, unit_of_work
from app.foundation.lanes import Lane, crash_point
from app.foundation.words import _
from app.mentions import actions as mentions
from app.mentions.queries import LISTENING
from worker import pulse
from worker.lookups import erase, follow

log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class Page:
    """One page with where it came from. ``newest``: when its latest post was written."""

    connection_id: int
    batch: Batch
    newest: datetime | None
    at: datetime


@dataclass(frozen=True, slots=True)
class Source:
    """Where pages come from: ``record`` keeps the place behind one, inside the unit of work that stores it."""

    record: Callable[[Page], None]
    #: Of a search, for what only it finds.
    destination: Destination | None = None


def record_news(page: Page) -> None:
    """Move the connection's place, and keep the gap before it."""
    batch = page.batch
    stumbles.came_back(LISTENING, Connection.__tablename__, page.connection_id, at=page.at)
    poll = channels.Poll(batch.cursor, page.newest, finished=not batch.more, cost_units=batch.cost_units)
    channels.record_poll(connection_id=page.connection_id, poll=poll, at=page.at)
    if batch.gap:
        gap = {"began_at": batch.gap.start, "ended_at": batch.gap.end}
        gaps.note_gap(connection_id=page.connection_id, **gap, at=page.at)
        channels.report_unreadable(connection_id=page.connection_id, what=_gap_in_words(batch.gap), at=page.at)


NEWS = Source(record_news)


def store(connection_id: int, batch: Batch, source: Source = NEWS) -> None:
    """Keep one page and the place behind it, both or neither; a post the database cannot take does not hold up its page."""
    try:
        _store_page(connection_id, batch, source)
    except (DataError, IntegrityError, StatementError, ValueError) as error:
        if isinstance(error, OperationalError | InterfaceError):
            raise
        log.warning("listening: a page is stored post by post: %s", type(error).__name__)
        _store_page(connection_id, _storable(connection_id, batch), source)


def _storable(connection_id: int, batch: Batch) -> Batch:
    """Return the page without what cannot be stored; each post is tried alone, and taken back."""
    events, unreadable = [], list(batch.unreadable)
    for event in batch.events:
        try:
            with unit_of_work():
                mentions.capture(
                    replace(batch, events=[event], context=()), connection_id=connection_id, at=clock.now()
                )
                raise _TakenBack
        except _TakenBack:
            events.append(event)
        except (DataError, IntegrityError, StatementError, ValueError):
            unreadable.append({"id": event.ref.id})
    return replace(batch, events=events, context=(), unreadable=unreadable)


class _TakenBack(Exception):
    """It could have been stored."""


def _store_page(connection_id: int, batch: Batch, source: Source) -> None:
    at = pulse.shared_now()
    times = [clock.believed(post.created_at, at=at) for post in batch.events if isinstance(post, IncomingPost)]
    page = Page(connection_id, batch, max(times, default=None), at)
    with unit_of_work():
        captured = mentions.capture(batch, connection_id=connection_id, at=at, destination=source.destination)
        source.record(page)
        erase(captured.deleted, at=at)
        follow(captured.edited, at=at)
        if batch.raw and (batch.unreadable or captured.brought_news):
            raw_pages.keep(batch, connection_id=connection_id, at=at)
        elif batch.raw:
            raw_pages.let_go(batch.raw, connection_id=connection_id)
        if batch.unreadable:
            channels.report_unreadable(connection_id=connection_id, what=_unreadable_in_words(batch), at=at)
        if captured.mentions:
            ring_after_commit(Lane.TRIAGE)
        crash_point("listening.uncommitted")


def _unreadable_in_words(batch: Batch) -> str:
    if [row.get("id") for row in batch.unreadable] == [WHOLE_PAGE]:
        return _("A whole page of posts could not be read.")
    ids = ", ".join(str(row.get("id"))[:40] for row in batch.unreadable[:10])
    return _("%(count)s posts could not be read: %(ids)s", count=len(batch.unreadable), ids=ids)


def _gap_in_words(gap: Gap) -> str:
    return _(
        "Nothing could be read between %(start)s and %(end)s.",
        start=gap.start.strftime("%Y-%m-%d %H:%M UTC"),
        end=gap.end.strftime("%Y-%m-%d %H:%M UTC"),
    )
