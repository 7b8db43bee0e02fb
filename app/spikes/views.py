"""What is going on, one spike, and the word that it is no incident."""

from flask import Blueprint, flash, redirect, render_template, url_for
from flask.typing import ResponseReturnValue

from app.accounts.guards import requires
from app.accounts.login import signed_in
from app.accounts.permissions import Permission
from app.foundation import clock
from app.foundation.db import unit_of_work
from app.foundation.forms import Form
from app.foundation.lanes import crash_point
from app.foundation.terms import chosen
from app.foundation.words import _
from app.spikes import actions, pages, words

bp = Blueprint("spikes", __name__)


@bp.get("/spikes")
@requires(Permission.SEE_STAFF_LANES)
def index() -> ResponseReturnValue:
    page = pages.overview(signed_in(), zone=chosen().zone, at=clock.now())
    return render_template("spikes/index.html", page=page, words=words)


@bp.get("/spikes/<int:spike_id>")
@requires(Permission.SEE_STAFF_LANES)
def show(spike_id: int) -> ResponseReturnValue:
    page = pages.spike_page(signed_in(), spike_id, zone=chosen().zone, at=clock.now())
    return render_template("spikes/show.html", page=page, words=words)


@bp.post("/spikes/<int:spike_id>/dismiss")
@requires(Permission.PULL_CORD)
def dismiss(spike_id: int) -> ResponseReturnValue:
    Form()
    with unit_of_work():
        actions.dismiss(spike_id=spike_id, by=signed_in(), at=clock.now())
    crash_point("spike.dismissed")
    flash(_("Noted. You are told again if it grows to twice as much."), "success")
    return redirect(url_for("spikes.show", spike_id=spike_id), code=303)
