"""The page on which an account lets an app speak for it: the first half of OAuth 2 with PKCE."""

from urllib.parse import urlencode, urlsplit

from flask import Blueprint, Response, abort, make_response, redirect, render_template, request
from werkzeug.wrappers import Response as AnyResponse

from sandbox import users
from sandbox.api import network
from sandbox.network import CLIENT_ID
from sandbox.tokens import add_code

authorize = Blueprint("authorize", __name__)

LOOPBACK = frozenset({"127.0.0.1", "localhost", "::1"})
CARRIED = ("redirect_uri", "state", "code_challenge", "code_challenge_method")


@authorize.get("/i/oauth2/authorize")
def ask() -> Response:
    """Ask whether the app may speak for the brand's account."""
    given = _given()
    response = make_response(render_template("authorize.html", given=given, brand=network().brand_handle))
    target = urlsplit(given["redirect_uri"])
    # The browser holds the answer's redirect, too, against form-action.
    response.headers["Content-Security-Policy"] = (
        f"default-src 'none'; style-src 'self'; form-action 'self' {target.scheme}://{target.netloc}; "
        "base-uri 'none'; frame-ancestors 'none'"
    )
    return response


@authorize.post("/i/oauth2/authorize")
def decide() -> AnyResponse:
    """Send the browser back to the app, with a code or with a refusal."""
    given = _given()
    if "allow" not in request.form:
        return _back(given, error="access_denied")
    with network().store.write() as db:
        account = users.find_user(db, network().brand_handle)
        if account is None:
            abort(404)
        code = add_code(
            db,
            account.id,
            redirect_uri=given["redirect_uri"],
            challenge=given["code_challenge"],
            method=given["code_challenge_method"],
        )
    return _back(given, code=code)


def _given() -> dict[str, str]:
    """Read and check the app's request; only addresses on this machine are gone back to."""
    values = request.values
    given = {name: values.get(name, "") for name in CARRIED}
    given["code_challenge_method"] = given["code_challenge_method"] or "plain"
    sound = (
        values.get("client_id") == CLIENT_ID
        and values.get("response_type") == "code"
        and given["code_challenge"]
        and given["code_challenge_method"] in {"S256", "plain"}
        and urlsplit(given["redirect_uri"]).scheme in {"http", "https"}
        and urlsplit(given["redirect_uri"]).hostname in LOOPBACK
    )
    if not sound:
        abort(400)
    return given | {"client_id": CLIENT_ID, "response_type": "code"}


def _back(given: dict[str, str], **answer: str) -> AnyResponse:
    joint = "&" if urlsplit(given["redirect_uri"]).query else "?"
    return redirect(given["redirect_uri"] + joint + urlencode(answer | {"state": given["state"]}), code=303)
