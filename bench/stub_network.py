"""A network for benchmarks, whose own log says what it accepted and when; it outlives whoever speaks to it, killed or not.

It answers after a while, says now and then that it was asked too often, and at times breaks before or after the effect.
"""

import os
import random
import time
from collections import defaultdict
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path
from typing import cast

from app.channels.errors import RateLimited, Transient
from app.channels.types import Capability, Channel, Now, OutgoingReply, PreparedReply, Receipt, Ref
from app.foundation import clock
from app.publishing import outgoing


@dataclass(frozen=True, slots=True)
class Weather:
    """How the network behaves: ``delay`` is the mean in seconds, the others are shares of all requests."""

    delay: float = 0.0
    too_many: float = 0.0
    broken_after: float = 0.0
    broken_before: float = 0.0


CALM = Weather()
STORM = Weather(delay=0.01, too_many=0.02, broken_after=0.01, broken_before=0.01)


@dataclass(frozen=True, slots=True)
class Accepted:
    """One post that stands on the network."""

    at: float
    connection_id: int
    key: str


@dataclass(slots=True)
class StubNetwork:
    """The log in a file, one line for each post; a line of this length is written whole or not at all."""

    log: Path
    weather: Weather

    def open(self, connection_id: int, now: Now = clock.now, *, ends_at: float | None = None) -> Channel:
        """Return the channel of one account, in the place of ``open_channel``."""
        return cast(Channel, _StubChannel(self, connection_id))

    def stand_in(self) -> None:
        """Be what this process publishes to from now on."""
        outgoing.open_channel = self.open  # type: ignore[attr-defined]

    def accept(self, connection_id: int, key: str) -> None:
        """Make a post public."""
        line = f"{time.monotonic()} {connection_id} {key}\n".encode()
        log = os.open(self.log, os.O_WRONLY | os.O_APPEND | os.O_CREAT, 0o600)
        try:
            os.write(log, line)
        finally:
            os.close(log)

    def accepted(self) -> list[Accepted]:
        """Return what stands there, in order."""
        lines = self.log.read_text().splitlines() if self.log.exists() else []
        posts = [line.split(" ") for line in lines]
        return [Accepted(float(at), int(connection_id), key) for at, connection_id, key in posts]


class _StubChannel:
    capabilities = Capability.READ_BACK

    def __init__(self, network: StubNetwork, connection_id: int) -> None:
        self._network = network
        self._connection_id = connection_id

    def prepare(self, reply: OutgoingReply) -> PreparedReply:
        return PreparedReply(reply.key, {"text": reply.text}, "")

    def send(self, prepared: PreparedReply) -> Receipt:
        weather, chance = self._network.weather, random.random()
        if weather.delay:
            time.sleep(random.expovariate(1 / weather.delay))
        for share, answer in self._bad_answers(prepared):
            if chance < share:
                answer()
            chance -= share
        self._network.accept(self._connection_id, prepared.key)
        if weather.delay:
            time.sleep(random.expovariate(1 / weather.delay))
        return _receipt(prepared)

    def _bad_answers(self, prepared: PreparedReply) -> Iterable[tuple[float, Callable[[], None]]]:
        weather = self._network.weather

        def too_many() -> None:
            raise RateLimited("too many requests", retry_at=clock.now() + timedelta(seconds=0.5))

        def broken_before() -> None:
            raise Transient("connection reset", sent="maybe")

        def broken_after() -> None:
            self._network.accept(self._connection_id, prepared.key)
            raise Transient("500", sent="maybe")

        return (
            (weather.too_many, too_many),
            (weather.broken_before, broken_before),
            (weather.broken_after, broken_after),
        )

    def find(self, prepared: PreparedReply, since: datetime) -> Receipt | None:
        stands = any(post.key == prepared.key for post in self._network.accepted())
        return _receipt(prepared) if stands else None


def _receipt(prepared: PreparedReply) -> Receipt:
    return Receipt(Ref(prepared.key[:40]), f"https://x.com/n/status/{prepared.key[:40]}", clock.now())


def most_in_a_window(posts: Iterable[Accepted], seconds: float) -> int:
    """Return how many posts of one account fell into the fullest stretch of so many seconds."""
    lines: dict[int, list[float]] = defaultdict(list)
    for post in posts:
        lines[post.connection_id].append(post.at)
    return max((_fullest(sorted(times), seconds) for times in lines.values()), default=0)


def _fullest(times: list[float], seconds: float) -> int:
    first, most = 0, 0
    for last, at in enumerate(times):
        while times[first] <= at - seconds:
            first += 1
        most = max(most, last - first + 1)
    return most
