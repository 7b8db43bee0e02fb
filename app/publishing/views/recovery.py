"""Recovery mode: how far it is, what nobody remembers, and its end by hand."""

from flask import flash, redirect, render_template, url_for
from flask.typing import ResponseReturnValue

from app.accounts.guards import requires
from app.accounts.login import signed_in
from app.accounts.permissions import Permission, may
from app.foundation import clock
from app.foundation.db import unit_of_work
from app.foundation.errors import Conflict
from app.foundation.lanes import crash_point
from app.foundation.recovery import last_recovery, reads_of
from app.foundation.words import _
from app.publishing import actions, pages, timelines
from app.publishing.forms import PlainForm
from app.publishing.views.common import bp


@bp.get("/recovery")
@requires(Permission.SEE_STAFF_LANES)
def recovery_page() -> ResponseReturnValue:
    person, recovery = signed_in(), last_recovery()
    return render_template(
        "publishing/recovery.html",
        recovery=recovery,
        reads=reads_of(recovery) if recovery else {},
        connections=timelines.connections_to_read(),
        forgotten=timelines.forgotten_posts(person),
        end=pages.recovery_end(person, at=clock.now()),
        may_end=may(person, Permission.RELEASE_CORD),
        may_settle=may(person, Permission.SETTLE_AS_POSTED),
    )


@bp.post("/recovery/end")
@requires(Permission.RELEASE_CORD)
def end_recovery() -> ResponseReturnValue:
    PlainForm()
    with unit_of_work():
        ended = actions.end_recovery(by=signed_in(), at=clock.now())
    crash_point("recovery.ended_by_hand")
    if ended:
        flash(_("Recovery mode is off. What was approved before it is decided on again."), "success")
    else:
        flash(_("A second admin must agree. Nothing is sent until then."), "success")
    return redirect(url_for("publishing.recovery_page"), code=303)


@bp.post("/recovery/end/withdraw")
@requires(Permission.RELEASE_CORD)
def withdraw_end() -> ResponseReturnValue:
    PlainForm()
    with unit_of_work():
        actions.withdraw_end(by=signed_in(), at=clock.now())
    crash_point("recovery.end_withdrawn")
    flash(_("Nobody asks to end recovery mode any more."), "success")
    return redirect(url_for("publishing.recovery_page"), code=303)


@bp.post("/recovery/posts/<int:mention_id>/seen")
@requires(Permission.SETTLE_AS_POSTED)
def settle_forgotten(mention_id: int) -> ResponseReturnValue:
    PlainForm()
    person = signed_in()
    mention = timelines.mention_to_settle(person, mention_id)
    with unit_of_work():
        settled = actions.settle_forgotten(mention=mention, by_id=person.id, at=clock.now())
    crash_point("recovery.looked_into")
    if not settled:
        raise Conflict(_("This has been settled already."))
    flash(_("Settled. Thank you for looking."), "success")
    return redirect(url_for("publishing.recovery_page"), code=303)
