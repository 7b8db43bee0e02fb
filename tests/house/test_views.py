"""Rules that every page keeps: guarded, loaded for the person, with a token, with a place to crash at."""

import ast
from collections.abc import Iterator
from http import HTTPStatus
from pathlib import Path

import pytest
from flask import Blueprint, Flask

import app as house
from app.accounts.guards import Unguarded, check_every_route, permission_of
from app.accounts.permissions import models_with_visibility
from app.foundation.config import Settings
from app.foundation.db import Base
from tests import factories
from tests.conftest import sign_in

ROOT = Path(__file__).parent.parent.parent
ROOMS = ROOT / "app"
#: What everybody may see without signing in. A route comes here by a decision, not by a forgotten guard.
PUBLIC = {
    "accounts.create_demo_sign_in",
    "accounts.create_password",
    "accounts.create_reset",
    "accounts.create_sign_in",
    "accounts.forgotten",
    "accounts.reset",
    "accounts.sign_in",
    "accounts.sign_out",
    "advocates.create_member",
    "advocates.join",
    "web.accessibility",
    "web.brand",
    "web.healthz",
    "web.home",
    "web.privacy",
    "web.report_violation",
    "web.show_styleguide",
    "static",
}
#: Browsers send it by themselves, without a token; it changes nothing.
WITHOUT_TOKEN = {"/csp-report"}


def view_files() -> list[Path]:
    """Return the modules of pages: a room's views, and what they are made of."""
    return sorted({*ROOMS.glob("*/views.py"), *ROOMS.glob("*/views/*.py"), *ROOMS.glob("*/pages.py")})


def calls(tree: ast.AST) -> Iterator[ast.Call]:
    return (node for node in ast.walk(tree) if isinstance(node, ast.Call))


def name_of(call: ast.Call) -> str:
    return ast.unparse(call.func)


#: What opens a transaction that is committed at its end.
OPENS_A_UNIT = {"unit_of_work", "side_door", "db.unit_of_work", "db.side_door"}
each_view_file = pytest.mark.parametrize("file", view_files(), ids=lambda file: str(file.relative_to(ROOMS)))


def test_what_is_public_is_on_the_list_and_nothing_else(app: Flask) -> None:
    open_ones = {endpoint for endpoint in app.view_functions if permission_of(app, endpoint) is None}

    assert open_ones == PUBLIC


def test_an_application_with_an_unguarded_route_does_not_start(app: Flask) -> None:
    bare = Flask("bare")
    room = Blueprint("cups", __name__)
    room.get("/cups")(lambda: "tea")
    bare.register_blueprint(room)

    with pytest.raises(Unguarded, match="cups"):
        check_every_route(bare)


@each_view_file
def test_no_page_loads_a_row_past_the_person(file: Path) -> None:
    found = [
        f"line {call.lineno}: {name_of(call)}"
        for call in calls(ast.parse(file.read_text()))
        if name_of(call).endswith(
            ("session.query", "session.get", "session.get_one", "session.scalar", "session.scalars", "session.execute")
        )
    ]

    if file.name == "pages.py":
        found = [line for line in found if ".scalar" not in line and ".execute" not in line]
    assert found == []


_ENDS_READING = "nothing was written: it only ends the transaction that reading began"
#: Commits after which a crash proves nothing.
NO_PLACE_TO_CRASH_AT = {
    "app/accounts/login.py note_seen": "when a browser was used last; no state rests on it",
    "app/channels/registry.py open_channel": _ENDS_READING,
    "app/web/health.py _probe": "a row that only shows whether the database can write",
    "app/web/health.py checks": _ENDS_READING,
    "worker/lanes/listening.py _fetch_threads": _ENDS_READING,
    "worker/lanes/listening.py _look_again": _ENDS_READING,
    "worker/lanes/journal.py _seal": _ENDS_READING,
    "worker/lanes/listening.py _read_again": _ENDS_READING,
    "worker/pages.py _storable": "a trial that is always taken back",
    "worker/pages.py _store_page": "whoever reads pages crashes behind it: listening.stored, searching.stored, gaps.stored",
    "worker/searching.py search_all": _ENDS_READING,
}


def commits_without_a_place_to_crash_at() -> set[str]:
    """Return the functions of pages, actions and workers with a commit that no crash point stands behind."""
    files = [file for room in ("app", "worker") for file in (ROOT / room).rglob("*.py") if file.name != "db.py"]
    return {
        f"{file.relative_to(ROOT)} {function.name}"
        for file in files
        for function in ast.walk(ast.parse(file.read_text()))
        if isinstance(function, ast.FunctionDef) and not all(places_behind_commits(function))
    }


def places_behind_commits(function: ast.FunctionDef) -> Iterator[bool]:
    """Say of each commit of a function whether a crash point stands between it and the next one."""
    units = [node for node in ast.walk(function) if isinstance(node, ast.With)]
    units = [node for node in units if {name_of(call) for item in node.items for call in calls(item)} & OPENS_A_UNIT]
    bare = [call for call in calls(function) if name_of(call) == "session.commit"]
    places = [call.lineno for call in calls(function) if name_of(call).endswith("crash_point")]
    commits = sorted((node.lineno, node.end_lineno or node.lineno) for node in [*units, *bare])
    following = [begins for begins, _ in commits[1:]] + [function.end_lineno or 0]
    for (_, ends), stops in zip(commits, following, strict=False):
        yield any(ends < place <= stops for place in places)


def test_every_commit_has_a_place_to_crash_at_behind_it() -> None:
    assert commits_without_a_place_to_crash_at() == set(NO_PLACE_TO_CRASH_AT)


def test_a_commit_without_a_place_to_crash_at_is_found_out() -> None:
    planted = """
def keep():
    crash_point("cup.before")
    with unit_of_work():
        fill()
    if is_full:
        with suppress(Full), unit_of_work():
            drink()
        crash_point("cup.drunk")
    session.commit()
"""
    [function] = [node for node in ast.walk(ast.parse(planted)) if isinstance(node, ast.FunctionDef)]

    assert list(places_behind_commits(function)) == [False, True, False]


@each_view_file
def test_pages_redirect_with_303(file: Path) -> None:
    for call in calls(ast.parse(file.read_text())):
        if name_of(call) == "redirect":
            code = next((keyword.value for keyword in call.keywords if keyword.arg == "code"), None)
            assert isinstance(code, ast.Constant), f"line {call.lineno} names no code"
            assert code.value == HTTPStatus.SEE_OTHER, f"line {call.lineno}"


def test_every_model_that_pages_narrow_to_a_person_has_a_visibility() -> None:
    house.join_rooms()
    known = {model.__name__ for model in models_with_visibility()}
    tables = {mapper.class_.__name__ for mapper in Base.registry.mappers}
    narrowed = set()
    for file in ROOMS.rglob("*.py"):
        for call in calls(ast.parse(file.read_text())):
            if name_of(call) != "scoped":
                continue
            for inner in calls(call):
                if name_of(inner) == "select" and inner.args:
                    first = ast.unparse(inner.args[0]).split(".")[0]
                    narrowed |= {first} & tables

    assert narrowed, "the search finds nothing, so it proves nothing"
    assert narrowed - known == set()


def test_no_form_is_taken_without_its_token(app: Flask) -> None:
    app.config["WTF_CSRF_ENABLED"] = True
    client = sign_in(app.test_client(), factories.ana())
    taken = []
    for rule in app.url_map.iter_rules():
        if "POST" not in (rule.methods or set()) or str(rule) in WITHOUT_TOKEN:
            continue
        _domain, address = rule.build(dict.fromkeys(rule.arguments, 1)) or ("", "")
        answer = client.post(address, headers={"Origin": "https://evil.example"})
        if answer.status_code != HTTPStatus.BAD_REQUEST:
            taken.append(f"{rule}: {answer.status_code}")

    assert taken == []


def test_nothing_is_changed_by_reading(app: Flask) -> None:
    client = sign_in(app.test_client(), factories.ana())
    only_by_form = {str(rule) for rule in app.url_map.iter_rules() if "POST" in (rule.methods or set())} - {
        str(rule) for rule in app.url_map.iter_rules() if "GET" in (rule.methods or set())
    }
    for address in sorted(only_by_form):
        path = app.url_map.bind("localhost")
        rule = next(rule for rule in app.url_map.iter_rules() if str(rule) == address)
        built = path.build(rule.endpoint, dict.fromkeys(rule.arguments, 1), method="POST")
        assert client.get(built).status_code in {HTTPStatus.METHOD_NOT_ALLOWED, HTTPStatus.NOT_FOUND}, address


def test_a_production_cookie_is_bound_to_this_host_and_to_tls(settings: Settings, db_session: None) -> None:
    from dataclasses import replace

    from app.accounts.login import give_key
    from app.foundation.config import Mode

    made = house.create_app(replace(settings, mode=Mode.PRODUCTION, base_url="https://crew.example"))
    with made.test_request_context():
        answer = made.make_response("")
        give_key(answer, "key", frozenset())

    cookie = answer.headers["Set-Cookie"]
    assert cookie.startswith("__Host-ovation=key;")
    assert {"Secure", "HttpOnly", "Path=/", "SameSite=Lax"} <= {part.strip() for part in cookie.split(";")}
    assert "Domain" not in cookie
