"""Told to stop, a process ends the row in hand and goes, however slow the network is."""

import signal
import socket
import threading
import time
from collections.abc import Iterator

import pytest
from sqlalchemy import select

from app.channels.models import Connection
from app.foundation.db import session
from app.foundation.heartbeats import Heartbeat
from tests import factories
from tests.worker.test_main import Start

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


def test_a_listener_in_a_call_that_is_not_answered_stops_in_time(
    own_database: str, start: Start, silence: Silence
) -> None:
    row = factories.make_connection(base_url=f"http://127.0.0.1:{silence.port}").id
    session.remove()
    listener = start("listen")
    deadline = time.monotonic() + 30
    while not silence.calls:
        assert time.monotonic() < deadline
        time.sleep(0.05)

    listener.send_signal(signal.SIGTERM)

    assert listener.wait(STOPPED_WITHIN_SECONDS) == 0
    error = session.scalars(select(Connection.last_error).where(Connection.id == row)).one()
    assert error is not None
    assert session.scalars(select(Heartbeat.process)).all() == ["listen"]
