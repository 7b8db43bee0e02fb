"""The life of a post, where else it may go, and what was set aside."""

from http import HTTPStatus

from flask import flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue

from app.accounts.guards import requires
from app.accounts.login import signed_in
from app.accounts.permissions import Permission, may
from app.desk import actions, pages, queries, words
from app.desk.forms import ReasonForm
from app.desk.views.common import ROWS_A_PAGE, bp
from app.foundation import clock
from app.foundation.addresses import row_number
from app.foundation.db import unit_of_work
from app.foundation.errors import Conflict
from app.foundation.lanes import crash_point
from app.foundation.words import _
from app.mentions.models import IgnoredBecause

#: The part of what was set aside that triage failed on, in the address.
UNREADABLE = "unreadable"


@bp.get("/posts/<int:mention_id>")
@requires(Permission.SEE_STAFF_LANES)
def post(mention_id: int) -> ResponseReturnValue:
    return _post_page(mention_id, ReasonForm(formdata=None))


def _post_page(mention_id: int, form: ReasonForm, status: int = HTTPStatus.OK) -> ResponseReturnValue:
    person = signed_in()
    page = pages.life_of(mention_id, viewer=person)
    may_let_be = may(person, Permission.SEE_SAFETY_CASES)
    drawn = render_template(
        "desk/post.html", page=page, pages=pages, words=words, reason_form=form, may_let_be=may_let_be
    )
    return drawn, status


@bp.post("/posts/<int:mention_id>/feed")
@requires(Permission.REROUTE)
def put_on_feed(mention_id: int) -> ResponseReturnValue:
    queries.cases_about(signed_in(), mention_id)  # what is not for them to see is not theirs to move
    with unit_of_work():
        actions.put_on_feed(mention_id=mention_id, by=signed_in(), at=clock.now())
    crash_point("mention.reopened")
    flash(_("It is on the feed now."), "success")
    return redirect(url_for("desk.post", mention_id=mention_id), code=303)


@bp.post("/posts/<int:mention_id>/case")
@requires(Permission.REROUTE)
def make_case(mention_id: int) -> ResponseReturnValue:
    person, form = signed_in(), ReasonForm()
    queries.cases_about(person, mention_id)
    if not form.validate_on_submit():
        return _post_page(mention_id, form, HTTPStatus.UNPROCESSABLE_ENTITY)
    try:
        with unit_of_work():
            made = actions.make_case(mention_id=mention_id, by=person, reason=form.reason.data or "", at=clock.now())
    except Conflict as refused:
        form.blame("reason", refused.message)
        return _post_page(mention_id, form, refused.status)
    crash_point("mention.escalated")
    return redirect(url_for("desk.case", case_id=made.id), code=303)


@bp.post("/posts/<int:mention_id>/anew")
@requires(Permission.REROUTE)
def answer_anew(mention_id: int) -> ResponseReturnValue:
    queries.cases_about(signed_in(), mention_id)
    with unit_of_work():
        made = actions.answer_anew(mention_id=mention_id, by=signed_in(), at=clock.now())
    crash_point("mention.taken_up_again")
    flash(_("It waits for an answer of staff again."), "success")
    return redirect(url_for("desk.case", case_id=made.id), code=303)


@bp.post("/posts/<int:mention_id>/let-be")
@requires(Permission.SEE_SAFETY_CASES)  # who may not read everything cannot say that it needs nothing
def let_be(mention_id: int) -> ResponseReturnValue:
    queries.cases_about(signed_in(), mention_id)
    with unit_of_work():
        actions.let_be(mention_id=mention_id, by=signed_in(), at=clock.now())
    crash_point("mention.ignored")
    flash(_("Let be. It stands under “Set aside” from now on."), "success")
    return redirect(url_for("desk.post", mention_id=mention_id), code=303)


@bp.get("/inbox/set-aside")
@requires(Permission.SEE_STAFF_LANES)
def set_aside() -> ResponseReturnValue:
    asked = request.args.get("why", "")
    because = IgnoredBecause(asked) if asked in set(IgnoredBecause) else None
    before = request.args.get("before", type=row_number)
    if asked == UNREADABLE:
        rows = queries.unreadable(limit=ROWS_A_PAGE + 1, before_id=before)
    else:
        rows = queries.set_aside(because, limit=ROWS_A_PAGE + 1, before_id=before)
    more = None
    if len(rows) > ROWS_A_PAGE:
        rows = rows[:ROWS_A_PAGE]
        more = url_for("desk.set_aside", why=asked or None, before=rows[-1][0].id)
    shown = [each for each in IgnoredBecause if each is not IgnoredBecause.DELETED]
    return render_template(
        "desk/set_aside.html",
        rows=rows,
        more=more,
        because=because,
        reasons=shown,
        unreadable=asked == UNREADABLE,
        unreadable_count=queries.count_of_unreadable(),
        pages=pages,
        words=words,
    )
