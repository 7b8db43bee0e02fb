"""Posting by hand: what waits for it, and the page on which one reply is copied and linked back."""

from http import HTTPStatus

from flask import flash, redirect, render_template, url_for
from flask.typing import ResponseReturnValue

from app.accounts.guards import requires
from app.accounts.login import signed_in
from app.accounts.permissions import Permission
from app.cord.queries import hold_over
from app.foundation import clock
from app.foundation.db import unit_of_work
from app.foundation.errors import Conflict, Invalid
from app.foundation.lanes import crash_point
from app.foundation.words import _
from app.publishing import actions, by_hand, queries
from app.publishing.forms import HandBackForm, LinkForm
from app.publishing.views.common import bp
from app.replies.models import ReplyKind


@bp.get("/by-hand")
@requires(Permission.POST_BY_HAND)
def list_by_hand() -> ResponseReturnValue:
    return render_template("publishing/by_hand.html", rows=by_hand.waiting(signed_in()), now=clock.now())


@bp.get("/by-hand/<int:publication_id>")
@requires(Permission.POST_BY_HAND)
def show_by_hand(publication_id: int) -> ResponseReturnValue:
    return _page(publication_id)


def _page(
    publication_id: int,
    status: int = HTTPStatus.OK,
    *,
    link_form: LinkForm | None = None,
    back_form: HandBackForm | None = None,
) -> ResponseReturnValue:
    row = queries.publication_of(signed_in(), publication_id)
    drawn = render_template(
        "publishing/post_by_hand.html",
        row=row,
        doubtful=row.is_doubtful_in_hand(at=clock.now()),
        hold=hold_over(crowd=row.kind is ReplyKind.COMMUNITY, connection_id=row.connection_id, topic=row.mention.topic),
        link_form=link_form or LinkForm(formdata=None),
        back_form=back_form or HandBackForm(formdata=None),
    )
    return drawn, status


@bp.post("/by-hand/<int:publication_id>/posted")
@requires(Permission.POST_BY_HAND)
def link_back(publication_id: int) -> ResponseReturnValue:
    form, person = LinkForm(), signed_in()
    queries.publication_of(person, publication_id)
    if not form.validate_on_submit():
        return _page(publication_id, HTTPStatus.UNPROCESSABLE_ENTITY, link_form=form)
    link = form.link.data or ""
    try:
        pasted = actions.pasted(publication_id=publication_id, link=link, by=person)
        seen = pasted.look()  # no transaction is open while the network answers
        with unit_of_work():
            why_not = actions.link_back(publication_id=publication_id, seen=seen, link=link, by=person, at=clock.now())
    except (Invalid, Conflict) as refused:
        form.blame("link", refused.message)
        return _page(publication_id, refused.status, link_form=form)
    crash_point("publication.linked_back")
    if why_not:
        form.blame("link", why_not)
        return _page(publication_id, HTTPStatus.UNPROCESSABLE_ENTITY, link_form=form)
    verified = seen.posted_at is not None
    said = _("Thank you. The network shows it; its writer gets the credit.")
    flash(said if verified else _("Thank you. The network could not be asked, so we take your word for it."), "success")
    return redirect(url_for("publishing.list_by_hand"), code=303)


@bp.post("/by-hand/<int:publication_id>/back")
@requires(Permission.POST_BY_HAND)
def return_from_hand(publication_id: int) -> ResponseReturnValue:
    form = HandBackForm()
    queries.publication_of(signed_in(), publication_id)
    if not form.validate_on_submit():
        return _page(publication_id, HTTPStatus.UNPROCESSABLE_ENTITY, back_form=form)
    try:
        with unit_of_work():
            actions.return_from_hand(
                publication_id=publication_id, because=form.reason.data or "", by=signed_in(), at=clock.now()
            )
    except (Invalid, Conflict) as refused:
        form.blame("reason", refused.message)
        return _page(publication_id, refused.status, back_form=form)
    crash_point("publication.handed_back")
    flash(_("It is back with those who decide on it."), "success")
    return redirect(url_for("publishing.list_by_hand"), code=303)
