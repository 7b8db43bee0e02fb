"""Told to stop, a process ends the row in hand and goes, however slow the network or the reader is."""

import base64
import os
import re
import signal
import socket
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack, suppress
from pathlib import Path

import pytest
import requests
from sqlalchemy import select

from app.accounts.login import COOKIE
from app.channels.models import Connection
from app.feed.models import Claim
from app.foundation.db import session
from app.foundation.heartbeats import Heartbeat
from tests import factories
from tests.conftest import KEYS
from tests.faults.conftest import wait_for
from tests.worker.test_main import Start

ROOT = Path(__file__).parents[2]
STOPPED_WITHIN_SECONDS = 45
pytestmark = pytest.mark.timeout(120)


class Silence:
    """A network that takes every call and never answers."""

    def __init__(self) -> None:
        self._listening = socket.create_server(("127.0.0.1", 0))
        self.calls: list[socket.socket] = []
        self.port = self._listening.getsockname()[1]
        threading.Thread(target=self._take, daemon=True).start()

    def _take(self) -> None:
        while True:
            try:
                call, _address = self._listening.accept()
            except OSError:
                return
            self.calls.append(call)

    def close(self) -> None:
        self._listening.close()
        for call in self.calls:
            call.close()


@pytest.fixture
def silence() -> Iterator[Silence]:
    network = Silence()
    yield network
    network.close()


Serve = Callable[[], tuple["subprocess.Popen[bytes]", int]]


@pytest.fixture
def serve(own_database: str) -> Iterator[Serve]:
    """Start the web server as the Procfile does, on this test's database."""
    with ExitStack() as stack:

        def serve() -> tuple["subprocess.Popen[bytes]", int]:
            with socket.create_server(("127.0.0.1", 0)) as free:
                port = free.getsockname()[1]
            settings = {
                **os.environ,
                "OVATION_MODE": "test",
                "OVATION_SECRET_KEY": "s" * 32,
                "OVATION_ENCRYPTION_KEYS": f"test:{base64.urlsafe_b64encode(KEYS['test']).decode()}",
                "DATABASE_URL": own_database,
                "REDIS_URL": "",
            }
            words = [
                "gunicorn",
                "wsgi:app",
                "--bind",
                f"127.0.0.1:{port}",
                "--worker-class",
                "gthread",
                "--threads",
                "4",
            ]
            more = ["--graceful-timeout", "30", "--no-control-socket"]
            server = subprocess.Popen([sys.executable, "-m", *words, *more], cwd=ROOT, env=settings)
            stack.callback(server.wait)
            stack.callback(server.kill)
            wait_for(lambda: answers(port), 60)
            return server, port

        yield serve


def answers(port: int) -> bool:
    with suppress(OSError):
        return requests.get(f"http://127.0.0.1:{port}/sign-in", timeout=30).ok
    return False


def test_a_listener_in_a_call_that_is_not_answered_stops_in_time(
    own_database: str, start: Start, silence: Silence
) -> None:
    row = factories.make_connection(base_url=f"http://127.0.0.1:{silence.port}").id
    session.remove()
    listener = start("listen")
    wait_for(lambda: bool(silence.calls), 30)

    listener.send_signal(signal.SIGTERM)

    assert listener.wait(STOPPED_WITHIN_SECONDS) == 0
    error = session.scalars(select(Connection.last_error).where(Connection.id == row)).one()
    assert error is not None
    assert session.scalars(select(Heartbeat.process)).all() == ["listen"]


def test_a_form_in_hand_is_finished_before_the_web_server_goes(own_database: str, serve: Serve) -> None:
    post_id, key = factories.make_mention().id, factories.make_sign_in(factories.ada().user)
    session.remove()
    server, port = serve()
    with requests.Session() as reader:
        reader.cookies.set(COOKIE, key)
        page = reader.get(f"http://127.0.0.1:{port}/feed", timeout=30).text
        cookies = "; ".join(f"{name}={value}" for name, value in reader.cookies.items())
    token = re.findall(r'name="csrf-token" content="([^"]+)"', page)[0]
    body = f"csrf_token={token}".encode()
    head = (
        f"POST /feed/{post_id}/claim HTTP/1.1\r\nHost: 127.0.0.1:{port}\r\nCookie: {cookies}\r\nConnection: close\r\n"
        f"Content-Type: application/x-www-form-urlencoded\r\nContent-Length: {len(body)}\r\n\r\n"
    ).encode()
    with socket.create_connection(("127.0.0.1", port), timeout=30) as slow:
        slow.sendall(head + body[:10])
        time.sleep(1)
        server.send_signal(signal.SIGTERM)
        time.sleep(1)
        slow.sendall(body[10:])
        answer = slow.recv(100)

    assert answer.startswith(b"HTTP/1.1 303")
    assert server.wait(STOPPED_WITHIN_SECONDS) == 0
    assert session.scalars(select(Claim.mention_id)).all() == [post_id]
