"""Joining by an invitation: the link shows a form, and only sending it uses the invitation up."""

from http import HTTPStatus

from flask import flash, render_template
from flask.typing import ResponseReturnValue

from app.accounts import passwords
from app.accounts.forms import PASSWORD_HINT, ROLE_WORDS, JoinForm
from app.accounts.guards import public
from app.accounts.models import LinkPurpose, OneTimeLink, Role
from app.accounts.queries import credentials_of, link_of
from app.accounts.views.signing_in import TRIES_OF_AN_ADDRESS, let_in
from app.advocates import actions
from app.advocates.views.blueprint import bp
from app.foundation import clock
from app.foundation.db import unit_of_work
from app.foundation.errors import Conflict, Invalid
from app.foundation.extensions import limiter
from app.foundation.lanes import crash_point
from app.foundation.words import _


def _page(form: JoinForm, link: OneTimeLink, key: str, status: int = 200) -> ResponseReturnValue:
    roles = [ROLE_WORDS[Role(role)] for role in link.roles.split(",") if role]
    page = render_template(
        "advocates/join.html", form=form, key=key, email=link.email, roles=roles, hint=PASSWORD_HINT
    )  # fmt: skip
    return page, status


@bp.get("/join/<key>")
@public
def join(key: str) -> ResponseReturnValue:
    return _page(JoinForm(), link_of(key, LinkPurpose.INVITATION, at=clock.now()), key)


@bp.post("/join/<key>")
@public
@limiter.limit(TRIES_OF_AN_ADDRESS)
def create_member(key: str) -> ResponseReturnValue:
    link, form = link_of(key, LinkPurpose.INVITATION, at=clock.now()), JoinForm()
    try:
        if form.validate():
            _accept(form, key, link.email)
            known = credentials_of(link.email)
            if known is None:
                raise Conflict(_("This account was closed. An admin can tell you why."))
            answer = let_in(known, to="/")
            flash(_("Welcome, %(name)s.", name=form.name.data), "success")
            return answer
    except Invalid as error:
        form.blame(error.field, error.message)
    return _page(form, link, key, HTTPStatus.UNPROCESSABLE_ENTITY)


def _accept(form: JoinForm, key: str, email: str) -> None:
    """Let the person in.

    Raises:
        Invalid: the password or the handle will not do.
    """
    name, handle, password = form.name.data or "", form.handle.data or "", form.password.data or ""
    passwords.check(password, about=[name, handle, email])
    fresh = passwords.hashed(password)
    with unit_of_work():
        actions.accept_invitation(key=key, name=name, handle=handle, password_hash=fresh, at=clock.now())
    crash_point("invitation.accepted")
