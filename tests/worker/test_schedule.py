"""The clock: lanes are woken with Redis, and drained without it."""

import threading
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from redis import Redis
from rq import Queue

from app.foundation import bell
from app.foundation.lanes import Lane
from worker import schedule, shift
from worker.lanes import drainer_of
from worker.schedule import BEATS, Beat


@pytest.fixture(autouse=True)
def fresh_shift() -> Iterator[None]:
    yield
    shift._stopping.clear()
    bell.BELL.hang("")


@pytest.fixture
def drained(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    seen: list[str] = []
    monkeypatch.setattr(schedule, "drain", seen.append)
    return seen


def keep_until(beats: list[Beat], condition: Callable[[], bool], seconds: float = 5) -> None:
    """Keep the beats in threads until the condition holds, then stop them."""
    threads = [threading.Thread(target=schedule.keep, args=(beat,)) for beat in beats]
    for thread in threads:
        thread.start()
    deadline = time.monotonic() + seconds
    while not condition() and time.monotonic() < deadline:
        time.sleep(0.01)
    held = condition()
    shift.ask_to_stop()
    for thread in threads:
        thread.join()
    assert held


def test_every_lane_has_a_beat_and_a_drainer() -> None:
    assert {beat.lane for beat in BEATS} == set(Lane)
    assert all(drainer_of(lane) for lane in Lane)


def test_publishing_is_woken_each_second() -> None:
    assert {beat.lane: beat.seconds for beat in BEATS}[Lane.PUBLISHING] == 1


def test_without_redis_the_clock_drains(drained: list[str]) -> None:
    bell.BELL.hang("")

    keep_until([Beat(Lane.TRIAGE, 0.01)], lambda: len(drained) >= 3)

    assert set(drained) == {"triage"}


def test_with_redis_gone_the_clock_drains(drained: list[str], tmp_path: Path) -> None:
    bell.BELL.hang(f"unix://{tmp_path / 'nobody.sock'}")

    keep_until([Beat(Lane.TRIAGE, 0.01)], lambda: len(drained) >= 3)


def test_with_redis_the_clock_rings(drained: list[str], redis_url: str) -> None:
    bell.BELL.hang(redis_url)
    with Redis.from_url(redis_url) as redis:
        redis.flushall()
        queue = Queue(Lane.TRIAGE.value, connection=redis, serializer="json")

        keep_until([Beat(Lane.TRIAGE, 0.01)], lambda: queue.count == 1)

    assert drained == []


def test_two_clocks_fold_their_rings(drained: list[str], redis_url: str) -> None:
    bell.BELL.hang(redis_url)
    with Redis.from_url(redis_url) as redis:
        redis.flushall()
        queue = Queue(Lane.TRIAGE.value, connection=redis, serializer="json")
        began = time.monotonic()

        keep_until([Beat(Lane.TRIAGE, 0.01)] * 2, lambda: time.monotonic() - began > 0.3)

        assert queue.count == 1


def test_the_clock_sweeps_now_and_then_even_where_redis_answers(
    drained: list[str], redis_url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    bell.BELL.hang(redis_url)
    monkeypatch.setattr(schedule, "SWEEP_SECONDS", 0.1)

    keep_until([Beat(Lane.TRIAGE, 0.01)], lambda: len(drained) >= 2)


def test_a_drainer_that_fails_does_not_end_its_beat(monkeypatch: pytest.MonkeyPatch) -> None:
    tries: list[str] = []

    def fail(lane: str) -> None:
        tries.append(lane)
        raise RuntimeError("no")

    monkeypatch.setattr(schedule, "drain", fail)

    keep_until([Beat(Lane.TRIAGE, 0.01)], lambda: len(tries) >= 3)


def test_one_slow_lane_does_not_hold_up_the_others(monkeypatch: pytest.MonkeyPatch) -> None:
    others: list[str] = []

    def drain(lane: str) -> None:
        if lane == "publishing":
            shift.rest(3)
        else:
            others.append(lane)

    monkeypatch.setattr(schedule, "drain", drain)

    keep_until([Beat(Lane.PUBLISHING, 0.01), Beat(Lane.TRIAGE, 0.01)], lambda: len(others) >= 3, seconds=2)
