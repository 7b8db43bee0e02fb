"""The bad way itself: what it carries, what it spoils, and that it can be mended."""

import socket
import threading
import time
from collections.abc import Iterator
from contextlib import suppress

import pytest

from tests.chaos import Way, chaos


@pytest.fixture
def heard() -> list[bytes]:
    return []


@pytest.fixture
def way(heard: list[bytes]) -> Iterator[Way]:
    """A way to a server that says everything back, and notes what it heard."""
    server = socket.create_server(("127.0.0.1", 0))

    def echo(caller: socket.socket) -> None:
        with caller, suppress(OSError):
            while piece := caller.recv(65536):
                heard.append(piece)
                caller.sendall(piece)

    def serve() -> None:
        with suppress(OSError):
            while True:
                threading.Thread(target=echo, args=(server.accept()[0],), daemon=True).start()

    taker = threading.Thread(target=serve, daemon=True)
    taker.start()
    with chaos(f"127.0.0.1:{server.getsockname()[1]}") as made:
        yield made
    server.shutdown(socket.SHUT_RDWR)
    server.close()
    taker.join(5)


def call(way: Way, timeout: float = 10) -> socket.socket:
    return socket.create_connection((way.host, way.port), timeout=timeout)


def said(caller: socket.socket, words: bytes) -> bytes:
    """Say something, and return what comes back until it is complete or the line ends."""
    back = b""
    with suppress(ConnectionError):
        caller.sendall(words)
        while len(back) < len(words) and (piece := caller.recv(65536)):
            back += piece
    return back


def test_a_good_way_carries_everything(way: Way) -> None:
    words = bytes(range(256)) * 4000

    with call(way) as one, call(way) as other:
        assert (said(one, words), said(other, b"hello")) == (words, b"hello")
    assert (way.taken, way.cuts) == (2, 0)


def test_a_slow_way_takes_its_time(way: Way) -> None:
    way.delay(0.2)
    with call(way) as caller:
        began = time.monotonic()
        assert said(caller, b"hello") == b"hello"
        assert time.monotonic() - began >= 0.4


def test_a_dripping_way_carries_byte_by_byte(way: Way) -> None:
    way.drip(0.05)
    with call(way) as caller:
        began = time.monotonic()
        caller.sendall(b"hello")
        first = caller.recv(100)

        assert len(first) < 5
        assert first + b"".join(iter(lambda: caller.recv(1), b"o")) == b"hell"
        assert time.monotonic() - began >= 0.2


def test_a_silent_way_keeps_the_line_open_and_carries_on_when_it_is_mended(way: Way) -> None:
    with call(way, timeout=0.3) as caller:
        assert said(caller, b"before") == b"before"
        way.fall_silent()
        caller.sendall(b"after")
        with pytest.raises(TimeoutError):
            caller.recv(10)
        with call(way) as new:
            way.heal()
            caller.settimeout(10)

            assert caller.recv(10) == b"after"
            assert said(new, b"new") == b"new"


@pytest.mark.parametrize("toward", ["client", "server"])
def test_a_cut_way_ends_after_so_many_bytes(way: Way, heard: list[bytes], toward: str) -> None:
    with call(way) as caller:
        assert said(caller, b"12345") == b"12345"
        way.cut(3, toward=toward)

        back = said(caller, b"abcdef")

    deadline = time.monotonic() + 10
    while len(b"".join(heard)) < 8 and time.monotonic() < deadline:
        time.sleep(0.01)
    assert b"".join(heard) == (b"12345abcdef" if toward == "client" else b"12345abc")
    assert back in {b"", b"abc"}
    assert way.cuts == 1


@pytest.mark.parametrize("swallows", [False, True])
def test_a_way_cut_at_some_words_carries_them_or_swallows_them(way: Way, heard: list[bytes], swallows: bool) -> None:
    way.cut_at(b"COMMIT", swallows=swallows)
    with call(way) as caller:
        assert said(caller, b"BEGIN") == b"BEGIN"
        said(caller, b"COMMIT")

    deadline = time.monotonic() + 2
    while not swallows and len(heard) < 2 and time.monotonic() < deadline:
        time.sleep(0.01)
    assert heard == ([b"BEGIN"] if swallows else [b"BEGIN", b"COMMIT"])
    assert way.cuts == 1


def test_a_reset_ends_what_there_is_and_takes_what_comes(way: Way) -> None:
    with call(way) as caller:
        assert said(caller, b"hello") == b"hello"
        way.reset()
        with pytest.raises(ConnectionResetError):
            caller.recv(10)
    with call(way) as caller:
        assert said(caller, b"again") == b"again"


def test_a_way_that_refuses_can_be_opened_again_at_the_same_port(way: Way) -> None:
    way.refuse()
    with pytest.raises(ConnectionRefusedError):
        call(way)

    way.heal()

    with call(way) as caller:
        assert said(caller, b"again") == b"again"


def test_nobody_at_the_other_end_is_an_end_of_the_line() -> None:
    with chaos("127.0.0.1:9") as way, call(way) as caller:
        assert said(caller, b"hello") == b""
