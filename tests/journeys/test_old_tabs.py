"""Two moderators on one reply in two browsers: an old tab, the back button and a second press decide nothing twice."""

import pytest
from playwright.sync_api import Page, expect
from sqlalchemy import func, select

from app.accounts.models import Role
from app.foundation.db import session
from app.publishing.models import Publication
from app.replies.models import Reply, ReplyStatus
from app.reviews.models import Review
from tests import factories
from tests.journeys.conftest import OpenPage

pytestmark = [pytest.mark.journey]


def test_an_old_tab_and_the_back_button_decide_nothing_twice(open_page: OpenPage) -> None:
    reply_id = factories.make_reply().id
    address = f"/queue/{reply_id}"
    first = open_page(factories.make_user(Role.MODERATOR, name="Mo"), scripts=False)
    second = open_page(factories.make_user(Role.MODERATOR, name="Mia"), scripts=False)
    for tab in (first, second):
        tab.goto(address)

    approve(first, reply_id)
    approve(second, reply_id)

    expect(second.get_by_role("heading", name="Somebody was faster").first).to_be_visible()
    expect(second.get_by_text("Mo").first).to_be_visible()

    first.goto(address)
    first.go_back()
    if first.locator(f"form[action='/queue/{reply_id}/approve'] button").count():
        approve(first, reply_id)

    session.rollback()
    assert session.scalars(select(Reply.status)).one() is ReplyStatus.APPROVED
    assert session.scalar(select(func.count(Review.id))) == 1
    assert session.scalar(select(func.count(Publication.id))) == 1


def approve(page: Page, reply_id: int) -> None:
    page.locator(f"form[action='/queue/{reply_id}/approve'] button").first.click()
    page.wait_for_load_state()
