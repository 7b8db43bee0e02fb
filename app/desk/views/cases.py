"""The inbox and its cases: taken, noted on, answered, ended, given back."""

import secrets
from http import HTTPStatus

from flask import current_app, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue

from app.accounts.guards import requires
from app.accounts.login import signed_in
from app.accounts.permissions import Permission, Person
from app.advocates.actions import SIGNS_AS
from app.desk import actions, pages, queries, words
from app.desk.forms import AnswerForm, NoteForm, ReturnForm
from app.desk.views.common import ROWS_A_PAGE, bp
from app.foundation import clock, heartbeats
from app.foundation.addresses import row_number
from app.foundation.config import Settings
from app.foundation.db import unit_of_work
from app.foundation.errors import Conflict, Invalid
from app.foundation.lanes import crash_point
from app.foundation.words import _
from app.replies.checks import check
from app.triage.rules.queries import known_tags
from app.triage.rules.types import LONGEST_TAG

FORM_KEY_BYTES = 24


def _settings() -> Settings:
    settings: Settings = current_app.config["SETTINGS"]
    return settings


def _signature(person: Person) -> str:
    """Return what stands below staff's words: a first name, or the handle where the name is none that may be posted."""
    first = next(iter(person.name.split()), "")
    return f"{first if SIGNS_AS.fullmatch(first) else person.handle}, {_settings().brand_name}"


def _view() -> queries.View:
    asked = request.args.get("view", "")
    return queries.View(asked) if asked in set(queries.View) else queries.View.ALL


def _inbox(view: queries.View) -> dict[str, object]:
    person = signed_in()
    priority, case_id = request.args.get("p", type=row_number), request.args.get("before", type=row_number)
    below = queries.Position(priority, case_id) if priority is not None and case_id is not None else None
    tag = request.args.get("tag", "")[:LONGEST_TAG]
    lines = queries.inbox(person, view, limit=ROWS_A_PAGE + 1, below=below, tag=tag)
    more = None
    if len(lines) > ROWS_A_PAGE:
        lines = lines[:ROWS_A_PAGE]
        last = lines[-1].case
        more = url_for("desk.inbox", view=view.value, tag=tag or None, p=last.priority, before=last.id)
    counts = {each: queries.count_of(person, each) for each in queries.View if each is not queries.View.ENDED}
    return {
        "lines": lines,
        "more": more,
        "view": view,
        "tag": tag,
        "tags": known_tags(),
        "counts": counts,
        "unreadable_count": queries.count_of_unreadable(),
        "views": queries.View,
        "pages": pages,
        "words": words,
    }


@bp.get("/inbox")
@requires(Permission.SEE_STAFF_LANES)
def inbox() -> ResponseReturnValue:
    return render_template("desk/inbox.html", **_inbox(_view()))


@bp.get("/inbox/rows")
@requires(Permission.SEE_STAFF_LANES)
def inbox_rows() -> ResponseReturnValue:
    return render_template(
        "desk/_rows.html", current_id=request.args.get("current", type=row_number), **_inbox(_view())
    )


def _case_page(case_id: int, *, status: int = 200, **more: object) -> ResponseReturnValue:
    person = signed_in()
    line = queries.case_of(person, case_id)
    page = pages.life_of(line.case.mention_id, viewer=person)
    unsaid = pages.unsaid_answer(page, line.case)
    form_key = secrets.token_urlsafe(FORM_KEY_BYTES)
    values: dict[str, object] = {
        "line": line,
        "page": page,
        "current_id": case_id,
        "answer_form": AnswerForm(formdata=None, text=unsaid.text if unsaid else "", form_key=form_key),
        "note_form": NoteForm(formdata=None),
        "return_form": ReturnForm(formdata=None),
        "mode": request.args.get("mode", "public"),
        "signature": _signature(person),
        "can_undo": pages.what_can_be_undone(page, viewer=person),
        "unsaid": unsaid,
        "problem": "",
    }
    return render_template("desk/case.html", **_inbox(_view()), **(values | more)), status


@bp.get("/inbox/<int:case_id>")
@requires(Permission.SEE_STAFF_LANES)
def case(case_id: int) -> ResponseReturnValue:
    return _case_page(case_id)


@bp.get("/inbox/<int:case_id>/timeline")
@requires(Permission.SEE_STAFF_LANES)
def timeline(case_id: int) -> ResponseReturnValue:
    person = signed_in()
    line = queries.case_of(person, case_id)
    page = pages.life_of(line.case.mention_id, viewer=person)
    return render_template("desk/_timeline.html", page=page, line=line)


def _to_case(case_id: int, mode: str | None = None) -> ResponseReturnValue:
    return redirect(url_for("desk.case", case_id=case_id, mode=mode), code=303)


@bp.post("/inbox/<int:case_id>/assign")
@requires(Permission.ANSWER_CASE)
def assign(case_id: int) -> ResponseReturnValue:
    person = signed_in()
    queries.case_of(person, case_id)
    with unit_of_work():
        actions.assign(case_id=case_id, to=person, at=clock.now())
    crash_point("case.assigned")
    flash(_("It is yours."), "success")
    return _to_case(case_id)


@bp.post("/inbox/<int:case_id>/note")
@requires(Permission.NOTE_CASE)
def add_note(case_id: int) -> ResponseReturnValue:
    person, form = signed_in(), NoteForm()
    queries.case_of(person, case_id)
    if not form.validate_on_submit():
        return _case_page(case_id, status=422, note_form=form, mode="note")
    with unit_of_work():
        actions.add_note(case_id=case_id, author=person, text=form.text.data or "", at=clock.now())
    crash_point("case.noted")
    return _to_case(case_id, mode="note")


@bp.post("/inbox/<int:case_id>/answer")
@requires(Permission.ANSWER_CASE)
def answer(case_id: int) -> ResponseReturnValue:
    person, form = signed_in(), AnswerForm()
    queries.case_of(person, case_id)
    if not form.validate_on_submit():
        return _case_page(case_id, status=422, answer_form=form)
    try:
        with unit_of_work():
            answered = actions.answer(
                case_id=case_id,
                writer=person,
                text=form.text.data or "",
                signature=_signature(person),
                form_key=form.form_key.data or "",
                edition=form.edition.data or 0,
                undo_lasts=_settings().undo_lasts,
                at=heartbeats.database_now(),
            )
    except (Invalid, Conflict) as refused:
        return _case_page(case_id, status=refused.status, answer_form=form, problem=refused.message)
    crash_point("case.answered")
    if answered.needs_second:
        flash(_("A second person reads it first, since this case is sensitive."), "success")
    return _to_case(case_id)


@bp.post("/inbox/<int:case_id>/check")
@requires(Permission.ANSWER_CASE)
def check_answer(case_id: int) -> ResponseReturnValue:
    person, form = signed_in(), AnswerForm()
    network = queries.case_of(person, case_id).mention.connection.kind
    checked = check(form.text.data or "", signature=_signature(person), network=network)
    return render_template("replies/_check.html", checked=checked, network=network)


@bp.post("/inbox/<int:case_id>/undo")
@requires(Permission.ANSWER_CASE)
def undo(case_id: int) -> ResponseReturnValue:
    person = signed_in()
    queries.case_of(person, case_id)
    with unit_of_work():
        actions.take_back(case_id=case_id, by=person, at=clock.now())
    crash_point("case.answer_taken_back")
    flash(_("Nothing was posted. Your words are back in the box."), "success")
    return _to_case(case_id)


@bp.post("/inbox/<int:case_id>/resolve")
@requires(Permission.ANSWER_CASE)
def resolve(case_id: int) -> ResponseReturnValue:
    person = signed_in()
    queries.case_of(person, case_id)
    with unit_of_work():
        actions.resolve(case_id=case_id, by=person, at=clock.now())
    crash_point("case.resolved")
    flash(_("Resolved."), "success")
    following = queries.inbox(person, queries.View.ALL, limit=1)
    return _to_case(following[0].case.id) if following else redirect(url_for("desk.inbox"), code=303)


@bp.get("/inbox/<int:case_id>/return")
@requires(Permission.REROUTE)
def ask_return(case_id: int) -> ResponseReturnValue:
    return _return_page(case_id, ReturnForm(formdata=None))


def _return_page(case_id: int, form: ReturnForm, status: int = HTTPStatus.OK) -> ResponseReturnValue:
    line = queries.case_of(signed_in(), case_id)
    return render_template("desk/return.html", line=line, return_form=form, pages=pages), status


@bp.post("/inbox/<int:case_id>/return")
@requires(Permission.REROUTE)
def return_to_feed(case_id: int) -> ResponseReturnValue:
    person, form = signed_in(), ReturnForm()
    queries.case_of(person, case_id)
    if not form.validate_on_submit():
        return _return_page(case_id, form, HTTPStatus.UNPROCESSABLE_ENTITY)
    try:
        with unit_of_work():
            actions.return_to_feed(case_id=case_id, by=person, brief=form.brief.data or "", at=clock.now())
    except Conflict as refused:
        form.blame("brief", refused.message)
        return _return_page(case_id, form, refused.status)
    crash_point("case.returned")
    flash(_("It is on the feed now."), "success")
    return redirect(url_for("desk.inbox"), code=303)
