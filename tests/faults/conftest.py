"""What several faults share: an approved reply that is due, servers with reins, and patience."""

import html
import re
import time
from collections.abc import Callable, Iterator
from datetime import timedelta

import pytest
from flask import Flask
from sqlalchemy import select, text
from sqlalchemy.exc import OperationalError

import app as house
from app.foundation import bell, clock, db
from app.foundation.config import Mode, Settings
from app.foundation.db import session
from app.foundation.secrets import KEYRING
from app.publishing.models import Publication, PublicationStatus
from tests import factories, servers
from tests.conftest import KEYS, without_other_processes
from tests.worker.test_main import start as start
from tests.worker.test_publishing import network as network


def wait_for(condition: Callable[[], bool], seconds: float) -> float:
    """Wait until it holds; return how long that took."""
    began = time.monotonic()
    while not condition():
        assert time.monotonic() - began < seconds, "it did not come to pass in time"
        session.rollback()
        time.sleep(0.05)
    return time.monotonic() - began


def status_of(publication_id: int) -> PublicationStatus:
    session.rollback()
    return session.scalars(select(Publication.status).where(Publication.id == publication_id)).one()


def fill_up() -> None:
    """Use up the free room inside the journal's pages of a full disk, so that its next line needs a new one."""
    for size in (60, 1):
        with pytest.raises(OperationalError, match=r"full|No space left"):
            _write_for_ever("x" * size)
        session.rollback()


def _write_for_ever(action: str) -> None:
    line = text(
        "INSERT INTO journal_entries (at, action, subject_type, subject_id, details) VALUES (:at, :action, 'filler', 1, '{}')"
    )
    while True:
        session.execute(line, {"at": "2026-01-01 00:00:00", "action": action})
        session.commit()


@pytest.fixture
def ready(own_database: str) -> int:
    """A reply that was approved and is due since long."""
    now = clock.now()
    return factories.make_publication(
        approved_at=now, expires_at=now + timedelta(hours=24), next_try_at=now - timedelta(hours=2)
    ).id


@pytest.fixture
def own_redis() -> Iterator[servers.Server]:
    """A Redis of this test's own, which the bell rings."""
    try:
        with servers.own_redis() as server:
            bell.BELL.hang(server.url)
            yield server
            bell.BELL.hang("")
    except servers.ServerMissing as error:
        servers.missing("redis", str(error))


def join_house(url: str) -> None:
    """Let this process be the application, with the database at ``url``."""
    KEYRING.load(KEYS)
    bell.BELL.hang("")
    house.join_rooms()
    db.bind(db.make_engine(url))


def leave_house() -> None:
    """Let go of the database."""
    session.remove()
    db.engine().dispose()
    db.bind(db.make_engine("sqlite://"))


def web_application() -> Flask:
    """Return the web application on the database this process is joined to, with forms that need no token."""
    settings = Settings(
        mode=Mode.TEST, secret_key="s" * 32, encryption_keys=KEYS, database_url=str(db.engine().url), link_hosts=()
    )
    made = house.create_app(settings)
    made.config.update(TESTING=True, WTF_CSRF_ENABLED=False, RATELIMIT_ENABLED=False)
    without_other_processes(made)
    return made


def offered(page: str) -> tuple[str, dict[str, str]]:
    """Return where the form of a page goes, and what is in it."""
    action = re.findall(r'<form[^>]* action="([^"]*)"', page)[0]
    hidden = dict(re.findall(r'<input type="hidden" name="([^"]*)" value="([^"]*)">', page))
    areas = dict(re.findall(r'<textarea[^>]* name="([^"]*)"[^>]*>(.*?)</textarea>', page, re.DOTALL))
    fields = {name: html.unescape(value) for name, value in (hidden | areas).items() if name != "csrf_token"}
    return html.unescape(action), fields
