"""What the scripts add, one behaviour at a time. Answers that no room gives on the styleguide are given by the test."""

import re
from collections.abc import Callable
from datetime import timedelta

import pytest
from playwright.sync_api import Page, Request, Route, expect
from sqlalchemy import update

from app.accounts.login import COOKIE
from app.accounts.models import Role, SignIn
from app.foundation import clock, slots
from app.foundation.db import session, unit_of_work
from app.foundation.events import EventType, announce, sweep_events
from app.replies.models import Reply, ReplyStatus
from tests.factories import NOW, make_advocate, make_case, make_claim, make_sign_in, make_user, sol
from tests.journeys.conftest import OpenPage

pytestmark = [pytest.mark.journey, pytest.mark.looks, pytest.mark.timeout(300)]

WIRE = """() => {
  const form = document.querySelector('.composer');
  Object.assign(form.dataset, { composer: '', autosave: '/try/draft', check: '/try/check', draftKey: 'try' });
  document.querySelector('[data-saved-text]').textContent = '';
  document.body.dispatchEvent(new CustomEvent('htmx:load'));
}"""
CHECKED = """<div data-check-result data-may-send="no">
<span class="counter" data-counter data-left="-3" data-state="over"><span class="ring p-100"></span>3 over</span>
<ul class="checks" data-checks><li class="tone-danger">This link is not allowed.</li></ul></div>"""


def answer(**values: object) -> Callable[[Route], None]:
    return lambda route: route.fulfill(**values)  # type: ignore[arg-type]


def happened(*kinds: EventType) -> None:
    with unit_of_work():
        for kind in kinds:
            announce(kind, subject_id=7, at=NOW)


@pytest.fixture
def composer(page: Page) -> Page:
    """The styleguide with its composer wired to addresses that the test answers."""
    page.clock.install()
    page.route("**/try/check", answer(status=200, content_type="text/html", body=CHECKED))
    page.goto("/styleguide")
    page.evaluate(WIRE)
    return page


def test_a_draft_is_kept_on_the_server_five_seconds_later(composer: Page) -> None:
    asked: list[Request] = []
    composer.on("request", lambda request: asked.append(request) if request.url.endswith("/try/draft") else None)
    composer.route("**/try/draft", answer(status=204))

    composer.get_by_label("Your reply").fill("Wipe the disc.")
    # The page's clock also runs on by itself: far enough from five seconds that a slow machine does not reach them.
    composer.clock.run_for(2000)
    assert asked == []
    composer.clock.run_for(3500)

    expect(composer.locator("[data-saved-text]")).to_contain_text("Draft saved")
    assert "Wipe the disc." in (asked[0].post_data or "")
    assert len(asked[0].headers["x-csrftoken"]) > 20
    assert composer.evaluate("sessionStorage.getItem('draft:try')") is None


def test_words_the_server_did_not_take_come_back(composer: Page) -> None:
    composer.route("**/try/draft", answer(status=500))
    composer.get_by_label("Your reply").fill("Do not lose this.")
    composer.clock.run_for(6000)
    expect(composer.locator("[data-saved-text]")).to_contain_text("safe on this device")

    composer.reload()
    composer.evaluate(WIRE)

    expect(composer.get_by_label("Your reply")).to_have_value("Do not lose this.")
    expect(composer.locator("[data-saved-text]")).to_have_text("We brought back what you had typed.")


def test_counter_and_checks_come_from_the_server(composer: Page) -> None:
    composer.route("**/try/draft", answer(status=204))

    composer.get_by_label("Your reply").fill("See http://bad.example")
    composer.clock.run_for(500)

    expect(composer.locator(".composer [data-counter]")).to_contain_text("3 over")
    expect(composer.get_by_text("This link is not allowed.")).to_be_visible()
    composer.clock.run_for(100)
    expect(composer.locator("#announce")).to_have_text("3 characters too many")


def test_an_answer_that_worked_is_inserted_at_the_cursor(composer: Page) -> None:
    composer.route("**/try/draft", answer(status=204))
    field = composer.get_by_label("Your reply")
    field.fill("Hi. ")
    field.press("End")

    composer.get_by_role("button", name="Insert").click()

    expect(field).to_have_value("Hi. Early click-off is nearly always the sensor disc.")
    expect(field).to_be_focused()


def test_ctrl_enter_sends_the_composer(page: Page) -> None:
    page.goto("/styleguide")
    page.get_by_label("Your reply").focus()

    with page.expect_request(lambda request: request.method == "POST") as sent:
        page.keyboard.press("Control+Enter")

    assert "csrf_token" in (sent.value.post_data or "")


def test_counts_in_the_sidebar_follow_by_themselves(open_page: OpenPage, monkeypatch: pytest.MonkeyPatch) -> None:
    waiting = [2]
    monkeypatch.setitem(slots._counts, "leaderboard", lambda _person: waiting[0])
    page = open_page(make_user(Role.STAFF))
    page.goto("/styleguide")
    link = page.get_by_role("navigation", name="Main").get_by_role("link", name="Leaderboard")
    expect(link).to_contain_text("2")

    waiting[0] = 5
    happened(EventType.COUNTS)

    expect(link).to_contain_text("5")


def test_a_pulled_cord_is_on_every_page_without_reload(open_page: OpenPage, monkeypatch: pytest.MonkeyPatch) -> None:
    page = open_page(make_user(Role.MODERATOR))
    page.goto("/styleguide")
    expect(page.get_by_text("Posting live")).to_be_visible()

    monkeypatch.setitem(slots._banners, "try", lambda _person: slots.Banner("The cord is pulled.", stop=True, order=0))
    happened(EventType.CORD)

    expect(page.get_by_text("The cord is pulled.")).to_be_visible()
    expect(page.get_by_text("Posting paused")).to_be_visible()


@pytest.mark.parametrize("event", [EventType.CORD, EventType.CHANNEL_BROKEN, EventType.COUNTS])
def test_banners_follow_whatever_may_change_them(
    open_page: OpenPage, monkeypatch: pytest.MonkeyPatch, event: EventType
) -> None:
    page = open_page(make_user(Role.MODERATOR))
    page.goto("/styleguide")
    said = slots.Banner("We cannot know whether a reply arrived.", order=0)

    monkeypatch.setitem(slots._banners, "try", lambda _person: said)
    happened(event)

    expect(page.get_by_text(said.title)).to_be_visible()


def test_a_page_that_was_away_for_long_lets_each_of_its_parts_look_again(open_page: OpenPage) -> None:
    page = open_page(make_user(Role.STAFF))
    happened(EventType.COUNTS)
    page.goto("/styleguide")
    page.evaluate("""() => {
      document.body.insertAdjacentHTML('beforeend', '<p hx-trigger="load, live:post-freed:7 from:body"></p>');
      ['live:cord', 'live:post-freed:7'].forEach((name) => document.body.addEventListener(name, () => {
        document.body.insertAdjacentText('beforeend', `heard ${name} `);
      }));
    }""")
    page.route("**/live/changes*", lambda route: route.abort())
    happened(EventType.POINTS)
    happened(EventType.POINTS)
    with unit_of_work():
        sweep_events(at=NOW + timedelta(minutes=3))

    page.unroute("**/live/changes*")

    expect(page.get_by_text("heard live:cord")).to_be_visible()
    expect(page.get_by_text("heard live:post-freed:7")).to_be_visible()


def test_a_page_that_cannot_reach_us_says_so_and_recovers(open_page: OpenPage) -> None:
    page = open_page(make_user(Role.STAFF))
    page.goto("/privacy")

    page.route("**/live/changes*", lambda route: route.abort())
    expect(page.get_by_text("You are offline.")).to_be_visible()
    page.unroute("**/live/changes*")

    expect(page.get_by_text("You are online again.")).to_be_visible(timeout=15_000)
    expect(page.get_by_text("You are offline.")).to_be_hidden()


def test_what_fails_is_said_beside_the_thing(page: Page) -> None:
    page.goto("/styleguide")
    page.evaluate("""() => {
      const form = document.querySelector('#g-1 form');
      form.setAttribute('hx-post', '/nowhere');
      htmx.process(form);
    }""")

    page.locator("#g-1").get_by_role("button", name="Claim").click()

    expect(page.locator("#g-1").get_by_role("alert")).to_contain_text("We could not find that page")


def test_a_toast_goes_by_itself_but_waits_for_the_pointer(page: Page) -> None:
    page.clock.install()
    page.goto("/privacy")
    page.evaluate("document.body.dispatchEvent(new CustomEvent('toast', { detail: { text: 'Saved.' } }))")
    toast = page.locator("#toasts").get_by_text("Saved.")

    toast.hover()
    page.clock.run_for(20_000)
    expect(toast).to_be_visible()
    page.mouse.move(0, 0)
    page.clock.run_for(12_000)

    expect(toast).to_be_hidden()


def test_g_and_a_letter_go_to_a_page(open_page: OpenPage) -> None:
    page = open_page(make_user(Role.STAFF))
    page.goto("/privacy")

    page.keyboard.press("g")
    page.keyboard.press("b")

    page.wait_for_url("**/leaderboard*")


def test_a_reader_signed_out_elsewhere_is_told_and_keeps_the_page(open_page: OpenPage) -> None:
    page = open_page(make_user(Role.STAFF))
    page.goto("/styleguide")
    page.get_by_label("Your reply").fill("Half a sentence")

    page.context.clear_cookies()

    expect(page.get_by_text("You are signed out.")).to_be_visible()
    expect(page.get_by_label("Your reply")).to_have_value("Half a sentence")
    expect(page.get_by_role("alert").get_by_role("link", name="Sign in")).to_have_attribute(
        "href", "/sign-in?next=%2Fstyleguide"
    )


def test_a_reply_sent_after_the_sign_in_ended_is_back_in_the_box_afterwards(open_page: OpenPage) -> None:
    advocate, now = make_advocate(), clock.now()
    claim = make_claim(advocate=advocate, claimed_at=now, expires_at=now + timedelta(minutes=10))
    page = open_page(advocate.user)
    page.goto(f"/feed/{claim.mention_id}/reply")
    page.locator("#composer textarea").fill("Wipe the disc")
    session.execute(update(SignIn).values(ended_at=now))
    session.commit()

    page.get_by_role("button", name="Send for review").click()
    expect(page.get_by_text("You were signed out meanwhile, and nothing was sent.")).to_be_visible()
    page.context.add_cookies([{"name": COOKIE, "value": make_sign_in(advocate.user), "url": page.url}])
    page.reload()

    expect(page).to_have_url(re.compile(rf"/feed/{claim.mention_id}/reply$"))
    expect(page.locator("#composer textarea")).to_have_value("Wipe the disc")


def test_an_answer_that_left_is_not_in_the_box_for_the_next_one(open_page: OpenPage) -> None:
    case = make_case()
    page = open_page(sol())
    page.goto(f"/inbox/{case.id}")
    page.get_by_role("textbox", name="Public answer").fill("We are on it.")

    page.get_by_role("button", name="Answer in public").click()
    expect(page.get_by_text("Your answer leaves in a moment.")).to_be_visible()
    session.execute(update(Reply).values(status=ReplyStatus.PUBLISHED))
    session.commit()
    page.reload()

    expect(page.get_by_role("textbox", name="Public answer")).to_have_value("")
