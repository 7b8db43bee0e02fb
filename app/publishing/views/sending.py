"""The sending log, and the sends a person must settle."""

from http import HTTPStatus

from flask import flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue

from app.accounts.guards import requires
from app.accounts.login import signed_in
from app.accounts.permissions import Permission, may
from app.foundation import clock, heartbeats
from app.foundation.addresses import row_number
from app.foundation.db import unit_of_work
from app.foundation.errors import Conflict, Invalid
from app.foundation.lanes import crash_point
from app.foundation.tasks import Task, TaskKind, open_tasks_of
from app.foundation.words import _
from app.publishing import actions, queries
from app.publishing.actions.settling import is_second, must_be_decided
from app.publishing.forms import LinkForm, PlainForm
from app.publishing.models import Publication, PublicationStatus
from app.publishing.views.common import bp
from app.publishing.words import FILTERS
from app.replies.models import ReplyKind

ROWS_A_PAGE = 50
_S = PublicationStatus
STATES: dict[str, tuple[PublicationStatus, ...]] = {
    "": (),
    "unknown": queries.UNSETTLED,
    "refused": (_S.REFUSED, _S.QUARANTINED),
    "waiting": (*queries.UNSENT, _S.SENDING, _S.HANDED_OUT),
    "sent": (_S.SENT,),
}

for word in FILTERS:
    bp.add_app_template_filter(word)


@bp.get("/publishing")
@requires(Permission.SEE_STAFF_LANES)
def log() -> ResponseReturnValue:
    asked = request.args.get("state", "")
    state = asked if asked in STATES else ""
    found = queries.sending_log(
        signed_in(), statuses=STATES[state], before=request.args.get("before", type=row_number), limit=ROWS_A_PAGE + 1
    )
    rows = found[:ROWS_A_PAGE]
    more = url_for("publishing.log", state=state or None, before=rows[-1].id) if len(found) > len(rows) else None
    by_status = queries.counts_by_status()
    counts = {name: sum(by_status.get(each, 0) for each in statuses) for name, statuses in STATES.items()}
    asking = [] if "before" in request.args else queries.asking(signed_in())
    return render_template("publishing/log.html", rows=rows, more=more, state=state, counts=counts, asking=asking)


@bp.get("/publishing/<int:publication_id>")
@requires(Permission.SEE_STAFF_LANES)
def show(publication_id: int) -> ResponseReturnValue:
    return _page(publication_id)


def _page(publication_id: int, status: int = HTTPStatus.OK, *, form: LinkForm | None = None) -> ResponseReturnValue:
    person = signed_in()
    row = queries.publication_of(person, publication_id)
    drawn = render_template(
        "publishing/show.html",
        row=row,
        form=form,
        lines=queries.journal_of(row),
        task=_asks(row),
        removal_asked_by=queries.who_asked_for_removal(row),
        may_retract=may(person, Permission.RETRACT_REPLY),
        may_post=may(person, Permission.POST_BY_HAND),
        must_be_decided=must_be_decided(row),
        may_settle=may(person, Permission.SETTLE_AS_POSTED),
        may_say_absent=may(person, Permission.SETTLE_AS_ABSENT),
        shown_by_now=row.may_be_called_absent(at=clock.now()),
        may_return=may(person, Permission.REVIEW),
        may_send_again=may(person, Permission.SETTLE_AS_ABSENT) and is_second(row, person),
        said_absent=row.absent_by_id == person.id,
    )
    return drawn, status


def _asks(row: Publication) -> Task | None:
    """Return why a sending waits for a person, beside an unknown outcome; None when it does not."""
    kinds = (kind for kind in queries.ASKING_KINDS if kind is not TaskKind.UNKNOWN_SEND)
    return next((task for kind in kinds for task in open_tasks_of(kind, row)), None)


def _back(publication_id: int, said: str) -> ResponseReturnValue:
    flash(said, "success")
    return redirect(url_for("publishing.show", publication_id=publication_id), code=303)


@bp.post("/publishing/<int:publication_id>/posted")
@requires(Permission.SETTLE_AS_POSTED)
def settle_as_posted(publication_id: int) -> ResponseReturnValue:
    form = LinkForm()
    if not form.validate_on_submit():
        return _page(publication_id, HTTPStatus.UNPROCESSABLE_ENTITY, form=form)
    link = form.link.data or ""
    try:
        pasted = actions.pasted(publication_id=publication_id, link=link, by=signed_in())
        seen = pasted.look()  # no transaction is open while the network answers
        with unit_of_work():
            why_not = actions.settle_as_posted(
                publication_id=publication_id, seen=seen, link=link, by=signed_in(), at=clock.now()
            )
    except Invalid as refused:
        form.blame(refused.field, refused.message)
        return _page(publication_id, refused.status, form=form)
    crash_point("publication.confirmed")
    if why_not:
        form.blame("link", why_not)
        return _page(publication_id, HTTPStatus.UNPROCESSABLE_ENTITY, form=form)
    return _back(publication_id, _("Settled: it is posted."))


@bp.post("/publishing/<int:publication_id>/link")
@requires(Permission.SETTLE_AS_POSTED)
def correct_link(publication_id: int) -> ResponseReturnValue:
    form, person = LinkForm(), signed_in()
    queries.publication_of(person, publication_id)
    if not form.validate_on_submit():
        return _page(publication_id, HTTPStatus.UNPROCESSABLE_ENTITY, form=form)
    link = form.link.data or ""
    try:
        pasted = actions.pasted(publication_id=publication_id, link=link, by=person)
        seen = pasted.look()  # no transaction is open while the network answers
        with unit_of_work():
            why_not = actions.correct_link(
                publication_id=publication_id, seen=seen, link=link, by=person, at=clock.now()
            )
    except (Invalid, Conflict) as refused:
        form.blame("link", refused.message)
        return _page(publication_id, refused.status, form=form)
    crash_point("publication.link_corrected")
    if why_not:
        form.blame("link", why_not)
        return _page(publication_id, HTTPStatus.UNPROCESSABLE_ENTITY, form=form)
    said = _("The network could not be asked, so we take your word for it. It can be taken back now.")
    return _back(publication_id, said if seen.posted_at is None else _("The link is right now. It can be taken back."))


@bp.post("/publishing/<int:publication_id>/absent")
@requires(Permission.SETTLE_AS_ABSENT)
def settle_as_absent(publication_id: int) -> ResponseReturnValue:
    PlainForm()
    with unit_of_work():
        actions.settle_as_absent(publication_id=publication_id, by=signed_in(), at=heartbeats.database_now())
    crash_point("publication.found_absent")
    alone = is_second(queries.publication_of(signed_in(), publication_id), signed_in())
    said = _("Settled: it is not there. A second person may send it again.")
    return _back(publication_id, _("Settled: it is not there. You may send it again yourself.") if alone else said)


@bp.post("/publishing/<int:publication_id>/again")
@requires(Permission.SETTLE_AS_ABSENT)
def send_again(publication_id: int) -> ResponseReturnValue:
    PlainForm()
    with unit_of_work():
        leaves = actions.send_again(publication_id=publication_id, by=signed_in(), at=heartbeats.database_now())
    crash_point("publication.sent_again")
    said = _("It leaves again in a moment.")
    return _back(publication_id, said if leaves else _("Its approval was too old: it is decided on again."))


@bp.post("/publishing/<int:publication_id>/review")
@requires(Permission.REVIEW)
def return_refused(publication_id: int) -> ResponseReturnValue:
    PlainForm()
    with unit_of_work():
        actions.return_refused(publication_id=publication_id, by=signed_in(), at=clock.now())
    crash_point("reply.retried")
    return _back(publication_id, _("It waits in the review queue again."))


@bp.post("/publishing/<int:publication_id>/seen")
@requires(Permission.SETTLE_AS_POSTED)
def settle_as_seen(publication_id: int) -> ResponseReturnValue:
    PlainForm()
    with unit_of_work():
        actions.settle_as_seen(publication_id=publication_id, by=signed_in(), at=clock.now())
    crash_point("publication.looked_into")
    return _back(publication_id, _("Settled. Thank you for looking."))


@bp.post("/publishing/<int:publication_id>/re-review")
@requires(Permission.SETTLE_AS_POSTED)
def re_review(publication_id: int) -> ResponseReturnValue:
    PlainForm()
    with unit_of_work():
        row = actions.re_review(publication_id=publication_id, by=signed_in(), at=clock.now())
    crash_point("publication.re_reviewed")
    said = _("It waits in the review queue again.")
    return _back(publication_id, _("It is back on its case.") if row.kind is ReplyKind.STAFF else said)
