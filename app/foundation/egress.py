"""Calls to addresses that an installation names: guarded, short, and never led elsewhere."""

import ssl
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager, suppress
from http import HTTPStatus
from http.client import HTTPConnection, HTTPException, HTTPResponse
from ipaddress import IPv4Address, IPv6Address, ip_address, ip_network
from socket import IPPROTO_TCP, SHUT_RDWR, create_connection, gaierror, getaddrinfo, socket
from threading import Timer
from urllib.parse import SplitResult, urlsplit

#: For connecting and for each silence in between; the whole call ends after the second one, dripping or not.
PATIENCE_SECONDS = 5.0
CALL_SECONDS = 15.0
BODY_BYTES = 64 * 1024
_PORTS = {"https": 443, "http": 80}
#: Of version 6 only this is given out to be reached, and within it one block wraps numbers of version 4, inner ones too.
_REACHABLE_6 = ip_network("2000::/3")
_WRAPPED_4 = ip_network("2002::/16")


class Undelivered(Exception):
    """Something did not arrive, or nobody knows; the message says why, without address or words."""


def post(url: str, body: bytes, headers: Mapping[str, str], *, loopback: bool = False) -> None:
    """Send ``body`` by POST over https to a public address, and take any 2xx for an answer; what it says is not read.

    ``loopback`` lets the machine itself be called too, and by plain http: for trying out and for tests.

    Raises:
        Undelivered: the address is not one we call, it cannot be reached, or it answered something else.
    """
    if len(body) > BODY_BYTES:
        raise Undelivered("too much to say")
    parts = _allowed(url, loopback=loopback)
    deadline = Deadline(CALL_SECONDS)
    line = _Line(parts, _address(parts, loopback=loopback))
    try:
        line.reach()
        with deadline.over(line.sock):
            line.secure()
            line.request("POST", f"{parts.path or '/'}{'?' + parts.query if parts.query else ''}", body, dict(headers))
            answer: HTTPResponse = line.getresponse()
    except (OSError, HTTPException) as error:
        raise Undelivered(type(error).__name__) from error
    finally:
        line.close()
    # A redirect is an answer like any other: a signed call goes where it was meant to go, or nowhere.
    if not HTTPStatus.OK <= answer.status < HTTPStatus.MULTIPLE_CHOICES:
        raise Undelivered(f"answered {answer.status}")


def _allowed(url: str, *, loopback: bool) -> SplitResult:
    schemes = {"https", "http"} if loopback else {"https"}
    try:
        parts = urlsplit(url)
        is_one = parts.scheme in schemes and parts.hostname and parts.username is None and _port(parts)
    except ValueError:  # half a version 6 number, or a port beyond the last
        is_one = False
    if not is_one:
        raise Undelivered("not an address to call")
    return parts


def _address(parts: SplitResult, *, loopback: bool) -> str:
    """Look the name up once and return the number that is called, so that nobody can swap it after the look."""
    try:
        found = getaddrinfo(parts.hostname, _port(parts), proto=IPPROTO_TCP)
    except (gaierror, UnicodeError) as error:
        raise Undelivered("unknown name") from error
    numbers = [ip_address(str(each[4][0]).partition("%")[0]) for each in found]
    for number in numbers:
        if not ((_is_public(number) and parts.scheme == "https") or (loopback and number.is_loopback)):
            raise Undelivered("not a public address")
    return str(numbers[0])


def _is_public(number: IPv4Address | IPv6Address) -> bool:
    reachable = number.version == 4 or (number in _REACHABLE_6 and number not in _WRAPPED_4)
    return reachable and number.is_global and not number.is_multicast


def _port(parts: SplitResult) -> int:
    return parts.port or _PORTS[parts.scheme]


class _Line(HTTPConnection):
    """A connection to a number that was looked at, with the certificate of the name."""

    auto_open = 0  # it would look the name up again

    def __init__(self, parts: SplitResult, address: str) -> None:
        super().__init__(parts.hostname or "", _port(parts), timeout=PATIENCE_SECONDS)
        self.address = address
        self.secured = ssl.create_default_context() if parts.scheme == "https" else None

    def reach(self) -> None:
        """Connect, and say nothing yet."""
        self.sock: socket = create_connection((self.address, self.port), timeout=PATIENCE_SECONDS)
        if self.secured:
            self.sock = self.secured.wrap_socket(self.sock, server_hostname=self.host, do_handshake_on_connect=False)

    def secure(self) -> None:
        """Agree on a key with whoever holds the name's certificate."""
        if isinstance(self.sock, ssl.SSLSocket):
            self.sock.do_handshake()


class Deadline:
    """Cuts a line once the whole call, from the look at its name on, has taken too long."""

    def __init__(self, seconds: float) -> None:
        self._ends = time.monotonic() + seconds

    @property
    def left_seconds(self) -> float:
        """How long the call may still take."""
        return max(0.0, self._ends - time.monotonic())

    @contextmanager
    def over(self, sock: socket) -> Iterator[None]:
        """Cut ``sock`` where what happens inside does not end in time."""
        timer = Timer(self.left_seconds, self._cut, (sock,))
        timer.daemon = True
        timer.start()
        try:
            yield
        finally:
            timer.cancel()

    @staticmethod
    def _cut(sock: socket) -> None:
        with suppress(OSError):  # it is closed already
            socket.shutdown(sock, SHUT_RDWR)  # below TLS, whose own way would let the other thread talk in the clear
