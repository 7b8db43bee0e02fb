"""Signing in, out, and showing once more who one is."""

import secrets
from http import HTTPStatus

from flask import Response, abort, current_app, make_response, redirect, render_template, request, url_for
from flask import session as form_session
from flask.typing import ResponseReturnValue

from app.accounts import passwords, queries
from app.accounts.actions import signing_in
from app.accounts.demo import DEMO_PEOPLE, demo_person
from app.accounts.devices import remember_browser, throttle_key
from app.accounts.forms import ConfirmForm, DemoForm, NothingForm, SignInForm
from app.accounts.guards import public, requires
from app.accounts.login import give_key, safe_path, signed_in, signed_in_or_none, take_key
from app.accounts.permissions import Permission
from app.accounts.queries import Credentials
from app.accounts.views.blueprint import bp
from app.foundation import clock
from app.foundation.config import Settings
from app.foundation.db import unit_of_work
from app.foundation.errors import Conflict
from app.foundation.extensions import limiter
from app.foundation.lanes import crash_point
from app.foundation.words import _

TRIES_OF_AN_ADDRESS = "30 per 15 minutes"
KEY_BYTES = 32


def was_wrong(response: Response) -> bool:
    """Say whether an answer counts against its address: right passwords do not."""
    return response.status_code == HTTPStatus.UNPROCESSABLE_ENTITY


def _is_demo() -> bool:
    settings: Settings = current_app.config["SETTINGS"]
    return settings.is_demo


def _way_on() -> str:
    return safe_path(request.args.get("next")) or "/"


def let_in(known: Credentials, *, tried_as: str = "", ends: int | None = None, to: str = "") -> Response:
    """Begin a sign-in in this browser and send it on; whatever an earlier visitor's forms left here is dropped."""
    key = secrets.token_urlsafe(KEY_BYTES)
    with unit_of_work():
        signing_in.begin(
            user_id=known.user_id,
            key=key,
            browser=request.user_agent.string,
            at=clock.now(),
            tried_as=tried_as,
            ends=ends,
        )
    crash_point("sign_in.begun")
    form_session.clear()
    answer = make_response(redirect(to or _way_on(), code=303))
    give_key(answer, key, known.roles)
    remember_browser(answer, known.user_id)
    return answer


def _renew(known: Credentials, password: str) -> None:
    if passwords.is_outdated(known.password_hash):
        stronger = passwords.hashed(password)
        with unit_of_work():
            signing_in.renew_hash(user_id=known.user_id, password_hash=stronger)
        crash_point("password.renewed")


def _try_password(form: SignInForm | ConfirmForm, known: Credentials | None, who: str) -> str | None:
    """Return what the try was counted by when the password is right; else put the reason into ``form``.

    Raises:
        TooManyTries: it comes too soon after wrong ones.
    """
    tried_as = throttle_key(known.user_id if known else None, who)
    signing_in.check_may_try(key_hash=tried_as, at=clock.now())
    if passwords.matches(known.password_hash if known else None, form.password.data or ""):
        return tried_as
    with unit_of_work():
        signing_in.note_wrong_password(key_hash=tried_as, at=clock.now())
    crash_point("password.refused")
    form.blame("password", _("That does not match. Check both, or ask for a new password."))
    return None


def _page(template: str, form: SignInForm | ConfirmForm, status: int = 200, wait: int = 0) -> ResponseReturnValue:
    cast = DEMO_PEOPLE if _is_demo() else ()
    way_on, unsent = safe_path(request.args.get("next")), "unsent" in request.args
    page = render_template(template, form=form, cast=cast, next=way_on, unsent=unsent)
    return page, status, ({"Retry-After": str(wait)} if wait else {})


@bp.get("/sign-in")
@public
def sign_in() -> ResponseReturnValue:
    if signed_in_or_none() is not None:
        return redirect(_way_on(), code=303)
    return _page("accounts/sign_in.html", SignInForm())


@bp.post("/sign-in")
@public
@limiter.limit(TRIES_OF_AN_ADDRESS, deduct_when=was_wrong)
def create_sign_in() -> ResponseReturnValue:
    form = SignInForm()
    if not form.validate():
        return _page("accounts/sign_in.html", form, HTTPStatus.UNPROCESSABLE_ENTITY)
    known = queries.credentials_of(form.who.data or "")
    try:
        tried_as = _try_password(form, known, form.who.data or "")
    except signing_in.TooManyTries as error:
        form.blame("password", error.message)
        return _page("accounts/sign_in.html", form, error.status, error.seconds)
    if known is None or tried_as is None:
        return _page("accounts/sign_in.html", form, HTTPStatus.UNPROCESSABLE_ENTITY)
    _renew(known, form.password.data or "")
    return let_in(known, tried_as=tried_as)


@bp.post("/sign-in/demo")
@public
def create_demo_sign_in() -> ResponseReturnValue:
    if not _is_demo():
        abort(HTTPStatus.NOT_FOUND)
    form = DemoForm()
    member = demo_person(form.handle.data or "")
    known = queries.credentials_of(member.handle) if member and form.validate() else None
    if known is None:
        abort(HTTPStatus.NOT_FOUND)
    return let_in(known)


@bp.get("/sign-in/again")
@requires(Permission.BE_SIGNED_IN)
def confirm() -> ResponseReturnValue:
    return _page("accounts/confirm.html", ConfirmForm())


@bp.post("/sign-in/again")
@requires(Permission.BE_SIGNED_IN)
@limiter.limit(TRIES_OF_AN_ADDRESS, deduct_when=was_wrong)
def create_confirmation() -> ResponseReturnValue:
    person, form = signed_in(), ConfirmForm()
    known = queries.credentials_of(person.handle)
    if known is None:
        raise Conflict(_("This account was closed. An admin can tell you why."))
    if not form.validate():
        return _page("accounts/confirm.html", form, HTTPStatus.UNPROCESSABLE_ENTITY)
    try:
        tried_as = _try_password(form, known, person.handle)
    except signing_in.TooManyTries as error:
        form.blame("password", error.message)
        return _page("accounts/confirm.html", form, error.status, error.seconds)
    if tried_as is None:
        return _page("accounts/confirm.html", form, HTTPStatus.UNPROCESSABLE_ENTITY)
    return let_in(known, tried_as=tried_as, ends=person.sign_in_id)


@bp.post("/sign-out")
@public
def sign_out() -> ResponseReturnValue:
    person = signed_in_or_none()
    NothingForm()
    if person is not None and person.sign_in_id is not None:
        with unit_of_work():
            signing_in.end(sign_in_id=person.sign_in_id, by_id=person.id, at=clock.now())
        crash_point("sign_in.ended")
    form_session.clear()
    answer = make_response(redirect(url_for("accounts.sign_in"), code=303))
    take_key(answer)
    answer.headers["Clear-Site-Data"] = '"cache"'
    return answer
