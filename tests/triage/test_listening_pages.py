from dataclasses import replace

import pytest
from flask.testing import FlaskClient
from sqlalchemy import select

from app.accounts.models import User
from app.foundation import terms
from app.foundation.db import session
from app.mentions.models import Mention, MentionStatus
from app.triage.models import Doubt, Label
from tests import factories
from tests.conftest import TERMS, sign_in


@pytest.fixture(autouse=True)
def _asks() -> None:
    terms.choose(replace(TERMS, asked_a_day=10))


@pytest.fixture
def sol(client: FlaskClient) -> User:
    sol = factories.sol()
    sign_in(client, sol)
    return sol


def state_of(mention_id: int) -> MentionStatus:
    session.rollback()
    return session.scalars(select(Mention.status).where(Mention.id == mention_id)).one()


def take(client: FlaskClient) -> str:
    return client.post("/listening/next").location


def test_who_opens_it_is_told_how_much_waits_and_nothing_is_taken_by_looking(client: FlaskClient, sol: User) -> None:
    factories.make_doubt()
    factories.make_doubt()

    page = client.get("/listening").text

    assert "2 posts wait for you" in page
    assert session.scalars(select(Doubt.held_by_id)).all() == [None, None]


def test_the_sidebar_counts_what_waits(client: FlaskClient, sol: User) -> None:
    factories.make_doubt()

    page = client.get("/inbox").text

    assert 'id="nav-listening"' in page
    assert "waiting" in page.split('id="nav-listening"')[1].split("</a>")[0]


def test_an_empty_line_is_a_good_thing(client: FlaskClient, sol: User) -> None:
    assert "All caught up" in client.get("/listening").text
    assert take(client) == "/listening"


def test_where_nobody_is_asked_the_page_says_so(client: FlaskClient, sol: User) -> None:
    terms.choose(replace(TERMS, asked_a_day=0))

    assert "Nobody is asked" in client.get("/listening").text


def test_the_post_the_guess_and_its_reasons_stand_beside_each_other(client: FlaskClient, sol: User) -> None:
    doubt = factories.make_doubt()

    page = client.get(take(client)).text

    assert "clicks off too early" in page
    assert "Staff: it is technical" in page
    assert "56% sure" in page
    assert "known fault" in page
    assert "The last one" in page
    assert [f'data-key="{key}"' in page for key in "1234n"] == [True] * 5
    assert client.get("/listening").location == f"/listening/{doubt.mention_id}"


def test_personal_data_is_hidden(client: FlaskClient, sol: User) -> None:
    doubt = factories.make_doubt()
    mention = session.get_one(Mention, doubt.mention_id)
    mention.text, mention.masked_text = "Mail jane.roe@example.org", "Mail [mail]"
    session.commit()

    page = client.get(take(client)).text

    assert "jane.roe" not in page
    assert "[mail]" in page


def test_what_is_said_opens_the_next_and_offers_the_way_back(client: FlaskClient, sol: User) -> None:
    first, second = factories.make_doubt().mention_id, factories.make_doubt().mention_id
    take(client)

    answer = client.post(f"/listening/{first}", data={"place": "feed"})

    assert answer.location == f"/listening/{second}"
    page = client.get(answer.location).text
    assert "It is on the feed." in page
    assert 'action="/listening/undo"' in page
    assert state_of(first) is MentionStatus.OPEN


def test_undo_puts_it_before_the_same_person_again(client: FlaskClient, sol: User) -> None:
    one = factories.make_doubt().mention_id
    take(client)
    client.post(f"/listening/{one}", data={"place": "spam"})

    answer = client.post("/listening/undo")

    assert answer.location == f"/listening/{one}"
    assert state_of(one) is MentionStatus.UNSURE


def test_next_leaves_it_to_another(client: FlaskClient, sol: User) -> None:
    first, second = factories.make_doubt().mention_id, factories.make_doubt().mention_id
    take(client)

    assert client.post(f"/listening/{first}/leave").location == f"/listening/{second}"


@pytest.mark.parametrize("place", ["", "somewhere"])
def test_a_form_that_says_nothing_is_refused(client: FlaskClient, sol: User, place: str) -> None:
    one = factories.make_doubt().mention_id
    take(client)

    assert client.post(f"/listening/{one}", data={"place": place}).status_code == 422
    assert state_of(one) is MentionStatus.UNSURE


def test_who_was_overtaken_reads_by_whom(client: FlaskClient, sol: User) -> None:
    ana = factories.ana()
    doubt = factories.make_doubt(held_by_id=ana.id, held_until=factories.FOR_EVER)

    answer = client.post(f"/listening/{doubt.mention_id}", data={"place": "feed"})

    assert answer.status_code == 409
    assert "Ana Abbot is looking at it now." in answer.text
    assert "Take the next one" in answer.text
    assert session.scalars(select(Label)).all() == []


def test_moderators_and_advocates_do_not_listen(client: FlaskClient) -> None:
    factories.make_doubt()
    for user in (factories.mo(), factories.ada().user):
        sign_in(client, user)

        assert client.get("/listening").status_code == 403
        assert client.post("/listening/next").status_code == 403
        assert 'id="nav-listening"' not in client.get("/feed").text
