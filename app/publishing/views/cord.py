"""The cord: pull it, let it go, raise the alarm."""

from http import HTTPStatus

from flask import flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue

from app.accounts.guards import requires
from app.accounts.login import signed_in
from app.accounts.permissions import Permission, may
from app.cord import actions as cord_actions
from app.cord.models import Hold, HoldScope, ResumeOffer
from app.cord.queries import hold_of, incidents_worded, open_alarms, past_holds, sees_alarms
from app.foundation import clock, heartbeats
from app.foundation.addresses import row_number
from app.foundation.db import unit_of_work
from app.foundation.errors import Conflict, Invalid, NotFound
from app.foundation.lanes import crash_point
from app.foundation.words import _, ngettext
from app.publishing import actions, pages, words
from app.publishing.actions import Resumed
from app.publishing.forms import AlarmForm, HoldForm, LineForm, PlainForm, PullForm, ReleaseForm
from app.publishing.views.common import bp

HISTORY = 50

for word in (words.hold_scope, words.hold_story):
    bp.add_app_template_filter(word)


def _page(
    status: int = HTTPStatus.OK, *, pull_form: PullForm | None = None, alarm_form: AlarmForm | None = None
) -> ResponseReturnValue:
    person = signed_in()
    drawn = render_template(
        "publishing/cord.html",
        holds=pages.hold_pages(person, at=clock.now()),
        past=past_holds(limit=HISTORY),
        choices=pages.choices(),
        alarms=open_alarms() if sees_alarms(person) else [],
        may_pull=may(person, Permission.PULL_CORD),
        words_line=may(person, Permission.APPROVE_SECOND),
        may_release=may(person, Permission.RELEASE_CORD),
        pull_form=pull_form,
        pull_errors={name: errors[0] for name, errors in pull_form.errors.items()} if pull_form else {},
        alarm_form=alarm_form,
    )
    return drawn, status


@bp.get("/cord")
@requires(Permission.RAISE_ALARM)
def cord_page() -> ResponseReturnValue:
    # Who comes from a page that says what is wrong finds the form filled in; to pull is still theirs to do.
    asked = PullForm(formdata=request.args) if "scope" in request.args else None
    return _page(pull_form=asked)


@bp.post("/cord/pull")
@requires(Permission.PULL_CORD)
def pull() -> ResponseReturnValue:
    form = PullForm()
    if not form.validate_on_submit():
        return _page(HTTPStatus.UNPROCESSABLE_ENTITY, pull_form=form)
    try:
        with unit_of_work():
            cord_actions.pull(
                scope=HoldScope(form.scope.data),
                connection_id=form.connection,
                topic=form.topic.data,
                reason=form.reason.data or "",
                is_incident=bool(form.is_incident.data),
                line=form.line.data or "",
                by=signed_in(),
                at=clock.now(),
            )
    except (Invalid, Conflict) as refused:
        form.blame(getattr(refused, "field", None) or "reason", refused.message)
        return _page(refused.status, pull_form=form)
    crash_point("hold.pulled")
    flash(_("Paused. Nothing that it covers leaves until posting is resumed."), "success")
    return redirect(url_for("publishing.cord_page"), code=303)


def _hold_named(form: HoldForm) -> Hold:
    try:
        number = row_number(form.hold_id.data or "")
    except ValueError:
        raise NotFound(_("There is no such pause.")) from None
    return hold_of(signed_in(), number)


@bp.post("/cord/release")
@requires(Permission.RELEASE_CORD)
def release() -> ResponseReturnValue:
    form = ReleaseForm()
    hold = _hold_named(form)
    if not form.validate_on_submit():
        raise Invalid(_("Say what becomes of the replies that wait."))
    with unit_of_work():
        resumed = actions.release_cord(
            hold_id=hold.id, offer=ResumeOffer(form.offer.data), by=signed_in(), at=heartbeats.database_now()
        )
    crash_point("hold.released")
    if resumed is None:
        flash(_("A second admin must agree. Everything stays paused until then."), "success")
    else:
        flash(_said(resumed), "success")
    return redirect(url_for("publishing.cord_page"), code=303)


def _said(resumed: Resumed) -> str:
    said = [
        _("Posting is resumed."),
        ngettext("%(num)s reply leaves.", "%(num)s replies leave, one a minute.", resumed.leaving)
        if resumed.leaving
        else "",
        ngettext("%(num)s reply is reviewed again.", "%(num)s replies are reviewed again.", resumed.returned)
        if resumed.returned
        else "",
    ]
    return " ".join(filter(None, said))


@bp.post("/cord/withdraw")
@requires(Permission.RELEASE_CORD)
def withdraw() -> ResponseReturnValue:
    hold = _hold_named(HoldForm())
    with unit_of_work():
        cord_actions.withdraw_request(hold_id=hold.id, by=signed_in(), at=clock.now())
    crash_point("hold.release_withdrawn")
    flash(_("Nobody asks to resume any more."), "success")
    return redirect(url_for("publishing.cord_page"), code=303)


@bp.get("/cord/line")
@requires(Permission.RAISE_ALARM)
def show_line() -> ResponseReturnValue:
    insert = request.args.get("insert") == "yes"
    return render_template("publishing/_incident.html", incidents=incidents_worded(), insert=insert)


@bp.post("/cord/line")
@requires(Permission.APPROVE_SECOND)
def word_line() -> ResponseReturnValue:
    form = LineForm()
    hold = _hold_named(form)
    with unit_of_work():
        cord_actions.word_line(hold_id=hold.id, line=form.line.data or "", by=signed_in(), at=clock.now())
    crash_point("hold.line_worded")
    flash(_("Writers see the line now.") if form.line.data else _("The line is taken away."), "success")
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
