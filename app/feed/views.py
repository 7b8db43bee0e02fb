"""The feed, its posts, and what one does with them."""

import json
from http import HTTPStatus

from flask import Blueprint, current_app, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue

from app.accounts.guards import requires
from app.accounts.login import signed_in
from app.accounts.permissions import Permission, may
from app.advocates.queries import advocate_of
from app.feed import actions, counts, pages, queries
from app.feed.cards import Cards
from app.feed.forms import PASS_REASONS, SORT_WORDS, PassForm, PlainForm
from app.feed.items import Viewer
from app.feed.words import chips_of, language_name, reason_of, state_of, topic_name
from app.foundation import clock, heartbeats
from app.foundation.addresses import row_number
from app.foundation.config import Settings
from app.foundation.db import unit_of_work
from app.foundation.errors import DomainError, NotFound
from app.foundation.lanes import crash_point
from app.foundation.words import _

bp = Blueprint("feed", __name__)


def _settings() -> Settings:
    settings: Settings = current_app.config["SETTINGS"]
    return settings


for word in (language_name, topic_name, reason_of, chips_of, state_of, pages.crowd_text):
    bp.add_app_template_filter(word)
_GLOBALS = {"cards_with": Cards, "pass_reasons": PASS_REASONS, "sort_words": SORT_WORDS}
bp.record_once(lambda state: state.app.jinja_env.globals.update(_GLOBALS))


@bp.app_template_filter("capped")
def capped(count: int) -> str:
    """Return a count that went no further than the feed counts."""
    return f"{counts.COUNTED_TO - 1}+" if count >= counts.COUNTED_TO else str(count)


@bp.get("/feed")
@requires(Permission.SEE_FEED)
def index() -> ResponseReturnValue:
    fragment = bool(request.headers.get("HX-Request"))
    listed = pages.list_page(signed_in(), request.args, at=clock.now(), counted=not fragment)
    return render_template("feed/_list.html" if fragment else "feed/index.html", listed=listed)


@bp.get("/feed/new")
@requires(Permission.SEE_FEED)
def new_posts() -> ResponseReturnValue:
    viewer, filters = pages.viewer_and_filters(signed_in(), request.args)
    newest = request.args.get("newest", type=row_number)
    if newest is None:
        newest = counts.sorted_up_to()
    found = counts.count_newer(viewer, filters, than=newest)
    return render_template("feed/_new.html", count=found, newest=newest, query=pages.query(filters))


@bp.get("/feed/tabs")
@requires(Permission.SEE_FEED)
def tabs() -> ResponseReturnValue:
    viewer, filters = pages.viewer_and_filters(signed_in(), request.args)
    return render_template("feed/_tabs.html", tabs=pages.tabs_of(viewer, filters), query=pages.query(filters))


@bp.get("/feed/list")
@requires(Permission.SEE_FEED)
def beside() -> ResponseReturnValue:
    listed = pages.list_page(signed_in(), request.args, at=clock.now())
    return render_template("feed/_pane.html", listed=listed)


@bp.get("/feed/<int:mention_id>")
@requires(Permission.SEE_FEED)
def post(mention_id: int) -> ResponseReturnValue:
    now = clock.now()
    listed = pages.list_page(signed_in(), request.args, at=now)
    return _post_page(pages.post_page(listed.viewer, mention_id, at=now), listed=listed)


def _post_page(
    shown: pages.PostPage, *, listed: pages.ListPage | None = None, trouble: DomainError | None = None
) -> ResponseReturnValue:
    """Show a post; without ``listed`` the list is fetched by the page itself, where there is room for it."""
    status = trouble.status if trouble else HTTPStatus.OK
    may_end = may(signed_in(), Permission.END_CLAIM)
    query = listed.query if listed else pages.kept_query(request.args)
    return render_template(
        "feed/post.html", listed=listed, shown=shown, query=query, trouble=trouble, may_end=may_end
    ), status


@bp.get("/feed/<int:mention_id>/card")
@requires(Permission.SEE_FEED)
def card(mention_id: int) -> ResponseReturnValue:
    return _card(queries.viewer_of(signed_in()), mention_id)


def _card(viewer: Viewer, mention_id: int) -> str:
    try:
        item = queries.item_of(viewer, mention_id, at=clock.now())
    except NotFound:
        return render_template("feed/_gone.html", mention_id=mention_id)
    query = pages.kept_query(request.args)
    return render_template("feed/_one.html", item=item, query=f"?{query}" if query else "", viewer=viewer)


@bp.get("/feed/<int:mention_id>/thread")
@requires(Permission.SEE_FEED)
def thread(mention_id: int) -> ResponseReturnValue:
    shown = pages.post_page(queries.viewer_of(signed_in()), mention_id, at=clock.now())
    return render_template("feed/_thread.html", shown=shown)


@bp.post("/feed/<int:mention_id>/claim")
@requires(Permission.CLAIM)
def create_claim(mention_id: int) -> ResponseReturnValue:
    PlainForm()
    viewer = queries.viewer_of(signed_in())
    try:
        with unit_of_work():
            own_id, lasts = viewer.own_advocate_id, _settings().claim_lasts
            actions.claim(mention_id=mention_id, advocate_id=own_id, at=heartbeats.database_now(), lasts=lasts)
    except DomainError as trouble:
        return _not_claimed(viewer, mention_id, trouble)
    crash_point("mention.claimed")
    composer = f"/feed/{mention_id}/reply?{pages.kept_query(request.args)}"
    if request.headers.get("HX-Request"):
        return "", HTTPStatus.NO_CONTENT, {"HX-Redirect": composer}
    return redirect(composer, code=303)


def _not_claimed(viewer: Viewer, mention_id: int, trouble: DomainError) -> ResponseReturnValue:
    """Say why a post was not claimed: on its card, where a script asked; else on its page.

    Many lose a race at once, so neither comes with the list.
    """
    if request.headers.get("HX-Request"):
        said = {"toast": {"text": str(trouble.message)}}
        swap = {"HX-Retarget": f"#post-{mention_id}", "HX-Reswap": "morph:outerHTML", "HX-Trigger": json.dumps(said)}
        return _card(viewer, mention_id), trouble.status, swap
    return _post_page(pages.post_page(viewer, mention_id, at=clock.now()), trouble=trouble)


@bp.post("/claims/<int:claim_id>/release")
@requires(Permission.RELEASE_OWN_CLAIM)
def release(claim_id: int) -> ResponseReturnValue:
    PlainForm()
    with unit_of_work():
        advocate = advocate_of(signed_in())
        actions.release(claim_id=claim_id, advocate_id=advocate.id, actor_id=advocate.user_id, at=clock.now())
    crash_point("mention.released")
    flash(_("Released. Your draft is kept in case you claim it again."), "success")
    return redirect(url_for("feed.index"), code=303)


@bp.post("/claims/<int:claim_id>/extend")
@requires(Permission.RELEASE_OWN_CLAIM)
def extend(claim_id: int) -> ResponseReturnValue:
    PlainForm()
    with unit_of_work():
        advocate = advocate_of(signed_in())
        lasts = _settings().claim_lasts
        held = actions.add_time(claim_id=claim_id, advocate_id=advocate.id, at=heartbeats.database_now(), lasts=lasts)
        mention_id = held.mention_id
    crash_point("claim.extended")
    return redirect(url_for("replies.edit", mention_id=mention_id), code=303)


@bp.post("/claims/<int:claim_id>/take-away")
@requires(Permission.END_CLAIM)
def take_away(claim_id: int) -> ResponseReturnValue:
    PlainForm()
    with unit_of_work():
        held = queries.claim_of(signed_in(), claim_id)
        actions.take_away(claim=held, actor_id=signed_in().id, at=clock.now())
        mention_id = held.mention_id
    crash_point("mention.released")
    flash(_("The claim has ended and the post is free again. The draft is kept for its writer."), "success")
    return redirect(url_for("feed.post", mention_id=mention_id), code=303)


@bp.post("/feed/<int:mention_id>/pass")
@requires(Permission.CLAIM)
def pass_over(mention_id: int) -> ResponseReturnValue:
    form = PassForm()
    with unit_of_work():
        person = signed_in()
        item = queries.item_of(queries.viewer_of(person), mention_id, at=clock.now())
        reason = form.reason.data if form.validate() else ""
        actions.pass_over(mention_id=item.id, advocate_id=advocate_of(person).id, reason=reason or "", at=clock.now())
    crash_point("post.passed_over")
    undo = url_for("feed.take_up_again", mention_id=mention_id)
    words = {"text": _("You will not see this post again. Others still do."), "undo": undo}
    flash(words, "success")  # type: ignore[arg-type] # a toast with a way back
    return redirect(f"{url_for('feed.index')}?{pages.kept_query(request.args)}", code=303)


@bp.post("/feed/<int:mention_id>/take-up")
@requires(Permission.CLAIM)
def take_up_again(mention_id: int) -> ResponseReturnValue:
    PlainForm()
    with unit_of_work():
        actions.take_up_again(mention_id=mention_id, advocate_id=advocate_of(signed_in()).id, at=clock.now())
    crash_point("post.taken_up_again")
    return redirect(url_for("feed.post", mention_id=mention_id), code=303)
