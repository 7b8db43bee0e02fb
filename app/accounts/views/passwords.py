"""Passwords: forgotten, set anew by a link, changed."""

import secrets
import time
from http import HTTPStatus

from flask import current_app, flash, redirect, render_template, url_for
from flask.typing import ResponseReturnValue

from app.accounts import passwords, queries
from app.accounts.actions import links, signing_in
from app.accounts.devices import throttle_key
from app.accounts.forms import PASSWORD_HINT, ForgottenForm, PasswordForm, ResetForm
from app.accounts.guards import public, requires
from app.accounts.login import signed_in
from app.accounts.models import LinkPurpose
from app.accounts.permissions import Permission
from app.accounts.views.blueprint import bp
from app.accounts.views.signing_in import KEY_BYTES, TRIES_OF_AN_ADDRESS, was_wrong
from app.foundation import clock
from app.foundation.db import unit_of_work
from app.foundation.errors import Conflict, Invalid
from app.foundation.extensions import limiter
from app.foundation.lanes import crash_point
from app.foundation.mail import POSTMAN, Letter
from app.foundation.words import _

#: An answer about an address takes at least this long, so that its time says nothing either.
ANSWER_SECONDS = 0.25


def outside_url(path: str) -> str:
    """Return the address of a page as it stands in a letter: by the settings, never by what a request says it is."""
    return f"{current_app.config['SETTINGS'].base_url}{path}"


@bp.get("/sign-in/forgotten")
@public
def forgotten() -> ResponseReturnValue:
    return render_template("accounts/forgotten.html", form=ForgottenForm(), sent=False)


@bp.post("/sign-in/forgotten")
@public
@limiter.limit("10 per 15 minutes")
def create_reset() -> ResponseReturnValue:
    answered_from, form = time.monotonic() + ANSWER_SECONDS, ForgottenForm()
    if not form.validate():
        return render_template("accounts/forgotten.html", form=form, sent=False), HTTPStatus.UNPROCESSABLE_ENTITY
    key = secrets.token_urlsafe(KEY_BYTES)
    with unit_of_work():
        user = links.ask_for_reset(email=form.email.data or "", key=key, at=clock.now())
    crash_point("password.reset_asked")
    if user is not None:
        POSTMAN.take(_letter(user.email, user.name, key))
    time.sleep(max(0.0, answered_from - time.monotonic()))
    return render_template("accounts/forgotten.html", form=ForgottenForm(formdata=None), sent=True)


def _letter(email: str, name: str, key: str) -> Letter:
    community = current_app.config["SETTINGS"].community_name
    return Letter(
        to=email,
        subject=_("A new password for %(community)s", community=community),
        text=_(
            "Hello %(name)s,\n\nset a new password here within 30 minutes:\n%(link)s\n\n"
            "You did not ask for it? Then do nothing: the old one stays.",
            name=name,
            link=outside_url(url_for("accounts.reset", key=key)),
        ),
    )


@bp.get("/reset/<key>")
@public
def reset(key: str) -> ResponseReturnValue:
    queries.link_of(key, LinkPurpose.PASSWORD_RESET, at=clock.now())
    return render_template("accounts/reset.html", form=ResetForm(), key=key, hint=PASSWORD_HINT)


@bp.post("/reset/<key>")
@public
@limiter.limit(TRIES_OF_AN_ADDRESS)
def create_password(key: str) -> ResponseReturnValue:
    link, form = queries.link_of(key, LinkPurpose.PASSWORD_RESET, at=clock.now()), ResetForm()
    try:
        if form.validate():
            passwords.check(form.password.data or "", about=[link.email])
            fresh = passwords.hashed(form.password.data or "")
            with unit_of_work():
                links.reset_password(key=key, password_hash=fresh, at=clock.now())
            crash_point("password.changed")
            flash(_("Your new password is set. Sign in with it."), "success")
            return redirect(url_for("accounts.sign_in"), code=303)
    except Invalid as error:
        form.blame(error.field, error.message)
    page = render_template("accounts/reset.html", form=form, key=key, hint=PASSWORD_HINT)
    return page, HTTPStatus.UNPROCESSABLE_ENTITY


@bp.get("/me/password")
@requires(Permission.BE_SIGNED_IN)
def password() -> ResponseReturnValue:
    return render_template("accounts/password.html", form=PasswordForm(), hint=PASSWORD_HINT)


@bp.post("/me/password")
@requires(Permission.BE_SIGNED_IN)
@limiter.limit(TRIES_OF_AN_ADDRESS, deduct_when=was_wrong)
def change_password() -> ResponseReturnValue:
    form = PasswordForm()
    try:
        if form.validate():
            _change(form)
            flash(_("Your password is changed. Your other browsers are signed out."), "success")
            return redirect(url_for("accounts.me"), code=303)
    except (Invalid, signing_in.TooManyTries) as error:
        form.blame(getattr(error, "field", "current"), error.message)
    page = render_template("accounts/password.html", form=form, hint=PASSWORD_HINT)
    return page, HTTPStatus.UNPROCESSABLE_ENTITY


def _change(form: PasswordForm) -> None:
    """Put the new password in place.

    Raises:
        Invalid: the present one is wrong, or the new one will not do.
        TooManyTries: it comes too soon after wrong ones.
    """
    person = signed_in()
    known = queries.credentials_of(person.handle)
    if known is None:
        raise Conflict(_("This account was closed. An admin can tell you why."))
    tried_as = throttle_key(person.id, person.handle)
    signing_in.check_may_try(key_hash=tried_as, at=clock.now())
    if not passwords.matches(known.password_hash, form.current.data or ""):
        with unit_of_work():
            signing_in.note_wrong_password(key_hash=tried_as, at=clock.now())
        crash_point("password.refused")
        raise Invalid(_("That is not the password you have now."), field="current")
    passwords.check(form.password.data or "", about=[person.name, person.handle, person.email])
    fresh = passwords.hashed(form.password.data or "")
    with unit_of_work():
        signing_in.change_password(
            user_id=person.id, password_hash=fresh, keep=person.sign_in_id, by_id=person.id, at=clock.now()
        )
    crash_point("password.changed")
