"""The way to X: one place that sets address, time-outs and size, and where every fault becomes a channel error."""

import http.client
import io
import json
import socket
import ssl
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import partial
from queue import Empty, SimpleQueue
from threading import Thread
from typing import Any

import requests
import urllib3
import urllib3.connection
from requests.adapters import HTTPAdapter

from app.channels.adapters.x_errors import error_of
from app.channels.types import ChannelError, Now, Transient

#: For each address of a host, and for agreeing on a key; and for all of its addresses, the look at its name included.
CONNECT_SECONDS = 5
REACHED_WITHIN_SECONDS = 12
READ_SECONDS = 20
#: One question with all its calls, new tokens included. A call that would begin in the second half is not made: half is
#: enough to be let in by whoever is slow, and to wait for what it answers.
WHOLE_SECONDS = 40
LARGEST_ANSWER = 8 * 1024 * 1024
_PIECE = 64 * 1024
_HOSTS = ("https://api.twitter.com", "https://api.x.com", "https://upload.twitter.com")


@dataclass(slots=True)
class _End:
    """When the call in hand must be over, in the seconds of ``monotonic``."""

    at: float = 0.0

    @property
    def left(self) -> float:
        return self.at - time.monotonic()


class _Timed(io.RawIOBase):
    """What a server says, for a limited time in all, however often it says a byte of it."""

    def __init__(self, heard: io.RawIOBase, line: socket.socket, end: _End) -> None:
        self._heard = heard
        self._line = line
        self._end = end

    def readable(self) -> bool:
        return True

    def readinto(self, into: Any) -> int | None:
        left = self._end.left
        if left <= 0:
            raise TimeoutError("the answer is too slow")
        self._line.settimeout(min(left, READ_SECONDS))
        return self._heard.readinto(into)

    def close(self) -> None:
        self._heard.close()
        super().close()


class _Answer(http.client.HTTPResponse):
    """An answer whose head, too, must come in time: a read time-out begins anew with each byte."""

    def __init__(self, end: _End, line: socket.socket, *args: Any, **options: Any) -> None:
        super().__init__(line, *args, **options)
        self.fp = io.BufferedReader(_Timed(self.fp.detach(), line, end))


class _Connection(urllib3.connection.HTTPConnection):
    """A connection that is made, and answered, in time."""

    def __init__(self, *args: Any, end: _End, **options: Any) -> None:
        super().__init__(*args, **options)
        self.response_class: Any = partial(_Answer, end)

    def _new_conn(self) -> socket.socket:
        """Reach the host, or give up: a name service has time-outs of its own, and each address has its own, too."""
        told: SimpleQueue[socket.socket | Exception] = SimpleQueue()
        Thread(target=_tell, args=(super()._new_conn, told), daemon=True).start()
        try:
            reached = told.get(timeout=REACHED_WITHIN_SECONDS)
        except Empty:
            raise urllib3.exceptions.ConnectTimeoutError(self, f"{self.host} could not be reached in time") from None
        if isinstance(reached, Exception):
            raise reached
        return reached


def _tell(reach: Callable[[], socket.socket], told: "SimpleQueue[socket.socket | Exception]") -> None:
    try:
        told.put(reach())
    except Exception as fault:  # noqa: BLE001 - whatever it is, it is raised by whoever waits
        told.put(fault)


class _SecureConnection(_Connection, urllib3.connection.HTTPSConnection):
    pass


class _Pool(urllib3.HTTPConnectionPool):
    ConnectionCls = _Connection


class _SecurePool(urllib3.HTTPSConnectionPool):
    ConnectionCls = _SecureConnection


class Rebase(HTTPAdapter):
    """Sends what a client library addresses to X's hosts to ``base_url`` instead, and lets only channel errors out.

    tweepy has no option for its host and sends no time-out at all; both are mended here.
    """

    def __init__(self, base_url: str, *, now: Now) -> None:
        super().__init__(max_retries=0)
        self._end = _End()
        pools = {"http": partial(_Pool, end=self._end), "https": partial(_SecurePool, end=self._end)}
        self.poolmanager.pool_classes_by_scheme = pools
        #: When the calls in hand must all be over, in the seconds of ``monotonic``; None: each has its own time.
        self.ends_at: float | None = None
        self._base = base_url.rstrip("/")
        self._now = now
        #: The body of the last answer, as it came.
        self.last_answer = b""

    def check_time(self) -> None:
        """Look whether another call may begin.

        Raises:
            Transient: it could not be over in time, and so must not be made.
        """
        self._end.at = time.monotonic() + WHOLE_SECONDS if self.ends_at is None else self.ends_at
        if self._end.left < WHOLE_SECONDS / 2:
            raise Transient("too little time was left for it")

    def send(self, request: requests.PreparedRequest, *args: Any, **options: Any) -> requests.Response:
        """Send one request once, and read its whole answer.

        Raises:
            ChannelError: anything but a 2xx answer read to its end.
        """
        self.check_time()
        writes = request.method not in ("GET", "HEAD")
        if writes:
            self.close()  # a kept connection may be half closed, and then nobody could tell whether we were heard
        request.url = self._base + "/" + str(request.url).split("://", 1)[1].split("/", 1)[1]
        options.update(timeout=(CONNECT_SECONDS, READ_SECONDS), stream=True)
        try:
            response = super().send(request, *args, **options)
            content = _read(response)
        except (requests.RequestException, urllib3.exceptions.HTTPError, OSError) as fault:
            raise _fault(fault, writes=writes) from fault
        vars(response).update(_content=content, _content_consumed=True)  # as requests does once it has read
        self.last_answer = content
        if not 200 <= response.status_code < 300:
            raise error_of(response.status_code, response.headers, _object(content), writes=writes, now=self._now())
        return response


def open_session(base_url: str, *, now: Now) -> requests.Session:
    """Return a session for ``base_url`` that takes nothing from the environment and reaches nothing else."""
    session = requests.Session()
    session.trust_env = False  # a .netrc would replace our token
    session.adapters.clear()
    way = Rebase(base_url, now=now)
    for host in _HOSTS:
        session.mount(host, way)
    return session


def way_of(session: requests.Session) -> Rebase:
    """Return the way that a session of ``open_session`` takes."""
    return next(way for way in session.adapters.values() if isinstance(way, Rebase))


def last_answer(session: requests.Session) -> bytes:
    """Return the body of the newest answer, as it came."""
    return next((way.last_answer for way in session.adapters.values() if isinstance(way, Rebase)), b"")


def _read(response: requests.Response) -> bytes:
    pieces, size = [], 0
    try:
        for piece in _pieces(response):
            pieces.append(piece)
            size += len(piece)
            if size > LARGEST_ANSWER:
                raise requests.exceptions.ContentDecodingError("the answer is too long")
    except BaseException:
        response.close()
        raise
    response.raw.release_conn()
    return b"".join(pieces)


def _pieces(response: requests.Response) -> Iterator[bytes]:
    while piece := response.raw.read1(_PIECE, decode_content=True):
        yield piece


def _object(content: bytes) -> dict[str, Any]:
    try:
        body = json.loads(content)
    except (ValueError, RecursionError):
        return {}
    return body if isinstance(body, dict) else {}


def _fault(fault: Exception, *, writes: bool) -> ChannelError:
    """Say whether a post may exist: only a connection that never came about proves that it does not."""
    unsent = not writes or any(_never_connected(cause) for cause in _causes(fault))
    return Transient(type(fault).__name__, sent="no" if unsent else "maybe")


def _never_connected(cause: object) -> bool:
    return isinstance(
        cause,
        requests.ConnectTimeout
        | urllib3.exceptions.NewConnectionError
        | urllib3.exceptions.ConnectTimeoutError
        | ssl.SSLCertVerificationError,
    )


def _causes(fault: BaseException) -> Iterator[object]:
    """Walk an exception with everything it wraps: requests puts urllib3's into ``args``, urllib3 into ``reason``."""
    waiting: list[object] = [fault]
    for _ in range(20):
        if not waiting:
            return
        cause = waiting.pop()
        yield cause
        if isinstance(cause, BaseException):
            waiting += [*cause.args, getattr(cause, "reason", None), cause.__cause__, cause.__context__]
