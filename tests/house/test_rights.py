"""The table of rights, held against every route there is: who asks, by GET and by POST, of rows of their own and of others."""

from collections.abc import Iterator
from http import HTTPStatus

import pytest
from flask import Flask
from flask.testing import FlaskClient
from werkzeug.routing import Map, Rule

import app as house
from app.accounts.guards import permission_of
from app.accounts.permissions import TABLE, Grade, Permission
from app.foundation.config import Mode, Settings
from app.foundation.db import session
from tests.conftest import sign_in
from tests.house.rows import (
    BODIES,
    CAST,
    DECIDES_NOTHING,
    MAY_BE_TOO_LATE,
    NOT_THEIRS,
    ONLY_IN_DEMO,
    ROWS,
    SAYS_NOTHING,
    RowCase,
    Somebody,
)

#: Rights over what others did: on one's own work they are refused, however the roles add up.
ABOUT_OTHERS = frozenset(
    {Permission.REVIEW, Permission.EDIT_REPLY, Permission.APPROVE_SECOND, Permission.SUSPEND, Permission.PROMOTE}
)
SIGN_IN = "/sign-in?"


def _settings() -> Settings:
    return Settings(mode=Mode.TEST, secret_key="s" * 32, encryption_keys={"k": b"k" * 32}, database_url="sqlite://")


def routes() -> list[tuple[str, str]]:
    """Return every route as (method, address)."""
    rules = house.create_app(_settings()).url_map.iter_rules()
    pairs = {(method, str(rule)) for rule in rules for method in (rule.methods or set()) & {"GET", "POST"}}
    return sorted(pair for pair in pairs if pair[1] != "/static/<path:filename>")


ROUTES = routes()


def rule_of(app: Flask, method: str, address: str) -> Rule:
    return next(rule for rule in app.url_map.iter_rules() if str(rule) == address and method in (rule.methods or set()))


def row_cases(rule: Rule) -> list[dict[str, RowCase]]:
    """Return what the route's address may name: one empty choice for an address without arguments."""
    unknown = sorted(argument for argument in rule.arguments if argument not in ROWS)
    if unknown:
        pytest.fail(f"{rule}: say in tests/house/rows.py what rows {', '.join(unknown)} names, and who sees them")
    choices: list[dict[str, RowCase]] = [{}]
    for argument in sorted(rule.arguments):
        fitting = [case for case in ROWS[argument] if not case.only or rule.endpoint in case.only]
        choices = [choice | {argument: case} for choice in choices for case in fitting]
    return choices


def expected(
    permission: Permission | None, who: Somebody | None, cases: dict[str, RowCase], *, method: str, room: str
) -> set[str]:
    """Return which kinds of answer are right: sign-in, forbidden, hidden, refused, given."""
    if permission is None:
        return {"given"}
    if who is None:
        return {"sign-in"}
    if permission is not Permission.BE_SIGNED_IN:
        cells = [cell for grade in who.grades if (cell := TABLE[permission][grade]).allowed]
        if not cells:
            return {"forbidden"}
        if all(cell.own_only for cell in cells) and any(case.mine and not case.own for case in cases.values()):
            # Whoever may know of the row by another right may read it, and still do nothing with it.
            reads = method == "GET" and all(case.own or who.grades & case.seen_by for case in cases.values())
            return {"hidden", "forbidden", *(["given"] if reads else [])}
    if any(room in case.not_in or (not case.own and not who.grades & case.seen_by) for case in cases.values()):
        return {"hidden"}
    if permission in ABOUT_OTHERS and method == "POST" and any(case.own for case in cases.values()):
        return {"forbidden", "hidden", "refused"}
    return {"given"}


def kind_of(status: int, location: str) -> str:
    """Return what kind of answer this is; a form sent without what it needs was given all the same."""
    if status == HTTPStatus.SEE_OTHER and location.startswith(SIGN_IN):
        return "sign-in"
    if status == HTTPStatus.SEE_OTHER and location == "/sign-in":
        return "sign-in"
    known = {HTTPStatus.FORBIDDEN: "forbidden", HTTPStatus.NOT_FOUND: "hidden", HTTPStatus.CONFLICT: "refused"}
    if status >= HTTPStatus.INTERNAL_SERVER_ERROR or status == HTTPStatus.METHOD_NOT_ALLOWED:
        return f"broken ({status})"
    return known.get(HTTPStatus(status), "given")


def ask(client: FlaskClient, rule: Rule, method: str, values: dict[str, int | str]) -> str:
    """Ask as whoever holds the client's cookie; return the kind of answer."""
    session.expire_all()
    _domain, address = rule.build(values) or ("", "")
    body = BODIES[rule.endpoint](values) if method == "POST" and rule.endpoint in BODIES else None
    answer = client.open(address, method=method, data=body)
    return kind_of(answer.status_code, answer.headers.get("Location", ""))


#: Public acts that end on the sign-in page by themselves.
NOT_ABOUT_SIGNING_IN = frozenset({"accounts.sign_out", "accounts.create_password"})


def right_answers(
    rule: Rule, permission: Permission | None, who: Somebody | None, cases: dict[str, RowCase], method: str
) -> set[str]:
    """Return the kinds of answer that are right, the exceptions of ``rows`` among them."""
    right = expected(permission, who, cases, method=method, room=rule.endpoint.partition(".")[0])
    if rule.endpoint in ONLY_IN_DEMO:
        return {"hidden"}
    if rule.endpoint in NOT_ABOUT_SIGNING_IN:
        right = right | {"sign-in"}
    if rule.endpoint in DECIDES_NOTHING and right == {"forbidden", "hidden", "refused"}:
        right = right | {"given"}
    if rule.endpoint in SAYS_NOTHING and "hidden" in right:
        right = right | {"given"}
    not_theirs = NOT_THEIRS.get(rule.endpoint, frozenset())
    if who is not None and who.grades & not_theirs and not _has_way(who.grades - not_theirs, cases):
        right = right | {"forbidden", "hidden", "refused"}
    return right | {"refused"} if "given" in right and rule.endpoint in MAY_BE_TOO_LATE else right


def _has_way(grades: frozenset[Grade], cases: dict[str, RowCase]) -> bool:
    """Say whether any of these grades knows of the rows."""
    return bool(grades) and all(case.own or grades & case.seen_by for case in cases.values())


def wrong_answers(app: Flask, rule: Rule, method: str, cases: dict[str, RowCase]) -> Iterator[str]:
    """Yield a line for each member of the cast who gets a wrong answer for such rows."""
    permission = permission_of(app, rule.endpoint)
    for name in ("nobody", *CAST):
        who = None if name == "nobody" else CAST[name]()
        values = {argument: case.make(who or CAST["advocate"]()) for argument, case in cases.items()}
        if any(value is None for value in values.values()):
            continue
        client = app.test_client() if who is None else sign_in(app.test_client(), who.user)
        got = ask(client, rule, method, {key: value for key, value in values.items() if value is not None})
        right = right_answers(rule, permission, who, cases, method)
        if got not in right:
            rows = ", ".join(f"{argument} {case.name}" for argument, case in cases.items())
            yield f"{name} ({rows}): {got}, not {' or '.join(sorted(right))}"


@pytest.mark.parametrize(("method", "address"), ROUTES, ids=[f"{method} {address}" for method, address in ROUTES])
def test_every_role_gets_what_the_table_says(app: Flask, method: str, address: str) -> None:
    rule = rule_of(app, method, address)

    wrong = [line for cases in row_cases(rule) for line in wrong_answers(app, rule, method, cases)]

    assert not wrong, f"{method} {address} asks for {permission_of(app, rule.endpoint)!r}\n" + "\n".join(wrong)


#: Rights that take two people, where the second one is asked for by the action.
TWO_PEOPLE = {
    "advocates.give_admin",
    "advocates.withdraw_admin",
    "publishing.end_recovery",
    "publishing.release",
    "publishing.settle_as_absent",
    "publishing.send_again",
    "publishing.withdraw",
    "publishing.withdraw_end",
}
#: And those that one person uses for now, which the journal calls "alone": docs/decisions/0008 says why.
ONE_FOR_NOW = {
    "channels.connect",
    "channels.disconnect",
    "channels.new",
    "channels.read_again",
    "channels.set_pace",
    "channels.set_switches",
}


def test_what_takes_two_people_has_its_second_person_or_a_reason(app: Flask) -> None:
    marked = {permission for permission, cells in TABLE.items() if any(cell.second_person for cell in cells.values())}

    asking = {endpoint for endpoint in app.view_functions if permission_of(app, endpoint) in marked}

    assert asking == TWO_PEOPLE | ONE_FOR_NOW


def test_an_address_with_an_argument_nobody_described_fails() -> None:
    rule = next(Map([Rule("/cups/<int:cup_id>", endpoint="cups.show")]).iter_rules())

    with pytest.raises(pytest.fail.Exception, match="cup_id"):
        row_cases(rule)


def test_a_role_taken_counts_on_the_very_next_request(app: Flask) -> None:
    moderator = CAST["moderator"]().user
    client = sign_in(app.test_client(), moderator)
    assert client.get("/manage/people").status_code == HTTPStatus.OK

    session.delete(moderator.grants[0])
    session.commit()
    session.expire_all()

    assert client.get("/manage/people").status_code == HTTPStatus.FORBIDDEN
