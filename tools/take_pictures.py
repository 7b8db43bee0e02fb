"""Take the pictures of README.md and docs/screens against a running ``make run``.

``.venv/bin/python tools/take_pictures.py`` claims a post, begins a reply, takes a post to sort and pulls the cord for a moment; all of
it is undone or lapses, but that one waiting reply is approved while the cord is pulled, and leaves when posting is resumed.
A minute after a first start there is enough to see.
"""

import argparse
import shutil
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from playwright.sync_api import Browser, Locator, Page, ViewportSize, sync_playwright

SCREENS = Path(__file__).resolve().parent.parent / "docs" / "screens"
DESK: ViewportSize = {"width": 1440, "height": 900}
PHONE: ViewportSize = {"width": 390, "height": 844}
LARGEST_BYTES = 300_000
SETTLED_MS = 1500
#: A post of the demo, and what is written to it.
POST = "How do I adjust the catch?"
REPLY = (
    "Press the lid down until you hear two clicks: the second one is the catch. If it still opens early, "
    "wipe the hinge with a damp cloth, there is usually a crumb of scale in it."
)
#: A reply that waits in the demo's queue, in words no other has.
WAITING = "They are 12 mm across"
REASON = "Three posts on loose handles. Nobody answers in public until quality has looked."


@dataclass(frozen=True, slots=True)
class Studio:
    """Where the installation is, and the browser that looks at it."""

    browser: Browser
    community: str
    network: str

    @contextmanager
    def visit(self, handle: str = "", *, phone: bool = False, dark: bool = False) -> Iterator[Page]:
        """Open a page as a member of the cast, or as a stranger."""
        context = self.browser.new_context(
            viewport=PHONE if phone else DESK,
            has_touch=phone,
            is_mobile=phone,
            color_scheme="dark" if dark else "light",
            base_url=self.community,
        )
        page = context.new_page()
        if handle:
            page.goto("/sign-in")
            page.locator(f"form:has(input[name=handle][value={handle}]) button").click()
            page.wait_for_load_state()
        yield page
        context.close()

    def take(self, page: Page, name: str) -> None:
        """Keep what the page shows now."""
        page.mouse.move(0, 0)
        page.wait_for_timeout(SETTLED_MS)
        picture = page.screenshot(animations="disabled")
        if len(picture) > LARGEST_BYTES:
            raise SystemExit(f"{name} has {len(picture)} bytes; {LARGEST_BYTES} is the most.")
        (SCREENS / f"{name}.png").write_bytes(picture)
        sys.stdout.write(f"{name}.png  {len(picture) // 1000} kB\n")


def feed(studio: Studio) -> None:
    """Take the feed with a reply begun, in both themes, and on a phone the feed with the claimed card."""
    with studio.visit("mossy") as page:
        page.goto("/feed")
        page.locator(".feed-card", has_text=POST).get_by_role("button", name="Claim").click()
        page.locator(".composer textarea").fill(REPLY)
        page.locator("[data-saved]:not([hidden])").wait_for()
        studio.take(page, "feed-light")
        page.emulate_media(color_scheme="dark")
        studio.take(page, "feed-dark")
        with studio.visit("mossy", phone=True) as phone:
            phone.goto("/feed")
            phone.locator(".feed-card", has_text=POST).evaluate("card => card.scrollIntoView({block: 'center'})")
            studio.take(phone, "feed-phone")
        page.get_by_role("button", name="Release").click()
        page.wait_for_load_state()


def team(studio: Studio) -> None:
    """Take what moderators and staff see, and the cord while it is pulled."""
    with studio.visit("ivo", dark=True) as page:
        page.goto("/queue")
        open_first(page.locator(".q-item", has_text="Version 2").locator("a.q-link"))
        open_first(page.get_by_role("link", name="Changes"))
        studio.take(page, "queue-dark")
    with studio.visit("dana") as page:
        page.goto("/inbox")
        open_first(page.locator("a.case-link"))
        studio.take(page, "inbox")
        page.goto("/listening")
        if (start := page.get_by_role("button", name="Start")).count():  # else one is before her already
            open_first(start)
        studio.take(page, "listening")
        page.goto("/cord")
        page.locator("main").get_by_label("Why?").fill(REASON)
        page.get_by_role("button", name="Pause now").click()
        page.wait_for_load_state()
    with studio.visit("noor") as page:
        page.goto("/queue")
        open_first(page.locator(".q-item", has_text=WAITING).locator("a.q-link"))
        with page.expect_navigation():
            page.get_by_role("button", name="Approve").first.click()
    with studio.visit("ruth") as page:
        page.goto("/queue")
        open_first(page.locator("a.q-link"))
        page.get_by_role("link", name="See held").wait_for()
        studio.take(page, "cord-pulled")
        page.goto("/cord")
        page.get_by_role("button", name="Resume posting").click()
        page.wait_for_load_state()
        page.goto("/manage/sorting")
        page.locator("#own").scroll_into_view_if_needed()
        studio.take(page, "sorting")


def outcome(studio: Studio) -> None:
    """Take what comes of it: the board, a profile, and the brand's reply on the network."""
    with studio.visit("mossy") as page:
        page.goto("/leaderboard")
        studio.take(page, "leaderboard")
        page.goto("/u/mossy")
        studio.take(page, "profile")
    with studio.visit() as page:
        page.goto(studio.network)
        page.get_by_role("link", name="By the brand").click()
        page.get_by_text("Crew volunteer").first.wait_for()
        studio.take(page, "network")


def open_first(links: Locator) -> None:
    """Open the first of these links and wait for its page."""
    with links.page.expect_navigation():
        links.first.click()


def main() -> None:
    """Take every picture."""
    parser = argparse.ArgumentParser(description="Take the pictures of the README.")
    parser.add_argument("--community", default="http://127.0.0.1:8000")
    parser.add_argument("--network", default="http://127.0.0.1:8100")
    parser.add_argument("--chromium", default=shutil.which("chromium") or shutil.which("chromium-browser"))
    asked = parser.parse_args()
    SCREENS.mkdir(parents=True, exist_ok=True)
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=asked.chromium, args=["--no-sandbox"])
        studio = Studio(browser, asked.community, asked.network)
        for scene in (feed, team, outcome):
            scene(studio)
        browser.close()


if __name__ == "__main__":
    main()
