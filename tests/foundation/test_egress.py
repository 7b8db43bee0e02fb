"""Calls to addresses from outside: guarded, short, led nowhere else."""

import socket
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from threading import Thread

import pytest

from app.foundation import egress
from app.foundation.egress import Undelivered, post


class Receiver(ThreadingHTTPServer):
    """Answers every POST with ``status`` and remembers what it was told."""

    status = 204

    def __init__(self) -> None:
        self.heard: list[tuple[str, bytes]] = []
        super().__init__(("127.0.0.1", 0), _Ear)

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.server_port}/hook?x=1"


class _Ear(BaseHTTPRequestHandler):
    server: Receiver

    def do_POST(self) -> None:
        self.server.heard.append((self.path, self.rfile.read(int(self.headers["Content-Length"]))))
        self.send_response(self.server.status)
        self.send_header("Location", self.server.url)
        self.end_headers()

    def log_message(self, *_arguments: object) -> None:
        pass


@pytest.fixture
def receiver() -> Iterator[Receiver]:
    with Receiver() as server:
        thread = Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01})
        thread.start()
        yield server
        server.shutdown()
        thread.join()


def test_what_is_posted_arrives(receiver: Receiver) -> None:
    post(receiver.url, b"hello", {}, loopback=True)

    assert receiver.heard == [("/hook?x=1", b"hello")]


@pytest.mark.parametrize("status", [301, 307, 404, 500])
def test_any_other_answer_is_no_delivery_and_redirects_are_not_followed(receiver: Receiver, status: int) -> None:
    receiver.status = status

    with pytest.raises(Undelivered, match=str(status)):
        post(receiver.url, b"hello", {}, loopback=True)

    assert len(receiver.heard) == 1


def test_this_machine_is_called_in_trials_only(receiver: Receiver) -> None:
    with pytest.raises(Undelivered):
        post(receiver.url, b"hello", {})

    assert receiver.heard == []


@pytest.mark.parametrize(
    "url",
    [
        "https://127.0.0.1/",
        "https://10.0.0.8/",
        "https://192.168.1.1/",
        "https://169.254.169.254/latest",
        "https://[::1]/",
        "https://[fd00::1]/",
        "https://[::ffff:10.0.0.1]/",
        "https://[::127.0.0.1]/",
        "https://[64:ff9b::a00:1]/",
        "https://[2002:a00:1::]/",
        "https://[fec0::1]/",
        "https://[::1/",
        "https://93.184.215.14:99999/",
        "https://2130706433/",
        "https://0x7f.1/",
        "https://0.0.0.0/",
        "https://224.0.0.1/",
        "https://name:word@example.org/",
        "http://93.184.215.14/",
        "ftp://93.184.215.14/",
        "https:///nowhere",
        "https://no-such-name.invalid/",
    ],
)
def test_what_is_not_public_is_not_called(url: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(egress, "create_connection", lambda *_a, **_k: pytest.fail("it was called"))

    with pytest.raises(Undelivered):
        post(url, b"hello", {})


def test_a_name_that_also_leads_inside_is_not_called(monkeypatch: pytest.MonkeyPatch) -> None:
    numbers = [(0, 0, 0, "", (number, 443)) for number in ("93.184.215.14", "10.0.0.1")]
    monkeypatch.setattr(egress, "getaddrinfo", lambda *_a, **_k: numbers)

    with pytest.raises(Undelivered, match="not a public address"):
        post("https://example.org/", b"hello", {})


def test_plain_http_leaves_the_machine_in_no_mode(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(egress, "create_connection", lambda *_a, **_k: pytest.fail("it was called"))

    with pytest.raises(Undelivered):
        post("http://93.184.215.14/", b"hello", {}, loopback=True)


def test_too_much_is_not_said(receiver: Receiver) -> None:
    with pytest.raises(Undelivered):
        post(receiver.url, b"x" * (egress.BODY_BYTES + 1), {}, loopback=True)


@contextmanager
def line(say: Callable[[socket.socket], None]) -> Iterator[str]:
    """Listen, and treat whoever calls as ``say`` does."""
    with socket.create_server(("127.0.0.1", 0)) as server:

        def take() -> None:
            caller, _address = server.accept()
            with caller:
                say(caller)

        thread = Thread(target=take)
        thread.start()
        yield f"http://127.0.0.1:{server.getsockname()[1]}/"
        thread.join()


def test_a_receiver_that_drips_is_cut_off(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(egress, "CALL_SECONDS", 0.3)

    def drip(caller: socket.socket) -> None:
        try:
            while True:
                caller.settimeout(0.05)
                caller.sendall(b"H")
                try:
                    caller.recv(1024)
                except TimeoutError:
                    continue
        except OSError:
            return

    with line(drip) as url, pytest.raises(Undelivered):
        post(url, b"hello", {}, loopback=True)


def test_a_receiver_that_hangs_up_or_is_not_there_is_no_delivery() -> None:
    with line(lambda caller: caller.close()) as url, pytest.raises(Undelivered):
        post(url, b"hello", {}, loopback=True)
    with pytest.raises(Undelivered):
        post(url, b"hello", {}, loopback=True)
