"""Web servers of a benchmark's own, and many requests at once against them."""

import http.client
import os
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass

from bench.installation import ROOT
from local.children import stop, tied_to_parent
from local.folder import free_port

IN_FLIGHT = 16
START_SECONDS = 30.0


@dataclass(frozen=True, slots=True)
class Answer:
    """What came back, and after how many seconds."""

    status: int
    seconds: float
    body: bytes
    headers: http.client.HTTPMessage


class Browser:
    """One connection that is kept open; not for two threads at a time."""

    def __init__(self, port: int) -> None:
        self._connection = http.client.HTTPConnection("127.0.0.1", port, timeout=30)

    def ask(
        self, method: str, path: str, *, headers: Mapping[str, str] | None = None, body: str | None = None
    ) -> Answer:
        """Send one request and read its answer; a connection that the server has closed is opened again."""
        started = time.perf_counter()
        for last in (False, True):
            try:
                self._connection.request(method, path, body=body, headers=dict(headers or {}))
                answer = self._connection.getresponse()
                return Answer(answer.status, time.perf_counter() - started, answer.read(), answer.headers)
            except (ConnectionError, http.client.HTTPException):
                self._connection.close()
                if last:
                    raise
        raise AssertionError("unreachable")

    def close(self) -> None:
        """Let go of the connection."""
        self._connection.close()


@contextmanager
def web_server(
    application: str, environment: Mapping[str, str], *, workers: int = 2, threads: int = 8
) -> Iterator[int]:
    """Run gunicorn as ``make run`` and ``deploy/`` do, and yield its port once it answers."""
    port = free_port(8400)
    options = ["--worker-class", "gthread", "--workers", str(workers), "--threads", str(threads), "--no-control-socket"]
    child = subprocess.Popen(  # noqa: S603 - our own command
        [
            sys.executable,
            "-m",
            "gunicorn",
            application,
            "--bind",
            f"127.0.0.1:{port}",
            "--log-level",
            "warning",
            *options,
        ],
        env={**environment, "OVATION_BIND": f"127.0.0.1:{port}", "OVATION_BASE_URL": f"http://127.0.0.1:{port}"},
        cwd=ROOT,
        preexec_fn=tied_to_parent(),  # noqa: PLW1509 - one prctl, looked up before the fork
    )
    try:
        _wait(port, child)
        yield port
    finally:
        stop(child, seconds=20)


def _wait(port: int, child: subprocess.Popen[bytes]) -> None:
    deadline = time.monotonic() + START_SECONDS
    while time.monotonic() < deadline and child.poll() is None:
        browser = Browser(port)
        try:
            browser.ask("GET", "/")
        except OSError:
            time.sleep(0.1)
        else:
            return
        finally:
            browser.close()
    raise TimeoutError("the web server does not answer")


@contextmanager
def hello_server() -> Iterator[int]:
    """Run the smallest Flask application there is, on one worker."""
    with web_server("bench.hello:app", {**os.environ, "PYTHONPATH": str(ROOT)}, workers=1) as port:
        yield port


def all_at_once(jobs: Iterable[Callable[[Browser], Answer]], port: int, *, in_flight: int = IN_FLIGHT) -> list[Answer]:
    """Do every job, ``in_flight`` of them at a time, each thread on a connection of its own; in no order."""
    waiting, answers, lock = iter(jobs), [], threading.Lock()

    def take_on() -> None:
        browser = Browser(port)
        while True:
            with lock:
                job = next(waiting, None)
            if job is None:
                browser.close()
                return
            answer = job(browser)
            with lock:
                answers.append(answer)

    threads = [threading.Thread(target=take_on) for _ in range(in_flight)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    return answers


def requests_a_second(port: int, *, seconds: float, path: str = "/") -> float:
    """Ask for one page for so long, ``IN_FLIGHT`` at a time, and return the rate."""
    ends_at = time.perf_counter() + seconds

    def jobs() -> Iterator[Callable[[Browser], Answer]]:
        while time.perf_counter() < ends_at:
            yield lambda browser: browser.ask("GET", path)

    started = time.perf_counter()
    answers = all_at_once(jobs(), port)
    return len(answers) / (time.perf_counter() - started)


def percentile(values: Sequence[float], share: float) -> float:
    """Return the value that ``share`` (0 to 1) of all do not exceed."""
    ordered = sorted(values)
    return ordered[min(len(ordered) - 1, int(share * len(ordered)))]
