"""What every adapter promises, whatever its network: one suite, run against a server for each of them."""

from collections.abc import Callable
from datetime import UTC, datetime, timedelta

import pytest

from app.channels.types import (
    BudgetSpent,
    Capability,
    Channel,
    Gone,
    IncomingPost,
    Invalid,
    Ref,
    ReplyBar,
    Tokens,
    TooLong,
    Transient,
)
from tests.channels.conformance import ADAPTERS, KINDS, SERVERS, kinds_with
from tests.channels.conftest import Brand, ids_in, posts_in, reply_to, turn
from tests.hostile import ROWS

AN_HOUR = timedelta(hours=1)
#: What each capability promises, by the method that keeps it.
METHODS = {
    Capability.POLL: "poll",
    Capability.SEARCH: "search",
    Capability.METRICS: "metrics",
    Capability.DELETE: "delete",
    Capability.READ_BACK: "find",
}


@pytest.fixture(params=KINDS)
def brand(request: pytest.FixtureRequest) -> Brand:
    """A brand account on each network there is an adapter for."""
    found: Brand = request.getfixturevalue(SERVERS[request.param])
    return found


@pytest.fixture(params=kinds_with(Capability.READ_BACK))
def readable(request: pytest.FixtureRequest) -> Brand:
    """A brand account on each network that shows us our own posts."""
    found: Brand = request.getfixturevalue(SERVERS[request.param])
    return found


@pytest.fixture(params=kinds_with(Capability.KEEPS_OUR_KEY))
def keyed(request: pytest.FixtureRequest) -> Brand:
    """A brand account on each network that keeps our key."""
    found: Brand = request.getfixturevalue(SERVERS[request.param])
    return found


@pytest.fixture(params=kinds_with(Capability.SEARCH))
def searchable(request: pytest.FixtureRequest) -> Brand:
    """A brand account on each network that can be searched."""
    found: Brand = request.getfixturevalue(SERVERS[request.param])
    return found


def test_an_adapter_names_its_network_and_can_do_what_it_says(brand: Brand) -> None:
    channel = brand.channel()

    assert ADAPTERS[channel.kind] is type(channel)
    assert channel.capabilities
    assert not [name for name in vars(Channel) if not name.startswith("_") and not hasattr(channel, name)]
    for capability, method in METHODS.items():
        assert capability not in channel.capabilities or callable(getattr(channel, method))


def test_after_an_unknown_outcome_there_is_a_way_to_know_that_needs_no_guess(brand: Brand) -> None:
    assert brand.channel().capabilities & (Capability.KEEPS_OUR_KEY | Capability.READ_BACK)


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


def test_a_search_finds_what_does_not_name_us_and_each_turn_goes_on_from_the_last(searchable: Brand) -> None:
    word = f"w{searchable.access.account_id}"
    channel = searchable.channel()
    before = searchable.network.post_as("stranger", f"a {word} kettle")
    pages, cursor = turn(channel, None, query=word)
    made = searchable.network.post_many([{"author": f"s{n % 9}", "text": f"{word} {n}"} for n in range(230)])

    later, cursor = turn(channel, cursor, query=word)
    _, cursor = turn(channel, cursor, query=word)

    assert ids_in(pages) == [before]
    assert set(made) <= set(ids_in(later)) <= {*made, before}
    assert not any(post.summoned for post in posts_in(later))
    assert sum(page.cost_units for page in pages) > 0


def test_a_search_that_dies_after_every_page_finds_everything(searchable: Brand) -> None:
    word = f"w{searchable.access.account_id}"
    _, cursor = turn(searchable.channel(), None, query=word)
    made = searchable.network.post_many([{"author": f"s{n % 9}", "text": f"{word} {n}"} for n in range(35)])
    found: list[str] = []
    for _page in range(20):
        page = searchable.channel().search(word, cursor, limit=10)
        found += ids_in([page])
        cursor = page.cursor
        if not page.more:
            break

    assert set(found) == set(made)


@pytest.mark.parametrize("query", ["", "k)", "k" * 1000])
def test_a_search_no_network_understands_is_called_invalid(searchable: Brand, query: str) -> None:
    with pytest.raises(Invalid):
        searchable.channel().search(query, None)


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


@pytest.mark.parametrize(
    "text",
    [
        "See  https://northwindkettles.example/a?b=1&c=2 <3\n\nAda, Crew volunteer",
        "Tom & Jerry's &amp; 1 > 0; see https://northwindkettles.example/ too",
        "@someone else asked, too",
        "Cafe\u0301 de\u0301ja\u0300 vu, \u1e9b\u0323",
        "\U0001f468\u200d\U0001f469\u200d\U0001f467 \u2615\ufe0f \u0645\u0631\u062d\u0628\u0627",
    ],
)
def test_what_was_sent_is_found_again_though_the_network_changed_its_looks(readable: Brand, text: str) -> None:
    brand = readable
    post = brand.customer("@brand how?")
    channel = brand.channel()
    prepared = reply_to(channel, post, text)

    receipt = channel.send(prepared)

    found = channel.find(prepared, datetime.now(UTC) - AN_HOUR)
    assert found is not None
    assert found.ref == receipt.ref
    shown = channel.lookup([found.ref])[found.ref.id]
    assert isinstance(shown, IncomingPost)
    assert channel.same_words(shown.text, text)
    assert not channel.same_words(shown.text, f"{text} not")


def test_other_words_or_another_parent_are_not_mistaken_for_it(readable: Brand) -> None:
    brand = readable
    first, second = brand.customer("@brand one?"), brand.customer("@brand two?")
    channel = brand.channel()
    channel.send(reply_to(channel, first, "Turn it off and on."))

    assert channel.find(reply_to(channel, second, "Turn it off and on."), datetime.now(UTC) - AN_HOUR) is None
    assert channel.find(reply_to(channel, first, "Turn it off."), datetime.now(UTC) - AN_HOUR) is None


def test_all_our_own_posts_since_a_moment_are_read_back_the_newest_first(readable: Brand) -> None:
    brand = readable
    post = brand.customer("@brand how?")
    channel = brand.channel()
    prepared = [reply_to(channel, post, f"Way {number}.") for number in range(3)]
    before = datetime.now(UTC) - AN_HOUR
    sent = [channel.send(each).ref.id for each in prepared]

    read = channel.own_posts(before)

    assert [each.this.id for each in read] == sent[::-1]
    assert all(each.ours for each in read)
    assert [channel.matches(each, read[0]) for each in prepared] == [False, False, True]
    assert channel.own_posts(datetime.now(UTC) + AN_HOUR) == []


def test_whoever_is_told_to_stop_reads_back_no_further(readable: Brand) -> None:
    with pytest.raises(Transient):
        readable.channel().own_posts(datetime.now(UTC) - AN_HOUR, lambda: False)


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


def test_nothing_secret_shows_in_what_may_be_logged(brand: Brand) -> None:
    tokens = Tokens("s3cret-access", "s3cret-refresh")
    shown = repr(tokens) + repr(brand.access)

    assert "s3cret" not in shown
    assert brand.access.tokens.access_token not in shown


def test_what_cannot_be_read_back_is_never_said_to_be_absent(brand: Brand) -> None:
    channel = brand.channel()

    if Capability.READ_BACK in channel.capabilities:
        assert channel.find(reply_to(channel, "1", "Hello"), datetime.now(UTC) - AN_HOUR) is None
        return
    with pytest.raises(Transient):
        channel.find(reply_to(channel, "1", "Hello"), datetime.now(UTC) - AN_HOUR)
    with pytest.raises(Transient):
        channel.own_posts(datetime.now(UTC) - AN_HOUR)


def test_the_same_key_again_is_the_same_post(keyed: Brand) -> None:
    post = keyed.customer("@brand how?")
    channel = keyed.channel()
    prepared = reply_to(channel, post, "Like this.")

    first, second = channel.send(prepared), keyed.channel().send(prepared)

    assert first.ref == second.ref
    assert len([entry for entry in keyed.network.log("post", via="api") if entry["reply_to"] == post]) == 1


def test_a_reply_carries_nobody_along_whom_its_writer_did_not_name(brand: Brand) -> None:
    post = brand.customer("@brand ask @third_party and @another_one")
    channel = brand.channel()

    receipt = channel.send(reply_to(channel, post, "We will."))

    written = [entry for entry in brand.network.log("post", via="api") if entry["post_id"] == receipt.ref.id]
    assert [entry["text"] for entry in written] == ["We will."]


def test_what_strangers_send_arrives_as_words_and_stops_nothing(brand: Brand) -> None:
    channel = brand.channel()
    _, cursor = turn(channel, None)
    rows = [{"author": f"m{n % 9}", "text": f"@{brand.handle} {row['text']}"} for n, row in enumerate(ROWS)]
    made = brand.network.post_many(rows)

    pages, _ = turn(channel, cursor)

    heard = {post.ref.id: post for post in posts_in(pages)}
    assert sorted(heard) == sorted(made)
    assert not [row for page in pages for row in page.unreadable]
    for post_id, row in zip(made, rows, strict=True):
        shown = heard[post_id].text
        assert shown.encode()  # what no database takes would raise here
        assert "\x00" not in shown
        assert shown.split()[:2] == row["text"].replace("\x00", "").split()[:2] or not row["text"].isprintable()
        assert len(str(heard[post_id].raw)) < 40_000


def test_a_post_deleted_between_two_polls_is_not_heard(brand: Brand) -> None:
    channel = brand.channel()
    _, cursor = turn(channel, None)
    stays, goes = brand.customer("@brand stay"), brand.customer("@brand go")
    brand.network.delete(goes)

    pages, _ = turn(channel, cursor)

    assert ids_in(pages) == [stays]


def test_the_same_cursor_brings_the_same_posts_again(brand: Brand) -> None:
    _, cursor = turn(brand.channel(), None)
    made = brand.network.post_many([{"author": "many", "text": f"@{brand.handle} {n}"} for n in range(120)])

    lost, pages = brand.channel().poll(cursor), turn(brand.channel(), cursor)[0]

    assert {event.ref.id for event in lost.events} < set(made)
    assert sorted(ids_in(pages)) == sorted(made)


def test_a_reader_that_dies_after_every_page_hears_everything(brand: Brand) -> None:
    _, cursor = turn(brand.channel(), None)
    made = brand.network.post_many([{"author": "many", "text": f"@{brand.handle} {n}"} for n in range(55)])
    heard: list[str] = []
    while True:
        page = brand.channel().poll(cursor, limit=10)
        heard += ids_in([page])
        made += [brand.customer("@brand meanwhile")] if len(heard) < 30 else []
        cursor = page.cursor
        if not page.more:
            break
    rest, _ = turn(brand.channel(), cursor)

    assert set(heard) | set(ids_in(rest)) == set(made)


def test_a_page_that_must_not_be_read_is_passed_over_and_its_posts_are_named(brand: Brand) -> None:
    _, cursor = turn(brand.channel(), None)
    deadly = [brand.customer("@brand deadly"), brand.customer("@brand beside it")]
    seen: list[bytes] = []

    def keep(raw: bytes) -> bool:
        seen.append(raw)
        return b"deadly" not in raw

    passed = brand.channel().poll(cursor, keep=keep)
    later = brand.customer("@brand and then?")
    page, cursors = passed, [cursor]
    heard: list[str] = []
    while page.cursor not in cursors and len(cursors) < 8:
        cursors.append(page.cursor)
        page = brand.channel().poll(page.cursor, keep=keep)
        heard += ids_in([page])

    assert b"deadly" in seen[0]
    assert passed.raw == seen[0]
    assert list(passed.events) == []
    assert {row["id"] for row in passed.unreadable} == set(deadly)
    assert later in heard


def test_a_search_passes_over_what_must_not_be_read(searchable: Brand) -> None:
    word = f"kettle{searchable.handle}"
    post = searchable.customer(f"a {word}")
    searchable.channel().read(b'{"data": [{"id": 1}, "no post"]}')

    page = searchable.channel().search(word, None, keep=lambda raw: False)

    assert list(page.events) == []
    assert [row["id"] for row in page.unreadable] == [post]


def test_what_a_turn_cost_is_told_page_by_page(brand: Brand) -> None:
    brand.network.post_many([{"author": f"u{n}", "text": f"@{brand.handle} {n}"} for n in range(5)])
    channel = brand.channel()

    pages, _ = turn(channel, None)

    assert 0 < sum(page.cost_units for page in pages) == channel.cost_units


@pytest.mark.parametrize(
    "call",
    [
        lambda channel: channel.poll(None),
        lambda channel: channel.search("kettle", None),
        lambda channel: channel.lookup([Ref("1")]),
        lambda channel: channel.conversation(Ref("1")),
        lambda channel: channel.send(reply_to(channel, "1", "Hello")),
        lambda channel: channel.find(reply_to(channel, "1", "Hello"), datetime.now(UTC) - AN_HOUR),
        lambda channel: channel.own_posts(datetime.now(UTC) - AN_HOUR),
        lambda channel: channel.metrics([Ref("1")]),
        lambda channel: channel.delete(Ref("1")),
        lambda channel: channel.whoami(),
    ],
)
def test_a_spent_budget_stops_every_call_before_it_is_made(brand: Brand, call: Callable[[Channel], object]) -> None:
    seen = len(brand.network.requests_seen())

    with pytest.raises(BudgetSpent) as raised:
        call(brand.channel(daily_budget=100, spent_today=100))

    assert raised.value.retry_at is not None
    assert (raised.value.retry_at.hour, raised.value.retry_at.tzinfo) == (0, UTC)
    assert raised.value.sent == "no"
    assert len(brand.network.requests_seen()) == seen


def test_our_own_posts_are_listed_whole_and_told_apart(readable: Brand) -> None:
    first, second = readable.customer("@brand one?"), readable.customer("@brand two?")
    channel, since = readable.channel(), datetime.now(UTC) - AN_HOUR
    prepared = [reply_to(channel, post, f"See https://northwindkettles.example/a & {post}") for post in (first, second)]
    sent = [channel.send(each).ref.id for each in prepared]

    listed = channel.own_posts(since)

    assert [post.ref.id for post in listed] == sent[::-1]
    assert [[channel.matches(each, post) for post in listed] for each in prepared] == [[False, True], [True, False]]
    readable.network.fault("timeline", "500")
    with pytest.raises(Transient):
        channel.own_posts(since)
