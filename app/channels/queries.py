"""Connections: which are due, and how each fares."""

from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import ColumnElement, false, or_, select, true

from app.accounts.permissions import Permission, Person, may, scoped, visible
from app.channels.models import Connection, ConnectionState, Destination, ListeningGap, SavedSearch
from app.foundation.db import session
from app.foundation.errors import NotFound
from app.foundation.slots import Banner, register_banner
from app.foundation.tasks import Task, TaskKind, open_tasks_of
from app.foundation.words import _

#: A search in trouble is left alone so long.
RESTS_AFTER_TROUBLE = timedelta(minutes=5)


@visible(Connection)
def _seen_by(person: Person) -> ColumnElement[bool]:
    return true() if may(person, Permission.SEE_CHANNELS) else false()


@visible(SavedSearch)
def _search_seen_by(person: Person) -> ColumnElement[bool]:
    return true() if may(person, Permission.SEE_CHANNELS) else false()


@dataclass(frozen=True, slots=True)
class Due:
    """A connection that should be polled now. ``opened_as`` changes when its channel must be opened anew."""

    id: int
    cursor: str | None
    opened_as: tuple[object, ...]


def due_connections(*, at: datetime, limit: int = 50) -> list[Due]:
    """Return what should be polled, longest unheard first. A failed poll waits as long as a good one."""
    rows = session.scalars(
        select(Connection)
        .where(Connection.state == ConnectionState.CONNECTED)
        .order_by(Connection.polled_at.asc().nulls_first(), Connection.id)
        .limit(limit)
    ).all()
    return [Due(row.id, row.cursor, _opened_as(row)) for row in rows if _is_due(row, at)]


def _opened_as(row: Connection) -> tuple[object, ...]:
    return (row.connected_at, row.base_url, row.page_url, row.reply_to_any, row.settings.get("daily_budget_units"))


def _is_due(row: Connection, at: datetime) -> bool:
    if (allowed_at := listens_from(row)) is not None and allowed_at > at:
        return False
    tried_at = max((moment for moment in (row.polled_at, row.last_error_at) if moment), default=None)
    return tried_at is None or tried_at + timedelta(seconds=row.poll_seconds) <= at


def listens_from(row: Connection) -> datetime | None:
    """Return when the network lets us listen again, where it has asked for patience."""
    told = row.settings.get("listen_from")
    return datetime.fromisoformat(told) if told else None


def connections(*, limit: int = 200) -> list[Connection]:
    """Return every connection, oldest first."""
    return list(session.scalars(select(Connection).order_by(Connection.connected_at, Connection.id).limit(limit)))


def connection_of(person: Person, connection_id: int) -> Connection:
    """Return one connection.

    Raises:
        NotFound: there is none, or not for this person.
    """
    row = session.scalars(scoped(select(Connection).where(Connection.id == connection_id), person)).one_or_none()
    if row is None:
        raise NotFound(_("There is no such channel."))
    return row


@dataclass(frozen=True, slots=True)
class DueSearch:
    """A saved search that should be made now."""

    id: int
    name: str
    query: str
    destination: Destination
    cursor: str | None


def due_searches(connection_id: int, *, at: datetime) -> list[DueSearch]:
    """Return the searches of a connection in whose turn they are made, the longest unheard first."""
    rested = or_(SavedSearch.last_error_at.is_(None), SavedSearch.last_error_at <= at - RESTS_AFTER_TROUBLE)
    rows = session.scalars(
        select(SavedSearch)
        .where(SavedSearch.connection_id == connection_id, SavedSearch.is_on, rested)
        .order_by(SavedSearch.searched_at.asc().nulls_first(), SavedSearch.id)
    )
    return [DueSearch(row.id, row.name, row.query, row.destination, row.cursor) for row in rows]


def searches_of(row: Connection) -> list[SavedSearch]:
    """Return the searches of a connection by name."""
    kept = select(SavedSearch).where(SavedSearch.connection_id == row.id)
    return list(session.scalars(kept.order_by(SavedSearch.name)))


def search_of(person: Person, search_id: int) -> SavedSearch:
    """Return one saved search.

    Raises:
        NotFound: there is none, or not for this person.
    """
    row = session.scalars(scoped(select(SavedSearch).where(SavedSearch.id == search_id), person)).one_or_none()
    if row is None:
        raise NotFound(_("There is no such search."))
    return row


def tasks_of(row: Connection) -> list[Task]:
    """Return what a person must look at besides the connection's state: what could not be read or fetched."""
    return open_tasks_of(TaskKind.UNREADABLE_PAGE, row)


def gaps_of(row: Connection, *, limit: int = 20) -> list[ListeningGap]:
    """Return the stretches of time that could not be read, the newest first."""
    kept = select(ListeningGap).where(ListeningGap.connection_id == row.id)
    return list(session.scalars(kept.order_by(ListeningGap.began_at.desc(), ListeningGap.id.desc()).limit(limit)))


def _broken_banner(person: Person) -> Banner | None:
    if not may(person, Permission.SEE_CHANNELS):
        return None
    broken = session.scalars(
        select(Connection).where(Connection.state == ConnectionState.NEEDS_LOGIN).order_by(Connection.id)
    ).first()
    if broken is None:
        return None
    return Banner(
        title=_("@%(handle)s needs to be connected again.", handle=broken.handle),
        text=_("Until then nothing is heard from there and nothing is sent."),
        icon="plug",
        order=20,
        actions=((_("See the channel"), f"/manage/channels/{broken.id}"),),
    )


register_banner("channel-broken", _broken_banner)
