"""Listening: one post at a time, four keys, a way back."""

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
from app.foundation.terms import chosen
from app.foundation.words import _
from app.mentions.models import IgnoredBecause, Mention, MentionStatus
from app.mentions.queries import mention_of
from app.triage import doubts, listening, pages
from app.triage.forms import PLACE_WORDS, PlaceForm
from app.triage.listening import Place
from app.triage.models import Doubt
from app.triage.views.blueprint import bp

#: For each place its key, and its kind of button and drawing.
BUTTONS = (
    (Place.FEED, "1", "", "message-circle"),
    (Place.STAFF, "2", "", "inbox"),
    (Place.NO_REPLY, "3", "", "eye-off"),
    (Place.SPAM, "4", "careful", "trash"),
)


@bp.get("/listening")
@requires(Permission.LISTEN)
def listen() -> ResponseReturnValue:
    """Open what the person has in hand; else say how much waits, with the button that takes the first."""
    mine = doubts.in_hand(signed_in().id)
    if mine is not None:
        return redirect(url_for("triage.listen_to", mention_id=mine.mention_id), code=303)
    return _page(None)


@bp.get("/listening/<int:mention_id>")
@requires(Permission.LISTEN)
def listen_to(mention_id: int) -> ResponseReturnValue:
    return _page(mention_id)


def _page(mention_id: int | None, *, trouble: str = "", status: int = HTTPStatus.OK) -> ResponseReturnValue:
    page = pages.listening_page(signed_in(), mention_id, at=clock.now())
    drawn = render_template(
        "triage/listening.html",
        page=page,
        pages=pages,
        buttons=[(place.value, PLACE_WORDS[place], key, kind, icon) for place, key, kind, icon in BUTTONS],
        trouble=trouble,
        asks=chosen().asked_a_day > 0,
    )
    return drawn, status


@bp.post("/listening/next")
@requires(Permission.LISTEN)
def take_next() -> ResponseReturnValue:
    with unit_of_work():
        taken = listening.take_next(by=signed_in(), at=clock.now())
    crash_point("doubt.taken")
    return _to(taken)


def _to(doubt: Doubt | None) -> ResponseReturnValue:
    if doubt is None:
        return redirect(url_for("triage.listen"), code=303)
    return redirect(url_for("triage.listen_to", mention_id=doubt.mention_id), code=303)


@bp.post("/listening/<int:mention_id>/leave")
@requires(Permission.LISTEN)
def leave(mention_id: int) -> ResponseReturnValue:
    person = signed_in()
    mention_of(person, mention_id)
    with unit_of_work():
        listening.leave(mention_id=mention_id, by=person, at=clock.now())
        taken = listening.take_next(by=person, at=clock.now())
    crash_point("doubt.left")
    return _to(taken)


@bp.post("/listening/<int:mention_id>")
@requires(Permission.LISTEN)
def decide(mention_id: int) -> ResponseReturnValue:
    person, form = signed_in(), PlaceForm()
    mention_of(person, mention_id)
    if not form.validate_on_submit():
        raise Invalid(_("This form says nothing about the post. Load the page again."))
    try:
        with unit_of_work():
            mention = listening.decide(mention_id=mention_id, place=form.said, by=person, at=clock.now())
            taken = listening.take_next(by=person, at=clock.now())
    except Conflict as refused:
        return _page(mention_id, trouble=refused.message, status=refused.status)
    crash_point("doubt.said")
    words = {"text": _said_of(mention), "undo": url_for("triage.undo")}
    flash(words, "success")  # type: ignore[arg-type] # a toast with a way back
    return _to(taken)


def _said_of(mention: Mention) -> str:
    """Say where a post has gone, and how many are left."""
    if mention.status is MentionStatus.IGNORED and mention.ignored_because is IgnoredBecause.MAY_NOT_BE_ANSWERED:
        return _("Set aside: the network does not let us answer it.")
    return {
        MentionStatus.OPEN: _("It is on the feed."),
        MentionStatus.BY_HAND: _("It is on the feed, to be answered by hand."),
        MentionStatus.ESCALATED: _("It is with staff."),
    }.get(mention.status, _("It is set aside."))


@bp.post("/listening/undo")
@requires(Permission.LISTEN)
def undo() -> ResponseReturnValue:
    with unit_of_work():
        taken = listening.undo(by=signed_in(), at=clock.now())
    crash_point("doubt.undone")
    flash(_("Taken back. It is before you again."), "success")
    return _to(taken)
