"""Manage, Sorting: how far it leans between staff and the crew, what that would do, and what corrections tell."""

from flask import flash, redirect, render_template, url_for
from flask.typing import ResponseReturnValue

from app.accounts.guards import requires
from app.accounts.login import signed_in
from app.accounts.permissions import Permission, may
from app.foundation import clock
from app.foundation.db import unit_of_work
from app.foundation.errors import Conflict, Invalid
from app.foundation.lanes import crash_point
from app.foundation.words import _
from app.triage.judge import MOST_INFLUENCE
from app.triage.sorting import actions, drawings, pages, queries
from app.triage.sorting.forms import FollowForm, InfluenceForm, LeanForm, SeenForm
from app.triage.sorting.words import STEP_WORDS
from app.triage.views.blueprint import bp


@bp.get("/manage/sorting")
@requires(Permission.PROPOSE_RULES)
def sorting() -> ResponseReturnValue:
    return _sorting_page()


@bp.post("/manage/sorting")
@requires(Permission.EDIT_LISTENING)
def set_sorting() -> ResponseReturnValue:
    form = LeanForm()
    if not form.validate():
        return _sorting_page(form), Invalid.status
    try:
        with unit_of_work():
            made = actions.lean(step=form.said, seen=form.version, actor_id=signed_in().id, at=clock.now())
    except Conflict as refused:
        form.blame("step", refused.message)
        return _sorting_page(form), refused.status
    crash_point("sorting.leant")
    flash(_("It counts for posts that are sorted from now on.") if made else _("It is set so already."), "success")
    return redirect(url_for("triage.sorting"), code=303)


@bp.post("/manage/sorting/influence")
@requires(Permission.EDIT_LISTENING)
def set_influence() -> ResponseReturnValue:
    form = InfluenceForm()
    if not form.validate():
        return _sorting_page(influence=form), Invalid.status
    try:
        with unit_of_work():
            made = actions.weigh_influence(
                points=form.points.data or 0, seen=form.version, actor_id=signed_in().id, at=clock.now()
            )
    except Conflict as refused:
        form.blame("points", refused.message)
        return _sorting_page(influence=form), refused.status
    crash_point("sorting.weighed")
    flash(_("It counts for posts that are sorted from now on.") if made else _("It is set so already."), "success")
    return redirect(url_for("triage.sorting"), code=303)


def _sorting_page(form: LeanForm | None = None, influence: InfluenceForm | None = None) -> str:
    form, influence = form or LeanForm(formdata=None), influence or InfluenceForm(formdata=None)
    person, now, outlook = signed_in(), queries.setting(), queries.newest_outlook()
    week, own = pages.week_lines(outlook, now.step) if outlook else [], pages.own_lines(now.step)
    form.seen.data = influence.seen.data = str(now.number)
    if influence.points.raw_data is None:
        influence.points.data = now.influence
    if form.step.data is None:
        form.step.data = str(now.step.value)
    return render_template(
        "triage/sorting.html",
        form=form,
        influence=influence,
        most=MOST_INFLUENCE,
        now=now,
        step=STEP_WORDS[now.step],
        outlook=outlook,
        week=week,
        week_chart=drawings.steps_chart(week) if week else None,
        own=own,
        own_chart=drawings.steps_chart(own),
        versions=pages.version_lines(person),
        may_edit=may(person, Permission.EDIT_LISTENING),
    )


@bp.get("/manage/sorting/corrections")
@requires(Permission.PROPOSE_RULES)
def corrections() -> ResponseReturnValue:
    now, outlook = queries.setting(), queries.newest_outlook()
    learns, connections = queries.count_connections_learnt_from()
    weeks = pages.lane_weeks(outlook) if outlook else []
    return render_template(
        "triage/corrections.html",
        now=now,
        outlook=outlook,
        proposal=pages.proposal_lines(outlook) if outlook else [],
        would=pages.learning_lines(outlook, now) if outlook else [],
        is_new=outlook is not None and pages.proposes_more(outlook, now),
        weeks=weeks,
        chart=drawings.weeks_chart(weeks),
        tallies=pages.tally_lines(outlook) if outlook else {},
        learns=learns,
        connections=connections,
        may_edit=may(signed_in(), Permission.EDIT_LISTENING),
    )


@bp.post("/manage/sorting/corrections/follow")
@requires(Permission.EDIT_LISTENING)
def follow_corrections() -> ResponseReturnValue:
    form = FollowForm()
    if not form.validate():
        raise Invalid(_("This page is old. Load it again."))
    with unit_of_work():
        actions.follow_corrections(
            outlook_id=form.outlook.data or 0, seen=form.version, actor_id=signed_in().id, at=clock.now()
        )
    crash_point("sorting.followed")
    flash(_("What was learnt counts for posts that are sorted from now on."), "success")
    return redirect(url_for("triage.corrections"), code=303)


@bp.post("/manage/sorting/corrections/forget")
@requires(Permission.EDIT_LISTENING)
def forget_corrections() -> ResponseReturnValue:
    form = SeenForm()
    if form.version < 0:
        raise Invalid(_("This page is old. Load it again."))
    with unit_of_work():
        actions.forget_corrections(seen=form.version, actor_id=signed_in().id, at=clock.now())
    crash_point("sorting.forgotten")
    flash(_("What was learnt counts no longer."), "success")
    return redirect(url_for("triage.corrections"), code=303)
