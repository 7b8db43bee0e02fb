"""What every adapter makes of every bad day: an error of ours that says whether a reply may be public, and soon."""

import time
import tracemalloc
from collections.abc import Callable
from datetime import UTC, datetime, timedelta

import pytest

from app.channels.adapters import x_transport
from app.channels.types import (
    AuthExpired,
    Capability,
    Channel,
    ChannelError,
    Duplicate,
    Forbidden,
    Gone,
    RateLimited,
    Ref,
    Transient,
)
from sandbox.faults import AFTER, BEFORE, KINDS, LISTS
from tests.channels.conformance import KINDS as NETWORKS
from tests.channels.conformance import SERVERS, kinds_with
from tests.channels.conftest import Brand, ids_in, reply_to, turn

AN_HOUR = timedelta(hours=1)
JITTER = timedelta(seconds=5)
REFUSALS = {"401": AuthExpired, "403": Forbidden, "429": RateLimited}
CUT_RIGHTS = "403_scope"
SLOW = ("hang", "hang_after", "drip", "endless")
#: Answers to a read that hold what was asked for all the same, or differ in ways nobody can see.
HARMLESS_TO_READS = {"number_id", "foreign_id", "no_id", *LISTS}
#: One call for each endpoint.
CALLS: dict[str, Callable[[Channel], object]] = {
    "me": lambda channel: channel.whoami(),
    "mentions": lambda channel: channel.poll(None),
    "lookup": lambda channel: channel.lookup([Ref("1001")]),
    "search": lambda channel: channel.conversation(Ref("1001")),
    "timeline": lambda channel: channel.find(reply_to(channel, "1001", "Hello"), datetime.now(UTC) - AN_HOUR),
    "delete": lambda channel: channel.delete(Ref("1001")),
}


@pytest.fixture(autouse=True)
def impatient(monkeypatch: pytest.MonkeyPatch) -> None:
    """Let nothing take 45 seconds."""
    monkeypatch.setattr(x_transport, "READ_SECONDS", 0.5)
    monkeypatch.setattr(x_transport, "WHOLE_SECONDS", 1)


@pytest.fixture(params=NETWORKS)
def brand(request: pytest.FixtureRequest) -> Brand:
    """A brand account on each network there is an adapter for."""
    found: Brand = request.getfixturevalue(SERVERS[request.param])
    return found


@pytest.fixture(params=kinds_with(Capability.READ_BACK))
def readable(request: pytest.FixtureRequest) -> Brand:
    """A brand account on each network that shows us our own posts."""
    found: Brand = request.getfixturevalue(SERVERS[request.param])
    return found


@pytest.mark.parametrize("kind", sorted(KINDS.keys() - LISTS.keys()))
def test_each_fault_of_a_send_says_whether_the_reply_may_be_public(brand: Brand, kind: str) -> None:
    post = brand.customer("@brand hello?")
    brand.network.post_as("somebody_else", "something else")
    channel = brand.channel()
    brand.network.fault("create", kind, seconds=3)
    error = REFUSALS.get(kind[:3], Transient) if kind != CUT_RIGHTS else AuthExpired
    sends, began = brand.sends(), time.monotonic()

    with pytest.raises(error) as raised:
        channel.send(reply_to(channel, post, f"Hello {kind}"))

    assert raised.value.sent == ("maybe" if error is Transient else "no")
    assert time.monotonic() - began < 10
    assert brand.sends() <= sends + 1
    made = [entry for entry in brand.network.log("post", via="api") if entry["text"] == f"Hello {kind}"]
    assert len(made) == (kind in AFTER)


@pytest.mark.parametrize("endpoint", CALLS)
@pytest.mark.parametrize("kind", sorted(KINDS.keys() - set(SLOW)))
def test_no_call_lets_anything_out_but_errors_of_ours(brand: Brand, endpoint: str, kind: str) -> None:
    brand.network.fault(endpoint, kind, seconds=2)
    channel = brand.channel()

    try:
        CALLS[endpoint](channel)
    except ChannelError as error:
        told = error
    else:
        told = None
    assert told or kind in HARMLESS_TO_READS or endpoint == "delete"
    assert told is None or told.sent == "no" or endpoint == "delete"
    assert told is None or told.retry_at is None or told.retry_at.tzinfo is UTC


@pytest.mark.parametrize("kind", SLOW)
def test_a_slow_list_is_left_in_time_and_proves_nothing_sent(brand: Brand, kind: str) -> None:
    brand.network.fault("mentions", kind, seconds=20)
    began = time.monotonic()

    with pytest.raises(Transient) as raised:
        brand.channel().poll(None)

    assert raised.value.sent == "no"
    assert time.monotonic() - began < 10


@pytest.mark.parametrize("kind", ["endless", "gzip_bomb"])
def test_an_answer_of_any_size_takes_little_memory(brand: Brand, kind: str) -> None:
    brand.channel().poll(None)
    brand.network.fault("mentions", kind, seconds=20)
    tracemalloc.start()

    with pytest.raises(Transient):
        brand.channel().poll(None)

    _, peak = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert peak < 3 * x_transport.LARGEST_ANSWER


@pytest.mark.parametrize("kind", ["429", "429_no_reset", "429_past", "429_days"])
def test_too_many_calls_tell_when_to_come_back_within_the_hour(brand: Brand, kind: str) -> None:
    brand.network.fault("mentions", kind, seconds=30)
    now = datetime.now(UTC)

    with pytest.raises(RateLimited) as raised:
        brand.channel().poll(None)

    assert raised.value.retry_at is not None
    assert now < raised.value.retry_at < now + AN_HOUR + JITTER


@pytest.mark.parametrize("kind", sorted({*BEFORE, "garbage", "broken_json", "redirect"} - set(SLOW)))
def test_a_walk_cut_short_goes_on_where_it_was_by_its_stored_cursor(brand: Brand, kind: str) -> None:
    if kind == "401_revoked":
        return  # nothing goes on before somebody signs in again
    _, cursor = turn(brand.channel(), None)
    made = brand.network.post_many([{"author": "many", "text": f"@{brand.handle} {n}"} for n in range(250)])
    first = brand.channel().poll(cursor)
    later = brand.customer("@brand while the walk was cut")
    brand.network.fault("mentions", kind, seconds=1)
    other = brand.channel()
    with pytest.raises(ChannelError):
        other.poll(first.cursor)

    rest, cursor = turn(other, first.cursor)
    news, _ = turn(other, cursor)

    heard = [*ids_in([first]), *ids_in(rest), *ids_in(news)]
    assert sorted(heard) == sorted([*made, later])


@pytest.mark.parametrize("kind", ["disorder", "other_words", "lag"])
def test_a_spoilt_list_loses_nothing(brand: Brand, kind: str) -> None:
    _, cursor = turn(brand.channel(), None)
    made = brand.network.post_many([{"author": "many", "text": f"@{brand.handle} {n}"} for n in range(150)])
    brand.network.fault("mentions", kind, seconds=600)

    heard: list[str] = []
    for _ in range(2):
        try:
            pages, cursor = turn(brand.channel(), cursor)
        except Transient:
            continue
        heard += ids_in(pages)

    assert set(heard) == set(made)


def test_a_list_that_never_ends_ends_the_turn_and_loses_nothing(brand: Brand) -> None:
    _, cursor = turn(brand.channel(), None)
    made = brand.network.post_many([{"author": "many", "text": f"@{brand.handle} {n}"} for n in range(150)])
    brand.network.fault("mentions", "token_loop", count=5)

    heard: list[str] = []
    for _ in range(20):
        try:
            page = brand.channel().poll(cursor)
        except Transient:
            continue
        heard += ids_in([page])
        cursor = page.cursor
        if not page.more:
            break
    else:
        raise AssertionError("a turn that never ends")

    assert set(heard) == set(made)


def test_finding_raises_when_it_cannot_know(brand: Brand) -> None:
    channel = brand.channel()
    brand.network.fault("timeline", "500")

    with pytest.raises(Transient):
        channel.find(reply_to(channel, "1", "Hello"), datetime.now(UTC) - AN_HOUR)


def test_what_is_posted_late_is_found_once_it_is_there(readable: Brand) -> None:
    post = readable.customer("@brand hello?")
    channel = readable.channel()
    prepared = reply_to(channel, post, "Better late")
    readable.network.fault("create", "late", seconds=2)
    since = datetime.now(UTC) - AN_HOUR
    with pytest.raises(Transient):
        channel.send(prepared)

    at_once = channel.find(prepared, since)
    deadline = time.monotonic() + 20
    while (found := channel.find(prepared, since)) is None and time.monotonic() < deadline:
        time.sleep(0.2)

    assert at_once is None
    assert found is not None
    with pytest.raises(Duplicate) as raised:
        channel.send(prepared)
    assert raised.value.sent == "maybe"


@pytest.mark.parametrize("kind", ["garbage", "broken_json", "500", "reset", "gzip_bomb"])
def test_a_look_up_that_failed_makes_nothing_gone(brand: Brand, kind: str) -> None:
    post = brand.customer("@brand stay")
    brand.network.fault("lookup", kind)
    channel = brand.channel()

    with pytest.raises(Transient):
        channel.lookup([Ref(post)])

    assert not isinstance(channel.lookup([Ref(post)])[post], Gone)


def test_a_refused_connection_proves_that_nothing_was_sent(brand: Brand) -> None:
    channel = brand.channel(base_url="http://127.0.0.1:1")

    with pytest.raises(Transient) as raised:
        channel.send(reply_to(channel, "1", "Hello"))

    assert raised.value.sent == "no"
