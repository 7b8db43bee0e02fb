"""The roof's processes as they are started: what they refuse, and that they do their work and stop."""

import base64
import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from sqlalchemy import create_engine, text

import app as house
from app.foundation import db
from app.foundation.secrets import KEYRING
from app.mentions.models import MentionStatus
from tests.conftest import KEYS
from tests.factories import make_mention

ROOT = Path(__file__).parents[2]
PATIENCE_SECONDS = 20
Start = Callable[..., subprocess.Popen[str]]


@pytest.fixture
def start(own_database_url: str) -> Iterator[Start]:
    """Starts ``python -m worker`` on the test's own database, without Redis unless told, and ends what is left."""
    started: list[subprocess.Popen[str]] = []

    def start(*arguments: str, **settings: str) -> subprocess.Popen[str]:
        environment = {
            **os.environ,
            "OVATION_MODE": "test",
            "OVATION_SECRET_KEY": "s" * 32,
            "OVATION_ENCRYPTION_KEYS": f"test:{base64.urlsafe_b64encode(KEYS['test']).decode()}",
            "DATABASE_URL": own_database_url,
            "REDIS_URL": "",
            **settings,
        }
        command = [sys.executable, "-m", "worker", *arguments]
        started.append(subprocess.Popen(command, cwd=ROOT, env=environment, stderr=subprocess.PIPE, text=True))
        return started[-1]

    yield start
    for process in started:
        process.kill()
        process.communicate()


@pytest.fixture
def waiting_mention(own_database_url: str) -> int:
    """One post that was heard and not sorted, and nothing of this process left open on the database."""
    KEYRING.load(KEYS)
    house.join_rooms()
    engine = db.make_engine(own_database_url)
    db.bind(engine)
    mention_id = make_mention(status=MentionStatus.RECEIVED, route=None, kind=None, feed_lane=None).id
    db.session.remove()
    engine.dispose()
    return mention_id


def wait_for(condition: Callable[[], bool]) -> None:
    deadline = time.monotonic() + PATIENCE_SECONDS
    while not condition():
        assert time.monotonic() < deadline, "it did not come to pass in time"
        time.sleep(0.05)


def is_sorted(url: str) -> Callable[[], bool]:
    def look() -> bool:
        engine = create_engine(url)
        with engine.connect() as connection:
            status = connection.execute(text("SELECT status FROM mentions")).scalar_one()
        engine.dispose()
        return bool(status != MentionStatus.RECEIVED)

    return look


def test_every_gap_in_the_settings_is_named(start: Start) -> None:
    process = start("clock", OVATION_SECRET_KEY="", OVATION_ENCRYPTION_KEYS="")

    _, said = process.communicate(timeout=PATIENCE_SECONDS)

    assert process.returncode == 2
    assert "OVATION_SECRET_KEY is not set" in said
    assert "OVATION_ENCRYPTION_KEYS is not set" in said


def test_a_lane_without_redis_says_who_drains_it(start: Start) -> None:
    process = start("drain", "triage")

    _, said = process.communicate(timeout=PATIENCE_SECONDS)

    assert process.returncode == 2
    assert "`python -m worker clock` drains every lane" in said


def test_without_redis_the_clock_sorts_what_waits(start: Start, waiting_mention: int, own_database_url: str) -> None:
    clock = start("clock")

    wait_for(is_sorted(own_database_url))

    clock.send_signal(signal.SIGTERM)
    assert clock.wait(PATIENCE_SECONDS) == 0


def test_clock_and_lane_sort_what_waits_through_redis(
    start: Start, waiting_mention: int, own_database_url: str, redis_url: str
) -> None:
    processes = [start("drain", "triage", REDIS_URL=redis_url), start("clock", REDIS_URL=redis_url)]

    wait_for(is_sorted(own_database_url))

    for process in processes:
        process.send_signal(signal.SIGTERM)
    assert [process.wait(PATIENCE_SECONDS) for process in processes] == [0, 0]


def test_a_lane_waits_for_a_redis_that_is_not_there_and_still_stops(start: Start, tmp_path: Path) -> None:
    process = start("drain", "triage", REDIS_URL=f"unix://{tmp_path / 'nobody.sock'}")
    assert process.stderr is not None
    wait_for(lambda: "waits for Redis" in process.stderr.readline())  # type: ignore[union-attr]

    process.send_signal(signal.SIGTERM)

    assert process.wait(PATIENCE_SECONDS) == 0


def test_the_listener_stops_when_told(start: Start) -> None:
    process = start("listen")
    assert process.stderr is not None
    wait_for(lambda: "listen is at work" in process.stderr.readline())  # type: ignore[union-attr]

    process.send_signal(signal.SIGTERM)

    assert process.wait(PATIENCE_SECONDS) == 0
