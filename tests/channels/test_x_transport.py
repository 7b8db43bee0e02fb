"""The way to X when it is broken: refused, dripping, endless, a bomb."""

import gzip
import socket
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager

import pytest
import requests
import urllib3

from app.channels.adapters import x_transport
from app.channels.adapters.x_transport import open_session
from app.channels.types import ChannelError, Transient
from app.foundation import clock

URL = "https://api.twitter.com/2/tweets"


@contextmanager
def stub(answer: Callable[[socket.socket], None]) -> Iterator[str]:
    """Listen, and let ``answer`` treat whoever comes."""
    server = socket.create_server(("127.0.0.1", 0))

    def serve() -> None:
        while True:
            try:
                caller, _ = server.accept()
            except OSError:
                return
            with caller:
                try:
                    caller.recv(65536)
                    answer(caller)
                except OSError:
                    pass

    thread = threading.Thread(target=serve, daemon=True)
    thread.start()
    try:
        yield f"http://127.0.0.1:{server.getsockname()[1]}"
    finally:
        server.shutdown(socket.SHUT_RDWR)
        server.close()
        thread.join(5)


def response(body: bytes, *headers: str) -> bytes:
    return "\r\n".join(["HTTP/1.1 200 OK", *headers, f"Content-Length: {len(body)}", "", ""]).encode() + body


def error_at(base_url: str, method: str = "POST") -> ChannelError:
    with open_session(base_url, now=clock.now) as session, pytest.raises(ChannelError) as raised:
        session.request(method, URL, json={})
    return raised.value


def test_a_refused_connection_proves_that_nothing_was_sent() -> None:
    with socket.create_server(("127.0.0.1", 0)) as server:
        port = server.getsockname()[1]

    assert error_at(f"http://127.0.0.1:{port}").sent == "no"


def test_an_unknown_name_proves_that_nothing_was_sent() -> None:
    assert error_at("http://no-such-host.invalid").sent == "no"


def test_a_connection_closed_without_an_answer_proves_nothing() -> None:
    with stub(lambda caller: caller.close()) as base_url:
        assert error_at(base_url).sent == "maybe"


def test_the_same_fault_of_a_read_never_means_that_something_was_sent() -> None:
    with stub(lambda caller: caller.close()) as base_url:
        assert error_at(base_url, "GET").sent == "no"


def test_a_silent_network_is_left_after_the_time_out(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(x_transport, "READ_SECONDS", 0.2)
    quiet = threading.Event()
    with stub(lambda caller: quiet.wait(5) and None) as base_url:
        error = error_at(base_url)
        quiet.set()

    assert isinstance(error, Transient)
    assert error.sent == "maybe"


def test_a_dripping_answer_is_left_after_the_whole_time(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(x_transport, "WHOLE_SECONDS", 0.3)
    done = threading.Event()

    def drip(caller: socket.socket) -> None:
        caller.sendall(b"HTTP/1.1 200 OK\r\nContent-Length: 100000\r\n\r\n")
        while not done.wait(0.05):
            caller.sendall(b" ")

    with stub(drip) as base_url:
        error = error_at(base_url)
        done.set()

    assert error.sent == "maybe"


def test_a_dripping_head_is_left_after_the_whole_time_too(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(x_transport, "WHOLE_SECONDS", 0.3)
    done = threading.Event()

    def drip(caller: socket.socket) -> None:
        for byte in b"HTTP/1.1 200 OK\r\n" + b"X-Slow: yes\r\n" * 1000:
            caller.sendall(bytes([byte]))
            if done.wait(0.05):
                return

    with stub(drip) as base_url:
        began = time.monotonic()
        error = error_at(base_url)
        done.set()

    assert error.sent == "maybe"
    assert time.monotonic() - began < 10


def test_a_host_that_is_not_reached_in_time_was_told_nothing(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(x_transport, "REACHED_WITHIN_SECONDS", 0.1)
    found = threading.Event()
    monkeypatch.setattr(urllib3.util.connection, "create_connection", lambda *_at, **_options: found.wait(5))

    error = error_at("http://127.0.0.1:1")
    found.set()

    assert isinstance(error, Transient)
    assert error.sent == "no"


def test_an_endless_answer_is_cut_off(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(x_transport, "LARGEST_ANSWER", 200_000)

    def flood(caller: socket.socket) -> None:
        caller.sendall(b"HTTP/1.1 200 OK\r\nConnection: close\r\n\r\n")
        while True:
            caller.sendall(b"x" * 65536)

    with stub(flood) as base_url:
        assert error_at(base_url).sent == "maybe"


def test_a_compressed_bomb_is_cut_off(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(x_transport, "LARGEST_ANSWER", 1_000_000)
    bomb = response(gzip.compress(b"0" * 50_000_000), "Content-Encoding: gzip")

    with stub(lambda caller: caller.sendall(bomb)) as base_url:
        assert error_at(base_url).sent == "maybe"


def test_compressed_and_chunked_answers_are_read_whole() -> None:
    body = gzip.compress(b'{"data": "' + b"abc" * 100_000 + b'"}')
    pieces = b"".join(b"%x\r\n%b\r\n" % (len(part), part) for part in (body[:100], body[100:])) + b"0\r\n\r\n"
    head = b"HTTP/1.1 200 OK\r\nContent-Encoding: gzip\r\nTransfer-Encoding: chunked\r\n\r\n"

    with (
        stub(lambda caller: caller.sendall(head + pieces)) as base_url,
        open_session(base_url, now=clock.now) as session,
    ):
        assert len(session.get(URL).json()["data"]) == 300_000


@pytest.mark.parametrize("url", ["https://evil.example/2/tweets", "http://api.twitter.com/2/tweets"])
def test_nothing_but_x_is_ever_reached(url: str) -> None:
    with open_session("http://127.0.0.1:1", now=clock.now) as session, pytest.raises(requests.exceptions.InvalidSchema):
        session.get(url)


def test_the_environment_adds_nothing(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HTTPS_PROXY", "http://127.0.0.1:9")
    seen: list[bytes] = []

    with (
        stub(lambda caller: caller.sendall(response(b"{}"))) as base_url,
        open_session(base_url, now=clock.now) as session,
    ):
        seen.append(session.get(URL).content)

    assert seen == [b"{}"]


@pytest.mark.parametrize("status", ["404 Not Found", "410 Gone"])
def test_an_address_that_is_not_there_does_not_say_that_a_post_is_gone(status: str) -> None:
    def answer(caller: socket.socket) -> None:
        caller.sendall(f"HTTP/1.1 {status}\r\nContent-Length: 2\r\n\r\n{{}}".encode())

    with stub(answer) as base_url:
        met = [error_at(base_url), error_at(base_url, "DELETE")]

    assert [(type(error), error.sent) for error in met] == [(Transient, "no")] * 2
