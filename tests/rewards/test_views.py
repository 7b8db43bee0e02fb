from flask.testing import FlaskClient
from sqlalchemy import select
from sqlalchemy.orm import selectinload

from app.advocates.models import Advocate
from app.foundation import clock
from app.foundation.db import session, unit_of_work
from app.publishing.models import PublicationStatus
from app.replies.models import ReplyStatus
from app.rewards import actions
from app.rewards.models import Balance
from tests import factories
from tests.conftest import sign_in
from tests.factories import NOW


def earn(advocate: Advocate) -> None:
    reply = factories.make_reply(ReplyStatus.PUBLISHED, writer=advocate.user)
    now = clock.now()
    publication = factories.make_publication(PublicationStatus.SENT, reply=reply, sent_at=now)
    with unit_of_work():
        actions.reward(publication_id=publication.id, at=now)


def test_the_board_says_what_an_empty_one_means(client: FlaskClient) -> None:
    page = sign_in(client, factories.ada().user).get("/leaderboard")

    assert page.status_code == 200
    assert "Nobody has points yet" in page.text


def test_the_board_shows_places_points_and_the_rule_for_ties(client: FlaskClient) -> None:
    ada, ben = factories.ada(), factories.ben().user
    earn(ada)

    page = sign_in(client, ben).get("/leaderboard?period=all&around=all")

    assert "Ada Ames" in page.text
    assert "whoever got there first" in page.text


def test_a_profile_shows_the_ledger_with_reasons_to_its_owner_only(client: FlaskClient) -> None:
    ada, ben = factories.ada(), factories.ben().user
    user = ada.user
    earn(ada)

    own = sign_in(client, user).get("/u/ada")
    others = sign_in(client, ben).get("/u/ada")

    assert "Approved without changes" in own.text
    assert "Approved without changes" not in others.text
    assert others.status_code == 200


def test_a_line_of_the_ledger_names_what_the_reply_was_about(client: FlaskClient) -> None:
    ada = factories.ada()
    user = ada.user
    earn(ada)

    page = sign_in(client, user).get("/u/ada/points").text

    assert page.count("Descaling") == 2


def test_another_persons_ledger_is_not_found(client: FlaskClient) -> None:
    factories.ada()

    assert sign_in(client, factories.ben().user).get("/u/ada/points").status_code == 404


def test_the_ledger_goes_on_behind_a_link(client: FlaskClient) -> None:
    ada = factories.ada()
    sign_in(client, ada.user)
    for _ in range(27):
        ada = session.scalars(select(Advocate).options(selectinload(Advocate.user))).one()
        earn(ada)

    first = client.get("/u/ada/points")
    older = first.text.split('href="/u/ada/points?before=')[1].split('"')[0]
    second = client.get(f"/u/ada/points?before={older}")

    assert first.text.count("</tr>") == 51
    assert second.text.count("</tr>") == 5


def test_an_advocate_may_leave_the_board_without_losing_a_point(client: FlaskClient) -> None:
    ada = factories.ada()
    sign_in(client, ada.user)
    earn(ada)

    answer = client.post("/me/ranking", data={})

    assert answer.status_code == 303
    assert session.get_one(Advocate, ada.id).hidden_from_boards
    assert "Ada Ames" not in client.get("/leaderboard?period=all&around=all").text.split("<main")[1]


def test_a_handle_with_a_zero_sign_is_nobodys(client: FlaskClient) -> None:
    sign_in(client, factories.ada().user)

    assert client.get("/u/ada%00").status_code == 404


def test_an_admin_is_told_of_points_that_differ_from_their_ledger(client: FlaskClient) -> None:
    writer = factories.ada().user
    session.add(Balance(user_id=writer.id, points=100, reached_at=NOW))
    session.commit()
    with unit_of_work():
        actions.compare_balances(at=NOW)

    for person, told in ((factories.ana(), True), (factories.sol(), False)):
        page = sign_in(client, person).get("/leaderboard").get_data(as_text=True)

        assert ("Ada Ames stands on the board with 100 points; the ledger adds up to 0." in page) is told
