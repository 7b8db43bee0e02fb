"""What a connection's network is searched for in its turn: the saved searches, and what was said while nobody listened."""

from functools import partial

from app.channels import actions as channels
from app.channels import gaps, searches
from app.channels.models import ListeningGap, SavedSearch
from app.channels.queries import DueSearch, due_searches
from app.channels.types import Channel, ChannelError, Gap, Invalid
from app.foundation import clock, stumbles
from app.foundation.db import session, unit_of_work
from app.foundation.heartbeats import Process
from app.foundation.lanes import crash_point
from app.foundation.words import _
from app.mentions.queries import LISTENING
from app.triage.queries import triage_is_behind
from worker import pulse, shift
from worker.hearing import page_of
from worker.pages import Page, Source, store

#: Pages of one search, or of one gap, before the others have their turn.
PAGES_A_TURN = 10


def search_all(connection_id: int, channel: Channel) -> None:
    """Make the saved searches of a connection; one that the network does not understand does not hold up the others.

    Raises:
        ChannelError: the network let none of the rest through.
    """
    due = due_searches(connection_id, at=clock.now())
    session.commit()  # nothing was written: it only ends the transaction that reading began
    for search in due:
        try:
            _search(connection_id, search, channel)
        except ChannelError as error:
            with unit_of_work():
                searches.record_trouble(search, error, at=clock.now())
            crash_point("searching.failed")
            if not isinstance(error, Invalid):
                raise


def _search(connection_id: int, search: DueSearch, channel: Channel) -> None:
    cursor = search.cursor
    for _page in range(PAGES_A_TURN):
        if shift.is_stopping() or triage_is_behind():
            return
        pulse.beat(Process.LISTEN)
        with page_of(connection_id, SavedSearch, search.id, read=channel.read) as keep:
            batch = channel.search(search.query, cursor, keep=keep)
            crash_point("searching.heard")
            store(connection_id, batch, Source(partial(_record_found, search), search.destination))
        crash_point("searching.stored")
        cursor = batch.cursor
        if not batch.more:
            return


def _record_found(search: DueSearch, page: Page) -> None:
    batch = page.batch
    stumbles.came_back(LISTENING, SavedSearch.__tablename__, search.id, at=page.at)
    searches.record_page(search, cursor=batch.cursor, newest=page.newest, finished=not batch.more, at=page.at)
    channels.record_cost(connection_id=page.connection_id, units=batch.cost_units, at=page.at)
    if batch.gap:
        what = _(
            "The search “%(name)s” could not read what was said before %(end)s.", name=search.name, end=_told(batch.gap)
        )
        channels.report_unreadable(connection_id=page.connection_id, what=what, at=page.at)


def _told(gap: Gap) -> str:
    return gap.end.strftime("%Y-%m-%d %H:%M UTC")


def fill_gap(connection_id: int, channel: Channel) -> None:
    """Ask for what was said in the oldest gap, where the network looks back.

    Raises:
        ChannelError: it did not tell now.
    """
    gap = gaps.to_fill(connection_id, at=clock.now()) if channel.looks_back is not None else None
    session.commit()  # as above
    if gap is None:
        return
    gap_id, cursor, stretch = gap.id, gap.cursor, Gap(gap.began_at, gap.ended_at)
    source = Source(partial(_record_filling, gap_id))
    for _page in range(PAGES_A_TURN):
        if shift.is_stopping() or triage_is_behind():
            return
        pulse.beat(Process.LISTEN)
        with page_of(connection_id, ListeningGap, gap_id, read=channel.read) as keep:
            batch = channel.look_back(stretch, cursor, keep=keep)
            crash_point("gaps.heard")
            store(connection_id, batch, source)
        crash_point("gaps.stored")
        cursor = batch.cursor
        if not batch.more:
            return


def _record_filling(gap_id: int, page: Page) -> None:
    batch = page.batch
    stumbles.came_back(LISTENING, ListeningGap.__tablename__, gap_id, at=page.at)
    gaps.record_page(gap_id, cursor=batch.cursor, lost=batch.gap, finished=not batch.more, at=page.at)
    channels.record_cost(connection_id=page.connection_id, units=batch.cost_units, at=page.at)
