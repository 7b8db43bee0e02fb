"""The decisions: each names the version that was seen, and opens the next reply."""

from collections.abc import Callable
from http import HTTPStatus

from flask import flash, redirect, url_for
from flask.typing import ResponseReturnValue

from app.accounts.guards import requires
from app.accounts.login import signed_in
from app.accounts.permissions import Permission
from app.foundation import clock, heartbeats
from app.foundation.db import unit_of_work
from app.foundation.errors import Invalid
from app.foundation.lanes import crash_point
from app.foundation.words import _
from app.reviews import actions
from app.reviews.forms import DecisionForm, EditForm, EscalateForm, PlainForm, RejectForm, ReturnForm
from app.reviews.views.common import (
    approved,
    bp,
    following_of,
    form_page,
    go_on,
    kept,
    list_shown,
    overtaken,
    page,
    settings,
)


@bp.post("/queue/<int:reply_id>/approve")
@requires(Permission.APPROVE_SECOND)
def approve(reply_id: int) -> ResponseReturnValue:
    form, following = DecisionForm(), following_of(reply_id)
    if not form.validate_on_submit():
        raise Invalid(_("This form names no version. Load the page again."))
    try:
        with unit_of_work():
            approval = actions.approve(
                reply_id=reply_id,
                version_id=form.seen,
                edition=form.edition.data or 0,
                by=signed_in(),
                at=heartbeats.database_now(),
                undo_lasts=settings().undo_lasts,
            )
    except actions.Overtaken as faster:
        return overtaken(reply_id, faster)
    crash_point("reply.approved")
    return approved(approval, following)


@bp.post("/queue/<int:reply_id>/edit")
@requires(Permission.EDIT_REPLY)
def save_edit(reply_id: int) -> ResponseReturnValue:
    form, following = EditForm(), following_of(reply_id)
    if not form.validate_on_submit():
        return page(list_shown(), reply_id, status=HTTPStatus.UNPROCESSABLE_ENTITY, edit_form=form)
    try:
        with unit_of_work():
            approval = actions.approve_edited(
                reply_id=reply_id,
                version_id=form.seen,
                edition=form.edition.data or 0,
                text=form.text.data or "",
                by=signed_in(),
                at=heartbeats.database_now(),
                undo_lasts=settings().undo_lasts,
            )
    except Invalid as refused:
        form.blame(refused.field, refused.message)
        return page(list_shown(), reply_id, status=refused.status, edit_form=form)
    except actions.Overtaken as faster:
        return overtaken(reply_id, faster, text=form.text.data or "")
    crash_point("reply.edited")
    return approved(approval, following)


@bp.post("/queue/<int:reply_id>/return")
@requires(Permission.REVIEW)
def return_for_changes(reply_id: int) -> ResponseReturnValue:
    form = ReturnForm()

    def decide() -> str:
        actions.return_for_changes(
            reply_id=reply_id,
            version_id=form.seen,
            reasons=form.reasons.data or [],
            note=form.note.data or "",
            by=signed_in(),
            at=clock.now(),
        )
        return _("Returned.")

    return _declined(reply_id, form, "reviews/return.html", decide, "reply.returned")


@bp.post("/queue/<int:reply_id>/reject")
@requires(Permission.REVIEW)
def reject(reply_id: int) -> ResponseReturnValue:
    form = RejectForm()

    def decide() -> str:
        actions.reject(
            reply_id=reply_id, version_id=form.seen, note=form.note.data or "", by=signed_in(), at=clock.now()
        )
        return _("Rejected. The post is on the feed again.")

    return _declined(reply_id, form, "reviews/reject.html", decide, "reply.rejected")


@bp.post("/queue/<int:reply_id>/escalate")
@requires(Permission.REVIEW)
def escalate(reply_id: int) -> ResponseReturnValue:
    form = EscalateForm()

    def decide() -> str:
        actions.escalate(
            reply_id=reply_id, version_id=form.seen, note=form.note.data or "", by=signed_in(), at=clock.now()
        )
        return _("Escalated to staff.")

    return _declined(reply_id, form, "reviews/escalate.html", decide, "reply.escalated")


def _declined(
    reply_id: int, form: RejectForm | ReturnForm | EscalateForm, template: str, decide: Callable[[], str], point: str
) -> ResponseReturnValue:
    following = following_of(reply_id)
    if not form.validate_on_submit():
        return form_page(reply_id, template, form, HTTPStatus.UNPROCESSABLE_ENTITY)
    try:
        with unit_of_work():
            said = decide()
    except Invalid as refused:
        form.blame(refused.field, refused.message)
        return form_page(reply_id, template, form, refused.status)
    except actions.Overtaken as faster:
        return overtaken(reply_id, faster, note=form.note.data or "")
    crash_point(point)
    return go_on(said, following)


@bp.post("/queue/<int:reply_id>/undo")
@requires(Permission.APPROVE_SECOND)
def undo(reply_id: int) -> ResponseReturnValue:
    PlainForm()
    with unit_of_work():
        actions.undo(reply_id=reply_id, by=signed_in(), at=clock.now())
    crash_point("reply.approval_undone")
    flash(_("Undone. Nothing was posted; the reply waits for a decision again."), "success")
    return redirect(url_for("reviews.show", reply_id=reply_id, view=kept()), code=303)
