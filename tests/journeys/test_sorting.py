"""An admin and how far sorting leans, in a browser: with no script at all, by keyboard, and accessible with figures on the pages."""

import pytest
from playwright.sync_api import expect

from app.triage.sorting.ladder import Step
from tests import axe, factories
from tests.journeys.conftest import OpenPage

pytestmark = [pytest.mark.journey, pytest.mark.looks]

SORTING = "/manage/sorting"


def week() -> None:
    """Last week was looked at, and people had said enough to learn from."""
    shares = {"staff": [420, 1000], "angry": [7, 19], "sensitive": [3, 40], "staffs": [20, 100]}
    steps = {str(step.value): shares for step in Step}
    factories.make_outlook(
        posts=4000,
        read=1000,
        steps={"plain": steps, "in_force": steps, "proposed": steps},
        shifts={"sensitive": 0.2},
        learnt_from={"angry": 12, "sensitive": 64, "technical": 0},
        weeks=[
            ["2026-11-16", "staff_angry", [15, 30], [3, 5]],
            ["2026-11-16", "community", [30, 40], [30, 31]],
            ["2026-11-16", "staff", [30, 40], [30, 50]],
            ["2026-11-09", "staff", [25, 40], [20, 50]],
        ],
        tallies={
            "reasons": {"need.sensitive": [10, 40]},
            "rules": {"999": [0, 1]},
            "cues": {"sensitive.payment": [3, 4]},
        },
    )


def test_sorting_is_set_and_corrections_are_followed_without_scripts(open_page: OpenPage) -> None:
    week()
    page = open_page(factories.ana(), scripts=False)

    page.goto(SORTING)
    page.get_by_role("radio", name="More to staff", exact=True).check()
    page.get_by_role("button", name="Set", exact=True).click()
    expect(page.get_by_text("Version 1")).to_be_visible()
    page.get_by_label("Points at most").fill("6")
    page.get_by_role("button", name="Set influence").click()
    expect(page.get_by_text("Influence: from at most 2 to 6 points.")).to_be_visible()
    page.get_by_role("link", name="Corrections, and what they tell").click()
    page.get_by_role("button", name="Let it count").click()
    expect(page.get_by_text("It counts", exact=True)).to_be_visible()
    page.get_by_role("button", name="Switch off").click()

    expect(page.get_by_role("button", name="Let it count")).to_be_visible()


def test_sorting_is_set_by_keyboard(open_page: OpenPage) -> None:
    week()
    page = open_page(factories.ana())

    page.goto(SORTING)
    page.get_by_role("radio", name="In between, as it was made").focus()
    page.keyboard.press("ArrowUp")
    page.keyboard.press("Enter")

    expect(page.get_by_role("radio", name="More to the crew", exact=True)).to_be_checked()
    expect(page.get_by_text("Version 1")).to_be_visible()


def test_the_pages_are_accessible_with_figures_on_them(open_page: OpenPage) -> None:
    week()
    page = open_page(factories.ana())

    found = [*axe.faults(page, SORTING), *axe.faults(page, f"{SORTING}/corrections")]

    assert not found, "\n".join(found)
