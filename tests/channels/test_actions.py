"""Connecting accounts, their switches, their tokens, their cost."""

from datetime import timedelta
from decimal import Decimal

import pytest
from sqlalchemy import select
from sqlalchemy.orm import undefer

from app.channels import actions, queries
from app.channels.actions import Place, Poll
from app.channels.errors import AuthExpired, RateLimited, Transient
from app.channels.models import Connection, ConnectionState
from app.channels.registry import check_text, open_channel
from app.channels.types import Pace, PostAuthor, Tokens
from app.foundation.db import session, unit_of_work
from app.foundation.errors import NotFound
from app.foundation.journal import JournalEntry
from app.foundation.tasks import Task, TaskKind
from tests.factories import NOW, ana, make_advocate, make_connection, person, sol

pytestmark = pytest.mark.usefixtures("db_session")

ACCOUNT = PostAuthor(id="42", handle="NorthwindKettles", name="Northwind Kettles", url="")
X = Place("x", "https://api.x.com", "https://x.com")


def secrets_of(row: Connection) -> dict[str, str]:
    loaded = select(Connection).where(Connection.id == row.id).options(undefer(Connection.secrets))
    return session.scalars(loaded.execution_options(populate_existing=True)).one().read_secrets()


def connect(access: str = "a") -> Connection:
    with unit_of_work():
        return actions.connect(place=X, account=ACCOUNT, secrets={"access_token": access}, actor_id=None, at=NOW)


def test_connecting_again_keeps_the_place_we_were_at_and_settles_what_was_wrong() -> None:
    row = connect()
    with unit_of_work():
        actions.record_poll(connection_id=row.id, poll=Poll("place", NOW, finished=True), at=NOW)
        actions.record_failure(connection_id=row.id, error=AuthExpired("no longer taken"), at=NOW)

    again = connect("b")

    assert again.id == row.id
    assert (again.cursor, again.state, again.last_error) == ("place", ConnectionState.CONNECTED, None)
    assert secrets_of(again) == {"access_token": "b"}
    assert session.scalars(select(Task.settled_at).where(Task.kind == TaskKind.RECONNECT)).one() == NOW


def test_disconnecting_forgets_the_tokens_and_ends_the_listening() -> None:
    row = connect()

    with unit_of_work():
        actions.disconnect(connection_id=row.id, actor_id=ana().id, at=NOW)

    assert secrets_of(row) == {}
    assert queries.due_connections(at=NOW + timedelta(hours=1)) == []


def test_switches_are_turned_one_by_one_and_journalled_when_they_change() -> None:
    row, admin = connect(), ana()

    for switches in ({"impact_counts": True}, {"impact_counts": True}, {"reply_to_any": True, "handle": True}):
        with unit_of_work():
            actions.set_switches(connection_id=row.id, switches=switches, actor_id=admin.id, at=NOW)

    assert (row.impact_counts, row.reply_to_any, row.handle) == (True, True, "NorthwindKettles")
    written = session.scalars(select(JournalEntry.details).where(JournalEntry.action == "connection.switched")).all()
    assert list(written) == [{"alone": True, "impact_counts": True}, {"alone": True, "reply_to_any": True}]


def test_a_pace_is_journalled_with_what_it_was_before() -> None:
    row, admin = connect(), ana()

    for posts in (40, 40, 60):
        with unit_of_work():
            pace = Pace(posts, timedelta(minutes=30))
            actions.set_pace(connection_id=row.id, pace=pace, actor_id=admin.id, at=NOW)

    session.refresh(row)
    assert (row.send_limit, row.send_window_seconds) == (60, 1800)
    written = session.scalars(select(JournalEntry.details).where(JournalEntry.action == "connection.paced")).all()
    assert list(written) == [
        {"alone": True, "posts": 40, "seconds": 1800, "posts_before": 100, "seconds_before": 900},
        {"alone": True, "posts": 60, "seconds": 1800, "posts_before": 40, "seconds_before": 1800},
    ]


def test_the_journal_says_that_one_person_connected_and_disconnected() -> None:
    row = connect()
    with unit_of_work():
        actions.disconnect(connection_id=row.id, actor_id=ana().id, at=NOW)

    lines = session.execute(select(JournalEntry.action, JournalEntry.details).order_by(JournalEntry.id))
    assert [(line.action, line.details) for line in lines] == [
        ("connection.connected", {"alone": True}),
        ("connection.disconnected", {"alone": True}),
    ]


def test_cost_is_counted_by_the_day() -> None:
    row = connect()

    for units, at in ((200, NOW), (15, NOW), (5, NOW + timedelta(days=1))):
        with unit_of_work():
            actions.record_cost(connection_id=row.id, units=units, at=at)
        if at == NOW + timedelta(days=1):
            break
        spent = row.cost_today

    assert spent == Decimal("0.215")
    assert row.cost_today == Decimal("0.005")


def test_a_connection_waits_for_its_interval_and_for_the_networks_wish() -> None:
    row = make_connection(poll_seconds=60)
    with unit_of_work():
        actions.record_poll(connection_id=row.id, poll=Poll("c", None, finished=True), at=NOW)
    after = {seconds: len(queries.due_connections(at=NOW + timedelta(seconds=seconds))) for seconds in (30, 61)}
    with unit_of_work():
        wait = RateLimited("slow down", retry_at=NOW + timedelta(minutes=5))
        actions.record_failure(connection_id=row.id, error=wait, at=NOW, of_listening=True)

    assert row.not_before is None
    assert after == {30: 0, 61: 1}
    assert queries.due_connections(at=NOW + timedelta(minutes=4)) == []
    assert len(queries.due_connections(at=NOW + timedelta(minutes=6))) == 1


def test_a_limit_on_what_we_say_does_not_stop_the_listening() -> None:
    row = make_connection(poll_seconds=1)
    wait = RateLimited("slow down", retry_at=NOW + timedelta(minutes=5))

    with unit_of_work():
        actions.record_failure(connection_id=row.id, error=wait, at=NOW)
    due = queries.due_connections(at=NOW + timedelta(seconds=2))
    with unit_of_work():
        actions.record_poll(connection_id=row.id, poll=Poll("c", None, finished=True), at=NOW + timedelta(seconds=2))

    assert len(due) == 1
    assert row.not_before == NOW + timedelta(minutes=5)
    assert row.last_error == "rate_limited: slow down"


def test_an_unfinished_poll_is_due_again_at_once() -> None:
    row = make_connection(poll_seconds=60)

    with unit_of_work():
        actions.record_poll(connection_id=row.id, poll=Poll("c", None, finished=False), at=NOW)

    assert [due.cursor for due in queries.due_connections(at=NOW)] == ["c"]


def test_lag_is_of_the_newest_post_and_does_not_go_back() -> None:
    row = make_connection()

    for minutes in (3, 9):
        with unit_of_work():
            poll = Poll("c", NOW - timedelta(minutes=minutes), finished=True)
            actions.record_poll(connection_id=row.id, poll=poll, at=NOW)

    assert (row.heard_at, row.lag_seconds) == (NOW - timedelta(minutes=3), 180)


def test_one_process_renews_and_the_others_wait_and_then_take_what_it_stored() -> None:
    row = make_connection(tokens={"access_token": "old", "refresh_token": "r1", "client_id": "us"})
    stale, renewed = Tokens("old", "r1"), Tokens("new", "r2", NOW + timedelta(hours=2))

    with unit_of_work():
        mine = actions.borrow_tokens(connection_id=row.id, stale=stale, at=NOW)
    with pytest.raises(Transient), unit_of_work():
        actions.borrow_tokens(connection_id=row.id, stale=stale, at=NOW + timedelta(seconds=5))
    with unit_of_work():
        assert actions.store_tokens(connection_id=row.id, renewed=renewed, instead_of=stale) == renewed
    with unit_of_work():
        theirs = actions.borrow_tokens(connection_id=row.id, stale=stale, at=NOW + timedelta(seconds=6))

    assert mine == stale
    assert theirs == renewed
    assert secrets_of(row)["client_id"] == "us"


def test_what_is_renewed_for_a_sign_in_that_was_ended_meanwhile_is_not_kept() -> None:
    row = connect("old")
    admin = ana()
    with unit_of_work():
        actions.borrow_tokens(connection_id=row.id, stale=Tokens("old", "r1"), at=NOW)
    with unit_of_work():
        actions.disconnect(connection_id=row.id, actor_id=admin.id, at=NOW)

    with unit_of_work():
        actions.store_tokens(connection_id=row.id, renewed=Tokens("new", "r2"), instead_of=Tokens("old", "r1"))

    assert secrets_of(row) == {}


def test_what_is_renewed_for_an_older_sign_in_does_not_take_the_place_of_a_newer_one() -> None:
    row = connect("old")
    with unit_of_work():
        actions.borrow_tokens(connection_id=row.id, stale=Tokens("old", "r1"), at=NOW)
    connect("fresh")

    with unit_of_work():
        actions.store_tokens(connection_id=row.id, renewed=Tokens("new", "r2"), instead_of=Tokens("old", "r1"))

    assert secrets_of(row)["access_token"] == "fresh"


@pytest.mark.parametrize("order", [("mine", "theirs"), ("theirs", "mine")])
def test_of_two_that_renew_one_sign_in_the_first_to_come_back_wins_and_the_other_takes_what_it_stored(
    order: tuple[str, str],
) -> None:
    row, stale = make_connection(tokens={"access_token": "old", "refresh_token": "r1"}), Tokens("old", "r1")
    for minutes in (0, 2):
        with unit_of_work():
            actions.borrow_tokens(connection_id=row.id, stale=stale, at=NOW + timedelta(minutes=minutes))

    stored = []
    for name in order:
        with unit_of_work():
            renewed = Tokens(name, f"refresh of {name}")
            stored.append(actions.store_tokens(connection_id=row.id, renewed=renewed, instead_of=stale))

    first = Tokens(order[0], f"refresh of {order[0]}")
    assert stored == [first, first]
    assert secrets_of(row) == {"access_token": first.access_token, "refresh_token": first.refresh_token}


def test_a_late_renewal_does_not_take_the_place_of_tokens_that_are_being_renewed_again() -> None:
    row, stale = make_connection(tokens={"access_token": "old", "refresh_token": "r1"}), Tokens("old", "r1")
    fresh = Tokens("fresh", "r2")
    with unit_of_work():
        actions.borrow_tokens(connection_id=row.id, stale=stale, at=NOW)
    with unit_of_work():
        actions.store_tokens(connection_id=row.id, renewed=fresh, instead_of=stale)
    with unit_of_work():
        actions.borrow_tokens(connection_id=row.id, stale=fresh, at=NOW)

    with unit_of_work():
        stored = actions.store_tokens(connection_id=row.id, renewed=Tokens("dead", "r0"), instead_of=stale)

    assert stored == fresh
    assert secrets_of(row)["access_token"] == "fresh"


def test_who_is_refused_lets_others_renew_at_once_and_learns_what_is_stored_now() -> None:
    row, stale = make_connection(tokens={"access_token": "old", "refresh_token": "r1"}), Tokens("old", "r1")
    with unit_of_work():
        actions.borrow_tokens(connection_id=row.id, stale=stale, at=NOW)

    with unit_of_work():
        assert actions.give_back_tokens(connection_id=row.id, stale=stale) == stale
    with unit_of_work():
        assert actions.borrow_tokens(connection_id=row.id, stale=stale, at=NOW) == stale
    with unit_of_work():
        actions.store_tokens(connection_id=row.id, renewed=Tokens("new", "r2"), instead_of=stale)
    with unit_of_work():
        assert actions.give_back_tokens(connection_id=row.id, stale=stale) == Tokens("new", "r2")


@pytest.mark.parametrize("refused", ["old", "fresh"])
def test_a_new_sign_in_is_not_refused_for_what_befell_the_old_one(refused: str) -> None:
    row = connect("old")
    connect("fresh")
    error = AuthExpired("no longer taken")
    error.refused = Tokens(refused).fingerprint

    with unit_of_work():
        actions.record_failure(connection_id=row.id, error=error, at=NOW)

    session.refresh(row)
    is_closed = refused == "fresh"
    assert (row.state is ConnectionState.NEEDS_LOGIN) == is_closed
    assert (row.last_error is not None) == is_closed
    assert bool(session.scalars(select(Task.id)).all()) == is_closed


def test_a_process_that_died_while_renewing_is_waited_for_a_minute_only() -> None:
    row = make_connection(tokens={"access_token": "old", "refresh_token": "r1"})
    stale = Tokens("old", "r1")
    with unit_of_work():
        actions.borrow_tokens(connection_id=row.id, stale=stale, at=NOW)

    with unit_of_work():
        assert actions.borrow_tokens(connection_id=row.id, stale=stale, at=NOW + timedelta(seconds=61)) == stale


def test_a_channel_is_never_opened_inside_a_unit_of_work() -> None:
    row = connect()

    with pytest.raises(RuntimeError), unit_of_work():
        open_channel(row.id)


def test_text_is_counted_by_the_kind_of_network() -> None:
    assert check_text("x", "a" * 281).fits is False


def test_connections_are_shown_to_those_who_may_see_channels() -> None:
    row = connect()

    assert queries.connection_of(person(sol()), row.id).id == row.id
    with pytest.raises(NotFound):
        queries.connection_of(person(make_advocate().user), row.id)
    with pytest.raises(NotFound):
        actions.record_cost(connection_id=0, units=1, at=NOW)
