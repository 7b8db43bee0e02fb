"""The shell's own pages: the start, the plain public pages, health, the brand's colours, and what browsers report."""

import logging
from http import HTTPStatus

from flask import Blueprint, Response, abort, current_app, redirect, render_template, request
from flask.typing import ResponseReturnValue

from app.accounts.guards import public, requires
from app.accounts.login import signed_in_or_none
from app.accounts.permissions import Permission
from app.foundation import clock
from app.foundation.config import Mode, Settings
from app.foundation.extensions import csrf, limiter
from app.foundation.tasks import TaskKind, open_tasks
from app.web import health, styleguide
from app.web.navigation import home_of

REPORT_BYTES = 8 * 1024

bp = Blueprint("web", __name__)
log = logging.getLogger(__name__)


def _settings() -> Settings:
    settings: Settings = current_app.config["SETTINGS"]
    return settings


@bp.get("/")
@public
def home() -> ResponseReturnValue:
    person = signed_in_or_none()
    if person is None:
        return render_template("web/welcome.html")
    return redirect(home_of(person), code=303)


@bp.get("/more")
@requires(Permission.BE_SIGNED_IN)
def more() -> ResponseReturnValue:
    return render_template("web/more.html")


@bp.get("/manage")
@requires(Permission.SEE_CHANNELS)
def manage() -> ResponseReturnValue:
    return render_template("web/manage.html")


@bp.get("/shell/sidebar")
@requires(Permission.BE_SIGNED_IN)
def sidebar() -> ResponseReturnValue:
    return render_template("web/_sidebar.html")


@bp.get("/shell/banners")
@requires(Permission.BE_SIGNED_IN)
def banners() -> ResponseReturnValue:
    return render_template("web/_banners.html")


@bp.get("/shell/posting")
@requires(Permission.BE_SIGNED_IN)
def posting() -> ResponseReturnValue:
    return render_template("web/_posting.html")


@bp.get("/privacy")
@public
def privacy() -> ResponseReturnValue:
    return render_template("web/privacy.html")


@bp.get("/accessibility")
@public
def accessibility() -> ResponseReturnValue:
    return render_template("web/accessibility.html")


@bp.get("/healthz")
@public
@limiter.exempt
def healthz() -> ResponseReturnValue:
    checks = health.health().checks()
    status = health.worst(checks)
    code = HTTPStatus.SERVICE_UNAVAILABLE if status is health.State.DOWN else HTTPStatus.OK
    return {"status": status.value, "checks": {check.key: check.state.value for check in checks}}, code


@bp.get("/manage/health")
@requires(Permission.SEE_CHANNELS)
def show_health() -> ResponseReturnValue:
    checks = health.health().checks()
    tasks = open_tasks(TaskKind.JOURNAL, TaskKind.STOPPED_PROCESS, TaskKind.POISON)
    return render_template("web/health.html", checks=checks, worst=health.worst(checks).value, tasks=tasks)


@bp.get("/brand.css")
@public
@limiter.exempt
def brand() -> ResponseReturnValue:
    sheet = f":root {{ --brand-h: {_settings().brand_hue}; }}\n"
    return Response(sheet, mimetype="text/css", headers={"Cache-Control": "public, max-age=300"})


@bp.post("/csp-report")
@public
@limiter.limit("60 per minute")
@csrf.exempt  # type: ignore[untyped-decorator]
def report_violation() -> ResponseReturnValue:
    if (request.content_length or 0) > REPORT_BYTES:
        abort(HTTPStatus.REQUEST_ENTITY_TOO_LARGE)
    try:
        body = request.get_json(force=True, silent=True)
    except RecursionError:  # nested so deeply that no browser wrote it
        body = None
    broken = body.get("csp-report", {}) if isinstance(body, dict) else {}
    if isinstance(broken, dict):
        kept = {name: str(broken.get(name, ""))[:200] for name in ("effective-directive", "blocked-uri", "source-file")}
        log.warning("a browser refused something on a page: %s", kept)
    return "", HTTPStatus.NO_CONTENT


@bp.route("/styleguide", methods=["GET", "POST"])
@public
def show_styleguide() -> ResponseReturnValue:
    if _settings().mode is Mode.PRODUCTION:
        abort(HTTPStatus.NOT_FOUND)
    if request.method == "POST":
        return redirect("/styleguide", code=303)
    return render_template("web/styleguide.html", **styleguide.examples(clock.now()), person=signed_in_or_none())
