"""Saying something once, finding it again, and what each refusal means."""

from datetime import UTC, datetime, timedelta

import pytest

from app.channels.adapters.x_cost import POST_WITH_LINK, SUMMONED_REPLY
from app.channels.types import (
    AuthExpired,
    BudgetSpent,
    ChannelError,
    Duplicate,
    Forbidden,
    Gone,
    Invalid,
    RateLimited,
    Ref,
    Tokens,
    TooLong,
    Transient,
)
from tests.channels.conftest import Brand, Drawer, reply_to

AN_HOUR = timedelta(hours=1)


def test_a_reply_stands_under_its_post_in_exactly_our_words(brand: Brand) -> None:
    post = brand.customer("@brand how do I descale it?")
    channel = brand.channel()
    text = "Half vinegar, half water & boil <once>. Ada, Crew volunteer"

    receipt = channel.send(reply_to(channel, post, text))

    written = [entry for entry in brand.network.log("post", via="api") if entry["post_id"] == receipt.ref.id]
    assert [(entry["reply_to"], entry["text"]) for entry in written] == [(post, text)]
    assert receipt.url == f"https://x.com/{brand.handle}/status/{receipt.ref.id}"
    assert receipt.cost_units == SUMMONED_REPLY


def test_a_reply_with_a_link_costs_what_x_charges_for_it(brand: Brand) -> None:
    post = brand.customer("@brand where?")
    channel = brand.channel(web_url=brand.network.base_url)

    receipt = channel.send(reply_to(channel, post, "Here: https://northwindkettles.example/descale"))

    assert receipt.cost_units == POST_WITH_LINK
    assert receipt.url.startswith(f"{brand.network.base_url}/")


def test_preparing_is_pure_and_says_the_same_each_time(brand: Brand) -> None:
    channel = brand.channel()

    once, twice = (reply_to(channel, "123", "Hello") for _ in range(2))

    assert once == twice
    assert reply_to(channel, "124", "Hello").fingerprint != once.fingerprint


def test_what_does_not_fit_is_refused_before_it_is_sent(brand: Brand) -> None:
    with pytest.raises(TooLong):
        reply_to(brand.channel(), "1", "a" * 281)


def test_what_was_sent_is_found_again_though_the_network_changed_its_looks(brand: Brand) -> None:
    post = brand.customer("@brand how?")
    channel = brand.channel()
    prepared = reply_to(channel, post, "See  https://northwindkettles.example/a?b=1&c=2 <3\n\nAda, Crew volunteer")

    receipt = channel.send(prepared)

    found = channel.find(prepared, datetime.now(UTC) - AN_HOUR)
    assert found is not None
    assert found.ref == receipt.ref


def test_other_words_or_another_parent_are_not_mistaken_for_it(brand: Brand) -> None:
    first, second = brand.customer("@brand one?"), brand.customer("@brand two?")
    channel = brand.channel()
    channel.send(reply_to(channel, first, "Turn it off and on."))

    assert channel.find(reply_to(channel, second, "Turn it off and on."), datetime.now(UTC) - AN_HOUR) is None
    assert channel.find(reply_to(channel, first, "Turn it off."), datetime.now(UTC) - AN_HOUR) is None


def test_finding_raises_when_it_cannot_know(brand: Brand) -> None:
    channel = brand.channel()
    brand.network.fault("timeline", "500")

    with pytest.raises(Transient):
        channel.find(reply_to(channel, "1", "Hello"), datetime.now(UTC) - AN_HOUR)


def test_finding_raises_when_our_posts_do_not_reach_back_far_enough(brand: Brand) -> None:
    brand.network.post_many([{"author": brand.handle, "text": f"news {n}"} for n in range(510)])
    channel = brand.channel()

    with pytest.raises(Transient, match="far enough"):
        channel.find(reply_to(channel, "1", "Hello"), datetime.now(UTC) - AN_HOUR)


@pytest.mark.parametrize(
    ("kind", "error", "sent"),
    [
        ("401", AuthExpired, "no"),
        ("403", Forbidden, "no"),
        ("429", RateLimited, "no"),
        ("500_before", Transient, "maybe"),
        ("503_before", Transient, "maybe"),
        ("500_after", Transient, "maybe"),
        ("reset", Transient, "maybe"),
        ("reset_after", Transient, "maybe"),
        ("garbage", Transient, "maybe"),
        ("broken_json", Transient, "maybe"),
        ("no_id", Transient, "maybe"),
        ("redirect", Transient, "maybe"),
    ],
)
def test_each_fault_of_a_send_says_whether_the_reply_may_be_public(
    brand: Brand, kind: str, error: type[ChannelError], sent: str
) -> None:
    post = brand.customer("@brand hello?")
    channel = brand.channel()
    brand.network.fault("create", kind, seconds=30)

    with pytest.raises(error) as raised:
        channel.send(reply_to(channel, post, f"Hello {kind}"))

    assert raised.value.sent == sent
    made = [entry for entry in brand.network.log("post", via="api") if entry["text"] == f"Hello {kind}"]
    assert sent == "maybe" or not made


def test_a_send_is_never_repeated_by_the_adapter(brand: Brand) -> None:
    post = brand.customer("@brand hello?")
    channel = brand.channel()
    brand.network.fault("create", "500_after")

    with pytest.raises(Transient):
        channel.send(reply_to(channel, post, "Only once, please"))

    assert len([e for e in brand.network.log("post", via="api") if e["text"] == "Only once, please"]) == 1


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


def test_answering_a_deleted_post_says_that_it_is_gone(brand: Brand) -> None:
    post = brand.customer("@brand never mind")
    brand.network.delete(post)
    channel = brand.channel()

    with pytest.raises(Gone):
        channel.send(reply_to(channel, post, "Hello there"))


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


def test_a_deleted_post_is_gone_and_its_neighbour_is_not(brand: Brand) -> None:
    stays, goes = brand.customer("@brand stay"), brand.customer("@brand go")
    brand.network.delete(goes)

    found = brand.channel().lookup([Ref(stays), Ref(goes)])

    assert isinstance(found[goes], Gone)
    assert not isinstance(found[stays], Gone)


def test_a_look_up_that_failed_makes_nothing_gone(brand: Brand) -> None:
    post = brand.customer("@brand stay")
    brand.network.fault("lookup", "garbage")

    with pytest.raises(Transient):
        brand.channel().lookup([Ref(post)])


def test_more_than_a_hundred_ids_are_refused_here(brand: Brand) -> None:
    with pytest.raises(Invalid):
        brand.channel().lookup([Ref(str(n)) for n in range(1, 102)])


def test_metrics_count_what_people_did_with_our_reply(brand: Brand) -> None:
    post = brand.customer("@brand how?")
    channel = brand.channel()
    receipt = channel.send(reply_to(channel, post, "Like this."))
    brand.network.like(receipt.ref.id, "ann", "bob")
    brand.network.repost(receipt.ref.id, "cem")
    brand.network.view(receipt.ref.id, 7)

    counted = channel.metrics([receipt.ref, Ref("1")])

    ours = counted[receipt.ref.id]
    assert not isinstance(ours, Gone)
    assert (ours.likes, ours.reposts, ours.views) == (2, 1, 7)
    assert isinstance(counted["1"], Gone)


def test_deleting_twice_is_a_success_both_times(brand: Brand) -> None:
    post = brand.customer("@brand how?")
    channel = brand.channel()
    receipt = channel.send(reply_to(channel, post, "A mistake."))

    channel.delete(receipt.ref)
    channel.delete(receipt.ref)

    assert isinstance(channel.lookup([receipt.ref])[receipt.ref.id], Gone)


def test_the_account_behind_the_tokens_is_named(brand: Brand) -> None:
    account = brand.channel().whoami()

    assert (account.id, account.handle) == (brand.access.account_id, brand.handle)


def test_a_thread_is_read_from_its_oldest_post(brand: Brand) -> None:
    root = brand.network.post_as("asker", "My kettle sings")
    middle = brand.network.post_as("friend", "does it?", reply_to=root)
    last = brand.network.post_as("asker", f"ask @{brand.handle}", reply_to=middle)

    thread = brand.channel().conversation(Ref(root))

    assert [post.ref.id for post in thread] == [root, middle, last]


def test_a_spent_budget_stops_the_call_until_midnight(brand: Brand) -> None:
    seen = len(brand.network.requests_seen())

    with pytest.raises(BudgetSpent) as raised:
        brand.channel(daily_budget=100, spent_today=100).poll(None)

    assert raised.value.retry_at is not None
    assert raised.value.retry_at.hour == 0
    assert len(brand.network.requests_seen()) == seen


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


def test_nothing_secret_shows_in_what_may_be_logged(brand: Brand) -> None:
    tokens = Tokens("s3cret-access", "s3cret-refresh")
    shown = repr(tokens) + repr(brand.access)

    assert "s3cret" not in shown
    assert brand.access.tokens.access_token not in shown
