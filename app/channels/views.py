"""Manage, Channels: which networks we are on, how each fares, and connecting an account."""

from flask import Blueprint, current_app, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue

from app.accounts.guards import requires
from app.accounts.login import signed_in
from app.accounts.permissions import Permission, may
from app.channels import actions, pages, queries, raw_pages, registry, searching
from app.channels import searches as saved
from app.channels.actions import Place
from app.channels.errors import ChannelError
from app.channels.errors import Invalid as NotUnderstood
from app.channels.forms import ConnectForm, PaceForm, SearchForm, SwitchesForm
from app.channels.models import Connection, RawPage, SavedSearch
from app.channels.registry import CHANNELS
from app.foundation import clock, slots
from app.foundation.config import Settings
from app.foundation.db import unit_of_work
from app.foundation.errors import Invalid
from app.foundation.lanes import crash_point
from app.foundation.terms import chosen
from app.foundation.words import _

bp = Blueprint("channels", __name__, url_prefix="/manage/channels")

X_PLACE = Place("x", "https://api.twitter.com", "https://x.com", poll_seconds=60)


@bp.get("")
@requires(Permission.SEE_CHANNELS)
def index() -> ResponseReturnValue:
    at = clock.now()
    rows = [(row, pages.condition_of(row, at=at), pages.cost_of(row, at=at)) for row in queries.connections()]
    return render_template("channels/index.html", rows=rows, kinds=pages.KIND_WORDS, may_connect=_may_connect())


@bp.get("/<int:connection_id>")
@requires(Permission.SEE_CHANNELS)
def show(connection_id: int) -> ResponseReturnValue:
    row = queries.connection_of(signed_in(), connection_id)
    return _channel_page(row, PaceForm.showing(row.pace))


def _channel_page(row: Connection, pace: PaceForm) -> str:
    at = clock.now()
    return render_template(
        "channels/show.html",
        row=row,
        condition=pages.condition_of(row, at=at),
        abilities=pages.abilities_of(row),
        cost=pages.cost_of(row, at=at),
        waits_until=max(filter(None, (row.not_before, queries.listens_from(row))), default=None),
        tasks=queries.tasks_of(row),
        gaps=[(gap, pages.fate_of(gap, row, at=at)) for gap in queries.gaps_of(row)],
        searches=len(queries.searches_of(row)),
        unsorted=slots.count("unsorted", signed_in()),
        backlog=chosen().backlog,
        unread=_unread(row),
        kinds=pages.KIND_WORDS,
        form=SwitchesForm(formdata=None, data={name: getattr(row, name) for name in actions.SWITCHES}),
        pace=pace,
        pace_of_network=CHANNELS[row.kind].pace,
        may_connect=_may_connect(),
    )


@bp.post("/<int:connection_id>/switches")
@requires(Permission.CONNECT_CHANNEL)
def set_switches(connection_id: int) -> ResponseReturnValue:
    form = SwitchesForm()
    queries.connection_of(signed_in(), connection_id)
    if form.validate():
        with unit_of_work():
            actions.set_switches(
                connection_id=connection_id, switches=form.switches, actor_id=signed_in().id, at=clock.now()
            )
        crash_point("channels.switched")
        flash(_("Saved."), "success")
    return redirect(url_for("channels.show", connection_id=connection_id), code=303)


@bp.post("/<int:connection_id>/pace")
@requires(Permission.CONNECT_CHANNEL)
def set_pace(connection_id: int) -> ResponseReturnValue:
    row, form = queries.connection_of(signed_in(), connection_id), PaceForm()
    if not form.validate():
        return _channel_page(row, form), 422
    with unit_of_work():
        actions.set_pace(connection_id=connection_id, pace=form.pace, actor_id=signed_in().id, at=clock.now())
    crash_point("channels.paced")
    flash(_("Saved."), "success")
    return redirect(url_for("channels.show", connection_id=connection_id), code=303)


@bp.post("/<int:connection_id>/disconnect")
@requires(Permission.CONNECT_CHANNEL)
def disconnect(connection_id: int) -> ResponseReturnValue:
    queries.connection_of(signed_in(), connection_id)
    with unit_of_work():
        actions.disconnect(connection_id=connection_id, actor_id=signed_in().id, at=clock.now())
    crash_point("channels.disconnected")
    flash(_("Disconnected. Its tokens are deleted; what was heard stays."), "success")
    return redirect(url_for("channels.show", connection_id=connection_id), code=303)


@bp.post("/<int:connection_id>/read-again")
@requires(Permission.CONNECT_CHANNEL)
def read_again(connection_id: int) -> ResponseReturnValue:
    queries.connection_of(signed_in(), connection_id)
    with unit_of_work():
        raw_pages.ask_again(connection_id=connection_id, actor_id=signed_in().id, at=clock.now())
    crash_point("channels.asked_again")
    flash(_("We ask the network for them once more."), "success")
    return redirect(url_for("channels.show", connection_id=connection_id), code=303)


@bp.get("/<int:connection_id>/searches")
@requires(Permission.SEE_CHANNELS)
def searches(connection_id: int) -> ResponseReturnValue:
    row = queries.connection_of(signed_in(), connection_id)
    return render_template(
        "channels/searches.html",
        row=row,
        rows=[(search, pages.search_condition(search)) for search in queries.searches_of(row)],
        destinations=pages.DESTINATION_WORDS,
        may_edit=may(signed_in(), Permission.EDIT_LISTENING),
    )


@bp.get("/<int:connection_id>/searches/new")
@requires(Permission.EDIT_LISTENING)
def new_search(connection_id: int) -> ResponseReturnValue:
    row = queries.connection_of(signed_in(), connection_id)
    return _search_page(SearchForm(), row)


@bp.post("/<int:connection_id>/searches/new")
@requires(Permission.EDIT_LISTENING)
def add_search(connection_id: int) -> ResponseReturnValue:
    row, form = queries.connection_of(signed_in(), connection_id), SearchForm()
    if not form.validate() or not _is_understood(form, row):
        return _search_page(form, row), 422
    try:
        with unit_of_work():
            saved.add(connection_id=connection_id, wish=form.wish, actor_id=signed_in().id, at=clock.now())
    except Invalid as error:
        form.blame(error.field, error.message)
        return _search_page(form, row), 422
    crash_point("channels.search_added")
    flash(_("Saved. It is searched for from the next turn on."), "success")
    return redirect(url_for("channels.searches", connection_id=connection_id), code=303)


@bp.get("/searches/<int:search_id>")
@requires(Permission.EDIT_LISTENING)
def edit_search(search_id: int) -> ResponseReturnValue:
    search = queries.search_of(signed_in(), search_id)
    form = SearchForm(data={"name": search.name, "query": search.query, "destination": search.destination.value})
    return _search_page(form, queries.connection_of(signed_in(), search.connection_id), search)


@bp.post("/searches/<int:search_id>")
@requires(Permission.EDIT_LISTENING)
def change_search(search_id: int) -> ResponseReturnValue:
    search, form = queries.search_of(signed_in(), search_id), SearchForm()
    row = queries.connection_of(signed_in(), search.connection_id)
    if not form.validate() or (form.wish.query != search.query and not _is_understood(form, row)):
        return _search_page(form, row, search), 422
    try:
        with unit_of_work():
            saved.change(search_id=search_id, wish=form.wish, actor_id=signed_in().id, at=clock.now())
    except Invalid as error:
        form.blame(error.field, error.message)
        return _search_page(form, row, search), 422
    crash_point("channels.search_changed")
    flash(_("Saved."), "success")
    return redirect(url_for("channels.searches", connection_id=row.id), code=303)


@bp.post("/searches/<int:search_id>/switch")
@requires(Permission.EDIT_LISTENING)
def switch_search(search_id: int) -> ResponseReturnValue:
    search = queries.search_of(signed_in(), search_id)
    is_on = request.form.get("on") == "yes"
    with unit_of_work():
        saved.switch(search_id=search_id, is_on=is_on, actor_id=signed_in().id, at=clock.now())
    crash_point("channels.search_switched")
    flash(_("It goes on where it was.") if is_on else _("It rests."), "success")
    return redirect(url_for("channels.searches", connection_id=search.connection_id), code=303)


@bp.post("/searches/<int:search_id>/delete")
@requires(Permission.EDIT_LISTENING)
def delete_search(search_id: int) -> ResponseReturnValue:
    search = queries.search_of(signed_in(), search_id)
    with unit_of_work():
        saved.delete(search_id=search_id, actor_id=signed_in().id, at=clock.now())
    crash_point("channels.search_deleted")
    flash(_("Deleted. What it found stays."), "success")
    return redirect(url_for("channels.searches", connection_id=search.connection_id), code=303)


@bp.get("/new")
@requires(Permission.CONNECT_CHANNEL)
def new() -> ResponseReturnValue:
    return render_template("channels/new.html", form=_form())


@bp.post("/new")
@requires(Permission.CONNECT_CHANNEL)
def connect() -> ResponseReturnValue:
    form = _form()
    if not form.validate():
        return render_template("channels/new.html", form=form), 422
    place = _places()[form.place.data]
    try:
        account, secrets = registry.introduce(place.kind, place.base_url, form.secrets)
    except ChannelError as error:
        form.blame("access_token", str(pages.ERROR_WORDS.get(error.code, pages.ERROR_WORDS[ChannelError.code])))
        return render_template("channels/new.html", form=form), 422
    with unit_of_work():
        row = actions.connect(place=place, account=account, secrets=secrets, actor_id=signed_in().id, at=clock.now())
    crash_point("channels.connected")
    flash(_("@%(handle)s is connected.", handle=row.handle), "success")
    return redirect(url_for("channels.show", connection_id=row.id), code=303)


def _is_understood(form: SearchForm, row: Connection) -> bool:
    """Say whether the network takes the search; where it cannot be asked now, the listener will find out."""
    if not form.fits(CHANNELS[row.kind].longest_query):
        return False
    error = searching.try_out(form.wish.query, connection_id=row.id, at=clock.now())
    if isinstance(error, NotUnderstood):
        form.blame("query", _("The network does not understand this. It said: %(detail)s", detail=error.detail))
        return False
    if error is not None:
        flash(_("The network could not be asked whether it understands this. The page of searches will tell."), "warn")
    return True


def _search_page(form: SearchForm, row: Connection, search: SavedSearch | None = None) -> str:
    longest = CHANNELS[row.kind].longest_query
    return render_template("channels/search.html", form=form, row=row, search=search, longest=longest)


def _unread(row: Connection) -> list[tuple[RawPage, str]]:
    """Return what could not be read with its words: nobody has sorted them, so it is for those who may read everything."""
    if not may(signed_in(), Permission.SEE_SAFETY_CASES):
        return []
    return [(page, raw_pages.text_of(page)) for page in raw_pages.unread_of(row)]


def _may_connect() -> bool:
    return may(signed_in(), Permission.CONNECT_CHANNEL)


def _places() -> dict[str, Place]:
    """Return the addresses an admin may choose from; no other is ever called."""
    settings: Settings = current_app.config["SETTINGS"]
    places = {"x": X_PLACE}
    if settings.sandbox_url:
        places["sandbox"] = Place("x", settings.sandbox_url, settings.sandbox_url, poll_seconds=1)
    return places


def _form() -> ConnectForm:
    form = ConnectForm()
    words = {"x": "X", "sandbox": _("The sandbox network on this machine")}
    form.place.choices = {name: words[name] for name in _places()}
    return form
