"""The leaderboard, profiles and the ledger."""

from flask import Blueprint, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue

from app.accounts.guards import requires
from app.accounts.login import signed_in
from app.accounts.permissions import Permission
from app.advocates.queries import advocate_of
from app.foundation import clock
from app.foundation.addresses import row_number
from app.foundation.db import unit_of_work
from app.foundation.lanes import crash_point
from app.foundation.words import _
from app.rewards import actions, pages, queries

bp = Blueprint("rewards", __name__)

LINES_A_PAGE = 50


@bp.get("/leaderboard")
@requires(Permission.SEE_LEADERBOARD)
def leaderboard() -> ResponseReturnValue:
    page = pages.board(
        viewer=signed_in(),
        all_time=request.args.get("period") == "all",
        near_me=request.args.get("around", "me") == "me",
        at=clock.now(),
    )
    return render_template("rewards/leaderboard.html", page=page)


@bp.get("/leaderboard/card")
@requires(Permission.SEE_OWN_POINTS)
def season_card() -> ResponseReturnValue:
    goal = pages.goal_of(signed_in(), at=clock.now())
    return render_template("rewards/_season_card.html", goal=goal) if goal else ("", 204)


@bp.get("/u/<handle>")
@requires(Permission.SEE_LEADERBOARD)
def profile(handle: str) -> ResponseReturnValue:
    return render_template("rewards/profile.html", page=pages.profile(handle, viewer=signed_in(), at=clock.now()))


@bp.get("/u/<handle>/points")
@requires(Permission.SEE_OWN_POINTS)
def ledger(handle: str) -> ResponseReturnValue:
    advocate = queries.own_profile(handle, viewer=signed_in())
    before = request.args.get("before", type=row_number)
    lines = queries.ledger_of(advocate.user_id, limit=LINES_A_PAGE + 1, before_id=before)
    older = None
    if len(lines) > LINES_A_PAGE:
        lines = lines[:LINES_A_PAGE]
        older = url_for("rewards.ledger", handle=handle, before=lines[-1].entry.id)
    return render_template("rewards/ledger.html", advocate=advocate, lines=pages.said(lines), older=older)


@bp.post("/me/ranking")
@requires(Permission.SEE_OWN_POINTS)
def choose_ranking() -> ResponseReturnValue:
    person = signed_in()
    with unit_of_work():
        actions.choose_ranking(advocate=advocate_of(person), hidden=request.form.get("show") is None, at=clock.now())
    crash_point("rewards.ranking_chosen")
    flash(_("Saved."), "success")
    return redirect(url_for("rewards.profile", handle=person.handle), code=303)
