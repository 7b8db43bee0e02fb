"""A spike, from the banner to the cord's form and to the word that it is no incident; by keyboard, and without scripts."""

from datetime import timedelta

import pytest
from playwright.sync_api import Page, expect

from app.foundation import clock
from app.spikes.sorts import Sort
from tests import axe
from tests.factories import make_connection, sol
from tests.journeys.conftest import DESK, PHONE, OpenPage
from tests.spikes.scene import learnt, look, posts

pytestmark = [pytest.mark.journey, pytest.mark.looks]

NARROW = {"width": 320, "height": 800}


def heard_far_more() -> None:
    """Let twelve posts an hour be usual, and forty come in ten minutes."""
    now = clock.now()
    account = learnt({(Sort.ALL, ""): 12, (Sort.TOPIC, "lids"): 1}, connection=make_connection(), at=now)
    posts(account, 20, ending=now - timedelta(hours=3), within=timedelta(hours=2), text="How do I descale it?")
    posts(account, 40, ending=now, topic="lids", text="@NorthwindKettle the lid smells of burning plastic")
    look(now)


def wrong_with(page: Page) -> list[str]:
    found = []
    for viewport, theme in ((DESK, "light"), (PHONE, "dark")):
        page.set_viewport_size(viewport)
        page.emulate_media(color_scheme=theme)  # type: ignore[arg-type]
        found += [f"{theme} {viewport['width']}: {each}" for each in axe.violations(page)]
    page.set_viewport_size(NARROW)  # type: ignore[arg-type]
    return found + axe.overflow(page)


def test_from_the_banner_to_the_cord_and_to_no_incident(open_page: OpenPage) -> None:
    heard_far_more()
    page = open_page(sol(), scripts=False)

    page.goto("/inbox")
    page.get_by_role("link", name="See what is going on").click()
    expect(page.get_by_role("heading", level=1)).to_have_text("What is going on")
    page.get_by_role("link", name="Look closer").first.click()
    page.get_by_role("link", name="Pull the cord").last.click()
    expect(page.get_by_label("Why? Everyone sees this.").first).not_to_be_empty()

    page.go_back()
    page.get_by_role("button", name="This is no incident").press("Enter")
    expect(page.get_by_text("said that it is no incident")).to_be_visible()


def test_the_drawing_of_a_spike_is_accessible_and_fits(open_page: OpenPage) -> None:
    """The pages as they are while nothing was heard are looked at with every other page."""
    heard_far_more()
    page = open_page(sol())

    page.goto("/spikes")
    expect(page.locator("svg.c-wide")).to_be_visible()
    page.get_by_role("link", name="Look closer").first.click()
    page.get_by_text("Show as a table").click()
    expect(page.get_by_text("burning", exact=True)).to_be_visible()

    assert wrong_with(page) == []
