"""What a request is told on a bad day, in place of the truth."""

import json
import socket
import struct
import time
import zlib
from collections.abc import Callable, Iterator
from functools import cache
from typing import Any

from flask import Response, request

from sandbox.faults import Fault
from sandbox.params import page_token

_HTML = "<!doctype html><title>Over capacity</title><h1>Something is technically wrong.</h1>"
_TITLES = {401: "Unauthorized", 403: "Forbidden", 429: "Too Many Requests"}
_DETAILS = {
    "403_scope": "Your client app is not configured with the appropriate app permissions for this endpoint.",
    "403_blocked": "You have been blocked from replying to the author of this Tweet.",
    "403_protected": "The author of this Tweet is protected.",
}
_BOMB_MEGABYTES = 100
_NEVER_ENDING = b" " * 65536
_LOOP = page_token(9 * 10**18)


def wrong_answer(fault: Fault, proper: Response | None, stranger: Callable[[], dict[str, str]]) -> Response:
    """Return what is said instead; ``proper`` is the true answer of a request that was done.

    ``stranger`` gives what another's post or account has in its place.
    """
    request.get_data()  # what is left unread would keep the connection open
    kind = fault.kind.removesuffix("_before").removesuffix("_after")
    if kind in {"hang", "reset", "late"}:
        time.sleep(fault.seconds if kind == "hang" else 0)
        return Response(_Reset(request.environ["werkzeug.socket"]))
    if kind in {"502", "503", "garbage"}:
        return Response(_HTML, status=200 if kind == "garbage" else int(kind), mimetype="text/html")
    if kind[:3].isdigit():
        return _problem(int(kind[:3]), _DETAILS.get(kind))
    if kind == "redirect":
        return Response(status=307, headers={"location": "http://127.0.0.1:9/elsewhere"})
    if proper is None or kind == "lag":
        return proper or _problem(500, None)
    body = proper.get_data()
    if kind in {"drip", "endless"}:
        return _long(_dripping(body, fault.seconds) if kind == "drip" else _flowing(fault.seconds))
    if kind == "gzip_bomb":
        return Response(_bomb(), mimetype="application/json", headers={"Content-Encoding": "gzip"})
    if kind == "broken_json":
        return _json(body[: len(body) // 2])
    return _json(json.dumps(_twisted(kind, json.loads(body), stranger), ensure_ascii=False))


def _twisted(kind: str, body: dict[str, Any], stranger: Callable[[], dict[str, str]]) -> dict[str, Any]:
    """Return a true answer with one thing wrong in it."""
    rows = body.get("data")
    rows = rows if isinstance(rows, list) else [rows] if isinstance(rows, dict) else []
    if kind == "token_loop" and "meta" in body:
        return body | {"meta": body["meta"] | {"next_token": _LOOP}}
    if kind == "disorder" and isinstance(body.get("data"), list):
        return body | {"data": rows[1::2] + rows[::2]}
    for row in rows:
        if kind == "no_id":
            row.pop("id", None)
        elif kind == "number_id":
            row["id"] = int(row["id"])
        elif kind == "foreign_id":
            row.update(stranger())
        elif kind == "other_words":
            row["text"] = f"Other words, {len(row['text'])} of them were others"
    return body


def _json(body: str | bytes) -> Response:
    return Response(body, mimetype="application/json")


def _long(pieces: Iterator[bytes]) -> Response:
    return Response(pieces, mimetype="application/json")


def _dripping(body: bytes, seconds: float) -> Iterator[bytes]:
    ends = time.monotonic() + seconds
    for byte in body:
        if time.monotonic() > ends:
            return
        yield bytes([byte])
        time.sleep(1)


def _flowing(seconds: float) -> Iterator[bytes]:
    ends = time.monotonic() + seconds
    while time.monotonic() < ends:
        yield _NEVER_ENDING


@cache
def _bomb() -> bytes:
    packer = zlib.compressobj(wbits=31)
    packed = [packer.compress(b" " * 1_000_000) for _ in range(_BOMB_MEGABYTES)]
    return b"".join([*packed, packer.flush()])


def _problem(status: int, detail: str | None) -> Response:
    title = _TITLES.get(status, "Internal Server Error")
    body = {"title": title, "type": "about:blank", "status": status, "detail": detail or title}
    return Response(json.dumps(body), status=status, mimetype="application/problem+json")


class _Reset(Iterator[bytes]):
    """A body that ends the connection before its first byte, as if the client were lost."""

    def __init__(self, connection: socket.socket) -> None:
        self._connection = connection

    def __next__(self) -> bytes:
        self._connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
        raise ConnectionResetError
