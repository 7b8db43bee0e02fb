"""What the queue's views share: the list in the address, the page, and where one goes after a decision."""

from http import HTTPStatus

from flask import Blueprint, current_app, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue

from app.accounts.login import signed_in
from app.foundation import clock
from app.foundation.addresses import row_number
from app.foundation.config import Settings
from app.foundation.words import _
from app.publishing.queries import is_held_back
from app.reviews import actions, pages, queries, words
from app.reviews.diff import word_diff
from app.reviews.forms import REASON_WORDS, DecisionForm
from app.reviews.queries import View

bp = Blueprint("reviews", __name__)
for word in words.FILTERS:
    bp.add_app_template_filter(word)


def settings() -> Settings:
    """Return the installation's settings."""
    found: Settings = current_app.config["SETTINGS"]
    return found


def view_asked() -> View:
    """Return the part of the line that the address asks for."""
    asked = request.args.get("view", "")
    return View(asked) if asked in set(View) else View.WAITING


def kept() -> str | None:
    """Return the part of the address that keeps the view; None for the usual one."""
    asked = view_asked()
    return None if asked is View.WAITING else asked.value


def list_shown() -> pages.ListPage:
    """Return the list's pane as the address asks for it."""
    return pages.list_page(signed_in(), view_asked(), after=request.args.get("after", type=row_number))


def page(
    listed: pages.ListPage, reply_id: int | None, *, front: str = "item", status: int = HTTPStatus.OK, **more: object
) -> ResponseReturnValue:
    """Draw the queue with a reply opened, or with none."""
    shown = pages.Show.CHANGES if request.args.get("show") == "changes" else pages.Show.POSTED
    item = None
    if reply_id is not None:
        item = pages.item_page(signed_in(), reply_id, line=listed.line, show=shown, at=clock.now())
    values: dict[str, object] = {"edit_form": None, "note_form": None, "reasons": REASON_WORDS}
    drawn = render_template("reviews/queue.html", listed=listed, item=item, front=front, **(values | more))
    return drawn, status


def form_page(reply_id: int, template: str, form: DecisionForm, status: int = HTTPStatus.OK) -> ResponseReturnValue:
    """Draw a decision's form as a page of its own."""
    item = pages.item_page(signed_in(), reply_id, line=[], show=pages.Show.POSTED, at=clock.now())
    if not form.version_id.data:
        form.version_id.data = str(item.version.id)
    drawn = render_template(template, item=item, form=form, reasons=REASON_WORDS, kept=kept())
    return drawn, status


def following_of(reply_id: int) -> int | None:
    """Return the reply that opens after this one is decided; looked up before the decision takes it out of the line."""
    return queries.next_after(signed_in(), reply_id, view_asked())


def go_on(said: str, following: int | None, *, undo: str = "", until: str = "") -> ResponseReturnValue:
    """Open the next reply, and say what happened and where the reader is now."""
    ids = queries.line_of(signed_in(), view_asked())
    next_id = following if following in ids else None
    if next_id is not None:
        place = pages.place_of(ids, next_id)
        name = queries.items_of(signed_in(), [next_id])[0].writer_name
        text = _("%(said)s %(n)s of %(total)s, %(name)s.", said=said, n=place.number, total=place.total, name=name)
    else:
        text = _("%(said)s Nothing else is waiting.", said=said)
    message: dict[str, object] = {"text": text}
    if undo:
        seconds = int(settings().undo_lasts.total_seconds())
        message |= {"undo": undo, "until": until, "total_seconds": max(1, seconds)}
    flash(message, "success")  # type: ignore[arg-type]  # toasts take a mapping too
    if next_id is None:
        return redirect(url_for("reviews.queue", view=kept()), code=303)
    return redirect(url_for("reviews.show", reply_id=next_id, view=kept()), code=303)


def overtaken(reply_id: int, why: actions.Overtaken, *, text: str = "", note: str = "") -> ResponseReturnValue:
    """Show both: what others did meanwhile, and what the reader was about to do, nothing of it lost."""
    item = pages.item_page(signed_in(), reply_id, line=[], show=pages.Show.CHANGES, at=clock.now())
    parts = word_diff(item.version.text, text) if text else None
    drawn = render_template("reviews/overtaken.html", item=item, why=why.message, parts=parts, text=text, note=note)
    return drawn, HTTPStatus.CONFLICT


def approved(approval: actions.Approval, following: int | None) -> ResponseReturnValue:
    """Say what an approval led to, and go on."""
    undo = url_for("reviews.undo", reply_id=approval.review.reply_id, view=kept())
    until = (approval.review.decided_at + settings().undo_lasts).isoformat()
    if approval.publication is None:
        return go_on(_("Approved by you. A second person must approve it too."), following, undo=undo, until=until)
    if is_held_back(approval.publication.id):
        return go_on(_("Approved and held."), following, undo=undo, until=until)
    return go_on(_("Approved."), following, undo=undo, until=until)
