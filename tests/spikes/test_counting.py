"""Counting what was sorted: each post once, in its own hour, whatever happens in between."""

from datetime import datetime, timedelta

import pytest
from sqlalchemy import select

from app.channels.models import Connection
from app.foundation.db import session, unit_of_work
from app.mentions.types import Route
from app.spikes import actions, queries
from app.spikes.actions.counting import HOURS_KEPT, STEPS_KEPT
from app.spikes.models import HeardCount
from app.spikes.sorts import Series, Sort
from tests.factories import NOW, make_connection, make_mention, make_verdict

HOUR = timedelta(hours=1)


@pytest.fixture(autouse=True)
def _database(db_session: None) -> None:
    pass


def sorted_post(connection: Connection, at: datetime, *, topic: str = "", **verdict: object) -> int:
    mention = make_mention(connection=connection, posted_at=at, heard_at=at, topic=topic)
    make_verdict(mention, decided_at=at, **verdict)
    return mention.id


def count(at: datetime = NOW, *, limit: int = 2000) -> bool:
    with unit_of_work():
        return actions.count_sorted(at=at, limit=limit)


def hours(series: Series) -> dict[datetime, int]:
    return queries.counts_in(series, 60, since=NOW - timedelta(weeks=9), until=NOW + HOUR)


def steps(series: Series) -> dict[datetime, int]:
    return queries.counts_in(series, 5, since=NOW - timedelta(weeks=9), until=NOW + HOUR)


def test_posts_are_counted_by_hour_by_five_minutes_by_account_and_by_sort() -> None:
    one, other = make_connection(), make_connection(handle="Other")
    sorted_post(one, NOW - timedelta(minutes=62), topic="lids")
    sorted_post(one, NOW - timedelta(minutes=59), route=Route.STAFF_ANGRY)
    sorted_post(other, NOW - timedelta(minutes=58), reasons=[["crisis.harm", "end it all"], ["urgent.outage", "now"]])

    assert count() is False

    assert hours(Series(Sort.ALL)) == {NOW - 2 * HOUR: 1, NOW - HOUR: 2}
    assert hours(Series(Sort.ALL, connection_id=one.id)) == {NOW - 2 * HOUR: 1, NOW - HOUR: 1}
    assert hours(Series(Sort.TOPIC, "lids")) == {NOW - 2 * HOUR: 1}
    assert hours(Series(Sort.ANGRY)) == hours(Series(Sort.HARM)) == hours(Series(Sort.OUTAGE)) == {NOW - HOUR: 1}
    assert steps(Series(Sort.ALL)) == {NOW - timedelta(minutes=65): 1, NOW - timedelta(minutes=60): 2}


def test_a_post_is_counted_once_however_often_it_is_sorted_and_counting_goes_on_where_it_was() -> None:
    account = make_connection()
    first = sorted_post(account, NOW - timedelta(minutes=20))
    count()
    again = session.scalars(select(queries.Mention).where(queries.Mention.id == first)).one()
    make_verdict(again, decided_at=NOW - timedelta(minutes=1))
    sorted_post(account, NOW - timedelta(minutes=1))

    assert [count(limit=1), count(limit=1), count(limit=1)] == [True, True, False]

    assert hours(Series(Sort.ALL)) == {NOW - HOUR: 2}


def test_what_was_sorted_a_moment_ago_waits_until_no_earlier_number_can_turn_up() -> None:
    account = make_connection()
    sorted_post(account, NOW)

    count(NOW + timedelta(seconds=5))
    assert hours(Series(Sort.ALL)) == {}

    count(NOW + timedelta(seconds=20))
    assert hours(Series(Sort.ALL)) == {NOW: 1}


def test_what_is_heard_late_counts_in_the_hour_in_which_it_was_posted() -> None:
    account = make_connection()
    late = make_mention(connection=account, posted_at=NOW - 5 * HOUR, heard_at=NOW - timedelta(minutes=1))
    make_verdict(late, decided_at=NOW - timedelta(minutes=1))

    count()

    assert hours(Series(Sort.ALL)) == {NOW - 5 * HOUR: 1}
    assert queries.listened_since() == {account.id: NOW - timedelta(minutes=1)}


def test_counts_can_be_forgotten_and_made_anew_from_the_posts() -> None:
    account = make_connection()
    for minutes in (5, 70, 3000):
        sorted_post(account, NOW - timedelta(minutes=minutes), topic="lids")
    count()
    before = hours(Series(Sort.ALL)), hours(Series(Sort.TOPIC, "lids")), queries.listened_since()

    with unit_of_work():
        actions.forget_counts()
    assert hours(Series(Sort.ALL)) == {}
    count()

    assert (hours(Series(Sort.ALL)), hours(Series(Sort.TOPIC, "lids")), queries.listened_since()) == before


def test_old_counts_go_the_short_ones_after_a_day() -> None:
    account = make_connection()
    sorted_post(account, NOW - timedelta(minutes=10))
    count()

    with unit_of_work():
        actions.forget_old(at=NOW + STEPS_KEPT + HOUR)
    assert {row.minutes for row in session.scalars(select(HeardCount))} == {60}

    with unit_of_work():
        actions.forget_old(at=NOW + HOURS_KEPT + HOUR)
    assert session.scalars(select(HeardCount)).all() == []
