"""Every page there is, as somebody who may see it: accessible in both themes, on a desk and on a phone, and never too wide."""

import pytest
from flask import Flask
from playwright.sync_api import Page, expect
from werkzeug.routing import Rule

import app as house
from app.accounts.guards import permission_of
from app.accounts.permissions import TABLE, Grade, Permission
from tests import axe
from tests.house.rows import CAST, ROWS, RowCase, Somebody
from tests.house.test_rights import _settings
from tests.journeys.conftest import DESK, PHONE, OpenPage

pytestmark = [pytest.mark.journey, pytest.mark.looks, pytest.mark.timeout(300)]

NARROW = {"width": 320, "height": 800}
#: Whom a page is looked at as: the first of them who may see it.
VIEWERS = ("trusted", "moderator", "admin")
PAGE = "text/html"


def _viewer_of(permission: Permission) -> str | None:
    if permission is Permission.BE_SIGNED_IN:
        return VIEWERS[0]
    return next((name for name in VIEWERS if TABLE[permission][Grade(name)].allowed), None)


def _fitting(rule: Rule, argument: str, grade: Grade) -> RowCase:
    """Return a row the viewer may know of, one of their own if there can be one."""
    room = rule.endpoint.partition(".")[0]
    cases = [case for case in ROWS[argument] if not case.only or rule.endpoint in case.only]
    own = [case for case in cases if case.own]
    others = [case for case in cases if grade in case.seen_by and room not in case.not_in]
    return (own if grade is Grade.TRUSTED and own else others or own)[0]


def pages_of(app: Flask, viewer: str) -> list[Rule]:
    """Return the routes of pages that are looked at as this viewer."""
    rules = [rule for rule in app.url_map.iter_rules() if "GET" in (rule.methods or set())]
    asked = [(rule, permission_of(app, rule.endpoint)) for rule in rules]
    return [rule for rule, permission in asked if permission is not None and _viewer_of(permission) == viewer]


def _address(app: Flask, rule: Rule, who: Somebody) -> str:
    assert who.grade is not None
    values = {name: _fitting(rule, name, who.grade).make(who) for name in rule.arguments}
    return app.url_map.bind("").build(rule.endpoint, values, method="GET")


def _look(page: Page, address: str) -> list[str]:
    """Return everything wrong with one page, in both themes and at each width."""
    answer = page.request.get(address)
    found = [f"{address}: answered {answer.status}"] if answer.status >= 400 else []
    if PAGE not in answer.headers.get("content-type", "") or "<main" not in answer.text():
        return found  # a piece of a page, which the page it goes into is looked at with
    page.set_viewport_size(DESK)
    page.goto(address)
    expect(page.locator("h1")).to_have_count(1)
    for viewport in (DESK, PHONE):
        page.set_viewport_size(viewport)
        for theme in ("light", "dark"):
            page.emulate_media(color_scheme=theme)  # type: ignore[arg-type]
            found += [f"{address} {theme} {viewport['width']}: {each}" for each in axe.violations(page)]
    page.set_viewport_size(NARROW)  # type: ignore[arg-type]
    found += [f"{address} at 320: {each}" for each in axe.overflow(page)]
    return found


def test_every_page_has_somebody_to_look_at_it() -> None:
    app = house.create_app(_settings())
    guarded = {
        permission_of(app, rule.endpoint) for rule in app.url_map.iter_rules() if "GET" in (rule.methods or set())
    }

    assert [permission for permission in guarded if permission and _viewer_of(permission) is None] == []


@pytest.mark.parametrize("viewer", VIEWERS)
def test_every_page_is_accessible_and_fits(viewer: str, open_page: OpenPage) -> None:
    app = house.create_app(_settings())
    who = CAST[viewer]()
    page = open_page(who.user)
    rules = sorted(pages_of(app, viewer), key=str)
    assert rules

    found = [line for rule in rules for line in _look(page, _address(app, rule, who))]

    assert not found, "\n".join(found)
