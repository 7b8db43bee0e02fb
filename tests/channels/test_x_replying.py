"""Saying something once, finding it again, and what each refusal means."""

import time
from datetime import UTC, datetime, timedelta

import pytest

from app.channels.adapters import x_transport
from app.channels.adapters.x_auth import Signer
from app.channels.adapters.x_cost import POST_WITH_LINK, SUMMONED_REPLY
from app.channels.types import (
    AuthExpired,
    Channel,
    Duplicate,
    Forbidden,
    Invalid,
    RateLimited,
    Ref,
    Tokens,
    TooLong,
    Transient,
)
from tests.channels.conftest import Brand, Drawer, reply_to

AN_HOUR = timedelta(hours=1)


def test_a_receipt_has_the_address_on_x_and_the_price_of_a_summoned_reply(brand: Brand) -> None:
    post = brand.customer("@brand how do I descale it?")
    channel = brand.channel()

    receipt = channel.send(reply_to(channel, post, "Half vinegar, half water."))

    assert receipt.url == f"https://x.com/{brand.handle}/status/{receipt.ref.id}"
    assert receipt.cost_units == SUMMONED_REPLY


def test_a_reply_with_a_link_costs_what_x_charges_for_it(brand: Brand) -> None:
    post = brand.customer("@brand where?")
    channel = brand.channel(web_url=brand.network.base_url)

    receipt = channel.send(reply_to(channel, post, "Here: https://northwindkettles.example/descale"))

    assert receipt.cost_units == POST_WITH_LINK
    assert receipt.url.startswith(f"{brand.network.base_url}/")


def test_what_does_not_fit_is_refused_before_it_is_sent(brand: Brand) -> None:
    with pytest.raises(TooLong):
        reply_to(brand.channel(), "1", "a" * 281)


def test_finding_raises_when_our_posts_do_not_reach_back_far_enough(brand: Brand) -> None:
    brand.network.post_many([{"author": brand.handle, "text": f"news {n}"} for n in range(510)])
    channel = brand.channel()

    with pytest.raises(Transient, match="far enough"):
        channel.find(reply_to(channel, "1", "Hello"), datetime.now(UTC) - AN_HOUR)


def test_the_same_words_again_prove_nothing_either_way(brand: Brand) -> None:
    post = brand.customer("@brand one?")
    channel = brand.channel()
    channel.send(reply_to(channel, post, "The very same words"))

    with pytest.raises(Duplicate) as raised:
        channel.send(reply_to(channel, post, "The very same words"))

    assert raised.value.sent == "maybe"


def test_answering_somebody_who_did_not_call_us_is_forbidden_for_that_reason(brand: Brand) -> None:
    stray = brand.network.post_as("stranger", "kettles in general")
    channel = brand.channel()

    with pytest.raises(Forbidden) as raised:
        channel.send(reply_to(channel, stray, "Hello there"))

    assert raised.value.reason == "not_summoned"


def test_too_many_calls_tell_when_to_come_back(brand: Brand) -> None:
    brand.network.limits(mode="x", window_seconds=60, mentions=0)
    now = datetime.now(UTC)

    with pytest.raises(RateLimited) as raised:
        brand.channel().poll(None)

    assert raised.value.retry_at is not None
    assert timedelta(seconds=55) < raised.value.retry_at - now < timedelta(seconds=65)


def test_too_many_calls_without_a_time_mean_a_quarter_of_an_hour(brand: Brand) -> None:
    brand.network.fault("mentions", "429", seconds=0)
    now = datetime.now(UTC)

    with pytest.raises(RateLimited) as raised:
        brand.channel().poll(None)

    assert raised.value.retry_at is not None
    assert timedelta(minutes=14) < raised.value.retry_at - now < timedelta(minutes=16)


def test_more_than_a_hundred_ids_are_refused_here(brand: Brand) -> None:
    with pytest.raises(Invalid):
        brand.channel().lookup([Ref(str(n)) for n in range(1, 102)])


def test_tokens_near_their_end_are_renewed_and_kept_before_they_are_used(brand: Brand) -> None:
    network = brand.network
    ends = datetime.now(UTC) + timedelta(seconds=30)
    drawer = Drawer(Tokens(network.token, network.refresh_token, ends))
    channel = brand.channel(
        tokens=drawer.tokens, keeper=drawer, client_id=network.client_id, client_secret=network.client_secret
    )

    first = channel.whoami()
    renewed = drawer.stored[0]
    network.fault("me", "401")
    second = channel.whoami()

    assert first == second
    assert renewed.refresh_token != network.refresh_token
    assert len(drawer.stored) == 2
    assert len({tokens.refresh_token for tokens in drawer.stored}) == 2


def test_tokens_another_process_has_renewed_are_taken_instead_of_renewing_again(brand: Brand) -> None:
    drawer = Drawer(Tokens(brand.access.tokens.access_token, "fresh"))
    channel = brand.channel(tokens=Tokens("stale", "used up"), keeper=drawer)

    assert channel.whoami().handle == brand.handle
    assert drawer.stored == []


def test_tokens_being_renewed_elsewhere_mean_another_try_later(brand: Brand) -> None:
    stale = Tokens("stale", "used up")
    channel = brand.channel(tokens=stale, keeper=Drawer(stale, busy=True))

    with pytest.raises(Transient):
        channel.whoami()


@pytest.mark.parametrize("refresh", [None, "not one of theirs"])
def test_tokens_that_cannot_be_renewed_ask_for_a_new_sign_in(brand: Brand, refresh: str | None) -> None:
    wrong = Tokens("wrong", refresh)
    channel = brand.channel(
        tokens=wrong, keeper=Drawer(wrong), client_id=brand.network.client_id, client_secret=brand.network.client_secret
    )

    with pytest.raises(AuthExpired):
        channel.whoami()


class LateDrawer(Drawer):
    """A keeper into which somebody else puts other tokens while ours are being renewed."""

    theirs: Tokens

    def borrow(self, stale: Tokens) -> Tokens:
        lent, self.tokens = self.tokens, self.theirs
        return lent


@pytest.mark.parametrize("refresh", ["dead", None, "good"])
def test_tokens_somebody_stored_while_ours_were_renewed_are_used_and_kept(
    brand: Brand, monkeypatch: pytest.MonkeyPatch, refresh: str | None
) -> None:
    if refresh == "good":
        monkeypatch.setattr(Signer, "_ask", lambda *_with: {"access_token": "ours", "refresh_token": "ours"})
    stale, theirs = Tokens("stale", refresh), Tokens(brand.access.tokens.access_token, "theirs")
    drawer = LateDrawer(stale)
    drawer.theirs = theirs
    if refresh is None:  # it does not even ask whether it may renew
        drawer.tokens = theirs
    named = {"client_id": brand.network.client_id, "client_secret": brand.network.client_secret}
    channel = brand.channel(tokens=stale, keeper=drawer, **named)

    channel.lookup([Ref("1")])

    assert drawer.tokens == theirs
    assert drawer.stored == []


def test_a_refused_sign_in_is_told_apart_from_one_that_is_stored_later(brand: Brand) -> None:
    tokens = Tokens("never given out")

    with pytest.raises(AuthExpired) as raised:
        brand.channel(tokens=tokens, keeper=Drawer(tokens)).whoami()

    assert raised.value.refused == tokens.fingerprint
    assert "never" not in raised.value.refused


def about_to_renew(brand: Brand, **changes: object) -> Channel:
    network = brand.network
    ends = datetime.now(UTC) + timedelta(seconds=30)
    tokens = Tokens(network.token, network.refresh_token, ends)
    named = {"client_id": network.client_id, "client_secret": network.client_secret}
    return brand.channel(**({"tokens": tokens, "keeper": Drawer(tokens)} | named | changes))


@pytest.mark.parametrize("fault", ["500_before", "502_before", "403", "reset"])
def test_a_reply_whose_sign_in_could_not_be_renewed_has_not_left(brand: Brand, fault: str) -> None:
    post = brand.customer("@brand how?")
    channel = about_to_renew(brand)
    brand.network.fault("token", fault)
    before = brand.sends()

    with pytest.raises(Transient) as raised:
        channel.send(reply_to(channel, post, "Boil it once."))

    assert raised.value.sent == "no"
    assert brand.sends() == before


class SlowDrawer(Drawer):
    """A keeper that takes more than half the time of a question."""

    def borrow(self, stale: Tokens) -> Tokens:
        time.sleep(0.6)
        return super().borrow(stale)


def test_what_waited_too_long_for_a_new_sign_in_leaves_another_time(
    brand: Brand, monkeypatch: pytest.MonkeyPatch
) -> None:
    post = brand.customer("@brand how?")
    monkeypatch.setattr(x_transport, "WHOLE_SECONDS", 1)
    channel = about_to_renew(brand, keeper=SlowDrawer(Tokens(brand.network.token, "renewed elsewhere")))
    before = brand.sends()

    with pytest.raises(Transient) as raised:
        channel.send(reply_to(channel, post, "Boil it once."))

    assert raised.value.sent == "no"
    assert brand.sends() == before


def test_a_slow_refusal_of_our_sign_in_is_not_followed_by_a_late_reply(
    brand: Brand, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(x_transport, "WHOLE_SECONDS", 1)
    post, before = brand.customer("@brand how?"), brand.sends()
    fresh = Tokens(brand.network.token, "fresh")
    channel = brand.channel(tokens=Tokens("stale", "used up"), keeper=SlowDrawer(fresh))

    with pytest.raises(Transient) as raised:
        channel.send(reply_to(channel, post, "Boil it once."))

    assert raised.value.sent == "no"
    assert brand.sends() == before + 1


def test_a_row_with_too_little_time_left_asks_the_network_for_nothing(brand: Brand) -> None:
    drawer = Drawer(Tokens(brand.network.token, brand.network.refresh_token))
    channel = about_to_renew(brand, keeper=drawer, ends_at=time.monotonic() + x_transport.WHOLE_SECONDS / 2 - 1)
    before = len(brand.network.requests_seen())

    with pytest.raises(Transient) as raised:
        channel.send(reply_to(channel, "1", "Boil it once."))

    assert raised.value.sent == "no"
    assert len(brand.network.requests_seen()) == before
    assert drawer.stored == []


def test_a_reply_that_was_cut_off_when_its_row_had_to_end_may_have_arrived(
    brand: Brand, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(x_transport, "WHOLE_SECONDS", 1)
    post = brand.customer("@brand how?")
    channel = brand.channel(ends_at=time.monotonic() + 0.8)
    brand.network.fault("create", "hang_after")
    began = time.monotonic()

    with pytest.raises(Transient) as raised:
        channel.send(reply_to(channel, post, "Boil it once."))

    assert raised.value.sent == "maybe"
    assert time.monotonic() - began < x_transport.READ_SECONDS / 2


def test_all_calls_for_one_row_share_its_time(brand: Brand) -> None:
    post = brand.customer("@brand how?")
    channel = brand.channel(ends_at=time.monotonic() + x_transport.WHOLE_SECONDS / 2 + 0.5)
    assert channel.lookup([Ref(post)])
    time.sleep(0.5)

    with pytest.raises(Transient):
        channel.delete(Ref(post))


def test_a_place_that_renews_no_sign_in_does_not_say_that_the_post_is_gone(brand: Brand) -> None:
    channel = about_to_renew(brand, base_url=f"{brand.network.base_url}/nowhere")

    with pytest.raises(Transient) as raised:
        channel.send(reply_to(channel, "1", "Boil it once."))

    assert raised.value.sent == "no"
