"""Listening: by keys alone, without scripts, and many at once."""

import re
from collections import Counter
from collections.abc import Callable
from dataclasses import replace
from http import HTTPStatus

import pytest
import sqlalchemy as sa
from playwright.sync_api import Page, expect

from app.accounts.models import Role
from app.foundation import terms
from app.foundation.db import session
from app.mentions.models import Mention, MentionStatus
from app.triage.models import Doubt, Label
from bench.http import Answer, Browser, all_at_once, web_server
from bench.installation import installation
from tests import axe, factories, servers
from tests.conftest import TERMS
from tests.journeys.conftest import DESK, PHONE, OpenPage

LISTENERS = 12
WORKERS = 2
_TOKEN = re.compile(rb'name="csrf_token" value="([^"]+)"')


def states() -> list[MentionStatus]:
    session.rollback()
    return list(session.scalars(sa.select(Mention.status).order_by(Mention.id)))


@pytest.mark.journey
@pytest.mark.looks
@pytest.mark.timeout(120)
class TestOneListener:
    def test_four_posts_are_settled_by_keys_alone(self, open_page: OpenPage) -> None:
        terms.choose(replace(TERMS, asked_a_day=10))
        for _each in range(4):
            factories.make_doubt()
        page = open_page(factories.sol())
        page.goto("/listening")
        expect(page.get_by_text("4 posts wait for you")).to_be_visible()

        page.keyboard.press("Enter")  # the button that starts has the focus
        for key, said in (("1", "on the feed"), ("2", "with staff"), ("3", "set aside"), ("4", "set aside")):
            expect(page.get_by_role("group", name="Where does it belong?")).to_be_visible()
            page.keyboard.press(key)
            expect(page.locator("#toasts")).to_contain_text(said)

        expect(page.get_by_text("All caught up")).to_be_visible()
        assert states() == [
            MentionStatus.OPEN,
            MentionStatus.ESCALATED,
            MentionStatus.IGNORED,
            MentionStatus.IGNORED,
        ]

        page.keyboard.press("z")
        expect(page.locator("#toasts")).to_contain_text("Taken back")
        assert states()[-1] is MentionStatus.UNSURE

    def test_it_is_accessible_and_fits_in_both_themes(self, open_page: OpenPage) -> None:
        for _each in range(2):
            factories.make_doubt()
        page = open_page(factories.sol())
        page.goto("/listening")
        start(page)
        say(page, "Staff")

        assert look(page) == []

    def test_it_works_without_scripts(self, open_page: OpenPage) -> None:
        for _each in range(2):
            factories.make_doubt()
        page = open_page(factories.sol(), scripts=False)
        page.goto("/listening")

        start(page)
        say(page, "The crew")
        say(page, "Spam")
        page.get_by_role("button", name="Undo").first.click()

        expect(page.get_by_role("group", name="Where does it belong?")).to_be_visible()
        assert states() == [MentionStatus.OPEN, MentionStatus.UNSURE]


def look(page: Page) -> list[str]:
    """Return everything wrong with what is open, in both themes, on a desk and on a phone."""
    found = []
    for viewport in (DESK, PHONE):
        page.set_viewport_size(viewport)
        for theme in ("light", "dark"):
            page.emulate_media(color_scheme=theme)  # type: ignore[arg-type]
            found += [f"{theme} {viewport['width']}: {each}" for each in axe.violations(page) + axe.overflow(page)]
    return found


def start(page: Page) -> None:
    page.get_by_role("button", name="Start").click()


def say(page: Page, place: str) -> None:
    page.get_by_role("group", name="Where does it belong?").get_by_role("button", name=place).click()


class Listener:
    """A signed-in person of the staff with a browser, and the token that its forms carry."""

    def __init__(self) -> None:
        self.user_id = (user := factories.make_user(Role.STAFF)).id
        self.headers = {
            "Cookie": f"ovation={factories.make_sign_in(user)}",
            "Content-Type": "application/x-www-form-urlencoded",
        }
        self.token = ""

    def look(self, browser: Browser) -> Answer:
        """Open the page once, as everybody does before they press anything."""
        page = browser.ask("GET", "/listening", headers=self.headers)
        found = _TOKEN.search(page.body)
        assert found, page.status
        self.token = found[1].decode()
        given = [cookie.split(";")[0] for cookie in page.headers.get_all("Set-Cookie", [])]
        self.headers["Cookie"] = "; ".join([self.headers["Cookie"], *given])
        return page

    def press(self, path: str, **form: str) -> Callable[[Browser], Answer]:
        """Return the request of one button."""
        body = "&".join(f"{name}={value}" for name, value in {"csrf_token": self.token, **form}.items())
        return lambda browser: browser.ask("POST", path, headers=self.headers, body=body)


@pytest.mark.race
@pytest.mark.timeout(240)
@pytest.mark.parametrize("engine", ["sqlite", "postgresql"])
def test_no_post_is_ever_before_two_and_each_is_decided_once(engine: str) -> None:
    if engine == "postgresql" and servers.find_postgresql() is None:
        servers.missing("postgresql", "no server binary")
    with installation(engine=engine, redis=False) as house:
        listeners = [Listener() for _each in range(LISTENERS)]
        posts = [factories.make_doubt().mention_id for _each in range(LISTENERS)]
        session.remove()
        with web_server("wsgi:app", house.environment(), workers=WORKERS) as port:
            all_at_once([each.look for each in listeners], port)

            took = all_at_once([each.press("/listening/next") for each in listeners for _twice in range(2)], port)
            held = dict(session.execute(sa.select(Doubt.held_by_id, Doubt.mention_id)).all())
            session.remove()
            rivals = listeners[1:] + listeners[:1]
            tries = [
                who.press(f"/listening/{held[owner.user_id]}", place="feed")
                for owner, rival in zip(listeners, rivals, strict=True)
                for who in (owner, rival)
            ]
            said = all_at_once(tries, port)

        assert {answer.status for answer in took} == {HTTPStatus.SEE_OTHER}
        assert sorted(held.values()) == sorted(posts), "somebody was given another's post, or none"
        assert Counter(answer.status for answer in said) == {
            HTTPStatus.SEE_OTHER: LISTENERS,
            HTTPStatus.CONFLICT: LISTENERS,
        }
        assert session.scalars(sa.select(Label.mention_id).order_by(Label.mention_id)).all() == sorted(posts)
        assert set(states()) == {MentionStatus.OPEN}
