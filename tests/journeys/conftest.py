"""A browser, and an installation for it to look at: the web application in a thread, on a database of its own."""

import threading
from collections.abc import Callable, Iterator

import pytest
from playwright.sync_api import Browser, BrowserContext, Page, ViewportSize
from werkzeug.serving import make_server

import app as house
from app.accounts.login import COOKIE
from app.accounts.models import User
from app.foundation import bell, db
from app.foundation.config import Mode, Settings
from app.foundation.secrets import KEYRING
from tests import factories
from tests.conftest import KEYS, without_other_processes

DESK: ViewportSize = {"width": 1440, "height": 900}
PHONE: ViewportSize = {"width": 390, "height": 844}
#: Open pages: user (None for a visitor), then theme, viewport and whether scripts run.
OpenPage = Callable[..., Page]


@pytest.fixture
def site_settings(own_database_url: str) -> Settings:
    """The settings of the installation; tests may replace this fixture."""
    return Settings(
        mode=Mode.TEST,
        secret_key="s" * 32,
        encryption_keys=KEYS,
        database_url=own_database_url,
        link_hosts=("northwindkettles.example",),
    )


@pytest.fixture
def site(site_settings: Settings) -> Iterator[str]:
    """The address of a running installation; its rows can be made with the factories."""
    KEYRING.load(site_settings.encryption_keys)
    bell.BELL.hang("")
    engine = db.make_engine(site_settings.database_url)
    db.bind(engine, join_transaction_mode="conditional_savepoint")
    app = house.create_app(site_settings)
    without_other_processes(app)
    server = make_server("127.0.0.1", 0, app, threaded=True)
    thread = threading.Thread(target=server.serve_forever, name="site", daemon=True)
    thread.start()
    yield f"http://127.0.0.1:{server.server_port}"
    server.shutdown()
    thread.join(timeout=10)
    server.server_close()
    db.session.remove()
    engine.dispose()


@pytest.fixture
def open_page(browser: Browser, site: str) -> Iterator[OpenPage]:
    """Open pages for people; at the end no page may have broken its policy or thrown an error."""
    contexts: list[BrowserContext] = []
    faults: list[str] = []

    def opened(
        user: User | None = None, *, theme: str = "light", viewport: ViewportSize = DESK, scripts: bool = True
    ) -> Page:
        context = browser.new_context(
            base_url=site,
            viewport=viewport,
            color_scheme=theme,  # type: ignore[arg-type]
            java_script_enabled=scripts,
            reduced_motion="reduce",
        )
        contexts.append(context)
        if user is not None:
            context.add_cookies([{"name": COOKIE, "value": factories.make_sign_in(user), "url": site}])
        page = context.new_page()
        page.set_default_timeout(10_000)
        page.on("pageerror", lambda error: faults.append(str(error)))
        page.on(
            "console",
            lambda line: faults.append(line.text) if line.type == "error" and not _answered(line.text) else None,
        )
        return page

    yield opened
    for context in contexts:
        context.close()
    assert faults == []


def _answered(line: str) -> bool:
    """An answer of 4xx is in the console too; tests that care look at the page."""
    return line.startswith(("Failed to load resource", "Response Status Error Code 4"))


@pytest.fixture
def page(open_page: OpenPage) -> Page:
    """A visitor's page on a desk."""
    return open_page()
