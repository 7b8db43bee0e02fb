"""From a stranger's post to a point on the board, by clicking, with every process running."""

import re
import time
from collections.abc import Callable, Iterator

import pytest
from playwright.sync_api import Browser, BrowserContext, Locator, Page, expect

from tests.journeys.conftest import DESK
from tests.journeys.installation import UNDO_SECONDS, Installation, run_installation

pytestmark = [pytest.mark.journey, pytest.mark.timeout(240)]

#: A post stands in the feed, or in the inbox, this soon after it was written, without a reload.
HEARD_WITHIN = 5_000
SENT_WITHIN = UNDO_SECONDS * 1000 + 15_000
SignIn = Callable[[str], Page]


@pytest.fixture(scope="module")
def installation(redis_url: str, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Installation]:
    folder = tmp_path_factory.mktemp("installation")
    with run_installation(folder, database_url=f"sqlite:///{folder / 'loop.db'}", redis_url=redis_url) as running:
        running.warm_up()
        yield running


@pytest.fixture
def sign_in_as(browser: Browser, installation: Installation) -> Iterator[SignIn]:
    """Sign somebody of the demo's cast in, each in a browser of their own."""
    contexts: list[BrowserContext] = []

    def signed_in(handle: str) -> Page:
        context = browser.new_context(base_url=installation.url, viewport=DESK, reduced_motion="reduce")
        contexts.append(context)
        page = context.new_page()
        page.set_default_timeout(15_000)
        page.goto("/sign-in")
        page.get_by_role("button", name=re.compile(f"sign in as {handle}", re.IGNORECASE)).click()
        page.wait_for_url(re.compile("^(?!.*sign-in)"))
        return page

    yield signed_in
    for context in contexts:
        context.close()


@pytest.fixture
def customer(browser: Browser, installation: Installation) -> Iterator[Page]:
    """A stranger on the network's own page."""
    context = browser.new_context(base_url=installation.network.base_url, viewport=DESK)
    page = context.new_page()
    page.set_default_timeout(15_000)
    yield page
    context.close()


def post(customer: Page, text: str, *, handle: str) -> float:
    """Post as a customer; return when the button was pressed."""
    customer.goto("/")
    customer.get_by_label("Post as").fill(handle)
    customer.get_by_label("Your post").fill(text)
    pressed_at = time.monotonic()
    customer.get_by_role("button", name="Post", exact=True).click()
    expect(customer.get_by_text(text).first).to_be_visible()
    return pressed_at


def still(pressed_at: float) -> float:
    """Return how many milliseconds are left until a post must have been heard."""
    return max(1, HEARD_WITHIN - (time.monotonic() - pressed_at) * 1000)


def card_of(page: Page, text: str):  # type: ignore[no-untyped-def]
    return page.locator("li.feed-card", has_text=text)


def show_new(page: Page, text: str, *, pressed_at: float) -> None:
    """Wait for the pill and press it, as somebody at the feed would; nothing moved before."""
    pill = page.locator(".new-pill")
    expect(pill).to_be_visible(timeout=still(pressed_at))
    pill.click()
    expect(card_of(page, text)).to_be_visible(timeout=still(pressed_at))


def write(page: Page, question: str, answer: str) -> None:
    card_of(page, question).get_by_role("button", name=re.compile("^Claim")).click()
    page.get_by_role("textbox", name="Your reply").fill(answer)
    page.get_by_role("button", name=re.compile("^Send for review")).click()
    expect(page.get_by_text(re.compile("In review|in review")).first).to_be_visible()


def approve(moderator: Page, answer: str) -> None:
    """Approve by keyboard alone."""
    moderator.goto("/queue")
    row = moderator.locator("li.q-item", has_text=answer[:30])
    expect(row).to_be_visible(timeout=10_000)
    row.get_by_role("link").first.focus()
    moderator.keyboard.press("Enter")
    expect(moderator.locator(".reply-proof")).to_contain_text(answer)
    moderator.keyboard.press("a")
    expect(moderator.get_by_text(re.compile("Approved")).first).to_be_visible()


def test_a_question_is_answered_posted_thanked_and_rewarded(
    installation: Installation, customer: Page, sign_in_as: SignIn
) -> None:
    question = "@NorthwindKettle my K2 clicks off early, how do I descale the sensor disc?"
    answer = "Wipe the disc under the lid with vinegar on a cloth, rinse it and boil once. 5 min & done ☕"
    advocate, moderator = sign_in_as("mossy"), sign_in_as("ivo")
    advocate.goto("/feed?view=all")

    pressed_at = post(customer, question, handle="dilly_brews")
    show_new(advocate, question, pressed_at=pressed_at)
    write(advocate, question, answer)
    approve(moderator, answer)

    reply = _reply_under(installation, customer, question)
    assert reply.locator(".words").inner_text() == f"{answer}\nMossy, Crew volunteer"

    reply.get_by_role("button", name="Say thanks as @dilly_brews").click()
    expect(customer.get_by_text("Thank you, that did it!")).to_be_visible()
    reply.get_by_role("button", name=re.compile("^Repost")).click()
    expect(reply.get_by_role("button", name=re.compile("^Repost 1"))).to_be_visible()

    advocate.goto("/u/mossy")
    for words in (
        "Reply approved and posted",
        "Approved without changes",
        "Answered within the hour",
        "The customer said thanks",
        "Reach: 0 likes, 1 repost",
    ):
        _wait_for_text(advocate, words)
    advocate.goto("/leaderboard")
    row = advocate.locator("table.board tr.me")
    expect(row).to_contain_text("Mossy Mug")
    points = 10 + 3 + 2 + 5 + 6  # posted, unchanged, within the hour, thanked, one repost
    assert int(row.locator("td").last.inner_text()) == points


def _said_by_the_brand(installation: Installation, under: str) -> list[dict[str, str]]:
    """Return what the brand posted by the API under a post, from the network's own record of what truly happened."""
    posts = installation.network.log("post")
    asked = next(each["post_id"] for each in posts if each["text"] == under)
    return [each for each in posts if each["via"] == "api" and each["reply_to"] == asked]


def _wait_for_reply(installation: Installation, page: Page, *, under: str) -> dict[str, str]:
    for _ in range(SENT_WITHIN // 250):
        if said := _said_by_the_brand(installation, under):
            return said[0]
        page.wait_for_timeout(250)
    raise AssertionError(f"nothing was posted in {SENT_WITHIN} ms\n{installation.said()}")


def _reply_under(installation: Installation, customer: Page, question: str) -> Locator:
    """Wait on the page of a question, as its author would, until the brand's reply stands under it."""
    asked = next(each["post_id"] for each in installation.network.log("post") if each["text"] == question)
    customer.goto(f"/post/{asked}")
    reply = customer.locator("article.brand")
    for _ in range(SENT_WITHIN // 500):
        if reply.count():
            return reply
        customer.wait_for_timeout(500)
        customer.reload()
    raise AssertionError(f"no reply in {SENT_WITHIN} ms\n{installation.said()}")


def _wait_for_text(page: Page, words: str, tries: int = 30) -> None:
    for _ in range(tries):
        if page.get_by_text(words).count():
            return
        page.wait_for_timeout(500)
        page.reload()
    expect(page.get_by_text(words).first).to_be_visible()


def test_an_angry_post_reaches_the_inbox_and_never_the_feed(
    installation: Installation, customer: Page, sign_in_as: SignIn
) -> None:
    angry = "@NorthwindKettle THIRD time asking, you useless clowns. Worst company ever, never buying again!!!"
    staff, advocate = sign_in_as("dana"), sign_in_as("tess")
    staff.goto("/inbox")
    advocate.goto("/feed?view=all")

    pressed_at = post(customer, angry, handle="cross_kat")

    expect(staff.locator("li.case", has_text="THIRD time asking")).to_be_visible(timeout=still(pressed_at))
    advocate.reload()
    expect(advocate.get_by_text("THIRD time asking")).to_have_count(0)

    staff.locator("li.case", has_text="THIRD time asking").get_by_role("link").first.click()
    answer = "I am Dana, I have your case and I am reading every message of it now."
    staff.get_by_role("textbox", name="Public answer").fill(answer)
    staff.get_by_role("button", name=re.compile("^Answer in public")).click()
    said = _wait_for_reply(installation, staff, under=angry)
    assert said["text"] == f"{answer}\nDana, Northwind Kettles"


def test_a_loving_post_reaches_say_hello(customer: Page, sign_in_as: SignIn) -> None:
    loving = "Honestly in love with my @NorthwindKettle kettle, the best thing I bought all year"
    advocate = sign_in_as("tess")
    advocate.goto("/feed?view=hello")

    pressed_at = post(customer, loving, handle="happy_hal")

    show_new(advocate, loving, pressed_at=pressed_at)


def test_a_pulled_cord_holds_the_reply_until_an_admin_releases_it(
    installation: Installation, customer: Page, sign_in_as: SignIn
) -> None:
    question = "@NorthwindKettle does the Gooseneck work on an induction hob?"
    answer = "It does, the base is ferrous. Tested on three hobs."
    advocate, moderator, admin = sign_in_as("tess"), sign_in_as("ivo"), sign_in_as("ruth")
    advocate.goto("/feed?view=all")
    pressed_at = post(customer, question, handle="poppy_oat")
    show_new(advocate, question, pressed_at=pressed_at)

    moderator.goto("/queue")
    moderator.get_by_role("link", name=re.compile("Pull the cord")).click()
    moderator.get_by_label(re.compile("^Why")).last.fill("Recall notice going out, hold everything")
    moderator.get_by_role("button", name="Pause now").last.click()
    expect(moderator.get_by_text("Recall notice going out").first).to_be_visible()

    write(advocate, question, answer)
    approve(moderator, answer)
    moderator.wait_for_timeout(UNDO_SECONDS * 1000 + 3000)
    assert _said_by_the_brand(installation, question) == []

    admin.goto("/cord")
    admin.get_by_role("button", name=re.compile("Resume|Release")).first.click()
    said = _wait_for_reply(installation, advocate, under=question)
    assert said["text"] == f"{answer}\nTess, Crew volunteer"


def test_two_people_cannot_both_claim_a_post(customer: Page, sign_in_as: SignIn) -> None:
    question = "@NorthwindKettle which filter fits the Pip?"
    one, other = sign_in_as("mossy"), sign_in_as("sam")
    one.goto("/feed?view=all")
    pressed_at = post(customer, question, handle="pip_pam")
    show_new(one, question, pressed_at=pressed_at)
    other.goto("/feed?view=all")

    card_of(one, question).get_by_role("button", name=re.compile("^Claim")).click()
    expect(one.get_by_role("textbox", name="Your reply")).to_be_visible()
    late = card_of(other, question).get_by_role("button", name=re.compile("^Claim"))
    if late.count():
        late.click()

    expect(other.get_by_text(re.compile("Mossy")).first).to_be_visible()
    expect(other.get_by_role("textbox", name="Your reply")).to_have_count(0)
