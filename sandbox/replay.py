"""Feeding a stream of posts through a running network, at any speed."""

import gzip
import json
import time
from collections.abc import Iterator
from dataclasses import dataclass
from itertools import islice
from pathlib import Path
from typing import Any

import requests

from sandbox.texts import HANDLE, LENGTH_LIMIT, is_long, mentioned_handles

BATCH = 500
_LONGEST_WAIT_SECONDS = 0.2


@dataclass(frozen=True, slots=True)
class Replay:
    """What to feed, and how; ``speed`` is times real time, 0 as fast as it goes."""

    file: Path
    speed: float
    brand: str
    url: str
    label: str
    limit: int | None = None


@dataclass(slots=True)
class Outcome:
    """What came of it."""

    inbound: int = 0
    replies: int = 0
    linked: int = 0
    new: int = 0
    skipped: int = 0
    seconds: float = 0.0

    def __str__(self) -> str:
        rows = self.inbound + self.replies
        rate = rows / self.seconds if self.seconds else 0.0
        return (
            f"{rows} rows in {self.seconds:.1f} s, {rate:.0f} rows/s: {self.inbound} from customers, "
            f"{self.replies} from the brand, {self.linked} linked to a parent; {self.new} new, "
            f"{rows - self.new} there already, {self.skipped} unreadable"
        )


def replay(order: Replay) -> Outcome:
    """Post every row of a stream and say what came of it.

    Raises:
        requests.RequestException: the network does not answer.
    """
    outcome, started = Outcome(), time.monotonic()
    with requests.Session() as http:
        for batch in _batches(order, outcome, started):
            answer = http.post(f"{order.url.rstrip('/')}/admin/posts", json={"posts": batch}, timeout=60)
            answer.raise_for_status()
            outcome.new += answer.json()["new"]
    outcome.seconds = time.monotonic() - started
    return outcome


def post_of(row: dict[str, Any], brand: str, label: str) -> dict[str, Any]:
    """Turn a row of a stream into an order for the admin API.

    A customer's post names the brand, whatever brand it named; other rows become the
    brand's. What is too long is cut to an ordinary post.

    Raises:
        KeyError: a column is missing.
    """
    text = str(row["text"])
    if row["inbound"] and brand.lower() not in (handle.lower() for handle in mentioned_handles(text)):
        text = f"@{brand} {text}"
    parent = row.get("in_reply_to")
    return {
        "author": _handle(str(row["author"])) if row["inbound"] else brand,
        "text": _fitting(text),
        "key": f"{label}:{row['id']}",
        "reply_to_key": f"{label}:{parent}" if parent else None,
        "lang": row.get("lang", ""),
        "via": "replay",
    }


def _batches(order: Replay, outcome: Outcome, started: float) -> Iterator[list[dict[str, Any]]]:
    """Yield orders when they are due, many at once."""
    batch: list[dict[str, Any]] = []
    first: float | None = None
    for row in islice(_rows(order.file), order.limit):
        try:
            post, at = post_of(row, order.brand, order.label), float(row.get("t", 0))
        except (KeyError, TypeError, ValueError):
            outcome.skipped += 1
            continue
        first = at if first is None else first
        due = started + (at - first) / order.speed if order.speed else started
        if batch and (len(batch) >= BATCH or due > time.monotonic()):
            yield batch
            batch = []
        while (wait := due - time.monotonic()) > 0:
            time.sleep(min(wait, _LONGEST_WAIT_SECONDS))
        batch.append(post)
        outcome.inbound += bool(row["inbound"])
        outcome.replies += not row["inbound"]
        outcome.linked += post["reply_to_key"] is not None
    if batch:
        yield batch


def _rows(file: Path) -> Iterator[dict[str, Any]]:
    with gzip.open(file, "rt", encoding="utf-8") if file.suffix == ".gz" else file.open(encoding="utf-8") as lines:
        for line in lines:
            if line.strip():
                yield json.loads(line)


def _handle(author: str) -> str:
    """Make a handle of an author's name: what the network does not take becomes an underscore."""
    kept = "".join(char if char.isascii() and (char.isalnum() or char == "_") else "_" for char in author)[:15]
    return kept if HANDLE.fullmatch(kept) else "unnamed"


def _fitting(text: str) -> str:
    while is_long(text):
        text = text[: min(LENGTH_LIMIT, len(text)) - 10] + "…"
    return text
