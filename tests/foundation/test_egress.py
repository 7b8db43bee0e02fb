"""Calls to addresses from outside: guarded, short, led nowhere else."""

import socket
import ssl
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, nullcontext, suppress
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from threading import Thread

import pytest

from app.foundation import egress
from app.foundation.egress import Undelivered, post
from tests.certificates import make_certificate


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


def silent(caller: socket.socket) -> None:
    """Take the call and never answer it."""
    with suppress(OSError):
        while caller.recv(1024):
            pass


def dripping_handshake(caller: socket.socket) -> None:
    """Begin a long TLS record, and say a byte of it now and then."""
    with suppress(OSError):
        caller.sendall(b"\x16\x03\x03\x40\x00\x02")
        caller.settimeout(0.05)
        while True:
            try:
                if not caller.recv(1024):
                    return
            except TimeoutError:
                caller.sendall(b"\x00")


@pytest.mark.parametrize("say", [silent, dripping_handshake])
def test_a_handshake_is_cut_off_when_the_whole_call_has_had_its_time(
    say: Callable[[socket.socket], None], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(egress, "CALL_SECONDS", 0.3)
    monkeypatch.setattr(egress, "PATIENCE_SECONDS", 20.0)
    began = time.monotonic()

    with line(say) as url, pytest.raises(Undelivered):
        post(url.replace("http:", "https:"), b"hello", {}, loopback=True)

    assert time.monotonic() - began < 10


@pytest.mark.parametrize("drips", [False, True])
def test_a_call_over_tls_arrives_unless_its_answer_drips(
    drips: bool, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    certificate = make_certificate(tmp_path)
    trusted, own = ssl.create_default_context(cafile=str(certificate)), ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    own.load_cert_chain(certificate)
    monkeypatch.setattr(egress.ssl, "create_default_context", lambda: trusted)
    monkeypatch.setattr(egress, "getaddrinfo", lambda *_a, **_k: [(0, 0, 0, "", ("127.0.0.1", 443))])
    monkeypatch.setattr(egress, "CALL_SECONDS", 1.0 if drips else 15.0)
    heard = bytearray()

    def answer(caller: socket.socket) -> None:
        with suppress(OSError), own.wrap_socket(caller, server_side=True) as secured:
            while not heard.endswith(b"hello"):
                heard.extend(secured.recv(4096))
            while drips:
                secured.sendall(b"H")
                time.sleep(0.05)
            secured.sendall(b"HTTP/1.1 204 No Content\r\n\r\n")

    with line(answer) as url, pytest.raises(Undelivered) if drips else nullcontext():
        post(url.replace("http://127.0.0.1", "https://localhost"), b"hello", {}, loopback=True)

    assert heard.startswith(b"POST / ")


def test_a_receiver_that_hangs_up_or_is_not_there_is_no_delivery() -> None:
    with line(lambda caller: caller.close()) as url, pytest.raises(Undelivered):
        post(url, b"hello", {}, loopback=True)
    with pytest.raises(Undelivered):
        post(url, b"hello", {}, loopback=True)
