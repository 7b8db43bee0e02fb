"""Taking a public reply back, and asking those who may for it."""

from http import HTTPStatus

from flask import flash, redirect, render_template, url_for
from flask.typing import ResponseReturnValue

from app.accounts.guards import requires
from app.accounts.login import signed_in
from app.accounts.permissions import Permission
from app.foundation import clock
from app.foundation.db import unit_of_work
from app.foundation.errors import Conflict, Invalid
from app.foundation.lanes import crash_point
from app.foundation.words import _
from app.publishing import actions, queries
from app.publishing.forms import PlainForm, RemovalForm
from app.publishing.views.common import bp


def _retract_page(publication_id: int, form: RemovalForm, status: int = HTTPStatus.OK) -> ResponseReturnValue:
    row = queries.publication_of(signed_in(), publication_id)
    return render_template("publishing/retract.html", row=row, form=form), status


@bp.get("/publishing/<int:publication_id>/retract")
@requires(Permission.RETRACT_REPLY)
def ask_retract(publication_id: int) -> ResponseReturnValue:
    return _retract_page(publication_id, RemovalForm(formdata=None))


@bp.post("/publishing/<int:publication_id>/retract")
@requires(Permission.RETRACT_REPLY)
def retract(publication_id: int) -> ResponseReturnValue:
    form = RemovalForm()
    if not form.validate_on_submit():
        return _retract_page(publication_id, form, HTTPStatus.UNPROCESSABLE_ENTITY)
    try:
        with unit_of_work():
            actions.ask_removal(
                publication_id=publication_id, because=form.reason.data or "", by=signed_in(), at=clock.now()
            )
    except (Invalid, Conflict) as refused:
        form.blame("reason", refused.message)
        return _retract_page(publication_id, form, refused.status)
    crash_point("publication.removal_asked")
    flash(_("It is being removed from the network."), "success")
    return redirect(url_for("publishing.show", publication_id=publication_id), code=303)


@bp.post("/publishing/<int:publication_id>/retract/withdraw")
@requires(Permission.RETRACT_REPLY)
def withdraw_retract(publication_id: int) -> ResponseReturnValue:
    PlainForm()
    queries.publication_of(signed_in(), publication_id)
    with unit_of_work():
        actions.withdraw_removal(publication_id=publication_id, by=signed_in(), at=clock.now())
    crash_point("publication.removal_withdrawn")
    flash(_("It stays where it is."), "success")
    return redirect(url_for("publishing.show", publication_id=publication_id), code=303)


def _wish_page(reply_id: int, form: RemovalForm, status: int = HTTPStatus.OK) -> ResponseReturnValue:
    row = queries.own_public_one(signed_in(), reply_id)
    return render_template("publishing/wish_removal.html", reply_id=reply_id, row=row, form=form), status


@bp.get("/replies/<int:reply_id>/removal")
@requires(Permission.ASK_RETRACTION)
def ask_wish_removal(reply_id: int) -> ResponseReturnValue:
    return _wish_page(reply_id, RemovalForm(formdata=None))


@bp.post("/replies/<int:reply_id>/removal")
@requires(Permission.ASK_RETRACTION)
def wish_removal(reply_id: int) -> ResponseReturnValue:
    form, row = RemovalForm(), queries.own_public_one(signed_in(), reply_id)
    if not form.validate_on_submit():
        return _wish_page(reply_id, form, HTTPStatus.UNPROCESSABLE_ENTITY)
    if row is None:
        raise Conflict(_("This reply stands on no network, so there is nothing to take back."))
    try:
        with unit_of_work():
            actions.wish_removal(publication_id=row.id, because=form.reason.data or "", by=signed_in(), at=clock.now())
    except (Invalid, Conflict) as refused:
        form.blame("reason", refused.message)
        return _wish_page(reply_id, form, refused.status)
    crash_point("publication.removal_wished")
    flash(_("Those who can take it back have been asked. It stands until they do."), "success")
    return redirect(url_for("replies.show", reply_id=reply_id), code=303)
