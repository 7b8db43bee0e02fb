"""One's own page: name, language, browsers, password."""

from http import HTTPStatus

from flask import current_app, flash, redirect, render_template, url_for
from flask.typing import ResponseReturnValue

from app.accounts import queries
from app.accounts.actions import people, signing_in
from app.accounts.forms import ROLE_WORDS, NothingForm, ProfileForm
from app.accounts.guards import requires
from app.accounts.login import signed_in
from app.accounts.permissions import Permission
from app.accounts.views.blueprint import bp
from app.foundation import clock
from app.foundation.db import unit_of_work
from app.foundation.lanes import crash_point
from app.foundation.words import _


def _form() -> ProfileForm:
    person = signed_in()
    form = ProfileForm(data={"name": person.name, "language": person.language})
    form.language.choices = current_app.config["LANGUAGES"]
    return form


def _page(form: ProfileForm, status: int = 200) -> ResponseReturnValue:
    person = signed_in()
    page = render_template(
        "accounts/me.html",
        form=form,
        person=person,
        roles=[ROLE_WORDS[role] for role in ROLE_WORDS if role in person.roles],
        browsers=queries.browsers_of(person, at=clock.now()),
    )
    return page, status


@bp.get("/me")
@requires(Permission.BE_SIGNED_IN)
def me() -> ResponseReturnValue:
    return _page(_form())


@bp.post("/me")
@requires(Permission.BE_SIGNED_IN)
def change_me() -> ResponseReturnValue:
    form = _form()
    if not form.validate():
        return _page(form, HTTPStatus.UNPROCESSABLE_ENTITY)
    with unit_of_work():
        people.change_profile(
            user_id=signed_in().id, name=form.name.data or "", language=form.language.data, at=clock.now()
        )
    crash_point("user.changed")
    flash(_("Saved."), "success")
    return redirect(url_for("accounts.me"), code=303)


@bp.post("/me/browsers/<int:sign_in_id>/sign-out")
@requires(Permission.BE_SIGNED_IN)
def end_browser(sign_in_id: int) -> ResponseReturnValue:
    NothingForm()
    browser = queries.browser_of(signed_in(), sign_in_id)
    with unit_of_work():
        signing_in.end(sign_in_id=browser.id, by_id=signed_in().id, at=clock.now())
    crash_point("sign_in.ended")
    flash(_("That browser is signed out."), "success")
    return redirect(url_for("accounts.me"), code=303)


@bp.post("/me/browsers/sign-out-others")
@requires(Permission.BE_SIGNED_IN)
def end_other_browsers() -> ResponseReturnValue:
    NothingForm()
    person = signed_in()
    with unit_of_work():
        signing_in.end_others(user_id=person.id, but=person.sign_in_id, at=clock.now())
    crash_point("sign_in.ended")
    flash(_("Every other browser is signed out."), "success")
    return redirect(url_for("accounts.me"), code=303)
