"""Steps of an advocate's standing, each decided by somebody else."""

from http import HTTPStatus

from flask import abort, flash, redirect, url_for
from flask.typing import ResponseReturnValue

from app.accounts.forms import NothingForm
from app.accounts.guards import requires
from app.accounts.login import signed_in
from app.accounts.permissions import Permission
from app.advocates import actions
from app.advocates.actions import Step
from app.advocates.forms import STATUS_WORDS, SuspendForm
from app.advocates.queries import advocate_by_id
from app.advocates.views.blueprint import bp
from app.foundation import clock
from app.foundation.db import unit_of_work
from app.foundation.lanes import crash_point
from app.foundation.words import _


def _take(advocate_id: int, step: Step, *, reason: str = "") -> ResponseReturnValue:
    advocate = advocate_by_id(signed_in(), advocate_id)
    with unit_of_work():
        moved = actions.change_standing(
            advocate_id=advocate.id, step=step, by_id=signed_in().id, at=clock.now(), reason=reason
        )
    crash_point("advocate.standing_changed")
    flash(_("Their standing now: %(standing)s.", standing=STATUS_WORDS[moved.status]), "success")
    return redirect(url_for("advocates.one", user_id=moved.user_id), code=303)


@bp.post("/manage/advocates/<int:advocate_id>/suspend")
@requires(Permission.SUSPEND)
def suspend(advocate_id: int) -> ResponseReturnValue:
    form = SuspendForm()
    if not form.validate():
        abort(HTTPStatus.BAD_REQUEST)
    return _take(advocate_id, Step.SUSPEND, reason=form.reason.data)


@bp.post("/manage/advocates/<int:advocate_id>/reinstate")
@requires(Permission.SUSPEND)
def reinstate(advocate_id: int) -> ResponseReturnValue:
    NothingForm()
    return _take(advocate_id, Step.REINSTATE)


@bp.post("/manage/advocates/<int:advocate_id>/confirm")
@requires(Permission.PROMOTE)
def confirm(advocate_id: int) -> ResponseReturnValue:
    NothingForm()
    return _take(advocate_id, Step.CONFIRM)


@bp.post("/manage/advocates/<int:advocate_id>/promote")
@requires(Permission.PROMOTE)
def promote(advocate_id: int) -> ResponseReturnValue:
    NothingForm()
    return _take(advocate_id, Step.PROMOTE)


@bp.post("/manage/advocates/<int:advocate_id>/demote")
@requires(Permission.PROMOTE)
def demote(advocate_id: int) -> ResponseReturnValue:
    NothingForm()
    return _take(advocate_id, Step.DEMOTE)
