"""A request that met somebody else in the database is done again; what still fails asks the reader, with their form kept."""

import logging
import random
import time
from http import HTTPStatus
from typing import Final

from flask import Flask, g, render_template, request
from flask.typing import ResponseReturnValue
from sqlalchemy.exc import DBAPIError

from app.foundation.db import commits, session
from app.foundation.faults import is_about_storage, is_passing

TRIES: Final = 3
#: SQLite has waited for ten seconds before it says that it is locked: then another wait would only tire the reader.
SPENT_SECONDS: Final = 5.0
RETRY_AFTER_SECONDS: Final = 5
PAUSE_SECONDS: Final = 0.05
#: Texts longer than this, or of several lines, are shown to the reader as well.
SHOWN_FROM: Final = 60
_SECRETS: Final = ("password", "secret", "access_token", "refresh_token", "code")

log = logging.getLogger(__name__)


def is_for_another_try(error: BaseException) -> bool:
    """Say whether the reader may simply send it again: the database was busy, away or full, and we are not wrong."""
    lost = isinstance(error, DBAPIError) and error.connection_invalidated
    return lost or is_passing(error) or is_about_storage(error)


def ask() -> ResponseReturnValue:
    """Draw the page that asks for another try; it needs neither database nor session."""
    headers = {"Retry-After": str(RETRY_AFTER_SECONDS)}
    if request.headers.get("HX-Request"):
        return render_template("errors/_again.html"), HTTPStatus.SERVICE_UNAVAILABLE, headers
    page = render_template("errors/again.html", kept=_kept(), request_id=g.get("request_id", ""))
    return page, HTTPStatus.SERVICE_UNAVAILABLE, headers


def _kept() -> list[tuple[str, str, bool]] | None:
    """Return the form's fields as (name, value, shown); None where it holds a secret, which no page repeats."""
    if request.method != "POST":
        return []
    fields = list(request.form.items(multi=True))
    if any(secret in name for name, _value in fields for secret in _SECRETS):
        return None
    return [(name, value, len(value) > SHOWN_FROM or "\n" in value) for name, value in fields if name != "csrf_token"]


def join(app: Flask) -> None:
    """Let ``app`` try again what met somebody else, as long as nothing of it was written."""
    once = app.dispatch_request

    def dispatch() -> ResponseReturnValue:
        began, written = time.monotonic(), commits()
        for tries_left in reversed(range(TRIES)):
            try:
                return once()
            except Exception as error:
                spent = time.monotonic() - began
                if not tries_left or not is_passing(error) or commits() != written or spent > SPENT_SECONDS:
                    raise
                session.rollback()
                log.warning("request %s met somebody else and is done again", g.get("request_id", ""))
                time.sleep(PAUSE_SECONDS * random.random())  # noqa: S311 -- so that two do not meet again
        raise AssertionError("the last try returns or raises")

    app.dispatch_request = dispatch  # type: ignore[method-assign]
