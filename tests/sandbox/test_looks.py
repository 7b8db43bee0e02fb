from collections.abc import Iterator
from typing import Literal

import pytest
from playwright.sync_api import Browser

from tests.sandbox_server import ROOT, Sandbox, run_sandbox

AXE = (ROOT / "tests" / "vendor" / "axe.min.js").read_text()

pytestmark = pytest.mark.journey


@pytest.fixture(scope="module")
def demo(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Sandbox]:
    with run_sandbox(tmp_path_factory.mktemp("demo"), seed_demo=True) as running:
        for text in ("<img src=x onerror=alert(1)>", "w" * 3000, "\u202egnorw \u0645\u0631\u062d\u0628\u0627"):
            running.post_as("mallory", text, name=f"{text[:20]}")
        running.fault("create", "500_after")
        running.storm(1, {"lookup": {"late": 0.001}}, lag_seconds=0.1)
        yield running


def addresses(demo: Sandbox) -> list[str]:
    answer = demo.post_as(demo.brand, "An answer.", reply_to=demo.post_as("ana", f"@{demo.brand} a question"))
    authorize = (
        f"/i/oauth2/authorize?client_id={demo.client_id}&response_type=code&state=s&code_challenge=c"
        "&code_challenge_method=plain&redirect_uri=http://127.0.0.1:1/back"
    )
    paths = ("/", f"/post/{answer}", f"/post/{answer}/edit", "/mallory", "/bad-days", authorize)
    return [demo.base_url + path for path in paths]


@pytest.mark.parametrize(("scheme", "width"), [("light", 1440), ("dark", 390)])
def test_pages_please_axe(browser: Browser, demo: Sandbox, scheme: Literal["light", "dark"], width: int) -> None:
    context = browser.new_context(viewport={"width": width, "height": 800}, color_scheme=scheme, bypass_csp=True)
    page = context.new_page()

    for address in addresses(demo):
        page.goto(address)
        page.evaluate(AXE)
        found = page.evaluate("axe.run({resultTypes: ['violations']})")["violations"]

        assert [(violation["id"], violation["nodes"][0]["html"]) for violation in found] == []
    context.close()


def test_pages_fit_the_smallest_screen(browser: Browser, demo: Sandbox) -> None:
    page = browser.new_page(viewport={"width": 320, "height": 640})

    for address in addresses(demo):
        page.goto(address)

        assert page.evaluate("document.documentElement.scrollWidth") <= 320
    page.close()


def test_a_whole_exchange_works_without_scripts(browser: Browser, demo: Sandbox) -> None:
    context = browser.new_context(java_script_enabled=False)
    page = context.new_page()
    complaints: list[str] = []
    page.on("console", lambda message: complaints.append(message.text))
    page.goto(demo.base_url)
    page.get_by_label("Post as").fill("zoe_zest")
    page.get_by_label("Your post").fill(f"@{demo.brand} does it fit in a van?")
    page.get_by_role("button", name="Post", exact=True).click()
    asked = demo.log("post", via="page")[-1]["post_id"]
    demo.post_as(demo.brand, "It does.\n\nAda, Crew volunteer", reply_to=asked)

    page.reload()
    answer = page.get_by_role("article", name=f"Post by @{demo.brand}")
    assert answer.locator(".words").inner_text() == "It does.\n\nAda, Crew volunteer"
    answer.get_by_role("button", name="Say thanks as @zoe_zest").click()
    answer.get_by_role("button", name="Like").click()
    page.get_by_label(f"Your reply to @{demo.brand}").fill("We are off then.")
    page.get_by_role("button", name="Send reply").click()

    told = [(entry["action"], entry["actor"]) for entry in demo.log(via="page")[-4:]]
    assert told == [("post", "zoe_zest"), ("post", "zoe_zest"), ("like", "zoe_zest"), ("post", "zoe_zest")]
    assert page.get_by_role("article").count() == 4
    assert complaints == []
    context.close()


def test_hostile_names_and_texts_run_nothing(browser: Browser, demo: Sandbox) -> None:
    page = browser.new_page()
    alarms: list[str] = []
    page.on("dialog", lambda dialog: alarms.append(dialog.message))
    page.on("console", lambda message: alarms.append(message.text))

    page.goto(f"{demo.base_url}/mallory")

    assert page.get_by_text("<img src=x onerror=alert(1)>").count() >= 1
    assert page.locator("img").count() == 0
    assert alarms == []
    page.close()
