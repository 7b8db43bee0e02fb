"""What strangers send, on the pages people work on: every row is words, and nothing else, to a browser too.

The lists are shown whole; each room's own test opens every single row.
"""

import pytest
from playwright.sync_api import Page

from app.accounts.models import Role
from app.mentions.models import MentionStatus
from app.mentions.types import Route
from tests import factories, hostile
from tests.journeys.conftest import OpenPage

pytestmark = [pytest.mark.journey, pytest.mark.timeout(300)]

TEXTS = [text for _row, text in hostile.TEXTS]


def _visit_all(page: Page, first: str, *, item: str) -> int:
    """Go through a list to its end; return how many items were shown. No text may have become more than text."""
    shown, address = 0, first
    while address:
        page.goto(address)
        assert page.evaluate("window.__pwned") is None
        assert page.locator("main script, main iframe, main object, main img[onerror], main [onload]").count() == 0
        shown += page.locator(item).count()
        more = page.locator("[data-more] a")
        address = more.first.get_attribute("href") if more.count() else ""
    return shown


def test_hostile_posts_are_words_on_the_feed(open_page: OpenPage) -> None:
    connection = factories.make_connection()
    for text in TEXTS:
        author = factories.make_author(connection=connection, name=text[:400], handle="someone")
        factories.make_mention(connection=connection, author=author, text=text)

    page = open_page(factories.ada().user)

    assert _visit_all(page, "/feed?view=all", item="li.feed-card") == len(TEXTS)


def test_hostile_posts_are_words_in_the_inbox_and_on_a_case(open_page: OpenPage) -> None:
    connection = factories.make_connection()
    for text in TEXTS:
        author = factories.make_author(connection=connection, name=text[:400], handle="someone")
        mention = factories.make_mention(
            connection=connection,
            author=author,
            text=text,
            status=MentionStatus.ESCALATED,
            route=Route.STAFF_ANGRY,
            feed_lane=None,
        )
        case = factories.make_case(mention=mention, reason=text[:2000])

    page = open_page(factories.make_user(Role.STAFF))

    assert _visit_all(page, "/inbox", item="li.case") == len(TEXTS)
    page.goto(f"/inbox/{case.id}")
    assert page.evaluate("window.__pwned") is None


def test_hostile_replies_are_words_in_the_queue(open_page: OpenPage) -> None:
    connection = factories.make_connection()
    for text in TEXTS:
        author = factories.make_author(connection=connection, name=text[:400], handle="someone")
        mention = factories.make_mention(
            connection=connection, author=author, text=text, status=MentionStatus.IN_REVIEW
        )
        reply = factories.make_reply(mention=mention, text=text[:4000])

    page = open_page(factories.mo())

    assert _visit_all(page, "/queue", item="li.q-item") == len(TEXTS)
    page.goto(f"/queue/{reply.id}")
    assert page.evaluate("window.__pwned") is None
