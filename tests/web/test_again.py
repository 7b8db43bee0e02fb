"""Two people in one row, a busy or absent database: done again unseen, or asked for, and nothing typed is lost."""

from collections.abc import Callable
from typing import Any

import pytest
from flask import Flask
from sqlalchemy import text
from sqlalchemy.exc import DBAPIError, OperationalError
from sqlalchemy.orm.exc import StaleDataError

from app.foundation.db import session, unit_of_work
from app.web import again

WORDS = "Two spoons of vinegar, <b>then</b> rinse.\nTwice."


class Deadlock(Exception):
    sqlstate = "40P01"


def refusal(said: str | Exception, *, lost: bool = False) -> DBAPIError:
    original = said if isinstance(said, Exception) else Exception(said)
    return OperationalError("UPDATE words", {}, original, connection_invalidated=lost)


PASSING = [refusal("database is locked"), refusal(Deadlock()), StaleDataError()]
LASTING = [
    refusal("database or disk is full"),
    refusal("attempt to write a readonly database"),
    refusal("x", lost=True),
]


def answering(app: Flask, view: Callable[[], Any]) -> None:
    app.view_functions["web.report_violation"] = view


@pytest.mark.parametrize("error", PASSING, ids=lambda error: str(error)[:30])
def test_what_met_somebody_else_is_done_again_unseen(app: Flask, error: Exception) -> None:
    tries: list[int] = []

    def view() -> str:
        tries.append(1)
        if len(tries) < again.TRIES:
            raise error
        return "done"

    answering(app, view)

    assert app.test_client().post("/csp-report", data={"text": WORDS}).text == "done"
    assert len(tries) == again.TRIES


def test_what_was_written_already_is_not_done_again(app: Flask) -> None:
    tries: list[int] = []

    def view() -> str:
        tries.append(1)
        with unit_of_work():
            session.execute(text("SELECT 1"))
        raise refusal("database is locked")

    answering(app, view)

    assert app.test_client().post("/csp-report").status_code == 503
    assert len(tries) == 1


@pytest.mark.parametrize("error", [PASSING[0], PASSING[1], *LASTING], ids=lambda error: str(error)[:60])
def test_what_still_fails_is_asked_for_again_with_the_form_kept(app: Flask, error: Exception) -> None:
    def view() -> str:
        raise error

    answering(app, view)

    answer = app.test_client().post("/csp-report?from=here", data={"text": WORDS, "version_id": "7"})

    assert (answer.status_code, answer.headers["Retry-After"]) == (503, "5")
    assert "Please try again" in answer.text
    assert "Two spoons of vinegar, &lt;b&gt;then&lt;/b&gt; rinse.\nTwice.</textarea>" in answer.text
    assert 'name="version_id" value="7"' in answer.text
    assert 'action="/csp-report?from=here"' in answer.text
    assert 'name="csrf_token"' in answer.text
    assert "UPDATE words" not in answer.text


def test_no_page_repeats_a_password(app: Flask) -> None:
    def view() -> str:
        raise refusal("database or disk is full")

    answering(app, view)

    answer = app.test_client().post("/csp-report", data={"who": "ada", "password": "four words in here"})

    assert "four words in here" not in answer.text
    assert "<form" not in answer.text


def test_a_part_of_a_page_is_told_beside_the_form(app: Flask) -> None:
    def view() -> str:
        raise refusal("database or disk is full")

    answering(app, view)

    answer = app.test_client().post("/csp-report", headers={"HX-Request": "true"})

    assert answer.status_code == 503
    assert "<html" not in answer.text
    assert "what you typed is still here" in answer.text


def test_a_mistake_of_ours_is_not_tried_again(app: Flask) -> None:
    tries: list[int] = []

    def view() -> str:
        tries.append(1)
        raise ZeroDivisionError

    answering(app, view)

    assert app.test_client().post("/csp-report").status_code == 500
    assert len(tries) == 1
