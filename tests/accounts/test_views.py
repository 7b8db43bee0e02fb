import re
from datetime import timedelta

import pytest
import time_machine
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import select

from app.accounts import passwords
from app.accounts.models import Role, SignIn, User
from app.foundation import clock
from app.foundation.db import session
from app.foundation.journal import JournalEntry
from tests import factories
from tests.accounts.people import KEPT, OTHER, PASSWORD, somebody, try_to_sign_in
from tests.conftest import sign_in


def live(user: User) -> int:
    session.expire_all()
    return len(session.scalars(select(SignIn).where(SignIn.user_id == user.id, SignIn.ended_at.is_(None))).all())


@pytest.mark.parametrize("who", ["tess", "@tess", "TESS", "tess@example.org", " Tess@Example.org "])
def test_an_address_or_a_handle_signs_in(client: FlaskClient, who: str) -> None:
    somebody(Role.ADVOCATE, handle="tess", email="tess@example.org")

    assert try_to_sign_in(client, who) == (303, "/")
    assert client.get("/me").status_code == 200


def test_signing_in_leads_back_to_where_one_wanted_to_go(client: FlaskClient) -> None:
    somebody(handle="tess")

    assert try_to_sign_in(client, "tess", next="/me/password?x=1") == (303, "/me/password?x=1")


def test_signing_in_leads_to_no_other_site(client: FlaskClient) -> None:
    somebody(handle="tess")

    assert try_to_sign_in(client, "tess", next="//evil.example") == (303, "/")


def test_the_cookie_is_out_of_reach_of_scripts_and_other_sites(client: FlaskClient) -> None:
    somebody(handle="tess")

    answer = client.post("/sign-in", data={"who": "tess", "password": PASSWORD})
    cookie = next(line for line in answer.headers.getlist("Set-Cookie") if line.startswith("ovation="))

    assert "HttpOnly" in cookie
    assert "SameSite=Lax" in cookie
    assert "Path=/" in cookie
    assert "Secure" not in cookie


def test_each_sign_in_gets_a_key_of_its_own(app: Flask) -> None:
    somebody(handle="tess")
    keys = set()
    for _ in range(2):
        client = app.test_client()
        client.set_cookie("ovation", "a-key-that-a-stranger-planted")
        try_to_sign_in(client, "tess")
        cookie = client.get_cookie("ovation")
        assert cookie is not None
        keys.add(cookie.value)

    assert len(keys) == 2
    assert "a-key-that-a-stranger-planted" not in keys


def test_a_stranger_an_unknown_one_and_a_closed_account_get_one_answer(app: Flask) -> None:
    somebody(handle="tess")
    somebody(handle="gone", is_active=False)
    answers = set()
    for who, password in (("tess", OTHER), ("nobody", PASSWORD), ("gone", PASSWORD), ("tess", "")):
        page = app.test_client().post("/sign-in", data={"who": who, "password": password or "x"})
        shown = re.sub(r'value="[^"]*"|content="[^"]*"', "", page.text)
        answers.add((page.status_code, shown))

    assert len(answers) == 1
    assert answers.pop()[0] == 422


def test_what_was_typed_stays_but_the_password(client: FlaskClient) -> None:
    page = client.post("/sign-in", data={"who": "tess", "password": "wrong and secret"}).text

    assert 'value="tess"' in page
    assert "wrong and secret" not in page


def test_wrong_tries_slow_the_next_one_down_and_a_right_one_forgets_them(client: FlaskClient) -> None:
    somebody(handle="tess")
    with time_machine.travel(clock.now(), tick=False) as travel:
        for _ in range(5):
            assert try_to_sign_in(client, "tess", OTHER)[0] == 422
        slowed = client.post("/sign-in", data={"who": "tess", "password": PASSWORD})
        assert slowed.status_code == 429
        assert slowed.headers["Retry-After"] == "11"

        travel.shift(timedelta(seconds=11))
        assert try_to_sign_in(client, "tess")[0] == 303
        client.post("/sign-out")
        assert try_to_sign_in(client, "tess", OTHER)[0] == 422


def test_names_that_do_not_exist_are_slowed_down_just_the_same(client: FlaskClient) -> None:
    answers = [try_to_sign_in(client, "nobody", OTHER)[0] for _ in range(6)]

    assert answers == [422] * 5 + [429]


def test_a_stranger_guessing_does_not_shut_the_owner_out(app: Flask) -> None:
    somebody(handle="tess")
    own = app.test_client()
    try_to_sign_in(own, "tess")
    own.post("/sign-out")
    stranger = app.test_client()
    for _ in range(12):
        try_to_sign_in(stranger, "tess", OTHER)

    assert try_to_sign_in(stranger, "tess")[0] == 429
    assert try_to_sign_in(own, "tess")[0] == 303


def test_signing_out_ends_the_sign_in_for_good(client: FlaskClient) -> None:
    user = somebody(handle="tess")
    try_to_sign_in(client, "tess")
    cookie = client.get_cookie("ovation")
    assert cookie is not None

    assert client.post("/sign-out").headers["Location"] == "/sign-in"
    client.set_cookie("ovation", cookie.value)

    assert client.get("/me").status_code == 303
    assert live(user) == 0


def test_signing_out_is_no_link(client: FlaskClient) -> None:
    sign_in(client, factories.sol())

    assert client.get("/sign-out").status_code == 405
    assert client.get("/me").status_code == 200


def test_a_weak_hash_is_renewed_at_the_next_sign_in(client: FlaskClient, monkeypatch: pytest.MonkeyPatch) -> None:
    user = somebody(handle="tess")
    monkeypatch.setattr(passwords, "is_outdated", lambda _hash: True)

    try_to_sign_in(client, "tess")

    session.expire_all()
    assert session.get_one(User, user.id).password_hash != KEPT
    assert passwords.matches(session.get_one(User, user.id).password_hash, PASSWORD)


def test_proving_who_one_is_makes_a_new_sign_in_and_ends_the_old(client: FlaskClient) -> None:
    ana = somebody(Role.ADMIN, handle="ana")
    old = factories.make_sign_in(ana, started_at=clock.now() - timedelta(hours=1))
    client.set_cookie("ovation", old)
    assert client.get("/sign-in/again").status_code == 200

    assert client.post("/sign-in/again", data={"password": OTHER}).status_code == 422
    answer = client.post("/sign-in/again?next=/manage/people", data={"password": PASSWORD})

    cookie = client.get_cookie("ovation")
    assert answer.headers["Location"] == "/manage/people"
    assert cookie is not None
    assert cookie.value != old
    assert live(ana) == 1


def test_my_browsers_are_listed_and_can_be_ended_one_by_one(app: Flask) -> None:
    sol = factories.sol()
    here, there = sign_in(app.test_client(), sol), sign_in(app.test_client(), sol)
    other = session.scalars(select(SignIn.id).where(SignIn.user_id == sol.id).order_by(SignIn.id.desc())).first()

    assert here.get("/me").text.count("/sign-out") >= 3
    assert here.post(f"/me/browsers/{other}/sign-out").status_code == 303

    assert there.get("/me").status_code == 303
    assert here.get("/me").status_code == 200


def test_every_other_browser_can_be_ended_at_once(app: Flask) -> None:
    sol = factories.sol()
    here, there, third = (sign_in(app.test_client(), sol) for _ in range(3))
    strangers = sign_in(app.test_client(), factories.mo())

    here.post("/me/browsers/sign-out-others")

    assert [one.get("/me").status_code for one in (here, there, third, strangers)] == [200, 303, 303, 200]


def test_my_name_can_be_changed_and_nothing_else_with_it(client: FlaskClient) -> None:
    user = somebody(Role.ADVOCATE, name="Before")
    sign_in(client, user)

    assert client.post("/me", data={"name": "  After   all ", "language": "en"}).status_code == 303
    assert (
        client.post("/me", data={"name": "Boss", "language": "en", "is_active": "", "role": "admin"}).status_code == 400
    )

    session.expire_all()
    assert session.get_one(User, user.id).name == "After all"


@pytest.mark.parametrize(
    "data", [{"name": "", "language": "en"}, {"name": "x" * 81, "language": "en"}, {"name": "A", "language": "xx"}]
)
def test_a_name_or_language_that_will_not_do_is_said_beside_it(client: FlaskClient, data: dict[str, str]) -> None:
    sign_in(client, somebody())

    answer = client.post("/me", data=data)

    assert answer.status_code == 422
    assert 'class="error"' in answer.text


def test_a_sign_that_no_database_stores_is_refused(client: FlaskClient) -> None:
    sign_in(client, somebody())

    assert client.post("/me", data={"name": "a\0b", "language": "en"}).status_code == 400


def test_signing_in_and_out_is_in_the_journal_without_a_word_of_theirs(client: FlaskClient) -> None:
    user = somebody(handle="tess")
    try_to_sign_in(client, "tess")
    client.post("/sign-out")

    lines = session.scalars(
        select(JournalEntry).where(JournalEntry.actor_id == user.id).order_by(JournalEntry.id)
    ).all()
    assert [line.action for line in lines] == ["sign_in.begun", "sign_in.ended"]
    assert all(line.details == {} for line in lines)


@pytest.mark.parametrize("name", ["\u202eloS", "\u200b", "Mo\u2066 Marsh", "\u3164"])
def test_a_name_nobody_can_read_is_refused(client: FlaskClient, name: str) -> None:
    user = factories.ada().user
    sign_in(client, user)

    assert client.post("/me", data={"name": name, "language": "en"}).status_code == 422
    assert session.scalars(select(User.name).where(User.id == user.id)).one() == "Ada Ames"


@pytest.mark.parametrize("name", ["علی\u200cرضا", "Zoë 👩\u200d🔧", "Seán O’Hara"])
def test_names_of_every_script_are_names(client: FlaskClient, name: str) -> None:
    sign_in(client, factories.ada().user)

    assert client.post("/me", data={"name": name, "language": "en"}).status_code == 303


def test_one_invitation_is_for_one_address(client: FlaskClient) -> None:
    sign_in(client, factories.ana())

    for address in ("one@mail.example,two@mail.example", "one,two@mail.example", "One <two@mail.example>"):
        answer = client.post("/manage/people/invitations", data={"email": address, "roles": "advocate"})
        assert answer.status_code == 422, address
