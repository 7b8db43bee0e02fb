"""Bad days on order: what the next requests to an endpoint shall meet instead of an answer."""

import json
import socket
import struct
import threading
from collections.abc import Iterator
from dataclasses import asdict, dataclass
from typing import Any, Protocol

from flask import Response, request

ENDPOINTS = ("me", "users", "timeline", "mentions", "search", "lookup", "create", "delete", "token")
BEFORE = {
    "429": "429, nothing done",
    "401": "401, nothing done",
    "403": "403, nothing done",
    "500_before": "500, nothing done",
    "503_before": "503 with a page of HTML, nothing done",
    "hang": "no answer, nothing done",
    "reset": "connection reset, nothing done",
    "late": "connection reset, and done a while later",
}
AFTER = {
    "500_after": "500, but done",
    "hang_after": "no answer, but done",
    "reset_after": "connection reset, but done",
    "garbage": "a page of HTML with 200, but done",
    "broken_json": "half an answer, but done",
    "no_id": "an answer without id, but done",
    "redirect": "a redirect elsewhere, but done",
}
KINDS = BEFORE | AFTER | {"500": "500, nothing done"}
_HTML = "<!doctype html><title>Over capacity</title><h1>Something is technically wrong.</h1>"


@dataclass
class Fault:
    """One order: ``count`` requests to ``endpoint`` (``*`` is any) meet ``kind``.

    ``seconds`` is how long a hang lasts, how far away the reset of a 429 is, and how much later
    a ``late`` request is done; a 429 with ``seconds`` of 0 carries no reset.
    """

    endpoint: str
    kind: str
    count: int = 1
    seconds: float = 60.0


class Weather(Protocol):
    """What is bad without being ordered one by one."""

    lag_seconds: float

    def draw(self, endpoint: str) -> Fault | None: ...

    def told(self) -> dict[str, Any]: ...


class Faults:
    """The orders that are not used up, first come first served; and the storm around them."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._orders: list[Fault] = []
        #: What requests meet for which nothing is on order.
        self.storm: Weather | None = None
        self.stopping = threading.Event()

    def order(self, fault: Fault) -> None:
        """Add an order.

        Raises:
            ValueError: there is no such endpoint or kind.
        """
        if fault.endpoint not in (*ENDPOINTS, "*") or fault.kind not in KINDS or fault.count < 1:
            raise ValueError(f"no fault {fault.kind} at {fault.endpoint}")
        with self._lock:
            self._orders.append(fault)

    def take(self, endpoint: str) -> Fault | None:
        """Use up one of the orders that fit the endpoint, or let the storm decide."""
        with self._lock:
            for fault in self._orders:
                if fault.endpoint in (endpoint, "*"):
                    fault.count -= 1
                    self._orders = [order for order in self._orders if order.count > 0]
                    return fault
            return self.storm.draw(endpoint) if self.storm else None

    def waiting(self) -> list[dict[str, Any]]:
        with self._lock:
            return [asdict(fault) for fault in self._orders]

    def clear(self) -> None:
        with self._lock:
            self._orders = []

    def answer(self, fault: Fault, proper: Response | None) -> Response:
        """Return what is said instead; ``proper`` is the true answer of a request that was done."""
        request.get_data()  # what is left unread would keep the connection open
        kind = fault.kind.removesuffix("_before").removesuffix("_after")
        if kind == "hang":
            self.stopping.wait(fault.seconds)
            return _problem(503, "Service Unavailable")
        if kind in {"reset", "late"}:
            return Response(_Reset(request.environ["werkzeug.socket"]))
        if kind in {"garbage", "503"}:
            return Response(_HTML, status=200 if kind == "garbage" else 503, mimetype="text/html")
        if kind == "broken_json":
            body = proper.get_data() if proper else b"{}"
            return Response(body[: len(body) // 2], mimetype="application/json")
        if kind == "no_id":
            return Response(json.dumps({"data": {"text": "?"}}), mimetype="application/json")
        if kind == "redirect":
            return Response(status=302, headers={"location": "http://127.0.0.1:9/elsewhere"})
        titles = {"401": "Unauthorized", "403": "Forbidden", "429": "Too Many Requests"}
        return _problem(int(kind), titles.get(kind, "Internal Server Error"))


def _problem(status: int, title: str) -> Response:
    body = {"title": title, "type": "about:blank", "status": status, "detail": title}
    return Response(json.dumps(body), status=status, mimetype="application/problem+json")


class _Reset(Iterator[bytes]):
    """A body that ends the connection before its first byte, as if the client were lost."""

    def __init__(self, connection: socket.socket) -> None:
        self._connection = connection

    def __next__(self) -> bytes:
        self._connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
        raise ConnectionResetError
