"""The page where bad days are ordered, and ended."""

from flask import redirect, render_template, request, url_for
from werkzeug.wrappers import Response

from sandbox import faults
from sandbox.api import network
from sandbox.faults import Fault
from sandbox.network import Switches
from sandbox.page import page

_PLAIN_ORDER = {"endpoint": "create", "kind": "500_after", "count": "1", "seconds": "60"}
Answer = Response | tuple[str, int]


@page.get("/bad-days")
def bad_days(*, problem: str = "") -> str:
    return render_template(
        "bad_days.html",
        problem=problem,
        ordered=_PLAIN_ORDER | request.form.to_dict(),
        endpoints=(*faults.ENDPOINTS, "*"),
        groups=faults.GROUPS,
        kinds=faults.KINDS,
        orders=network().faults.waiting(),
        storm=network().faults.storm,
        switches=network().switches,
        limits=network().limits.mode,
    )


@page.post("/bad-days")
def order_fault() -> Answer:
    form = request.form
    try:
        count, seconds = int(form.get("count", "1")), float(form.get("seconds", "60"))
        if not (0 < count <= 1000 and 0 <= seconds <= 3600):
            raise ValueError("At most 1000 times, and 3600 seconds.")
        network().faults.order(Fault(form.get("endpoint", ""), form.get("kind", ""), count, seconds))
    except ValueError as problem:
        return bad_days(problem=str(problem)), 422
    return _back()


@page.post("/bad-days/clear")
def clear_faults() -> Answer:
    network().faults.clear()
    return _back()


@page.post("/bad-days/calm")
def end_storm() -> Answer:
    network().faults.storm = None
    return _back()


@page.post("/switches")
def turn_switches() -> Answer:
    network().switches = Switches(
        summoned_only="summoned_only" in request.form, refuse_duplicates="refuse_duplicates" in request.form
    )
    network().limits.change("x" if request.form.get("limits") == "x" else "wide")
    return _back()


def _back() -> Response:
    return redirect(url_for("page.bad_days"), code=303)
