"""A mail server on this machine, and callers it treats badly."""

import socket
import ssl
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from threading import Thread

Treat = Callable[[socket.socket], None]
_ANSWERS = {b"STARTTLS": b"220 go on\r\n", b"QUIT": b"221 bye\r\n"}


def drip(caller: socket.socket) -> None:
    """Begin a greeting, and say a byte of it now and then."""
    with suppress(OSError):
        caller.settimeout(0.02)
        caller.sendall(b"220")
        while True:
            try:
                if not caller.recv(1024):
                    return
            except TimeoutError:
                caller.sendall(b" ")


def hang(caller: socket.socket) -> None:
    """Take the call and say nothing."""
    with suppress(OSError):
        while caller.recv(1024):
            pass


def take(caller: socket.socket) -> None:
    """Take every letter."""
    _talk(caller)


def drip_after_starttls(caller: socket.socket) -> None:
    """Offer TLS, and begin a record of it that never ends."""
    _talk(caller, until=b"STARTTLS")
    with suppress(OSError):
        caller.settimeout(0.02)
        caller.sendall(b"\x16\x03\x03\x40\x00\x02")
        while True:
            try:
                if not caller.recv(4096):
                    return
            except TimeoutError:
                caller.sendall(b"\x00")


def drip_behind_tls(certificate: str) -> Treat:
    """Speak TLS from the start, then drip."""
    own = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    own.load_cert_chain(certificate)

    def treat(caller: socket.socket) -> None:
        with suppress(OSError), own.wrap_socket(caller, server_side=True) as secured:
            drip(secured)

    return treat


def _talk(caller: socket.socket, until: bytes = b"QUIT") -> None:
    with caller.makefile("rb") as said, suppress(OSError):
        caller.sendall(b"220 here\r\n")
        for line in map(bytes.upper, said):
            if line.startswith(b"EHLO"):
                caller.sendall(b"250-here\r\n250 STARTTLS\r\n")
            elif line.startswith(b"DATA"):
                caller.sendall(b"354 go on\r\n")
                while said.readline() != b".\r\n":
                    pass
                caller.sendall(b"250 taken\r\n")
            else:
                caller.sendall(_ANSWERS.get(line.strip(), b"250 well\r\n"))
            if line.startswith(until):
                return


@contextmanager
def mail_server(*treats: Treat) -> Iterator[int]:
    """Treat one caller after the other so, each in its turn; return the port."""
    with socket.create_server(("127.0.0.1", 0)) as server:

        def serve() -> None:
            for treat in treats:
                caller, _address = server.accept()
                with caller:
                    treat(caller)

        thread = Thread(target=serve)
        thread.start()
        yield server.getsockname()[1]
        thread.join()
