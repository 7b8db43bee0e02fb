"""What every adapter promises, whatever its network: one suite, run against a server for each of them."""

from datetime import UTC, datetime, timedelta

import pytest

from app.channels.registry import CHANNELS
from app.channels.types import (
    AuthExpired,
    BudgetSpent,
    ChannelError,
    Forbidden,
    Gone,
    RateLimited,
    Ref,
    ReplyBar,
    Tokens,
    TooLong,
    Transient,
)
from tests.channels.conftest import Brand, ids_in, posts_in, reply_to, turn

AN_HOUR = timedelta(hours=1)
#: The fixture with a brand account on a server that speaks a network's language, by the adapter's kind.
SERVERS = {"x": "brand_on_x"}


@pytest.fixture(params=sorted(CHANNELS))
def brand(request: pytest.FixtureRequest) -> Brand:
    """A brand account on each network there is an adapter for."""
    found: Brand = request.getfixturevalue(SERVERS[request.param])
    return found


def test_an_adapter_names_its_network_and_what_it_permits(brand: Brand) -> None:
    channel = brand.channel()

    assert CHANNELS[channel.kind] is type(channel)
    assert channel.capabilities


def test_first_poll_looks_back_and_the_next_one_brings_only_news(brand: Brand) -> None:
    before = brand.customer("@brand one")
    channel = brand.channel()

    first, cursor = turn(channel, None)
    after = brand.customer("@brand two")
    second, _ = turn(channel, cursor)

    assert ids_in(first) == [before]
    assert ids_in(second) == [after]


def test_nothing_between_two_polls_is_skipped_when_there_are_many_pages(brand: Brand) -> None:
    channel = brand.channel()
    _, cursor = turn(channel, None)
    made = brand.network.post_many([{"author": "many", "text": f"@{brand.handle} {n}"} for n in range(345)])

    pages, _ = turn(channel, cursor)

    assert sorted(ids_in(pages)) == sorted(made)


def test_a_walk_cut_short_goes_on_where_it_was_by_its_stored_cursor(brand: Brand) -> None:
    _, cursor = turn(brand.channel(), None)
    made = brand.network.post_many([{"author": "many", "text": f"@{brand.handle} {n}"} for n in range(250)])
    first = brand.channel().poll(cursor)
    later = brand.customer("@brand while the walk was cut")
    brand.network.fault("mentions", "429", seconds=0)
    other = brand.channel()
    with pytest.raises(RateLimited):
        other.poll(first.cursor)

    rest, cursor = turn(other, first.cursor)
    news, _ = turn(other, cursor)

    assert sorted([*ids_in([first]), *ids_in(rest)]) == sorted(made)
    assert ids_in(news) == [later]


def test_our_own_posts_are_heard_as_ours_and_may_not_be_answered(brand: Brand) -> None:
    own = brand.network.post_as(brand.handle, "We are here for you")

    pages, _ = turn(brand.channel(reply_to_any=True), None)

    heard = {post.ref.id: post for post in posts_in(pages)}[own]
    assert heard.ours
    assert not heard.can_reply
    assert heard.cannot_reply_why == ReplyBar.OWN_POST


def test_hostile_words_arrive_as_they_were_written(brand: Brand) -> None:
    text = f"@{brand.handle} <script>alert(1)</script> &lt;b&gt; &amp;amp; ' \" {{{{7*7}}}} \u202egpj.exe see https://example.com/a?b=1&c=2"
    post_id = brand.network.post_as("mallory", text)

    pages, _ = turn(brand.channel(), None)

    assert {post.ref.id: post.text for post in posts_in(pages)}[post_id] == text


def test_a_post_of_fifty_thousand_characters_arrives_whole(brand: Brand) -> None:
    text = f"@{brand.handle} " + "word " * 10_000
    post_id = brand.network.post_as("verbose", text.strip())

    pages, _ = turn(brand.channel(), None)

    assert {post.ref.id: post.text for post in posts_in(pages)}[post_id] == text.strip()


def test_a_reply_stands_under_its_post_in_exactly_our_words(brand: Brand) -> None:
    post = brand.customer("@brand how do I descale it?")
    channel = brand.channel()
    text = "Half vinegar, half water & boil <once>. Ada, Crew volunteer"

    receipt = channel.send(reply_to(channel, post, text))

    written = [entry for entry in brand.network.log("post", via="api") if entry["post_id"] == receipt.ref.id]
    assert [(entry["reply_to"], entry["text"]) for entry in written] == [(post, text)]
    assert receipt.at.tzinfo is not None


def test_a_text_is_counted_without_a_connection_and_what_does_not_fit_is_refused_before_it_is_sent(
    brand: Brand,
) -> None:
    channel = brand.channel()
    limit = channel.check("a").limit
    seen = len(brand.network.requests_seen())

    assert channel.check("a" * limit).fits
    assert not channel.check("a" * (limit + 1)).fits
    assert not channel.check("").fits
    with pytest.raises(TooLong):
        reply_to(channel, "1", "a" * (limit + 1))
    assert len(brand.network.requests_seen()) == seen


def test_preparing_is_pure_and_says_the_same_each_time(brand: Brand) -> None:
    channel = brand.channel()

    once, twice = (reply_to(channel, "123", "Hello") for _ in range(2))

    assert once == twice
    assert reply_to(channel, "124", "Hello").fingerprint != once.fingerprint


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


def test_answering_a_deleted_post_says_that_it_is_gone(brand: Brand) -> None:
    post = brand.customer("@brand never mind")
    brand.network.delete(post)
    channel = brand.channel()

    with pytest.raises(Gone):
        channel.send(reply_to(channel, post, "Hello there"))


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


def test_nothing_secret_shows_in_what_may_be_logged(brand: Brand) -> None:
    tokens = Tokens("s3cret-access", "s3cret-refresh")
    shown = repr(tokens) + repr(brand.access)

    assert "s3cret" not in shown
    assert brand.access.tokens.access_token not in shown


@pytest.mark.parametrize(
    "kind", ["401", "403", "429", "500_before", "503_before", "reset", "garbage", "broken_json", "redirect"]
)
def test_a_poll_that_fails_says_so_in_our_own_words_and_proves_nothing_sent(brand: Brand, kind: str) -> None:
    brand.network.fault("mentions", kind, seconds=30)

    with pytest.raises(ChannelError) as raised:
        brand.channel().poll(None)

    assert raised.value.sent == "no"
    assert raised.value.retry_at is None or raised.value.retry_at.tzinfo is UTC


def test_too_many_calls_tell_when_to_come_back(brand: Brand) -> None:
    brand.network.fault("mentions", "429", seconds=30)
    now = datetime.now(UTC)

    with pytest.raises(RateLimited) as raised:
        brand.channel().poll(None)

    assert raised.value.retry_at is not None
    assert raised.value.retry_at > now


def test_a_refused_connection_proves_that_nothing_was_sent(brand: Brand) -> None:
    channel = brand.channel(base_url="http://127.0.0.1:1")

    with pytest.raises(Transient) as raised:
        channel.send(reply_to(channel, "1", "Hello"))

    assert raised.value.sent == "no"
