"""An admin and the brand's rules, in a browser: with no script at all, by keyboard, and accessible with rows on every page."""

import pytest
from playwright.sync_api import expect

from app.foundation import clock
from app.triage.rules.types import When
from tests import axe, factories
from tests.journeys.conftest import OpenPage

pytestmark = [pytest.mark.journey, pytest.mark.looks]


def asked_about_vinegar() -> None:
    now = clock.now()
    factories.make_verdict(
        factories.make_mention(posted_at=now, heard_at=now, text="How long does vinegar stand in it?")
    )


def test_a_rule_is_written_tried_and_let_count_without_scripts(open_page: OpenPage) -> None:
    asked_about_vinegar()
    page = open_page(factories.ana(), scripts=False)

    page.goto("/manage/rules")
    page.get_by_role("link", name="Write a rule").first.click()
    page.get_by_label("The text says one of").fill("vinegar")
    page.get_by_label("Goes to").select_option(label="Staff, for marketing")
    page.get_by_role("button", name="Save").click()
    expect(page.get_by_text("Give it a name.").first).to_be_visible()
    page.get_by_label("Name").fill("Vinegar")
    page.get_by_role("button", name="Save").click()
    page.get_by_role("button", name="Dry run").click()
    expect(page.get_by_text("How long does vinegar stand in it?")).to_be_visible()
    page.get_by_role("button", name="Let it count").click()

    expect(page.get_by_text("On", exact=True)).to_be_visible()


def test_the_order_is_changed_by_keyboard(open_page: OpenPage) -> None:
    factories.make_rule("First", is_on=True)
    factories.make_rule("Second", is_on=True)
    page = open_page(factories.ana())

    page.goto("/manage/rules")
    page.get_by_role("button", name="Move down").focus()
    page.keyboard.press("Enter")
    expect(page.get_by_role("heading", name="Move \u201cFirst\u201d down?")).to_be_visible()
    page.get_by_role("button", name="Let it count").focus()
    page.keyboard.press("Enter")

    expect(page.get_by_role("heading", name="1. Second")).to_be_visible()


def test_the_pages_are_accessible_with_rows_on_them(open_page: OpenPage) -> None:
    asked_about_vinegar()
    key = factories.make_rule("Vinegar", is_on=True)
    factories.make_rule("W" * 60, when=When(authors=("w" * 80,)))
    factories.make_case(tags=["marketing"])
    page = open_page(factories.ana())
    page.goto(f"/manage/rules/{key}")
    page.get_by_label("The text says one of").fill("vinegar*")
    page.get_by_role("button", name="Save").click()
    page.get_by_role("button", name="Dry run").first.click()
    page.wait_for_url("**/dry-runs/*")

    pages = (page.url, "/manage/rules", "/manage/rules/versions", "/inbox?tag=marketing")
    found = [fault for address in pages for fault in axe.faults(page, address)]

    assert found == []
