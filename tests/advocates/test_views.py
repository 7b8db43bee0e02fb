import re

import pytest
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import select

from app.accounts.models import Role, User
from app.advocates import queries
from app.advocates.models import AdvocateStatus, Skill
from app.foundation.db import session
from app.triage.models import Topic
from tests import factories
from tests.conftest import sign_in

PASSWORD = "tall grey boats sing"


def invited(app: Flask, *roles: str, email: str = "new@example.org") -> str:
    """Invite somebody as an admin does; return the path of the link."""
    admin = sign_in(app.test_client(), factories.ana())
    answer = admin.post("/manage/people/invitations", data={"email": email, "roles": list(roles)})
    assert answer.status_code == 303
    found = re.search(r'http://127\.0\.0\.1:8000(/join/[^"]+)', admin.get("/manage/people").text)
    assert found is not None
    return found.group(1)


def test_an_invitation_leads_from_the_link_to_the_feed(app: Flask, capsys: pytest.CaptureFixture[str]) -> None:
    path, client = invited(app, "advocate"), app.test_client()
    assert f"8000{path}" in capsys.readouterr().err

    for _ in range(2):
        assert client.get(path).status_code == 200
        assert client.head(path).status_code == 200
    answer = client.post(path, data={"name": "Nia New", "handle": "@nia", "password": PASSWORD})

    assert answer.headers["Location"] == "/"
    assert client.get("/").headers["Location"] == "/feed"
    assert "Nia" in client.get("/me").text
    assert client.get(path).status_code == 404
    assert "used before or has run out" in client.get(path).text


@pytest.mark.parametrize(
    "wrong",
    [
        {"name": ""},
        {"handle": "a"},
        {"handle": "no spaces"},
        {"handle": "taken"},
        {"password": "short"},
        {"password": "password1234"},
        {"password": "nia-nia-nia-1"},
    ],
)
def test_a_form_that_will_not_do_keeps_the_invitation_and_what_was_typed(app: Flask, wrong: dict[str, str]) -> None:
    factories.make_user(handle="taken")
    path, client = invited(app, "advocate"), app.test_client()
    right = {"name": "Nia New", "handle": "nia", "password": PASSWORD}

    answer = client.post(path, data=right | wrong)

    assert answer.status_code == 422
    assert 'class="error"' in answer.text
    assert PASSWORD not in answer.text
    assert client.post(path, data=right).status_code == 303


def test_a_joiner_cannot_choose_their_own_roles(app: Flask) -> None:
    path = invited(app, "advocate")
    data = {"name": "Nia", "handle": "nia", "password": PASSWORD, "roles": "admin"}

    assert app.test_client().post(path, data=data).status_code == 400
    assert session.scalar(select(User).where(User.handle == "nia")) is None


def test_the_link_is_shown_once_and_only_to_whoever_made_it(app: Flask) -> None:
    path = invited(app, "staff")
    other = sign_in(app.test_client(), factories.make_user(Role.ADMIN))

    assert path not in other.get("/manage/people").text


@pytest.mark.parametrize(
    "data",
    [{"email": "nowhere", "roles": "staff"}, {"email": "a@b.example"}, {"email": "a@b.example", "roles": "king"}],
)
def test_an_invitation_that_will_not_do_says_why(app: Flask, data: dict[str, str]) -> None:
    admin = sign_in(app.test_client(), factories.ana())

    answer = admin.post("/manage/people/invitations", data=data)

    assert answer.status_code == 422
    assert 'class="error"' in answer.text


def test_people_are_found_by_words_and_by_role(app: Flask) -> None:
    factories.ada()
    factories.mo()
    client = sign_in(app.test_client(), factories.ana())

    assert "Mo Marsh" in client.get("/manage/people?q=marsh").text
    assert "Ada Ames" not in client.get("/manage/people?q=marsh").text
    assert "Ada Ames" in client.get("/manage/people?role=advocate").text
    assert "Nobody fits this" in client.get("/manage/people?q=100%25_").text
    assert client.get("/manage/people?q=%00&role=king&after=%00").status_code == 200


def test_a_long_list_goes_on_after_fifty(app: Flask) -> None:
    for number in range(60):
        factories.make_user(handle=f"h{number:03}", name=f"Name {number:03}")
    client = sign_in(app.test_client(), factories.make_user(Role.ADMIN, handle="zz_admin"))

    first = client.get("/manage/people").text
    more = re.search(r'href="(/manage/people\?after=[^"]+)"', first)

    assert more is not None
    assert "Name 049" in first
    assert "Name 050" not in first
    assert "Name 050" in client.get(more.group(1)).text


def test_addresses_are_shown_to_admins_alone(app: Flask) -> None:
    user = factories.make_user(email="private@example.org")

    for maker, shown in ((factories.ana, True), (factories.mo, False), (factories.sol, False)):
        client = sign_in(app.test_client(), maker())
        assert ("private@example.org" in client.get("/manage/people").text) is shown
        assert ("private@example.org" in client.get(f"/manage/people/{user.id}").text) is shown
        assert ("private@example.org" in client.get("/manage/people?q=private@").text) is shown


def test_a_moderator_suspends_at_once_and_brings_back(app: Flask) -> None:
    ada = factories.ada()
    moderator, suspended = sign_in(app.test_client(), factories.mo()), sign_in(app.test_client(), ada.user)
    assert suspended.get("/me/skills").status_code == 200

    assert moderator.post(f"/manage/advocates/{ada.id}/suspend", data={"reason": "words"}).status_code == 303
    assert suspended.get("/me/skills").status_code == 403
    assert suspended.get("/me").status_code == 200
    assert moderator.post(f"/manage/advocates/{ada.id}/suspend", data={"reason": "words"}).status_code == 409
    assert moderator.post(f"/manage/advocates/{ada.id}/reinstate").status_code == 303

    assert suspended.get("/me/skills").status_code == 200
    session.expire_all()
    advocate = queries.advocate_of_user(ada.user_id)
    assert advocate is not None
    assert advocate.status is AdvocateStatus.PROBATION


def test_an_admin_takes_somebody_up_step_by_step(app: Flask) -> None:
    ben, client = factories.ben(), sign_in(app.test_client(), factories.ana())

    assert client.post(f"/manage/advocates/{ben.id}/promote").status_code == 409
    for step in ("confirm", "promote", "demote"):
        assert f"/{step}" in client.get(f"/manage/people/{ben.user_id}").text
        assert client.post(f"/manage/advocates/{ben.id}/{step}").status_code == 303


def test_an_admin_gives_and_takes_roles_and_closes_accounts(app: Flask) -> None:
    sol, client = factories.sol(), sign_in(app.test_client(), factories.ana())
    theirs = sign_in(app.test_client(), sol)
    page = f"/manage/people/{sol.id}"

    assert client.post(f"{page}/give-role", data={"role": "moderator"}).status_code == 303
    assert theirs.get("/me").status_code == 303
    assert client.post(f"{page}/take-role", data={"role": "moderator"}).status_code == 303
    assert client.post(f"{page}/give-role", data={"role": "king"}).status_code == 422
    assert client.post(f"{page}/give-role", data={"role": "admin", "user_id": "1"}).status_code == 400
    assert client.post(f"{page}/deactivate").status_code == 303
    assert "Account closed" in client.get(page).text
    assert client.post(f"{page}/reactivate").status_code == 303
    assert client.get("/manage/people/999999").status_code == 404


def test_an_advocate_says_what_they_know(client: FlaskClient) -> None:
    session.add_all([Topic(name="lids", words=["lid"]), Topic(name="descaling", words=["limescale"])])
    session.commit()
    ada = factories.ada()
    sign_in(client, ada.user)
    assert "Descaling" in client.get("/me/skills").text

    data = {"signs_as": "Ada", "topics": ["lids"], "languages": ["en", "ar"], "hidden_from_boards": "y"}
    assert client.post("/me/skills", data=data).status_code == 303

    assert set(session.scalars(select(Skill.value))) == {"lids", "en", "ar"}
    assert "Lids" in client.get("/me").text


@pytest.mark.parametrize(
    "data",
    [
        {"signs_as": "see evil.example"},
        {"signs_as": ""},
        {"signs_as": "Ada", "topics": "crime"},
        {"signs_as": "Ada", "languages": "xx"},
    ],
)
def test_skills_that_will_not_do_say_why_and_change_nothing(client: FlaskClient, data: dict[str, str]) -> None:
    sign_in(client, factories.ada().user)

    answer = client.post("/me/skills", data=data)

    assert answer.status_code == 422
    assert "errors-summary" in answer.text
    assert session.scalars(select(Skill)).all() == []


def test_standing_is_not_a_field_of_the_form(client: FlaskClient) -> None:
    sign_in(client, factories.ben().user)

    assert client.post("/me/skills", data={"signs_as": "Ben", "status": "TRUSTED"}).status_code == 400
