"""What strangers send, on the pages people work on: every row is words, and nothing else."""

import json

import pytest
from playwright.sync_api import Page

from app.accounts.models import Role
from app.mentions.models import MentionStatus
from app.mentions.types import Route
from tests import factories
from tests.conftest import ROOT
from tests.journeys.conftest import OpenPage

pytestmark = [pytest.mark.journey, pytest.mark.timeout(300)]

ROWS = [json.loads(line) for line in (ROOT / "tests/data/hostile_inputs.jsonl").read_text().splitlines()]
#: As the listener stores them: no database takes a zero character or half a surrogate pair.
TEXTS = [
    row["text"].replace("\x00", "").encode("utf-16", "surrogatepass").decode("utf-16", "replace")
    for row in ROWS
    if row.get("text")
]


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
    cases = []
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
        cases.append(factories.make_case(mention=mention, reason=text[:2000]))

    page = open_page(factories.make_user(Role.STAFF))

    assert _visit_all(page, "/inbox", item="li.case") == len(TEXTS)
    for case in cases[::12]:
        page.goto(f"/inbox/{case.id}")
        assert page.evaluate("window.__pwned") is None


def test_hostile_replies_are_words_in_the_queue(open_page: OpenPage) -> None:
    connection = factories.make_connection()
    replies = []
    for text in TEXTS[::4]:
        author = factories.make_author(connection=connection, name=text[:400], handle="someone")
        mention = factories.make_mention(
            connection=connection, author=author, text=text, status=MentionStatus.IN_REVIEW
        )
        replies.append(factories.make_reply(mention=mention, text=text[:4000]))

    page = open_page(factories.mo())

    assert _visit_all(page, "/queue", item="li.q-item") >= len(replies)
    for reply in replies[::6]:
        page.goto(f"/queue/{reply.id}")
        assert page.evaluate("window.__pwned") is None
