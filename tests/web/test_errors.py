"""What a reader sees when something goes wrong: what happened, what is safe, what next; never a trace."""

import logging
from collections.abc import Callable

import pytest
from flask import Flask
from sqlalchemy.exc import NoResultFound, OperationalError
from sqlalchemy.orm.exc import StaleDataError
from werkzeug.exceptions import RequestEntityTooLarge, TooManyRequests

from app.accounts.models import Role
from app.foundation.errors import Conflict, DomainError, Invalid, NotAllowed, NotFound
from tests.conftest import sign_in
from tests.factories import make_user

HTMX = {"HX-Request": "true"}
TROUBLES: list[tuple[Exception, int, str]] = [
    (NotAllowed("Only moderators may."), 403, "Only moderators may."),
    (NotFound("No such post."), 404, "No such post."),
    (Conflict("Noor was faster."), 409, "Noor was faster."),
    (Invalid("Too short."), 422, "Too short."),
    (DomainError("Not today."), 400, "Not today."),
    (NoResultFound(), 404, "We could not find that page"),
    (StaleDataError(), 409, "Somebody was faster"),
    (RequestEntityTooLarge(), 413, "That is too long for us"),
    (TooManyRequests(), 429, "A little slower, please"),
]
FAULTS: list[Exception] = [
    ZeroDivisionError("secret word"),
    OperationalError("SELECT secret word", {}, Exception("secret word")),
]


def failing(app: Flask, error: Exception) -> None:
    def view() -> str:
        raise error

    app.view_functions["web.privacy"] = view


@pytest.mark.parametrize(("error", "status", "words"), TROUBLES, ids=lambda value: str(value)[:20])
def test_a_broken_rule_becomes_a_page(app: Flask, error: Exception, status: int, words: str) -> None:
    failing(app, error)

    answer = app.test_client().get("/privacy")

    assert answer.status_code == status
    assert words in answer.text
    assert "<!doctype html>" in answer.text
    assert "Back to the start" in answer.text


@pytest.mark.parametrize(("error", "status", "words"), TROUBLES, ids=lambda value: str(value)[:20])
def test_a_fragment_gets_a_note_beside_the_thing(app: Flask, error: Exception, status: int, words: str) -> None:
    failing(app, error)

    answer = app.test_client().get("/privacy", headers=HTMX)

    assert answer.status_code == status
    assert words in answer.text
    assert 'role="alert"' in answer.text
    assert "<html" not in answer.text


@pytest.mark.parametrize("headers", [{}, HTMX], ids=["page", "fragment"])
@pytest.mark.parametrize("error", FAULTS, ids=lambda value: type(value).__name__)
def test_a_fault_shows_its_number_and_nothing_else(
    app: Flask, error: Exception, headers: dict[str, str], caplog: pytest.LogCaptureFixture
) -> None:
    failing(app, error)

    with caplog.at_level(logging.ERROR):
        answer = app.test_client().get("/privacy", headers=headers)

    assert answer.status_code == 500
    assert answer.headers["X-Request-Id"] in answer.text
    assert "secret" not in answer.text
    assert "Traceback" not in answer.text
    assert any(answer.headers["X-Request-Id"] in line for line in caplog.messages)


def test_a_fault_is_told_even_when_nobody_can_be_looked_up(app: Flask, monkeypatch: pytest.MonkeyPatch) -> None:
    def down() -> None:
        raise OperationalError("SELECT 1", {}, Exception("down"))

    monkeypatch.setattr("app.web.shell.signed_in_or_none", down)
    monkeypatch.setattr("app.web.headers.signed_in_or_none", down)
    failing(app, OperationalError("SELECT 1", {}, Exception("down")))

    answer = app.test_client().get("/privacy")

    assert answer.status_code == 500
    assert answer.headers["Cache-Control"] == "no-store"


def test_a_form_without_its_token_is_refused_in_plain_words(app: Flask) -> None:
    app.config["WTF_CSRF_ENABLED"] = True

    answer = app.test_client().post("/styleguide")

    assert answer.status_code == 400
    assert "This page was open for too long" in answer.text


def test_a_wrong_method_says_which_ones_there_are(app: Flask) -> None:
    answer = app.test_client().delete("/privacy")

    assert answer.status_code == 405
    assert "GET" in answer.headers["Allow"]


def test_an_oversized_form_is_refused(app: Flask) -> None:
    app.config["MAX_CONTENT_LENGTH"] = 10

    answer = app.test_client().post("/csp-report", data=b"x" * 9000)

    assert answer.status_code == 413


@pytest.mark.parametrize("make", [lambda: None, lambda: make_user(Role.ADVOCATE)], ids=["visitor", "advocate"])
def test_the_shell_stands_round_an_error(app: Flask, make: Callable[[], object]) -> None:
    client = app.test_client()
    user = make()
    if user is not None:
        sign_in(client, user)  # type: ignore[arg-type]

    answer = client.get("/nowhere")

    assert answer.status_code == 404
    assert ('aria-label="Sidebar"' in answer.text) == (user is not None)


def test_a_part_of_a_page_never_becomes_the_sign_in_page(app: Flask) -> None:
    headers = HTMX | {"HX-Current-URL": "https://ovation.example/queue?view=flagged"}

    answer = app.test_client().get("/shell/sidebar", headers=headers)

    assert answer.status_code == 401
    assert "You are signed out." in answer.text
    assert 'href="/sign-in?next=%2Fqueue%3Fview%3Dflagged"' in answer.text


def test_a_page_that_tells_no_address_leads_to_the_start(app: Flask) -> None:
    answer = app.test_client().get("/shell/sidebar", headers=HTMX | {"HX-Current-URL": "http://[bad"})

    assert answer.status_code == 401
    assert 'href="/sign-in?next=%2F"' in answer.text
