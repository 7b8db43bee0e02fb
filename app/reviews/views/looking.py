"""The queue read: the list, a reply under review, what was decided, who else is here."""

from http import HTTPStatus

from flask import redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue

from app.accounts.guards import requires
from app.accounts.login import signed_in
from app.accounts.permissions import Permission
from app.foundation import clock
from app.foundation.addresses import row_number
from app.foundation.db import unit_of_work
from app.foundation.lanes import crash_point
from app.publishing.queries import held_publications
from app.replies.checks import check
from app.reviews import actions, history, pages, queries
from app.reviews.forms import EditForm, EscalateForm, NoteForm, RejectForm, ReturnForm
from app.reviews.views.common import bp, form_page, kept, list_shown, page


@bp.get("/queue")
@requires(Permission.APPROVE_SECOND)
def queue() -> ResponseReturnValue:
    if request.args.get("view") == "decided":
        return redirect(url_for("reviews.decided"), code=303)
    listed = list_shown()
    if request.headers.get("HX-Request"):
        return render_template(
            "reviews/_list.html", listed=listed, current_id=request.args.get("open", type=row_number)
        )
    return page(listed, listed.items[0].reply_id if listed.items else None, front="list")


@bp.get("/queue/<int:reply_id>")
@requires(Permission.APPROVE_SECOND)
def show(reply_id: int) -> ResponseReturnValue:
    return page(list_shown(), reply_id)


@bp.get("/queue/decided")
@requires(Permission.APPROVE_SECOND)
def decided() -> ResponseReturnValue:
    made = history.decided(signed_in(), before=request.args.get("before", type=row_number), limit=pages.ROWS_A_PAGE + 1)
    rows = made[: pages.ROWS_A_PAGE]
    more = url_for("reviews.decided", before=rows[-1].id) if len(made) > len(rows) else None
    return render_template("reviews/decided.html", rows=rows, more=more)


@bp.get("/queue/held")
@requires(Permission.APPROVE_SECOND)
def held() -> ResponseReturnValue:
    return render_template("reviews/held.html", rows=held_publications(signed_in()))


@bp.post("/queue/<int:reply_id>/open")
@requires(Permission.APPROVE_SECOND)
def open_item(reply_id: int) -> ResponseReturnValue:
    with unit_of_work():
        actions.open_item(reply_id=reply_id, by=signed_in(), at=clock.now())
    crash_point("reply.opened")
    item = pages.item_page(signed_in(), reply_id, line=[], show=pages.Show.POSTED, at=clock.now())
    return render_template("reviews/_presence.html", item=item, edition=request.args.get("edition", type=row_number))


@bp.get("/queue/<int:reply_id>/edit")
@requires(Permission.EDIT_REPLY)
def edit(reply_id: int) -> ResponseReturnValue:
    reply = queries.reply_to_review(signed_in(), reply_id)
    if reply.writer_id == signed_in().id:
        return redirect(url_for("reviews.show", reply_id=reply_id), code=303)
    version = queries.newest_sealed(reply)
    form = EditForm(formdata=None, version_id=version.id, text=version.text)
    return page(list_shown(), reply_id, edit_form=form)


@bp.post("/queue/<int:reply_id>/check")
@requires(Permission.EDIT_REPLY)
def check_edit(reply_id: int) -> ResponseReturnValue:
    form, reply = EditForm(), actions.others_words(reply_id, signed_in())
    version = queries.newest_sealed(reply)
    network = reply.mention.connection.kind
    checked = check(form.text.data or "", signature=version.signature, network=network)
    return render_template("reviews/_check.html", checked=checked, network=network)


@bp.get("/queue/<int:reply_id>/return")
@requires(Permission.REVIEW)
def ask_return(reply_id: int) -> ResponseReturnValue:
    return form_page(reply_id, "reviews/return.html", ReturnForm(formdata=None))


@bp.get("/queue/<int:reply_id>/reject")
@requires(Permission.REVIEW)
def ask_reject(reply_id: int) -> ResponseReturnValue:
    return form_page(reply_id, "reviews/reject.html", RejectForm(formdata=None))


@bp.get("/queue/<int:reply_id>/escalate")
@requires(Permission.REVIEW)
def ask_escalate(reply_id: int) -> ResponseReturnValue:
    return form_page(reply_id, "reviews/escalate.html", EscalateForm(formdata=None))


@bp.post("/queue/<int:reply_id>/notes")
@requires(Permission.APPROVE_SECOND)
def add_note(reply_id: int) -> ResponseReturnValue:
    actions.others_words(reply_id, signed_in())
    form = NoteForm()
    if not form.validate_on_submit():
        return page(list_shown(), reply_id, status=HTTPStatus.UNPROCESSABLE_ENTITY, note_form=form)
    with unit_of_work():
        actions.add_note(reply_id=reply_id, text=form.text.data or "", by=signed_in(), at=clock.now())
    crash_point("reply.noted")
    return redirect(url_for("reviews.show", reply_id=reply_id, view=kept()), code=303)
