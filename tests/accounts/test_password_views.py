import re
from datetime import timedelta

import pytest
import time_machine
from flask import Flask
from flask.testing import FlaskClient

from app.accounts.models import Role, User
from app.foundation import clock
from app.foundation.db import session
from tests.accounts.people import KEPT, OTHER, PASSWORD, somebody, try_to_sign_in
from tests.conftest import sign_in


def test_changing_the_password_ends_the_other_browsers(app: Flask) -> None:
    user = somebody(Role.ADVOCATE, handle="tess")
    here, there = sign_in(app.test_client(), user), sign_in(app.test_client(), user)

    assert here.post("/me/password", data={"current": PASSWORD, "password": OTHER}).status_code == 303

    assert here.get("/me").status_code == 200
    assert there.get("/me").status_code == 303
    assert try_to_sign_in(there, "tess")[0] == 422
    assert try_to_sign_in(there, "tess", OTHER)[0] == 303


@pytest.mark.parametrize(
    ("current", "new", "told"),
    [
        (OTHER, "long grey boats sing", "not the password you have now"),
        (PASSWORD, "short", "12 to 128"),
        (PASSWORD, "password1234", "first that guessers try"),
        (PASSWORD, "tesstesstess1", "first that guessers try"),
        ("", OTHER, "Enter the password you have now"),
    ],
)
def test_a_password_that_will_not_do_changes_nothing(client: FlaskClient, current: str, new: str, told: str) -> None:
    user = somebody(handle="tess")
    sign_in(client, user)

    answer = client.post("/me/password", data={"current": current, "password": new})

    session.expire_all()
    assert answer.status_code == 422
    assert told in answer.text
    assert session.get_one(User, user.id).password_hash == KEPT


def test_a_forgotten_password_is_set_anew_by_a_letter(app: Flask, capsys: pytest.CaptureFixture[str]) -> None:
    user = somebody(handle="tess", email="tess@example.org")
    signed_in, client = sign_in(app.test_client(), user), app.test_client()
    page = client.post("/sign-in/forgotten", data={"email": "Tess@example.org"})
    path = letters_path(capsys)

    assert page.status_code == 200
    assert client.get(path).status_code == 200
    assert client.head(path).status_code == 200
    assert client.post(path, data={"password": "password1234"}).status_code == 422
    assert client.post(path, data={"password": OTHER}).headers["Location"] == "/sign-in"

    assert signed_in.get("/me").status_code == 303
    assert client.post(path, data={"password": "long grey boats sing"}).status_code == 404
    assert try_to_sign_in(client, "tess", OTHER)[0] == 303


def letters_path(capsys: pytest.CaptureFixture[str]) -> str:
    found = re.search(r"http://127\.0\.0\.1:8000(/\S+)", capsys.readouterr().err)
    assert found is not None, "no letter was sent"
    return found.group(1)


def test_unknown_addresses_get_the_same_answer_and_no_letter(app: Flask, capsys: pytest.CaptureFixture[str]) -> None:
    somebody(email="tess@example.org")
    somebody(email="gone@example.org", is_active=False)
    known = app.test_client().post("/sign-in/forgotten", data={"email": "tess@example.org"}).text
    capsys.readouterr()

    for email in ("nobody@example.org", "gone@example.org"):
        answer = app.test_client().post("/sign-in/forgotten", data={"email": email}).text
        assert re.sub(r'content="[^"]*"', "", answer) == re.sub(r'content="[^"]*"', "", known)
    assert "Mail to" not in capsys.readouterr().err


def test_a_newer_letter_makes_the_older_one_useless_and_both_run_out(
    client: FlaskClient, capsys: pytest.CaptureFixture[str]
) -> None:
    somebody(email="tess@example.org")
    paths = []
    for _ in range(2):
        client.post("/sign-in/forgotten", data={"email": "tess@example.org"})
        paths.append(letters_path(capsys))

    assert [client.get(path).status_code for path in paths] == [404, 200]
    with time_machine.travel(clock.now() + timedelta(minutes=31), tick=False):
        assert client.get(paths[1]).status_code == 404
