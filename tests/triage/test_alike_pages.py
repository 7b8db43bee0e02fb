import pytest
from flask.testing import FlaskClient

from app.foundation.db import session, unit_of_work
from app.mentions.models import Mention, MentionStatus
from app.mentions.types import Route
from app.triage.actions import triage_waiting
from app.triage.likeness.actions import put_back
from tests import factories
from tests.conftest import sign_in
from tests.factories import NOW

TEXT = "@NorthwindKettles how do I get the white crust out of my K2 kettle?"
MINE = "my number is +49 171 1234567"


@pytest.fixture
def posts() -> list[int]:
    """Make three posts that say the same: one on the feed, one with staff, one that was masked."""
    made = [
        factories.make_mention(text=TEXT),
        factories.make_mention(text=TEXT, status=MentionStatus.ESCALATED, route=Route.STAFF_TECHNICAL),
        factories.make_mention(text=TEXT, masked_text="[hidden] crust"),
    ]
    with unit_of_work():
        for each in made:
            put_back(session.get_one(Mention, each.id), at=NOW)
    return [each.id for each in made]


def test_a_card_and_a_post_of_the_feed_say_how_many_say_the_same(client: FlaskClient, posts: list[int]) -> None:
    sign_in(client, factories.ada().user)

    assert "2 more say the same" in client.get("/feed").text
    page = client.get(f"/feed/{posts[0]}").text
    assert f'href="/posts/{posts[0]}/alike"' in page


def test_an_advocate_reads_those_of_the_feed_alone_and_masked(client: FlaskClient, posts: list[int]) -> None:
    sign_in(client, factories.ada().user)

    page = client.get(f"/posts/{posts[0]}/alike").text

    assert "[hidden] crust" in page
    assert f'href="/feed/{posts[2]}"' in page
    assert f'/{posts[1]}"' not in page
    assert "are not listed" in page


def test_staff_read_all_of_them_and_see_the_count_on_the_post(client: FlaskClient, posts: list[int]) -> None:
    sign_in(client, factories.sol())

    page = client.get(f"/posts/{posts[0]}/alike").text

    assert [f'href="/posts/{each}"' in page for each in posts] == [True, True, True]
    assert "are not listed" not in page
    assert "2 more say the same" in client.get(f"/posts/{posts[1]}").text


def test_the_inbox_says_it_on_the_case(client: FlaskClient, posts: list[int]) -> None:
    factories.make_case(mention=session.get_one(Mention, posts[1]))
    sign_in(client, factories.sol())

    assert "2 more say the same" in client.get("/inbox").text


def test_a_post_that_nobody_else_says_leads_nowhere(client: FlaskClient) -> None:
    alone = factories.make_mention().id
    sign_in(client, factories.sol())

    assert "Nothing to list here" in client.get(f"/posts/{alone}/alike").text
    assert "alike" not in client.get(f"/posts/{alone}").text


def test_a_post_with_staff_is_not_there_for_an_advocate(client: FlaskClient, posts: list[int]) -> None:
    sign_in(client, factories.ada().user)

    assert client.get(f"/posts/{posts[1]}/alike").status_code == 404


def test_a_post_says_why_its_author_writes(client: FlaskClient) -> None:
    wanted = {"status": MentionStatus.RECEIVED, "route": None, "kind": None, "feed_lane": None, "masked_text": None}
    post = factories.make_mention(text="@NorthwindKettles the lid is broken and it leaks", **wanted).id
    with unit_of_work():
        triage_waiting(at=NOW)
    sign_in(client, factories.sol())

    assert "A product fails" in client.get(f"/posts/{post}").text
