"""What people do after an approval: post by hand what may not be sent, and take back what should not stand."""

import re
from collections.abc import Iterator
from datetime import timedelta

import pytest
from playwright.sync_api import Page, expect

from app.accounts.models import User
from app.channels.models import Connection
from app.foundation import clock, heartbeats
from app.foundation.db import session
from app.mentions.models import MentionStatus
from app.publishing.models import PublicationStatus
from app.replies.models import ReplyStatus
from app.rewards import standings
from app.rewards.models import ALL_TIME
from tests import axe, factories
from tests.journeys.conftest import DESK, OpenPage
from tests.sandbox_server import Sandbox, run_sandbox
from worker.lanes.publishing import drain_publishing
from worker.lanes.rewards import drain_rewards

pytestmark = [pytest.mark.journey, pytest.mark.timeout(180)]
NARROW = {"width": 320, "height": 800}
QUESTION = "Does anybody know how to descale a K2 kettle?"
ANSWER = "Half vinegar, half water, boil once and rinse twice."


@pytest.fixture(scope="module")
def network(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Sandbox]:
    with run_sandbox(tmp_path_factory.mktemp("network")) as running:
        yield running


@pytest.fixture
def account(site: str, network: Sandbox) -> Connection:
    """The brand's account on the small network."""
    return factories.make_connection(
        external_id=network.add_user(network.brand),
        handle=network.brand,
        base_url=network.base_url,
        page_url=network.base_url,
        tokens={"access_token": network.token, "refresh_token": network.refresh_token},
    )


def work() -> None:
    """Do what the workers would."""
    drain_publishing()
    drain_rewards()
    session.remove()


def looks_well(page: Page) -> None:
    """Look at a page in both themes, on a desk and on the narrowest phone."""
    for theme in ("light", "dark"):
        page.emulate_media(color_scheme=theme)  # type: ignore[arg-type]
        assert axe.violations(page) == []
    page.set_viewport_size(NARROW)  # type: ignore[arg-type]
    assert list(axe.overflow(page)) == []
    page.set_viewport_size(DESK)
    page.emulate_media(color_scheme="light")


def test_a_question_we_may_not_answer_is_written_approved_and_posted_by_hand(
    open_page: OpenPage, account: Connection, network: Sandbox, monkeypatch: pytest.MonkeyPatch
) -> None:
    asked = network.post_as("dilly_brews", QUESTION)
    now = clock.now()
    factories.make_mention(
        connection=account,
        external_id=asked,
        text=QUESTION,
        url=f"{network.base_url}/dilly_brews/status/{asked}",
        status=MentionStatus.BY_HAND,
        can_reply=False,
        cannot_reply_why="not_summoned",
        summoned=False,
        posted_at=now,
        heard_at=now,
        checked_at=now,
    )
    ada, moderator, staff = factories.ada(), factories.mo(), factories.sol()
    writer = ada.user.id

    page = open_page(ada.user)
    page.goto("/feed")
    page.get_by_role("link", name=re.compile("^By hand")).click()
    page.locator("li.feed-card", has_text=QUESTION).get_by_role("button", name=re.compile("^Claim")).click()
    page.get_by_role("textbox", name="Your reply").fill(ANSWER)
    page.get_by_role("button", name=re.compile("^Send for review")).click()
    expect(page.get_by_text(re.compile("[Ii]n review")).first).to_be_visible()
    _approve(open_page(moderator))

    undone = clock.now() + timedelta(minutes=1)
    with monkeypatch.context() as later:
        for told in ((clock, "now"), (heartbeats, "database_now")):
            later.setattr(*told, lambda: undone)
        work()
    assert _said_by_the_brand(network, asked) == []

    page = open_page(staff)
    page.goto("/by-hand")
    page.get_by_role("link", name=ANSWER[:20]).click()
    looks_well(page)
    words = page.get_by_role("textbox", name="Exactly these, signature included").input_value()
    assert words == f"{ANSWER}\nAda, Crew volunteer"
    wrong = network.post_as(network.brand, "Buy our kettles!", reply_to=asked)
    page.get_by_label("Link of our reply on the network").fill(f"{network.base_url}/{network.brand}/status/{wrong}")
    page.get_by_role("button", name="It is posted").click()
    expect(page.get_by_text("Other words stand there")).to_be_visible()

    right = network.post_as(network.brand, words, reply_to=asked)
    page.get_by_label("Link of our reply on the network").fill(f"{network.base_url}/{network.brand}/status/{right}")
    page.get_by_role("button", name="It is posted").click()
    expect(page.get_by_text("The network shows it")).to_be_visible()
    work()
    assert standings.points_of(writer, season_id=ALL_TIME) > 0


def _approve(page: Page) -> None:
    page.goto("/queue")
    page.locator("li.q-item", has_text=ANSWER[:20]).get_by_role("link").first.click()
    page.get_by_role("button", name=re.compile("^Approve")).first.click()
    expect(page.get_by_text(re.compile("Approved")).first).to_be_visible()


def _said_by_the_brand(network: Sandbox, under: str) -> list[dict[str, object]]:
    return [each for each in network.log("post") if each["via"] == "api" and each["reply_to"] == under]


@pytest.mark.parametrize("scripts", [True, False])
def test_a_reply_that_should_not_stand_is_taken_back(
    open_page: OpenPage, account: Connection, network: Sandbox, scripts: bool
) -> None:
    asked = network.post_as("dilly_brews", f"@{network.brand} {QUESTION} {scripts}")
    said = network.post_as(network.brand, f"{ANSWER} {scripts}", reply_to=asked)
    mention = factories.make_mention(connection=account, external_id=asked, status=MentionStatus.ANSWERED)
    reply = factories.make_reply(ReplyStatus.PUBLISHED, mention=mention)
    url = f"{network.base_url}/{network.brand}/status/{said}"
    factories.make_publication(PublicationStatus.SENT, reply=reply, external_id=said, url=url, sent_at=clock.now())
    staff: User = factories.sol()
    address, written = f"/posts/{mention.id}", f"/replies/{reply.id}"
    writer = reply.writer_id
    work()
    assert standings.points_of(writer, season_id=ALL_TIME) > 0

    page = open_page(staff, scripts=scripts)
    page.goto(address)
    page.get_by_role("link", name="Take the reply back").click()
    if scripts:
        looks_well(page)
    page.get_by_label("Why should it go?").fill("It names the wrong kettle.")
    page.get_by_role("button", name="Take it back").click()
    expect(page.get_by_text("Being removed.").first).to_be_visible()
    work()

    assert [each["post_id"] for each in network.log("delete") if each["post_id"] == said] == [said]
    page.reload()
    expect(page.get_by_text("Removed:")).to_be_visible()
    expect(page.get_by_text("It names the wrong kettle.").first).to_be_visible()
    assert standings.points_of(writer, season_id=ALL_TIME) == 0
    page.goto(address)
    page.get_by_role("button", name="Answer anew").click()
    expect(page.get_by_role("textbox", name="Public answer")).to_be_visible()
    page.goto(written)
    expect(page.get_by_text("It was taken back from the network:")).to_be_visible()
