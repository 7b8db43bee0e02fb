"""No change is lost between writing it, showing it and sweeping it."""

from collections.abc import Iterator
from datetime import timedelta

import pytest
from sqlalchemy.orm import Session

import app as house
from app.accounts.models import Role
from app.accounts.permissions import Person
from app.foundation import db
from app.foundation.db import session, unit_of_work
from app.foundation.events import EVENTS_LAST, Event, EventType, announce, newest_number, sweep_events
from app.live.queries import AT_MOST, news_after
from tests import factories, servers
from tests.conftest import migrate
from tests.factories import NOW


def happened(kind: EventType, *, times: int = 1, at: int = 0) -> None:
    """Let it happen so many times, so many minutes after NOW."""
    with unit_of_work():
        for number in range(times):
            announce(kind, subject_id=number, at=NOW + timedelta(minutes=at))


def swept(at: int) -> int:
    with unit_of_work():
        return sweep_events(at=NOW + timedelta(minutes=at))


@pytest.fixture
def sol(own_database: str) -> Person:
    return factories.person(factories.sol())


@pytest.fixture
def on_a_server(postgresql_url: str) -> Iterator[None]:
    url = servers.create_database(postgresql_url, "late_commits")
    migrate(url)
    house.join_rooms()
    engine = db.make_engine(url)
    db.bind(engine)
    yield
    session.remove()
    engine.dispose()
    servers.drop_database(url)


def test_what_was_written_first_and_committed_last_is_told(on_a_server: None) -> None:
    sol = factories.person(factories.make_user(Role.STAFF))
    happened(EventType.POST_NEW)
    start = newest_number()
    with Session(db.engine()) as slow:
        slow.add(Event(type=EventType.CORD, subject_id=None, at=NOW))
        slow.flush()
        happened(EventType.COUNTS)
        early = news_after(sol, start)
        session.remove()
        slow.commit()

    late = news_after(sol, early.after)

    assert (early.missed, late.missed) == (False, False)
    assert [change.type for change in early.changes + late.changes] == [EventType.CORD, EventType.COUNTS]


def test_each_change_is_told_once(sol: Person) -> None:
    happened(EventType.POST_NEW)
    start = newest_number()
    happened(EventType.CORD)
    first = news_after(sol, start)

    second = news_after(sol, first.after)

    assert [change.type for change in first.changes] == [EventType.CORD]
    assert second.changes == []


def test_who_was_away_until_after_the_sweep_is_told_that_everything_may_have_changed(sol: Person) -> None:
    happened(EventType.POST_NEW)
    start = newest_number()
    happened(EventType.CORD)
    happened(EventType.COUNTS, at=1)
    happened(EventType.COUNTS, at=4)

    swept(at=4)

    news = news_after(sol, start)
    assert news.missed
    assert {change.type for change in news.changes} == set(EventType)
    assert {change.id for change in news.changes} == {None}
    assert not news_after(sol, news.after).missed


def test_who_stayed_misses_nothing_by_a_sweep(sol: Person) -> None:
    happened(EventType.CORD, times=3)
    happened(EventType.COUNTS)
    stayed = newest_number()

    assert swept(at=10) == 3

    assert not news_after(sol, stayed).missed
    happened(EventType.CORD, at=10)
    assert [change.type for change in news_after(sol, stayed).changes] == [EventType.CORD]


def test_numbers_never_begin_again(sol: Person) -> None:
    happened(EventType.CORD, times=3)
    before = newest_number()
    swept(at=10)
    swept(at=20)

    happened(EventType.CORD, at=20)

    assert newest_number() > before


def test_events_are_kept_for_two_minutes(sol: Person) -> None:
    happened(EventType.CORD)
    happened(EventType.CORD, at=1)

    assert timedelta(minutes=2) == EVENTS_LAST
    assert swept(at=2) == 0


def test_more_than_can_be_told_is_told_as_everything(sol: Person) -> None:
    happened(EventType.CORD)
    start = newest_number()
    happened(EventType.POST_NEW, times=AT_MOST + 1)

    assert news_after(sol, start).missed
