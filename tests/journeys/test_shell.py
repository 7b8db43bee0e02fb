"""The shell and its components, in a real browser."""

import re

import pytest
from playwright.sync_api import Page, ViewportSize, expect

from app.accounts.models import Role
from tests import axe
from tests.factories import make_user
from tests.journeys.conftest import DESK, PHONE, OpenPage

pytestmark = [pytest.mark.journey, pytest.mark.looks, pytest.mark.timeout(300)]

PLAIN_PAGES = ["/", "/privacy", "/accessibility", "/nowhere"]


def visit(page: Page, path: str) -> None:
    """Go there and insist on an answer that is not a fault of ours."""
    answer = page.goto(path)
    assert answer is not None
    assert answer.status < 500


@pytest.mark.parametrize("theme", ["light", "dark"])
@pytest.mark.parametrize("viewport", [DESK, PHONE], ids=["desk", "phone"])
def test_every_component_is_accessible(open_page: OpenPage, theme: str, viewport: ViewportSize) -> None:
    page = open_page(make_user(Role.STAFF), theme=theme, viewport=viewport)

    visit(page, "/styleguide")

    assert axe.violations(page) == []


@pytest.mark.parametrize("theme", ["light", "dark"])
def test_pages_for_visitors_are_accessible(open_page: OpenPage, theme: str) -> None:
    page = open_page(theme=theme)

    for path in PLAIN_PAGES:
        visit(page, path)

        assert axe.violations(page) == [], path


@pytest.mark.parametrize("width", [320, 390, 832, 1100])
def test_no_page_scrolls_sideways(open_page: OpenPage, width: int) -> None:
    page = open_page(make_user(Role.STAFF), viewport={"width": width, "height": 800})

    for path in ["/styleguide", "/more", "/manage", *PLAIN_PAGES[1:]]:
        visit(page, path)

        assert axe.overflow(page) == [], path


@pytest.mark.parametrize("viewport", [DESK, PHONE], ids=["desk", "phone"])
def test_pages_read_from_right_to_left_fit_too(open_page: OpenPage, viewport: ViewportSize) -> None:
    page = open_page(make_user(Role.STAFF), viewport=viewport)
    visit(page, "/styleguide")

    page.evaluate("document.documentElement.dir = 'rtl'")

    assert axe.overflow(page) == []


def test_the_theme_is_chosen_and_remembered(page: Page) -> None:
    visit(page, "/privacy")

    page.get_by_role("button", name="Switch to dark").click()
    page.reload()

    assert page.evaluate("document.documentElement.dataset.theme") == "dark"
    expect(page.get_by_role("button", name="Switch to light")).to_be_visible()


def test_keys_open_the_sheet_and_can_be_turned_off(page: Page) -> None:
    visit(page, "/styleguide")
    sheet = page.get_by_role("dialog", name="Keyboard shortcuts")

    page.keyboard.press("?")
    expect(sheet).to_be_visible()
    sheet.get_by_label("Use single-key shortcuts").uncheck()
    page.keyboard.press("Escape")
    expect(sheet).to_be_hidden()
    page.keyboard.press("?")

    expect(sheet).to_be_hidden()


def test_keys_are_ignored_while_typing(page: Page) -> None:
    visit(page, "/styleguide")

    page.get_by_label("Your reply").fill("")
    page.get_by_label("Your reply").press_sequentially("j?b")

    expect(page.get_by_label("Your reply")).to_have_value("j?b")
    expect(page.get_by_role("dialog")).to_have_count(0)


def test_j_and_k_walk_through_a_list(page: Page) -> None:
    visit(page, "/styleguide")

    page.keyboard.press("j")
    expect(page.locator("#g-6")).to_have_attribute("data-cursor", "")
    page.keyboard.press("k")

    expect(page.locator("#g-5")).to_have_attribute("data-cursor", "")
    expect(page.locator("#g-6")).not_to_have_attribute("data-cursor", "")
    assert page.evaluate("document.activeElement.closest('#g-5') !== null")


def test_a_dialog_opens_by_key_and_focuses_its_first_field(page: Page) -> None:
    visit(page, "/styleguide")

    page.keyboard.press("b")

    expect(page.get_by_role("dialog", name="Return to Mossy with a note")).to_be_visible()
    assert page.evaluate("document.activeElement.closest('dialog').id") == "return"


def test_the_cord_dialog_starts_on_the_reason(page: Page) -> None:
    visit(page, "/styleguide")

    page.get_by_role("link", name="Pull the cord").click()

    expect(page.get_by_label("Why? Everyone sees this.")).to_be_focused()


def test_without_scripts_a_dialog_is_a_link(open_page: OpenPage) -> None:
    page = open_page(scripts=False)
    visit(page, "/styleguide")

    page.get_by_role("link", name="Delete the draft").click()

    expect(page).to_have_url(re.compile("#g-dialogs$"))
    expect(page.get_by_role("button", name="Insert")).to_be_hidden()


def test_a_claim_clock_runs_down(page: Page) -> None:
    visit(page, "/styleguide")
    clock = page.locator("[data-until][data-format=minutes] [data-left]")
    before = clock.text_content() or ""

    expect(clock).not_to_have_text(before, timeout=5000)

    assert re.fullmatch(r"\d:\d\d left", clock.text_content() or "")
