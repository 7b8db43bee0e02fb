"""The cord: pull it, let it go, raise the alarm."""

from http import HTTPStatus

from flask import flash, redirect, render_template, url_for
from flask.typing import ResponseReturnValue

from app.accounts.guards import requires
from app.accounts.login import signed_in
from app.accounts.permissions import Permission, may
from app.cord import actions as cord_actions
from app.cord.models import HoldScope
from app.cord.queries import active_holds, hold_of, open_alarms, past_holds, sees_alarms
from app.foundation import clock
from app.foundation.db import unit_of_work
from app.foundation.errors import Conflict, Invalid, NotFound
from app.foundation.lanes import crash_point
from app.foundation.words import _, ngettext
from app.publishing import actions, queries
from app.publishing.forms import AlarmForm, PlainForm, PullForm, ReleaseForm
from app.publishing.joins import hold_story, hold_title, scope_words
from app.publishing.views.common import bp

HISTORY = 50
DIGITS = 18

bp.add_app_template_filter(hold_story)
bp.add_app_template_filter(hold_title)


def _page(
    status: int = HTTPStatus.OK, *, pull_form: PullForm | None = None, alarm_form: AlarmForm | None = None
) -> ResponseReturnValue:
    person = signed_in()
    drawn = render_template(
        "publishing/cord.html",
        holds=active_holds(),
        past=past_holds(limit=HISTORY),
        held=queries.waiting_under_hold(),
        waiting=queries.approved_and_unsent(),
        alarms=open_alarms() if sees_alarms(person) else [],
        may_pull=may(person, Permission.PULL_CORD),
        may_release=may(person, Permission.RELEASE_CORD),
        scopes=scope_words(),
        pull_form=pull_form,
        alarm_form=alarm_form,
    )
    return drawn, status


@bp.get("/cord")
@requires(Permission.RAISE_ALARM)
def cord_page() -> ResponseReturnValue:
    return _page()


@bp.post("/cord/pull")
@requires(Permission.PULL_CORD)
def pull() -> ResponseReturnValue:
    form = PullForm()
    if not form.validate_on_submit():
        return _page(HTTPStatus.UNPROCESSABLE_ENTITY, pull_form=form)
    try:
        with unit_of_work():
            cord_actions.pull(
                scope=HoldScope(form.scope.data), reason=form.reason.data or "", by=signed_in(), at=clock.now()
            )
    except (Invalid, Conflict) as refused:
        form.reason.errors = [refused.message]
        return _page(refused.status, pull_form=form)
    crash_point("hold.pulled")
    flash(_("Paused. Nothing that it covers leaves until posting is resumed."), "success")
    return redirect(url_for("publishing.cord_page"), code=303)


@bp.post("/cord/release")
@requires(Permission.RELEASE_CORD)
def release() -> ResponseReturnValue:
    form = ReleaseForm()
    number = form.hold_id.data or ""
    if not (number.isascii() and number.isdecimal() and len(number) <= DIGITS):
        raise NotFound(_("There is no such pause."))
    hold = hold_of(signed_in(), int(number))
    with unit_of_work():
        resumed = actions.release_cord(hold_id=hold.id, by=signed_in(), at=clock.now())
    crash_point("hold.released")
    said = ngettext(
        "Posting is resumed; %(num)s reply leaves.", "Posting is resumed; %(num)s replies leave one by one.", resumed
    )
    flash(said if resumed else _("Posting is resumed."), "success")
    return redirect(url_for("publishing.cord_page"), code=303)


@bp.post("/cord/alarm")
@requires(Permission.RAISE_ALARM)
def raise_alarm() -> ResponseReturnValue:
    form = AlarmForm()
    if not form.validate_on_submit():
        return _page(HTTPStatus.UNPROCESSABLE_ENTITY, alarm_form=form)
    try:
        with unit_of_work():
            cord_actions.raise_alarm(reason=form.reason.data or "", by=signed_in(), at=clock.now())
    except Invalid as refused:
        form.reason.errors = [refused.message]
        return _page(refused.status, alarm_form=form)
    crash_point("alarm.raised")
    flash(_("Everybody who can pause posting sees it now. Thank you."), "success")
    return redirect(url_for("publishing.cord_page"), code=303)


@bp.post("/cord/alarms/<int:task_id>/settle")
@requires(Permission.PULL_CORD)
def settle_alarm(task_id: int) -> ResponseReturnValue:
    PlainForm()
    with unit_of_work():
        cord_actions.settle_alarm(task_id=task_id, by=signed_in(), at=clock.now())
    crash_point("alarm.settled")
    flash(_("Settled."), "success")
    return redirect(url_for("publishing.cord_page"), code=303)
