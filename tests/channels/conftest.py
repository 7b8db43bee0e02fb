"""One sandbox network for the room's tests, and a brand account of its own for each of them."""

import itertools
from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from datetime import datetime
from typing import Any

import pytest

from app.channels.adapters.x import XChannel
from app.channels.types import (
    Access,
    Batch,
    Channel,
    Deleted,
    IncomingPost,
    OutgoingReply,
    PreparedReply,
    Ref,
    Tokens,
    Transient,
)
from app.foundation import clock
from tests.channels.memory import MemoryChannel, MemoryNetwork
from tests.sandbox_server import Sandbox, run_sandbox

_numbers = itertools.count(1)


@dataclass
class Drawer:
    """A keeper of tokens in memory."""

    tokens: Tokens
    stored: list[Tokens] = field(default_factory=list)
    busy: bool = False

    def borrow(self, stale: Tokens) -> Tokens:
        if self.busy:
            raise Transient("being renewed")
        return self.tokens

    def store(self, renewed: Tokens, *, instead_of: Tokens) -> Tokens:
        if self.tokens == instead_of:
            self.tokens = renewed
            self.stored.append(renewed)
        return self.tokens

    def give_back(self, stale: Tokens) -> Tokens:
        return self.tokens


@dataclass
class Brand:
    """A brand account on a network, the sandbox or another that has its handles, and our channel to it."""

    network: Any
    handle: str
    access: Access
    adapter: type[Channel] = XChannel

    def channel(self, **changes: object) -> Channel:
        return self.adapter(replace(self.access, **changes), now=clock.now)  # type: ignore[arg-type]

    def now(self) -> datetime:
        return clock.now()

    def ref(self, post_id: str) -> Ref:
        return Ref(post_id)

    def sends(self) -> int:
        """How many requests to post something the network has seen."""
        return sum(
            seen["method"] == "POST" and seen.get("path", "/2/tweets") == "/2/tweets"
            for seen in self.network.requests_seen()
        )

    def customer(self, text: str, **columns: object) -> str:
        return self.network.post_as(f"customer{next(_numbers)}", text.replace("@brand", f"@{self.handle}"), **columns)


def turn(channel: Channel, cursor: str | None, query: str = "") -> tuple[list[Batch], str]:
    """Poll, or search, until there is no more for now; return the pages and the last cursor."""
    pages: list[Batch] = []
    for _ in range(500):
        pages.append(channel.search(query, cursor) if query else channel.poll(cursor))
        cursor = pages[-1].cursor
        if not pages[-1].more:
            return pages, cursor
    raise AssertionError("a turn that never ends")


def posts_in(pages: list[Batch]) -> list[IncomingPost]:
    events = [event for page in pages for event in page.events]
    assert not any(isinstance(event, Deleted) for event in events)
    return [event for event in events if isinstance(event, IncomingPost)]


def ids_in(pages: list[Batch]) -> list[str]:
    return [post.ref.id for post in posts_in(pages)]


def reply_to(channel: Channel, post_id: str, text: str) -> PreparedReply:
    return channel.prepare(OutgoingReply(key="k", target=Ref(post_id), root=Ref(post_id), text=text))


@pytest.fixture(scope="session")
def network(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Sandbox]:
    with run_sandbox(tmp_path_factory.mktemp("sandbox")) as running:
        yield running


@pytest.fixture
def brand_on_x(network: Sandbox) -> Iterator[Brand]:
    n = next(_numbers)
    handle, token = f"Kettle{n}", f"token-{n}"
    account_id = network.add_user(handle, token=token)
    tokens = Tokens(token)
    yield Brand(
        network,
        handle,
        Access(base_url=network.base_url, account_id=account_id, handle=handle, tokens=tokens, keeper=Drawer(tokens)),
    )
    network.clear_faults()
    network.limits(mode="wide", window_seconds=900)
    network.settings(summoned_only=True, refuse_duplicates=True)


@pytest.fixture
def brand_in_memory() -> Brand:
    n = next(_numbers)
    network = MemoryNetwork(f"memory://{n}")
    MemoryChannel.networks[network.base_url] = network
    tokens = Tokens(f"token-{n}")
    handle = f"Kettle{n}"
    access = Access(base_url=network.base_url, account_id=str(n), handle=handle, tokens=tokens, keeper=Drawer(tokens))
    return Brand(network, handle, access, MemoryChannel)


@pytest.fixture
def brand(brand_on_x: Brand) -> Brand:
    return brand_on_x
