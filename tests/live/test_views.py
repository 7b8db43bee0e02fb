"""What pages are told of changes, and who is told."""

from typing import Any

import pytest
from flask.testing import FlaskClient

from app.accounts.models import Role
from app.advocates.models import AdvocateStatus
from app.foundation.db import unit_of_work
from app.foundation.events import EventType, announce, newest_number
from app.rewards import pages
from tests.conftest import sign_in
from tests.factories import NOW, make_advocate, make_user


@pytest.fixture
def db_session(own_database: str) -> None:
    """What happened is told once it is committed, which a test that is rolled back never is."""


def happened(*kinds: EventType) -> None:
    with unit_of_work():
        for number, kind in enumerate(kinds, start=7):
            announce(kind, subject_id=number, at=NOW)


def told(client: FlaskClient, after: int | str) -> list[str]:
    answer = client.get(f"/live/changes?after={after}")
    assert answer.json is not None
    return [change["type"] for change in answer.json["changes"]]


def test_a_page_hears_what_came_after_the_last_it_knew(client: FlaskClient) -> None:
    sign_in(client, make_user(Role.STAFF))
    happened(EventType.POST_NEW)
    first = client.get("/live/changes").json
    happened(EventType.POST_CLAIMED, EventType.CORD)
    assert first is not None

    answer = client.get(f"/live/changes?after={first['after']}").json

    assert first["changes"] == []
    assert answer is not None
    assert answer["after"] > first["after"]
    assert not answer["missed"]
    assert answer["changes"] == [{"type": "post-claimed", "id": 7}, {"type": "cord", "id": 8}]


@pytest.mark.parametrize(
    ("kind", "advocate", "moderator"),
    [
        (EventType.POST_NEW, True, True),
        (EventType.REPLY_NEW, False, True),
        (EventType.CASE_CHANGED, False, True),
        (EventType.CHANNEL_BROKEN, False, True),
        (EventType.CORD, True, True),
        (EventType.POINTS, True, True),
    ],
)
def test_each_hears_only_of_what_they_may_see(
    client: FlaskClient, kind: EventType, advocate: bool, moderator: bool
) -> None:
    happened(EventType.COUNTS)
    start = newest_number()
    happened(kind)

    for user, heard in (
        (make_advocate(AdvocateStatus.MEMBER).user, advocate),
        (make_user(Role.MODERATOR), moderator),
    ):
        sign_in(client, user)

        assert (told(client, start) == [kind]) is heard


def test_who_asks_from_the_future_is_told_that_everything_may_have_changed(client: FlaskClient) -> None:
    sign_in(client, make_user(Role.STAFF))
    happened(EventType.POST_NEW)

    assert set(told(client, 10**12)) == set(EventType)


@pytest.mark.parametrize("after", ["", "x", "-1", "1.5"])
def test_nonsense_is_answered_with_where_things_stand(client: FlaskClient, after: str) -> None:
    sign_in(client, make_user(Role.STAFF))

    assert told(client, after) == []


def test_a_number_too_long_to_read_is_no_number(client: FlaskClient) -> None:
    sign_in(client, make_user(Role.STAFF))
    happened(EventType.POST_NEW)

    assert told(client, "9" * 5000) == []


def test_what_happens_while_a_page_is_gathered_is_told_to_it(
    client: FlaskClient, monkeypatch: pytest.MonkeyPatch
) -> None:
    sign_in(client, make_user(Role.STAFF))
    happened(EventType.COUNTS)
    gather = pages.board

    def gather_slowly(**asked: Any) -> pages.BoardPage:
        gathered = gather(**asked)
        happened(EventType.CORD)
        return gathered

    monkeypatch.setattr(pages, "board", gather_slowly)

    page = client.get("/leaderboard").text

    after = page.split('data-live-after="')[1].split('"')[0]
    assert told(client, after) == [EventType.CORD]
