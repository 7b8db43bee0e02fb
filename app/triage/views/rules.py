"""Manage, Rules: what the brand wants done with which posts, tried on last week's before it counts."""

from http import HTTPStatus

from flask import flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue

from app.accounts.guards import requires
from app.accounts.login import signed_in
from app.accounts.permissions import Permission, may
from app.foundation import clock
from app.foundation.addresses import row_number
from app.foundation.db import unit_of_work
from app.foundation.errors import Invalid
from app.foundation.lanes import crash_point
from app.foundation.terms import chosen
from app.foundation.words import _
from app.triage.rules import actions, pages, queries
from app.triage.rules.book import Act, Change, rule_of
from app.triage.rules.forms import ChangeForm, RuleForm
from app.triage.rules.types import MOST_RULES
from app.triage.rules.words import wording_differences
from app.triage.views.blueprint import bp

VERSIONS_A_PAGE = 20


@bp.get("/manage/rules")
@requires(Permission.PROPOSE_RULES)
def rules() -> ResponseReturnValue:
    book = queries.newest_book()
    return render_template(
        "triage/rules.html",
        lines=pages.rule_lines(book.rules, at=clock.now()),
        number=book.number,
        most=MOST_RULES,
        may_edit=may(signed_in(), Permission.EDIT_LISTENING),
        acts=Act,
    )


@bp.get("/manage/rules/new")
@requires(Permission.PROPOSE_RULES)
def new_rule() -> ResponseReturnValue:
    return _rule_page(RuleForm(formdata=None).offer(pages.choices()))


@bp.post("/manage/rules/new")
@requires(Permission.PROPOSE_RULES)
def add_rule() -> ResponseReturnValue:
    form = RuleForm().offer(pages.choices())
    if not form.validate():
        return _rule_page(form), HTTPStatus.UNPROCESSABLE_ENTITY
    try:
        with unit_of_work():
            actions.add(wording=form.wording, actor_id=signed_in().id, at=clock.now())
    except Invalid as error:
        form.blame(error.field, error.message)
        return _rule_page(form), error.status
    crash_point("rules.added")
    flash(_("Saved. It is off until somebody has seen a dry run and switches it on."), "success")
    return redirect(url_for("triage.rules"), code=303)


@bp.get("/manage/rules/<int:rule_key>")
@requires(Permission.PROPOSE_RULES)
def edit_rule(rule_key: int) -> ResponseReturnValue:
    rule = rule_of(queries.newest_book().rules, rule_key)
    return _rule_page(RuleForm.showing(rule).offer(pages.choices(), rule.wording.when), rule_key)


@bp.post("/manage/rules/<int:rule_key>")
@requires(Permission.PROPOSE_RULES)
def change_rule(rule_key: int) -> ResponseReturnValue:
    rule = rule_of(queries.newest_book().rules, rule_key)
    form = RuleForm().offer(pages.choices(), rule.wording.when)
    if not form.validate():
        return _rule_page(form, rule_key), HTTPStatus.UNPROCESSABLE_ENTITY
    try:
        with unit_of_work():
            actions.word(key=rule_key, seen=form.version, wording=form.wording, actor_id=signed_in().id, at=clock.now())
    except Invalid as error:
        form.blame(error.field, error.message)
        return _rule_page(form, rule_key), error.status
    except actions.Overtaken as overtaken:
        return _overtaken_page(form, rule_key, overtaken), overtaken.status
    crash_point("rules.changed")
    flash(_("Saved. What counted before counts until somebody switches the new version on."), "success")
    return redirect(url_for("triage.rules"), code=303)


@bp.post("/manage/rules/changes")
@requires(Permission.EDIT_LISTENING)
def change_rules() -> ResponseReturnValue:
    change = _wanted()
    try:
        with unit_of_work():
            actions.change(change, actor_id=signed_in().id, at=clock.now())
    except actions.NeedsDryRun:
        return _dry_run(change)
    crash_point("rules.rearranged")
    flash(_("Done."), "success")
    return redirect(url_for("triage.rules"), code=303)


@bp.post("/manage/rules/dry-runs")
@requires(Permission.PROPOSE_RULES)
def try_rules() -> ResponseReturnValue:
    return _dry_run(_wanted())


def _dry_run(change: Change) -> ResponseReturnValue:
    at = clock.now()
    before, later, tried = actions.see_what_comes(change, at=at)
    with unit_of_work():
        row = actions.keep_dry_run(change, before, later, tried, actor_id=signed_in().id, at=at)
    crash_point("rules.tried")
    return redirect(url_for("triage.dry_run", dry_run_id=row.id), code=303)


@bp.get("/manage/rules/dry-runs/<int:dry_run_id>")
@requires(Permission.PROPOSE_RULES)
def dry_run(dry_run_id: int) -> ResponseReturnValue:
    person = signed_in()
    row = queries.dry_run_of(person, dry_run_id)
    change = Change(row.act, row.key)
    return render_template(
        "triage/dry_run.html",
        row=row,
        change=change,
        what=pages.change_in_words(change, row),
        moves=[(pages.way_in_words(start), pages.way_in_words(to), count) for start, to, count in row.moves],
        changed=pages.changed_posts(row, person),
        may_edit=may(person, Permission.EDIT_LISTENING),
    )


@bp.post("/manage/rules/dry-runs/<int:dry_run_id>/put-in-force")
@requires(Permission.EDIT_LISTENING)
def put_in_force(dry_run_id: int) -> ResponseReturnValue:
    row = queries.dry_run_of(signed_in(), dry_run_id)
    with unit_of_work():
        actions.put_in_force(dry_run=row, actor_id=signed_in().id, at=clock.now())
    crash_point("rules.put_in_force")
    flash(_("It counts from now on."), "success")
    return redirect(url_for("triage.rules"), code=303)


@bp.get("/manage/rules/versions")
@requires(Permission.PROPOSE_RULES)
def rule_versions() -> ResponseReturnValue:
    below = request.args.get("below", type=row_number)
    shown = queries.versions(limit=VERSIONS_A_PAGE, below=below)
    last = shown[-1].row.number if shown else 1
    return render_template(
        "triage/rule_versions.html",
        lines=pages.version_lines(shown),
        newest=queries.newest_book().number,
        more=url_for("triage.rule_versions", below=last) if last > 1 else None,
        may_edit=may(signed_in(), Permission.EDIT_LISTENING),
        back=Act.WENT_BACK,
    )


def _wanted() -> Change:
    form = ChangeForm()
    if not form.validate():
        raise Invalid(_("This page is old. Load it again."))
    return form.change


def _rule_page(form: RuleForm, key: int | None = None, **more: object) -> str:
    return render_template("triage/rule.html", form=form, key=key, zone=chosen().zone, **more)


def _overtaken_page(form: RuleForm, key: int, overtaken: actions.Overtaken) -> str:
    """Show both wordings; saving again now is knowing of theirs."""
    form.seen.data = str(overtaken.theirs.version)
    differences = wording_differences(overtaken.theirs.wording, form.wording, pages.names())
    return _rule_page(form, key, problem=overtaken.message, differences=differences)
