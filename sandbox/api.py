"""The door of the X API v2 subset: who asks, how often, and what goes wrong on order."""

import json
import threading
import time
from typing import Any

from flask import Blueprint, Response, current_app, g, request

from sandbox import problems
from sandbox.faults import AT_ONCE, Fault
from sandbox.limits import Allowance
from sandbox.network import Network
from sandbox.tokens import Caller, caller_of, revoke
from sandbox.wrong_answers import wrong_answer

api = Blueprint("api", __name__, url_prefix="/2")

# The name under which an endpoint is limited and disturbed, by its view.
ENDPOINT_OF_VIEW = {
    "me": "me",
    "user": "users",
    "users_by_ids": "users",
    "users_by": "users",
    "user_by_username": "users",
    "timeline": "timeline",
    "mentions": "mentions",
    "search": "search",
    "tweets": "lookup",
    "tweet": "lookup",
    "create": "create",
    "delete": "delete",
    "token": "token",
}
_KEPT_REQUESTS = 2000
# Marks, in its environment, a request that is done late; no client can set it.
_LATE_CALLER = "sandbox.late_caller"


def network() -> Network:
    """Return the network this application serves."""
    found: Network = current_app.extensions["network"]
    return found


def caller() -> Caller:
    """Return who makes this request."""
    found: Caller = g.caller
    return found


def caller_user_id() -> int:
    """Return the account a request speaks for.

    Raises:
        Problem: 403, it speaks for the app alone.
    """
    user_id = caller().user_id
    if user_id is None:
        raise problems.user_context_needed()
    return user_id


def answer(body: object, status: int = 200) -> Response:
    """Answer with JSON."""
    return Response(json.dumps(body, ensure_ascii=False), status=status, mimetype="application/json")


@api.before_request
def admit() -> Response | None:
    """Check the token, count the request, and carry out a fault that comes before the work."""
    g.endpoint = ENDPOINT_OF_VIEW[(request.endpoint or "").rpartition(".")[2]]
    if _LATE_CALLER in request.environ:
        g.caller = request.environ[_LATE_CALLER]
        return None
    if g.endpoint != "token":
        with network().store.read() as db:
            found = caller_of(db, request.headers.get("Authorization", ""))
        if found is None:
            raise problems.unauthorized()
        g.caller = found
        g.allowance = network().limits.take(g.endpoint, found.token)
        if not g.allowance.allowed:
            raise problems.too_many_requests()
    fault = g.fault = network().faults.take(g.endpoint)
    if fault is None or fault.kind not in AT_ONCE:
        return None
    if fault.kind == "late":
        _do_later(fault.seconds)
    if fault.kind == "401_revoked" and "caller" in g:
        with network().store.write() as db:
            revoke(db, g.caller.token)
    if fault.kind.startswith("429") and "allowance" in g:
        reset = _reset_of(fault)
        g.allowance = Allowance(g.allowance.limit, 0, reset, allowed=False) if reset else None
    return wrong_answer(fault, None, _stranger)


def _reset_of(fault: Fault) -> int | None:
    aways = {"429": fault.seconds, "429_no_reset": 0, "429_past": -3600, "429_days": 3 * 86_400}
    away = aways[fault.kind]
    return int(time.time() + away) if away else None


def _stranger() -> dict[str, str]:
    """Return what tells a post, or an account, of somebody else from the caller's."""
    query = "SELECT id, text FROM posts WHERE author_id != ? ORDER BY id DESC"
    if g.endpoint in {"me", "users"}:
        query = "SELECT id, handle AS username, name FROM users WHERE id != ? ORDER BY id DESC"
    with network().store.read() as db:
        found = db.execute(query, (caller().user_id,)).fetchone()
    return {name: str(found[name]) for name in found.keys()} if found else {}  # noqa: SIM118 - a Row is no mapping


@api.after_request
def finish(response: Response) -> Response:
    """Carry out a fault that comes after the work, and add the limits."""
    fault = g.get("fault")
    if fault and fault.kind not in AT_ONCE:
        response = wrong_answer(fault, response, _stranger)
    if g.get("allowance"):
        response.headers.update(g.allowance.headers())
    if _LATE_CALLER not in request.environ:
        _remember(response)
    return response


@api.errorhandler(problems.Problem)
def tell(problem: problems.Problem) -> Response:
    """Answer with a problem."""
    response = Response(json.dumps(problem.body), status=problem.status, mimetype="application/problem+json")
    response.headers.update(problem.headers)
    return response


def _do_later(seconds: float) -> None:
    """Do what this request asks when its caller has long lost the connection."""
    app = current_app._get_current_object()  # type: ignore[attr-defined]
    asked: dict[str, Any] = {
        "path": request.full_path,
        "method": request.method,
        "headers": list(request.headers),
        "data": request.get_data(),
        "environ_overrides": {_LATE_CALLER: g.get("caller")},
    }
    timer = threading.Timer(seconds, lambda: app.test_client(use_cookies=False).open(**asked))
    timer.daemon = True
    timer.start()


def _remember(response: Response) -> None:
    seen = network().requests
    seen.append(
        {
            "at": time.time(),
            "method": request.method,
            "path": request.path,
            "query": request.query_string.decode("ascii", "replace"),
            "status": response.status_code,
            "fault": g.fault.kind if g.get("fault") else None,
        }
    )
    del seen[:-_KEPT_REQUESTS]
