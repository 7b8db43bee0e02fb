"""What every answer carries: what a browser may load, who may keep a copy, and the request's id."""

import secrets
from http import HTTPStatus

import structlog
from flask import Flask, Response, abort, g, request

from app.accounts.login import signed_in_or_none
from app.foundation.addresses import parts_of
from app.foundation.config import Settings

YEAR_SECONDS = 31_536_000
BRIEFLY_SECONDS = 300
REPORT_PATH = "/csp-report"
LOOPBACK = frozenset({"127.0.0.1", "localhost", "::1"})


def policy(settings: Settings) -> str:
    """Return the Content-Security-Policy: nothing from elsewhere, nothing inline."""
    rules = {
        "default-src": "'none'",
        "script-src": "'self'",
        "style-src": "'self'",
        "img-src": "'self'",
        "font-src": "'self'",
        "connect-src": "'self'",
        "manifest-src": "'self'",
        "worker-src": "'self'",
        "form-action": "'self'",
        "base-uri": "'none'",
        "frame-ancestors": "'none'",
        "object-src": "'none'",
        "report-uri": REPORT_PATH,
    }
    if settings.secure_cookies:
        rules["upgrade-insecure-requests"] = ""
    return "; ".join(f"{name} {value}".strip() for name, value in rules.items())


def join(app: Flask, settings: Settings) -> None:
    """Number each request and put the headers on each answer, errors and files included."""
    fixed = {
        "Content-Security-Policy": policy(settings),
        "X-Content-Type-Options": "nosniff",
        "Referrer-Policy": "same-origin",
        "Cross-Origin-Opener-Policy": "same-origin",
        "Cross-Origin-Resource-Policy": "same-origin",
        "Permissions-Policy": "camera=(), geolocation=(), microphone=(), payment=(), usb=()",
    }
    if settings.secure_cookies:
        fixed["Strict-Transport-Security"] = f"max-age={YEAR_SECONDS}; includeSubDomains"

    @app.before_request
    def number() -> None:
        g.setdefault("request_id", secrets.token_hex(8))
        structlog.contextvars.clear_contextvars()
        structlog.contextvars.bind_contextvars(request=g.request_id)

    if settings.is_demo:
        own_names = LOOPBACK | {parts_of(settings.base_url).hostname}

        @app.before_request
        def refuse_other_names() -> None:
            """Nobody needs a password here, so a page elsewhere must not reach it by a name of its own."""
            if parts_of(f"//{request.host}").hostname not in own_names:
                abort(HTTPStatus.BAD_REQUEST)

    @app.after_request
    def dress(response: Response) -> Response:
        for name, value in fixed.items():
            response.headers.setdefault(name, value)
        response.headers["X-Request-Id"] = g.get("request_id", "")
        if request.endpoint == "static" and response.status_code in {HTTPStatus.OK, HTTPStatus.NOT_MODIFIED}:
            _let_files_be_kept(response)
        elif "Cache-Control" not in response.headers:
            _keep_nothing(response)
        return response


def _let_files_be_kept(response: Response) -> None:
    """A file asked for by its fingerprint never changes; any other is looked at again soon."""
    kept = f"max-age={YEAR_SECONDS}, immutable" if request.args.get("v") else f"max-age={BRIEFLY_SECONDS}"
    response.headers["Cache-Control"] = f"public, {kept}"


def _keep_nothing(response: Response) -> None:
    """A page is for this reader only, and a part of it is not the whole."""
    response.vary.update(["Cookie", "HX-Request"])
    if _somebody_asked():
        response.headers["Cache-Control"] = "no-store"
    else:
        response.headers["Cache-Control"] = "no-cache, private"


def _somebody_asked() -> bool:
    """Say whether the answer is for somebody signed in; when that cannot be found out, it counts as yes."""
    try:
        return signed_in_or_none() is not None
    except Exception:  # noqa: BLE001 -- the database may be the very thing that failed
        return True
