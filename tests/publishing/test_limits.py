"""How many sends an account may make in any stretch of time."""

from datetime import datetime, timedelta

import pytest
from sqlalchemy import func, select

from app.channels.errors import RateLimited
from app.channels.models import Connection
from app.channels.types import Receipt, Ref
from app.foundation.db import session, unit_of_work
from app.mentions.models import MentionStatus
from app.publishing import actions, queries
from app.publishing.models import Publication, Send
from app.replies.models import ReplyStatus
from tests.factories import NOW, make_connection, make_mention, make_publication, make_reply

WINDOW = timedelta(minutes=15)


@pytest.fixture(autouse=True)
def _database(db_session: None) -> None:
    pass


def on_one_line(count: int, limit: int) -> list[Publication]:
    line = make_connection(send_limit=limit)
    mentions = [make_mention(connection=line, status=MentionStatus.IN_REVIEW) for _ in range(count)]
    return [make_publication(reply=make_reply(ReplyStatus.APPROVED, mention=mention)) for mention in mentions]


def send(publication: Publication, at: datetime, *, takes: timedelta = timedelta(0)) -> bool:
    with unit_of_work():
        outgoing = actions.begin(publication_id=publication.id, worker="one", at=at)
    if outgoing is None:
        return False
    receipt = Receipt(Ref(str(7000 + publication.id)), "https://x.com/n/status/1", at)
    with unit_of_work():
        actions.record_outcome(
            receipt, publication_id=publication.id, attempt=outgoing.attempt, worker="one", at=at + takes
        )
    return True


def test_no_more_than_the_limit_begins_until_a_window_has_passed() -> None:
    first, second, third = on_one_line(3, limit=2)

    assert send(first, NOW)
    assert send(second, NOW + timedelta(minutes=1))
    assert not send(third, NOW + timedelta(minutes=2))
    assert session.scalar(queries.next_ready(at=NOW + timedelta(minutes=14))) is None
    assert not send(third, NOW + WINDOW - timedelta(milliseconds=1))
    assert session.scalar(queries.next_ready(at=NOW + WINDOW)) == third.id
    assert send(third, NOW + WINDOW)


def test_the_window_runs_from_the_answer_since_the_network_counts_when_it_is_reached() -> None:
    first, second = on_one_line(2, limit=1)

    assert send(first, NOW, takes=timedelta(seconds=20))

    assert not send(second, NOW + WINDOW + timedelta(seconds=19))
    assert send(second, NOW + WINDOW + timedelta(seconds=20))


def test_a_try_that_nobody_came_back_from_counts_until_a_window_after_it_was_given_up() -> None:
    first, second = on_one_line(2, limit=1)
    with unit_of_work():
        actions.begin(publication_id=first.id, worker="one", at=NOW)
    given_up_at = NOW + timedelta(seconds=3)
    free_at = given_up_at + WINDOW
    with unit_of_work():
        actions.lose_overdue(at=given_up_at, gone=["one"])

    assert not send(second, free_at - timedelta(milliseconds=1))
    assert send(second, free_at)


def test_a_try_that_was_refused_counts_too() -> None:
    (publication,) = on_one_line(1, limit=1)
    with unit_of_work():
        actions.begin(publication_id=publication.id, worker="one", at=NOW)
    with unit_of_work():
        actions.record_outcome(
            RateLimited("slow down", retry_at=NOW), publication_id=publication.id, attempt=1, worker="one", at=NOW
        )

    assert not send(publication, NOW + WINDOW - timedelta(milliseconds=1))
    assert send(publication, NOW + WINDOW)


def test_an_account_without_a_limit_keeps_no_count() -> None:
    publications = on_one_line(3, limit=0)

    assert all(send(publication, NOW) for publication in publications)
    assert session.scalar(select(func.count()).select_from(Send)) == 0


def test_another_account_is_not_held_up() -> None:
    (first, _behind), (other,) = on_one_line(2, limit=1), on_one_line(1, limit=1)

    assert send(first, NOW)
    assert session.scalar(queries.next_ready(at=NOW)) == other.id
    assert send(other, NOW)


def test_places_that_are_free_again_are_forgotten() -> None:
    (publication,) = on_one_line(1, limit=5)
    send(publication, NOW)

    for at, left in ((NOW + WINDOW - timedelta(seconds=1), 1), (NOW + WINDOW, 0)):
        with unit_of_work():
            actions.forget_places(at=at)
        assert session.scalar(select(func.count()).select_from(Send)) == left


def test_a_new_connection_may_send_as_often_as_its_network_says() -> None:
    line = session.get_one(Connection, make_connection().id, populate_existing=True)

    assert (line.send_limit, line.send_window_seconds) == (100, 900)
