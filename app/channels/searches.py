"""Saved searches: what is searched for besides what is said to an account, and what came of it."""

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import select, update

from app.channels.errors import ChannelError
from app.channels.models import Connection, Destination, SavedSearch
from app.channels.queries import DueSearch
from app.foundation.db import session
from app.foundation.errors import Conflict, Invalid, NotFound
from app.foundation.journal import record
from app.foundation.words import _

#: Each costs calls and money at every poll.
MOST = 20


@dataclass(frozen=True, slots=True)
class Wish:
    """What an admin wants searched for, and where what is found goes."""

    name: str
    query: str
    destination: Destination


def add(*, connection_id: int, wish: Wish, actor_id: int | None, at: datetime) -> SavedSearch:
    """Search for something from now on.

    Raises:
        Conflict: there are too many searches.
        Invalid: another search of the account has this name.
    """
    names = _names(connection_id)
    if len(names) >= MOST:
        raise Conflict(_("An account has at most %(most)s searches. Delete one first.", most=MOST))
    _check_name(wish.name, names)
    row = SavedSearch(
        connection_id=connection_id, name=wish.name, query=wish.query, destination=wish.destination, is_on=True
    )
    session.add(row)
    session.flush()  # the journal names the row
    record("search.added", subject=row, actor_id=actor_id, at=at, query=wish.query, destination=wish.destination.value)
    return row


def change(*, search_id: int, wish: Wish, actor_id: int, at: datetime) -> None:
    """Search for something else, or send what is found elsewhere.

    Raises:
        Invalid: another search of the account has this name.
    """
    row = _search(search_id)
    _check_name(wish.name, _names(row.connection_id) - {row.name})
    row.change(name=wish.name, query=wish.query, destination=wish.destination)
    record(
        "search.changed", subject=row, actor_id=actor_id, at=at, query=wish.query, destination=wish.destination.value
    )


def switch(*, search_id: int, is_on: bool, actor_id: int, at: datetime) -> None:
    """Let a search rest, or go on where it was."""
    row = _search(search_id)
    if row.is_on is not is_on:
        row.is_on = is_on
        record("search.switched", subject=row, actor_id=actor_id, at=at, on=is_on)


def delete(*, search_id: int, actor_id: int, at: datetime) -> None:
    """Forget a search; what it found stays."""
    row = _search(search_id)
    record("search.deleted", subject=row, actor_id=actor_id, at=at, query=row.query)
    session.delete(row)


def record_page(search: DueSearch, *, cursor: str, newest: datetime | None, finished: bool, at: datetime) -> None:
    """Move the place of a search behind a page; one whose words were changed meanwhile begins anew and stays where it is."""
    moved: dict[str, object] = {"cursor": cursor, "last_error": None, "last_error_at": None}
    if finished:
        moved["searched_at"] = at
    if newest is not None:
        moved["heard_at"] = newest
    session.execute(
        update(SavedSearch)
        .where(SavedSearch.id == search.id, SavedSearch.query == search.query)
        .values(moved)
        .execution_options(synchronize_session=False)
    )


def record_trouble(search: DueSearch, error: ChannelError, *, at: datetime) -> None:
    """Write down why a search could not be made."""
    session.execute(
        update(SavedSearch)
        .where(SavedSearch.id == search.id, SavedSearch.query == search.query)
        .values(last_error=f"{error.code}: {error.detail}", last_error_at=at)
        .execution_options(synchronize_session=False)
    )


def _search(search_id: int) -> SavedSearch:
    row = session.get(SavedSearch, search_id)
    if row is None:
        raise NotFound(_("There is no such search."))
    return row


def _names(connection_id: int) -> set[str]:
    # The account's row is held, so that two admins do not save the same name at once.
    session.get_one(Connection, connection_id, with_for_update=True)
    return set(session.scalars(select(SavedSearch.name).where(SavedSearch.connection_id == connection_id)))


def _check_name(name: str, taken: set[str]) -> None:
    if name in taken:
        raise Invalid(_("Another search of this account has that name."), field="name")
