"""A bad way to the network: the worker is free again soon, and what was never sent is only late."""

import socket
import ssl
import threading
import time
import tracemalloc
from collections.abc import Callable, Iterator
from contextlib import suppress
from datetime import timedelta
from pathlib import Path

import pytest
from sqlalchemy import func, select

from app.channels.adapters import x_transport
from app.channels.types import Transient
from app.foundation import clock
from app.foundation.db import session
from app.foundation.tasks import Task
from app.mentions.models import MentionStatus
from app.publishing.models import Publication, PublicationStatus
from app.replies.models import ReplyStatus
from tests.certificates import make_certificate
from tests.channels.conftest import Brand, reply_to
from tests.channels.conftest import brand as brand
from tests.channels.conftest import brand_on_x as brand_on_x
from tests.channels.conftest import network as network
from tests.chaos import Way, chaos
from tests.factories import make_connection, make_mention, make_publication, make_reply
from worker.lanes.publishing import drain_publishing

SOON_SECONDS = 10


@pytest.fixture(autouse=True)
def impatient(monkeypatch: pytest.MonkeyPatch) -> None:
    """Scale the 20 and 45 seconds down."""
    monkeypatch.setattr(x_transport, "READ_SECONDS", 0.5)
    monkeypatch.setattr(x_transport, "WHOLE_SECONDS", 1)


@pytest.fixture
def way(brand: Brand) -> Iterator[Way]:
    """A way to the sandbox that can be made bad."""
    with chaos(brand.network.base_url.removeprefix("http://")) as made:
        yield made


def by_way_of(brand: Brand, way: Way) -> str:
    return f"http://{way.host}:{way.port}"


SPOILT: dict[str, Callable[[Way], None]] = {
    "drips": lambda way: way.drip(0.05),
    "is silent": lambda way: way.fall_silent(),
    "cuts the request": lambda way: way.cut(40, toward="server"),
    "cuts the answer": lambda way: way.cut(40, toward="client"),
    "swallows the request": lambda way: way.cut_at(b"POST ", swallows=True),
}


@pytest.mark.parametrize("how", SPOILT)
def test_a_send_over_a_bad_way_is_left_soon_and_may_have_arrived(brand: Brand, way: Way, how: str) -> None:
    post = brand.customer("@brand hello?")
    channel = brand.channel(base_url=by_way_of(brand, way))
    SPOILT[how](way)
    began = time.monotonic()
    tracemalloc.start()

    with pytest.raises(Transient) as raised:
        channel.send(reply_to(channel, post, f"Over a way that {how}"))

    _, peak = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert raised.value.sent == "maybe"
    assert time.monotonic() - began < SOON_SECONDS
    assert peak < 10_000_000
    way.heal()
    assert brand.channel(base_url=by_way_of(brand, way)).whoami().handle == brand.handle


@pytest.mark.parametrize("how", SPOILT)
def test_a_poll_over_a_bad_way_is_left_soon_and_loses_nothing(brand: Brand, way: Way, how: str) -> None:
    post = brand.customer("@brand hello?")
    channel = brand.channel(base_url=by_way_of(brand, way))
    SPOILT[how if how != "swallows the request" else "cuts the answer"](way)
    began = time.monotonic()

    with pytest.raises(Transient) as raised:
        channel.poll(None)

    assert raised.value.sent == "no"
    assert time.monotonic() - began < SOON_SECONDS
    way.heal()
    assert post in {event.ref.id for event in channel.poll(None).events}


def test_a_slow_way_is_no_fault(brand: Brand, way: Way) -> None:
    post = brand.customer("@brand hello?")
    channel = brand.channel(base_url=by_way_of(brand, way))
    way.delay(0.05)

    assert channel.send(reply_to(channel, post, "Slowly but surely")).ref.id


@pytest.fixture
def closed_port() -> str:
    with socket.create_server(("127.0.0.1", 0)) as server:
        return f"http://127.0.0.1:{server.getsockname()[1]}"


@pytest.fixture
def unknown_name() -> str:
    return "http://no-such-host.invalid"


@pytest.fixture
def distrusted(tmp_path: Path) -> Iterator[str]:
    """The address of a server whose certificate nobody signed."""
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(make_certificate(tmp_path))
    server = socket.create_server(("127.0.0.1", 0))

    def greet() -> None:
        with suppress(OSError):
            while True:
                caller, _ = server.accept()
                with caller, suppress(OSError):
                    context.wrap_socket(caller, server_side=True).close()

    thread = threading.Thread(target=greet, daemon=True)
    thread.start()
    yield f"https://localhost:{server.getsockname()[1]}"
    server.shutdown(socket.SHUT_RDWR)
    server.close()
    thread.join(5)


@pytest.mark.parametrize("where", ["closed_port", "unknown_name", "distrusted"])
def test_what_never_reached_the_network_waits_and_nobody_is_asked(
    own_database: str, request: pytest.FixtureRequest, where: str
) -> None:
    now = clock.now()
    mention = make_mention(
        connection=make_connection(base_url=request.getfixturevalue(where)), status=MentionStatus.IN_REVIEW
    )
    make_publication(
        reply=make_reply(ReplyStatus.APPROVED, mention=mention),
        approved_at=now - timedelta(seconds=20),
        next_try_at=now - timedelta(seconds=10),
        expires_at=now + timedelta(hours=1),
    )
    session.remove()

    drain_publishing()

    publication = session.scalars(select(Publication)).one()
    assert publication.status is PublicationStatus.WAITING
    assert publication.next_try_at is not None
    assert publication.next_try_at > now
    assert session.scalar(select(func.count()).select_from(Task)) == 0
