"""Posts that say the same: from a card to the list of the others, by keyboard, in both themes, on the narrowest screen."""

import re

import pytest
from playwright.sync_api import expect

from app.accounts.models import User
from app.foundation import clock
from app.foundation.db import session, unit_of_work
from app.mentions.models import Mention, MentionStatus
from app.mentions.types import Route
from app.triage.likeness.actions import put_back
from app.triage.types import Cause
from tests import axe, factories
from tests.journeys.conftest import OpenPage

pytestmark = [pytest.mark.journey, pytest.mark.looks, pytest.mark.timeout(120)]
TEXT = "@NorthwindKettles how do I get the white crust out of my K2 kettle? Donaudampfschifffahrtsgesellschaftskapitän asks"


def _three() -> list[int]:
    made = [factories.make_mention(text=TEXT).id for _each in range(2)]
    with_staff = factories.make_mention(text=TEXT, status=MentionStatus.ESCALATED, route=Route.STAFF_TECHNICAL)
    factories.make_case(mention=with_staff)
    factories.make_verdict(with_staff, cause=Cause.PRODUCT, decided_at=clock.now())
    with unit_of_work():
        for each in [*made, with_staff.id]:
            put_back(session.get_one(Mention, each), at=clock.now())
    return [*made, with_staff.id]


def test_the_list_is_reached_from_the_post_by_keyboard(open_page: OpenPage) -> None:
    first, second, _with_staff = _three()
    page = open_page(factories.ada().user)

    page.goto("/feed")
    expect(page.get_by_text("2 more say the same").first).to_be_visible()
    page.goto(f"/feed/{first}")
    page.get_by_role("link", name="2 more say the same").focus()
    page.keyboard.press("Enter")

    expect(page.get_by_role("heading", name="Posts that say the same")).to_be_visible()
    expect(page.locator(f'a[href="/feed/{second}"]')).to_be_visible()


def test_staff_come_from_what_most_people_say_to_their_posts(open_page: OpenPage) -> None:
    *_others, newest = _three()
    page = open_page(factories.sol())

    page.goto("/spikes")
    expect(page.get_by_text("A product fails")).to_be_visible()
    page.get_by_role("link", name="3 people say so, in 3 posts").focus()
    page.keyboard.press("Enter")
    expect(page.get_by_role("heading", name="Posts that say the same")).to_be_visible()
    page.get_by_role("link", name="Back to the post").click()

    expect(page).to_have_url(re.compile(f"/posts/{newest}$"))


@pytest.mark.parametrize("who", ["ada", "sol"])
def test_every_place_that_shows_it_is_accessible_and_fits(who: str, open_page: OpenPage) -> None:
    first, _second, with_staff = _three()
    viewer: User = factories.ada().user if who == "ada" else factories.sol()
    pages = ["/feed", f"/feed/{first}"] if who == "ada" else ["/inbox", f"/posts/{with_staff}", "/spikes"]
    page = open_page(viewer)

    found = [fault for address in [*pages, f"/posts/{first}/alike"] for fault in axe.faults(page, address)]

    assert not found, "\n".join(found)
