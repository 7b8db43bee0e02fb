"""The composer, and one's own replies."""

import secrets
from datetime import timedelta
from http import HTTPStatus

from flask import Blueprint, current_app, flash, redirect, render_template, request, url_for
from flask.blueprints import BlueprintSetupState
from flask.typing import ResponseReturnValue

from app.accounts.guards import requires
from app.accounts.login import signed_in
from app.accounts.permissions import Permission
from app.advocates.models import Advocate
from app.advocates.queries import advocate_of
from app.feed import pages as feed_pages
from app.feed import queries as feed_queries
from app.foundation import clock
from app.foundation.addresses import row_number
from app.foundation.config import Settings
from app.foundation.db import unit_of_work
from app.foundation.errors import Conflict, Invalid, NotFound
from app.foundation.extensions import limiter
from app.foundation.lanes import crash_point
from app.foundation.words import _
from app.replies import actions, pages, queries
from app.replies.checks import RULES, check
from app.replies.forms import HAND_OVER_REASONS, HandOverForm, PlainForm, WriteForm
from app.replies.models import Reply

bp = Blueprint("replies", __name__)

for word in (pages.state_words, pages.network_name, pages.items_of):
    bp.add_app_template_filter(word)

#: A person sends far fewer; a script does not.
SENDS_AT_MOST = "30 per minute"
_DIGITS = 18
_STATUS = {actions.Hurdle.BLOCKED: HTTPStatus.UNPROCESSABLE_ENTITY}


@bp.record_once
def _load_rules(state: BlueprintSetupState) -> None:
    RULES.load(link_hosts=state.app.config["SETTINGS"].link_hosts)
    state.app.jinja_env.globals["hand_over_reasons"] = HAND_OVER_REASONS


def _settings() -> Settings:
    settings: Settings = current_app.config["SETTINGS"]
    return settings


def _who() -> str:
    return f"person-{signed_in().id}"


def _writing(mention_id: int, *, page: str) -> pages.Writing:
    role = _settings().signature_role
    return pages.writing(signed_in(), mention_id, request.args, role=role, page=page, at=clock.now())


@bp.get("/feed/<int:mention_id>/reply")
@requires(Permission.WRITE_REPLY)
def edit(mention_id: int) -> ResponseReturnValue:
    advocate = advocate_of(signed_in())
    reply = queries.live_reply_on(mention_id=mention_id, writer_id=advocate.user_id)
    if reply is not None and not pages.is_writable(reply):
        return redirect(url_for("replies.show", reply_id=reply.id), code=303)
    try:
        shown = _writing(mention_id, page=secrets.token_hex(8))
    except NotFound:
        if reply is None:
            raise
        return redirect(url_for("replies.show", reply_id=reply.id), code=303)
    if shown.claim is None and reply is None:
        return redirect(f"/feed/{mention_id}?{feed_pages.kept_query(request.args)}", code=303)
    return render_template("replies/edit.html", writing=shown)


@bp.get("/feed/<int:mention_id>/reply/claim")
@requires(Permission.WRITE_REPLY)
def claim_bar(mention_id: int) -> ResponseReturnValue:
    shown = _writing(mention_id, page=request.args.get("page", ""))
    return render_template("replies/_claim.html", writing=shown, edition=request.args.get("edition", type=row_number))


def _signed_by(advocate: Advocate) -> str:
    return actions.signature_of(advocate, role=_settings().signature_role)


@bp.post("/replies/check")
@requires(Permission.WRITE_REPLY)
@limiter.exempt
def check_text() -> ResponseReturnValue:
    form = WriteForm()
    person = signed_in()
    number = form.mention_id.data or ""
    if not (number.isascii() and number.isdecimal() and len(number) <= _DIGITS):
        raise NotFound(_("There is no such post."))
    item = feed_queries.item_of(feed_queries.viewer_of(person), int(number), at=clock.now())
    checked = check(
        form.text.data or "",
        signature=_signed_by(advocate_of(person)),
        network=item.network,
        earlier=queries.recent_texts(writer_id=person.id, except_mention_id=item.id),
    )
    return render_template("replies/_check.html", checked=checked, network=item.network)


def _too_long(form: WriteForm, reply_id: int | None, mention_id: int | None) -> ResponseReturnValue:
    """Show what nobody could post with every word still there; it is too much to be kept as a draft."""
    message = _("This is longer than any network takes. Shorten it; then it is kept.")
    if request.headers.get("HX-Request"):
        raise Invalid(message, field="text")
    if reply_id is not None:
        mention_id = actions.own_reply(reply_id=reply_id, writer_id=signed_in().id).mention_id
    shown = pages.refused(_writing(mention_id or 0, page=form.typed().page), text=form.typed().text, problem=message)
    return render_template("replies/edit.html", writing=shown), HTTPStatus.UNPROCESSABLE_ENTITY


def _keep(form: WriteForm, *, reply_id: int | None = None, mention_id: int | None = None) -> ResponseReturnValue:
    if not form.validate():
        return _too_long(form, reply_id, mention_id)
    with unit_of_work():
        advocate = advocate_of(signed_in())
        kept = actions.save_draft(
            reply=_reply_to_write(advocate, reply_id, mention_id),
            advocate=advocate,
            typed=form.typed(),
            signature=_signed_by(advocate),
            at=clock.now(),
            lasts=_settings().claim_lasts,
        )
    crash_point("reply.saved")
    if request.headers.get("HX-Request"):
        return render_template("replies/_saved.html", kept=kept)
    flash(_("Draft saved."), "success")
    return redirect(url_for("replies.edit", mention_id=kept.reply.mention_id), code=303)


def _reply_to_write(advocate: Advocate, reply_id: int | None, mention_id: int | None) -> Reply:
    if reply_id is not None:
        return actions.own_reply(reply_id=reply_id, writer_id=advocate.user_id)
    return actions.start(mention_id=mention_id or 0, advocate=advocate, at=clock.now())


@bp.post("/feed/<int:mention_id>/reply/draft")
@requires(Permission.WRITE_REPLY)
@limiter.exempt
def keep_new(mention_id: int) -> ResponseReturnValue:
    return _keep(WriteForm(), mention_id=mention_id)


@bp.post("/replies/<int:reply_id>/draft")
@requires(Permission.WRITE_REPLY)
@limiter.exempt
def keep(reply_id: int) -> ResponseReturnValue:
    return _keep(WriteForm(), reply_id=reply_id)


def _send(form: WriteForm, *, reply_id: int | None = None, mention_id: int | None = None) -> ResponseReturnValue:
    if not form.validate():
        return _too_long(form, reply_id, mention_id)
    with unit_of_work():
        advocate = advocate_of(signed_in())
        reply = _reply_to_write(advocate, reply_id, mention_id)
        sent = actions.submit(
            reply=reply,
            advocate=advocate,
            typed=form.typed(),
            signature=_signed_by(advocate),
            network=queries.network_of(reply),
            at=clock.now(),
        )
    if sent.hurdle is not None:
        return _not_sent(form, sent)
    if sent.checked is None:
        return redirect(url_for("replies.show", reply_id=sent.reply.id), code=303)
    crash_point("reply.submitted")
    _say_sent(sent.reply)
    return redirect(f"{url_for('feed.index')}?{feed_pages.kept_query(request.args)}", code=303)


def _say_sent(reply: Reply) -> None:
    undo_lasts = _settings().undo_lasts
    words: dict[str, object] = {"text": _("In review. A moderator looks at it before it is posted.")}
    if undo_lasts > timedelta(0) and reply.submitted_at is not None:
        words["undo"] = url_for("replies.recall", reply_id=reply.id)
        words["until"] = (reply.submitted_at + undo_lasts).isoformat()
        words["total_seconds"] = int(undo_lasts.total_seconds())
    flash(words, "success")  # type: ignore[arg-type] # a toast with a way back


def _not_sent(form: WriteForm, sent: actions.Sent) -> ResponseReturnValue:
    """Show what stands in the way, with every word still there."""
    crash_point("reply.saved")
    typed = form.typed()
    try:
        shown = _writing(sent.reply.mention_id, page=typed.page or secrets.token_hex(8))
    except NotFound:
        flash(_("The post has left the feed. Your text is kept here."), "warning")
        return redirect(url_for("replies.show", reply_id=sent.reply.id), code=303)
    shown = pages.again(shown, text=typed.text, page=typed.page, sent=sent)
    status = _STATUS.get(sent.hurdle, HTTPStatus.CONFLICT) if sent.hurdle else HTTPStatus.OK
    return render_template("replies/edit.html", writing=shown), status


@bp.post("/feed/<int:mention_id>/reply")
@requires(Permission.WRITE_REPLY)
@limiter.limit(SENDS_AT_MOST, key_func=_who)
def send_new(mention_id: int) -> ResponseReturnValue:
    return _send(WriteForm(), mention_id=mention_id)


@bp.post("/replies/<int:reply_id>/submit")
@requires(Permission.WRITE_REPLY)
@limiter.limit(SENDS_AT_MOST, key_func=_who)
def send(reply_id: int) -> ResponseReturnValue:
    return _send(WriteForm(), reply_id=reply_id)


@bp.get("/replies")
@requires(Permission.WRITE_REPLY)
def index() -> ResponseReturnValue:
    state = request.args.get("state", "")
    stage = queries.Stage(state) if state in set(queries.Stage) else None
    before = request.args.get("before", type=row_number)
    found = queries.own_replies(signed_in(), stage=stage, before_id=before, limit=queries.PAGE + 1)
    older = url_for("replies.index", state=state, before=found[-2].id) if len(found) > queries.PAGE else ""
    return render_template(
        "replies/index.html", replies=found[: queries.PAGE], stage=stage, stages=list(queries.Stage), older=older
    )


@bp.get("/replies/<int:reply_id>")
@requires(Permission.WRITE_REPLY)
def show(reply_id: int) -> ResponseReturnValue:
    reply = queries.reply_of(signed_in(), reply_id)
    own = reply.writer_id == signed_in().id
    stage = queries.stage_of(reply)
    can = pages.can_do(reply) if own else pages.NOTHING
    return render_template("replies/show.html", reply=reply, stage=stage, can=can)


@bp.post("/replies/<int:reply_id>/withdraw")
@requires(Permission.CANCEL_REPLY)
def withdraw(reply_id: int) -> ResponseReturnValue:
    PlainForm()
    with unit_of_work():
        advocate = advocate_of(signed_in())
        reply = actions.own_reply(reply_id=reply_id, writer_id=advocate.user_id)
        actions.withdraw(reply=reply, advocate=advocate, at=clock.now())
    crash_point("reply.withdrawn")
    flash(_("Withdrawn. Others can answer the post now."), "success")
    return redirect(url_for("replies.show", reply_id=reply_id), code=303)


@bp.post("/replies/<int:reply_id>/recall")
@requires(Permission.CANCEL_REPLY)
def recall(reply_id: int) -> ResponseReturnValue:
    PlainForm()
    with unit_of_work():
        reply = actions.own_reply(reply_id=reply_id, writer_id=signed_in().id)
        mention_id = reply.mention_id
        actions.recall(
            reply=reply, at=clock.now(), undo_lasts=_settings().undo_lasts, claim_lasts=_settings().claim_lasts
        )
    crash_point("reply.recalled")
    return redirect(url_for("replies.edit", mention_id=mention_id), code=303)


@bp.get("/claims/<int:claim_id>/hand-over")
@requires(Permission.FLAG)
def ask_hand_over(claim_id: int) -> ResponseReturnValue:
    claim = feed_queries.claim_of(signed_in(), claim_id)
    return render_template("replies/hand_over.html", form=HandOverForm(), claim=claim)


@bp.post("/claims/<int:claim_id>/hand-over")
@requires(Permission.FLAG)
def hand_over(claim_id: int) -> ResponseReturnValue:
    form = HandOverForm()
    claim = feed_queries.claim_of(signed_in(), claim_id)
    if form.validate():
        try:
            with unit_of_work():
                actions.hand_over(
                    claim_id=claim_id,
                    advocate=advocate_of(signed_in()),
                    reason=actions.HandOverReason(form.reason.data or actions.HandOverReason.OTHER),
                    note=form.note.data or "",
                    at=clock.now(),
                )
        except (Invalid, Conflict) as refused:
            form.blame("note", refused.message)
            return render_template("replies/hand_over.html", form=form, claim=claim), refused.status
        crash_point("mention.handed_over")
        flash(_("Staff have it now. Thank you for seeing that it was for them."), "success")
        return redirect(url_for("feed.index"), code=303)
    return render_template("replies/hand_over.html", form=form, claim=claim), HTTPStatus.UNPROCESSABLE_ENTITY
