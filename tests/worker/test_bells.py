"""The bell and its workers on a real Redis: rings fold, foreign jobs are refused, the row in hand is finished."""

import json
import os
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator
from http.server import BaseHTTPRequestHandler, HTTPServer
from pathlib import Path

import pytest
from redis import Redis
from rq import Callback, Queue
from rq.webhook import Webhook

import worker.lanes
from app.foundation import bell
from app.foundation.lanes import Lane
from worker import bells, shift

ROOT = Path(__file__).parents[2]


@pytest.fixture
def redis(redis_url: str) -> Iterator[Redis]:
    with Redis.from_url(redis_url) as connection:
        connection.flushall()
        bell.BELL.hang(redis_url)
        yield connection
        bell.BELL.hang("")


@pytest.fixture
def drained(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """The lanes that were drained, in order, instead of their real drainers."""
    seen: list[str] = []
    monkeypatch.setattr(worker.lanes, "drainer_of", lambda lane: lambda: seen.append(lane.value))
    return seen


def queue_of(lane: Lane, redis: Redis) -> Queue:
    return Queue(lane.value, connection=redis, serializer="json")


def answer_what_waits(lane: Lane, redis: Redis) -> None:
    """Let one worker take every job there is, in this process."""
    before = {number: signal.getsignal(number) for number in (signal.SIGINT, signal.SIGTERM)}
    try:
        bells.LaneWorker([lane.value], connection=redis, serializer="json").work(burst=True, logging_level="ERROR")
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)


def touch(path: str) -> None:
    """What a hostile job names; it must never run."""
    Path(path).touch()


def test_a_ring_drains_its_lane_and_leaves_nothing_in_redis(redis: Redis, drained: list[str]) -> None:
    bell.ring(Lane.TRIAGE)

    answer_what_waits(Lane.TRIAGE, redis)

    assert drained == ["triage"]
    assert not redis.keys("rq:job:*")


def test_rings_fold_while_one_waits(redis: Redis, drained: list[str]) -> None:
    for _ in range(5):
        bell.ring(Lane.TRIAGE)

    answer_what_waits(Lane.TRIAGE, redis)

    assert drained == ["triage"]


def test_the_lane_can_ring_again_after_it_was_drained(redis: Redis, drained: list[str]) -> None:
    for _ in range(3):
        bell.ring(Lane.TRIAGE)
        answer_what_waits(Lane.TRIAGE, redis)

    assert drained == ["triage"] * 3


def test_a_ring_without_redis_is_logged_and_does_no_harm(tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    bell.BELL.hang(f"unix://{tmp_path / 'nobody.sock'}")

    bell.ring(Lane.TRIAGE)

    bell.BELL.hang("")
    assert "bell of triage was not rung" in caplog.text


@pytest.mark.parametrize(
    "job",
    [
        {"func": "tests.worker.test_bells.touch", "args": ["{mark}"]},
        {"func": "os.system", "args": ["touch {mark}"]},
        {"func": bell.DRAIN, "args": ["publishing"]},
        {"func": bell.DRAIN, "args": ["triage"], "kwargs": {"lane": "triage"}},
        {"func": bell.DRAIN, "args": []},
    ],
)
def test_a_job_that_is_no_bell_of_the_lane_is_refused(
    redis: Redis, drained: list[str], tmp_path: Path, job: dict[str, object]
) -> None:
    mark = tmp_path / "mark"
    asked = json.loads(json.dumps(job).replace("{mark}", str(mark)))
    queue = queue_of(Lane.TRIAGE, redis)
    queue.enqueue_call(asked["func"], args=asked["args"], kwargs=asked.get("kwargs"))

    answer_what_waits(Lane.TRIAGE, redis)

    assert not mark.exists()
    assert drained == []
    assert not redis.keys("rq:job:*")
    assert not redis.exists(queue.intermediate_queue_key)


def test_garbage_in_the_queue_does_not_stop_the_worker(redis: Redis, drained: list[str]) -> None:
    queue = queue_of(Lane.TRIAGE, redis)
    job = queue.enqueue_call(bell.DRAIN, args=("triage",))
    redis.hset(job.key, "data", b"\x80\x04not a payload")
    redis.lpush(queue.key, "no-such-job")
    bell.ring(Lane.TRIAGE)

    answer_what_waits(Lane.TRIAGE, redis)

    assert drained == ["triage"]


def test_callbacks_of_a_bell_are_never_called(redis: Redis, drained: list[str], tmp_path: Path) -> None:
    queue = queue_of(Lane.TRIAGE, redis)
    queue.enqueue_call(
        bell.DRAIN,
        args=("triage",),
        on_success=Callback("tests.worker.test_bells.mark_success"),
        on_failure=Callback("tests.worker.test_bells.mark_success"),
        meta={"mark": str(tmp_path / "mark")},
    )

    answer_what_waits(Lane.TRIAGE, redis)

    assert drained == ["triage"]
    assert not (tmp_path / "mark").exists()


def mark_success(job: object, connection: object, *_rest: object) -> None:
    """The callback that must not be called."""
    touch(job.meta["mark"])  # type: ignore[attr-defined]


def test_web_hooks_of_a_bell_are_never_fetched(redis: Redis, drained: list[str]) -> None:
    fetched: list[str] = []

    class Trap(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            fetched.append(self.path)
            self.send_response(204)
            self.end_headers()

    with HTTPServer(("127.0.0.1", 0), Trap) as trap:
        threading.Thread(target=trap.serve_forever, daemon=True).start()
        hook = Webhook(f"http://127.0.0.1:{trap.server_port}/taken", "finished")
        queue_of(Lane.TRIAGE, redis).enqueue_call(bell.DRAIN, args=("triage",), webhooks=[hook])
        answer_what_waits(Lane.TRIAGE, redis)
        trap.shutdown()

    assert drained == ["triage"]
    assert fetched == []


def test_a_drainer_that_fails_leaves_the_lane_able_to_ring(redis: Redis, monkeypatch: pytest.MonkeyPatch) -> None:
    tries: list[int] = []

    def fail() -> None:
        tries.append(1)
        raise RuntimeError("the row could not be taken")

    monkeypatch.setattr(worker.lanes, "drainer_of", lambda lane: fail)
    bell.ring(Lane.TRIAGE)
    answer_what_waits(Lane.TRIAGE, redis)
    bell.ring(Lane.TRIAGE)
    answer_what_waits(Lane.TRIAGE, redis)

    assert len(tries) == 2


def test_a_ring_during_a_drain_is_not_lost(redis: Redis, monkeypatch: pytest.MonkeyPatch) -> None:
    rounds: list[int] = []

    def drainer() -> None:
        rounds.append(1)
        if len(rounds) == 1:
            bell.ring(Lane.TRIAGE)
            bell.ring(Lane.TRIAGE)

    monkeypatch.setattr(worker.lanes, "drainer_of", lambda lane: drainer)
    bell.ring(Lane.TRIAGE)

    answer_what_waits(Lane.TRIAGE, redis)

    assert len(rounds) == 2


def test_a_bell_left_behind_by_a_killed_worker_does_not_mute_its_lane(
    redis: Redis, slow_worker: Callable[[Lane], subprocess.Popen[bytes]], tmp_path: Path, drained: list[str]
) -> None:
    process = slow_worker(Lane.TRIAGE)
    wait_for((tmp_path / "trace").exists)
    bell.ring(Lane.TRIAGE)
    wait_for(lambda: "begun" in (tmp_path / "trace").read_text())
    process.kill()
    process.wait()

    bell.ring(Lane.TRIAGE)
    answer_what_waits(Lane.TRIAGE, redis)

    assert drained == ["triage"]


def test_a_drainer_out_of_time_rings_again(redis: Redis, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(worker.lanes.shift, "BUDGET_SECONDS", 0.0)
    rounds: list[int] = []

    def drainer() -> None:
        rounds.append(1)
        if len(rounds) < 3:
            shift._present.ends_at = 0.0

    monkeypatch.setattr(worker.lanes, "drainer_of", lambda lane: drainer)
    worker.lanes.drain("triage")

    assert queue_of(Lane.TRIAGE, redis).count == 1


def wait_for(condition: Callable[[], bool], seconds: float = 15) -> None:
    deadline = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < deadline, "it did not come to pass in time"
        time.sleep(0.02)


@pytest.fixture
def slow_worker(redis: Redis, redis_url: str, tmp_path: Path) -> Iterator[Callable[[Lane], subprocess.Popen[bytes]]]:
    """Starts a worker process whose drainer takes endless slow rows, and ends what is left of it."""
    started: list[subprocess.Popen[bytes]] = []

    def start(lane: Lane) -> subprocess.Popen[bytes]:
        environment = {**os.environ, "TRACE": str(tmp_path / "trace"), "TZ": "UTC"}
        command = [sys.executable, "-m", "tests.worker.slow_lane", redis_url, lane.value]
        started.append(subprocess.Popen(command, cwd=ROOT, env=environment))
        return started[-1]

    yield start
    for process in started:
        process.kill()
        process.wait()


@pytest.mark.parametrize("lane", [Lane.TRIAGE, Lane.PUBLISHING])
def test_sigterm_finishes_the_row_in_hand_and_takes_no_other(
    lane: Lane, slow_worker: Callable[[Lane], subprocess.Popen[bytes]], tmp_path: Path
) -> None:
    trace = tmp_path / "trace"
    process = slow_worker(lane)
    wait_for(trace.exists)
    bell.ring(lane)
    wait_for(lambda: "begun" in trace.read_text())

    process.send_signal(signal.SIGTERM)

    assert process.wait(10) == 0
    rows = trace.read_text().split("\n")[1:-1]
    assert [row.split()[0] for row in rows] == ["begun", "ended"]


@pytest.mark.parametrize(("lane", "forks"), [(Lane.TRIAGE, False), (Lane.PUBLISHING, True)])
def test_only_publishing_forks_for_each_job(
    lane: Lane, forks: bool, slow_worker: Callable[[Lane], subprocess.Popen[bytes]], tmp_path: Path
) -> None:
    trace = tmp_path / "trace"
    process = slow_worker(lane)
    wait_for(trace.exists)
    bell.ring(lane)
    wait_for(lambda: "begun" in trace.read_text())

    process.terminate()
    process.wait(10)

    worker_line, row, *_ = trace.read_text().splitlines()
    assert (worker_line.split()[1] != row.split()[1]) is forks
