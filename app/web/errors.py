"""The only place that turns what went wrong into a page: what happened, what is safe, what next."""

import logging
from collections.abc import Mapping
from dataclasses import dataclass
from http import HTTPStatus
from urllib.parse import urlencode, urlsplit

from flask import Flask, Response, current_app, g, render_template, request
from flask.typing import ResponseReturnValue
from flask_wtf.csrf import CSRFError
from sqlalchemy.exc import NoResultFound
from sqlalchemy.orm.exc import StaleDataError
from werkzeug.exceptions import HTTPException, InternalServerError

from app.foundation.addresses import parts_of
from app.foundation.db import session
from app.foundation.errors import DomainError
from app.foundation.words import _
from app.web import again, health

log = logging.getLogger(__name__)

SIGN_IN = "/sign-in"


@dataclass(frozen=True, slots=True)
class Trouble:
    """What a reader is told. ``tone`` and ``icon`` are those of a callout."""

    status: int
    title: str
    text: str
    tone: str = "warn"
    icon: str = "alert-triangle"


def trouble_of(status: int, message: str = "") -> Trouble:
    """Return the words for a status; ``message``, written for the reader, stands in for the usual text."""
    title, text = _words().get(status, (_("We could not do that"), _("Nothing was changed. Go back and try again.")))
    return Trouble(status, title, message or text)


def _words() -> dict[int, tuple[str, str]]:
    return {
        400: (
            _("We could not read that"),
            _("Something in the request was missing. Nothing was changed; go back and try again."),
        ),
        403: (_("Not open to your role"), _("Ask an admin if you think you should have it.")),
        404: (
            _("We could not find that page"),
            _("It may have been moved or finished by somebody else. What you have written elsewhere is safe."),
        ),
        405: (_("That cannot be done here"), _("Nothing was changed. Go back and use the buttons on the page.")),
        409: (_("Somebody was faster"), _("Nothing you wrote is lost. Go back to see how it stands now.")),
        413: (_("That is too long for us"), _("Go back, make it shorter, and send it again. Nothing was changed.")),
        422: (_("Something needs another look"), _("Nothing you typed is lost. Go back and change it.")),
        429: (_("A little slower, please"), _("Wait a minute and try again. Nothing you wrote is lost.")),
    }


def csrf_trouble() -> Trouble:
    """Return the words for a form that was open for too long or came from elsewhere."""
    return Trouble(
        HTTPStatus.BAD_REQUEST,
        _("This page was open for too long"),
        _("Nothing was sent. Go back, load the page again and send it once more; your draft is kept on this device."),
    )


def answer(trouble: Trouble, kept: Mapping[str, str] | None = None) -> ResponseReturnValue:
    """Draw the trouble: beside the thing for a fragment, as a page of its own otherwise."""
    template = "errors/_callout.html" if request.headers.get("HX-Request") else "errors/page.html"
    return render_template(template, trouble=trouble), trouble.status, dict(kept or {})


def broken() -> ResponseReturnValue:
    """Draw the page for a fault of ours: it asks neither database nor session, and shows the request's id only."""
    fragment = request.headers.get("HX-Request")
    template = "errors/_broken.html" if fragment else "errors/broken.html"
    return render_template(template, request_id=g.get("request_id", "")), HTTPStatus.INTERNAL_SERVER_ERROR


def gone(response: Response) -> Response:
    """Tell a part of a page, instead of the sign-in page that would be put into it, that its reader is signed out."""
    if not request.headers.get("HX-Request") or urlsplit(response.location or "").path != SIGN_IN:
        return response
    page = parts_of(request.headers.get("HX-Current-URL", ""))
    back = f"{page.path}?{page.query}".rstrip("?") or "/"
    told = render_template("errors/_signed_out.html", sign_in=f"{SIGN_IN}?{urlencode({'next': back})}")
    return current_app.make_response((told, HTTPStatus.UNAUTHORIZED))


def _domain_error(error: DomainError) -> ResponseReturnValue:
    session.rollback()
    return answer(trouble_of(error.status, error.message))


def _not_there(_error: NoResultFound) -> ResponseReturnValue:
    return answer(trouble_of(HTTPStatus.NOT_FOUND))


def _faster(_error: StaleDataError) -> ResponseReturnValue:
    session.rollback()
    return answer(trouble_of(HTTPStatus.CONFLICT))


def _http_error(error: HTTPException) -> ResponseReturnValue:
    if isinstance(error, CSRFError):
        return answer(csrf_trouble())
    status = error.code or HTTPStatus.INTERNAL_SERVER_ERROR
    if status < HTTPStatus.BAD_REQUEST:
        return error.get_response()
    if status >= HTTPStatus.INTERNAL_SERVER_ERROR:
        return broken()
    kept = {name: value for name, value in error.get_headers() if name in {"Allow", "Retry-After"}}
    return answer(trouble_of(status), kept)


def _fault(error: Exception) -> ResponseReturnValue:
    session.rollback()
    original = error.original_exception if isinstance(error, InternalServerError) else error
    health.health().note(original or error)
    if original is not None and again.is_for_another_try(original):
        log.warning("request %s must be sent again: %s", g.get("request_id", ""), type(original).__name__)
        return again.ask()
    log.error("request %s failed", g.get("request_id", ""), exc_info=original or error)
    return broken()


def join(app: Flask) -> None:
    """Register the handlers. With TESTING on, faults still become pages, as they do for readers."""
    app.config["PROPAGATE_EXCEPTIONS"] = False
    app.register_error_handler(DomainError, _domain_error)
    app.register_error_handler(NoResultFound, _not_there)
    app.register_error_handler(StaleDataError, _faster)
    app.register_error_handler(HTTPException, _http_error)
    app.register_error_handler(InternalServerError, _fault)
    app.after_request(gone)
