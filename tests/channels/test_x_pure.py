"""X's count of a text, its two spellings, its refusals, and what its calls cost: no network needed."""

import time
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from app.channels.adapters.x_cost import Meter
from app.channels.adapters.x_errors import LONGEST_WAIT, error_of
from app.channels.adapters.x_map import Reader
from app.channels.adapters.x_text import check, repeats, same_words
from app.channels.types import BudgetSpent, ChannelError, Duplicate, Forbidden, Gone, Invalid, RateLimited, Transient

NOW = datetime(2026, 11, 12, 14, 0, tzinfo=UTC)
READER = Reader("42", "NorthwindKettle", "https://x.com", reply_to_any=False, now=NOW)

OLD_SPELLING: dict[str, Any] = {
    "id": "1890000000000000007",
    "text": "@NorthwindKettle it leaks https://t.co/abc",
    "author_id": "7",
    "conversation_id": "1890000000000000001",
    "created_at": "2026-11-12T13:59:00.000Z",
    "lang": "en",
    "edit_history_tweet_ids": ["1890000000000000003", "1890000000000000007"],
    "referenced_tweets": [{"type": "replied_to", "id": "1890000000000000001"}],
    "entities": {
        "mentions": [{"start": 0, "end": 16, "username": "NorthwindKettle", "id": "42"}],
        "urls": [{"start": 26, "end": 42, "url": "https://t.co/abc", "expanded_url": "https://example.org/leak"}],
    },
    "public_metrics": {"like_count": 3, "retweet_count": 2, "reply_count": 1, "quote_count": 0, "impression_count": 90},
}
NEW_SPELLING: dict[str, Any] = {
    **{key: value for key, value in OLD_SPELLING.items() if key not in {"referenced_tweets", "edit_history_tweet_ids"}},
    "referenced_posts": OLD_SPELLING["referenced_tweets"],
    "edit_history_post_ids": OLD_SPELLING["edit_history_tweet_ids"],
    "public_metrics": {"like_count": 3, "repost_count": 2, "reply_count": 1, "quote_count": 0, "impression_count": 90},
}
USER = {
    "id": "7",
    "username": "vega",
    "name": "Vega",
    "protected": False,
    "profile_image_url": "https://pbs.example/7.png",
    "public_metrics": {"followers_count": 12, "following_count": 1, "tweet_count": 3, "listed_count": 0},
}


def page_of(*rows: dict[str, Any], along: str = "tweets", **includes: Any) -> dict[str, Any]:
    return {"data": list(rows), "includes": {"users": [USER], along: includes.pop("along", []), **includes}}


def test_both_spellings_are_one_post() -> None:
    parent = {**OLD_SPELLING, "id": "1890000000000000001", "referenced_tweets": []}

    old = READER.page(page_of(OLD_SPELLING, along="tweets"))[0][0]
    new = READER.page(page_of(NEW_SPELLING, along="posts"))[0][0]
    along = [
        READER.page({**page_of(OLD_SPELLING), "includes": {"users": [USER], name: [parent]}})[1]
        for name in ("tweets", "posts")
    ]

    assert (old.metrics, old.parent, old.text) == (new.metrics, new.parent, new.text)
    assert old.metrics is not None
    assert (old.metrics.likes, old.metrics.reposts, old.metrics.views) == (3, 2, 90)
    assert old.text == "@NorthwindKettle it leaks https://example.org/leak"
    assert [[post.ref.id for post in posts] for posts in along] == [["1890000000000000001"]] * 2


def test_a_long_post_is_read_whole_in_either_spelling() -> None:
    long = {"text": "@NorthwindKettle " + "long " * 100}

    texts = [READER.page(page_of({**OLD_SPELLING, name: long}))[0][0].text for name in ("note_tweet", "note_post")]

    assert texts == [long["text"], long["text"]]


@pytest.mark.parametrize(
    "broken",
    [
        {"id": None},
        {"id": 1890000000000000007},
        {"id": 1.89e18},
        {"id": "not a number"},
        {"author_id": None},
        {"created_at": None},
        {"created_at": "yesterday"},
    ],
)
def test_a_row_that_cannot_be_read_is_set_aside_and_its_neighbours_are_not(broken: dict[str, Any]) -> None:
    posts, _, unreadable = READER.page(page_of({**OLD_SPELLING, **broken}, OLD_SPELLING))

    assert [post.this.id for post in posts] == [OLD_SPELLING["id"]]
    assert len(unreadable) == 1


@pytest.mark.parametrize(
    "odd",
    [
        {"entities": None},
        {"entities": {"mentions": "x", "urls": [None, {"url": 5}]}},
        {"public_metrics": None},
        {"public_metrics": {"like_count": "many"}},
        {"referenced_tweets": "x"},
        {"lang": 5},
        {"text": None},
        {"attachments": {"media_keys": 3}},
        {"conversation_id": None},
        {"created_at": "2026-11-12T13:59:00Z"},
    ],
)
def test_odd_parts_do_not_spoil_a_post(odd: dict[str, Any]) -> None:
    posts, _, unreadable = READER.page(page_of({**OLD_SPELLING, **odd}))

    assert [post.this.id for post in posts] == [OLD_SPELLING["id"]]
    assert unreadable == []


@pytest.mark.parametrize("body", [{}, {"data": None}, {"data": "x"}, {"data": [1, "x"]}, {"data": [], "includes": 5}])
def test_strange_pages_are_empty_pages(body: dict[str, Any]) -> None:
    assert READER.page(body) == ([], [], [])


def test_mere_reposts_are_nobodys_words() -> None:
    repost = {**OLD_SPELLING, "referenced_tweets": [{"type": "retweeted", "id": "5"}]}

    assert READER.page(page_of(repost)) == ([], [], [])


def test_nul_and_half_surrogates_never_leave_the_mapper() -> None:
    post = READER.page(page_of({**OLD_SPELLING, "text": "a\x00b \ud800 c", "entities": {}}))[0][0]

    assert post.text == "ab \ufffd c"


def test_a_clock_ahead_of_ours_is_not_believed() -> None:
    post = READER.page(page_of({**OLD_SPELLING, "created_at": "2027-01-01T00:00:00Z"}))[0][0]

    assert post.created_at == NOW


def test_a_protected_author_cannot_be_answered() -> None:
    body = {"data": [OLD_SPELLING], "includes": {"users": [{**USER, "protected": True}]}}

    post = READER.page(body)[0][0]

    assert (post.can_reply, post.cannot_reply_why) == (False, "protected")


@pytest.mark.parametrize(
    ("name", "shown"), [("\u202e\u202e\u200f", "vega"), ("  ", "vega"), ("", "vega"), ("\u202eagev", "\u202eagev")]
)
def test_a_name_in_which_nothing_can_be_seen_gives_way_to_the_handle(name: str, shown: str) -> None:
    body = {"data": [OLD_SPELLING], "includes": {"users": [{**USER, "name": name}]}}

    assert READER.page(body)[0][0].author.name == shown


def test_a_handle_inside_another_word_is_no_summons() -> None:
    row = {
        **OLD_SPELLING,
        "text": "mail me@NorthwindKettle.example or @NorthwindKettles",
        "entities": {},
        "referenced_tweets": [],
    }

    assert not READER.page(page_of(row))[0][0].summoned


def test_links_that_are_no_web_addresses_are_not_kept() -> None:
    urls = [{"url": "https://t.co/abc", "expanded_url": "javascript:alert(1)"}]
    post = READER.page(page_of({**OLD_SPELLING, "entities": {"urls": urls}}))[0][0]

    assert post.attachments == ()


@pytest.mark.parametrize(
    ("text", "length", "fits"),
    [
        ("", 0, False),
        ("a" * 280, 280, True),
        ("a" * 281, 281, False),
        ("\u3042" * 140, 280, True),
        ("\u3042" * 141, 282, False),
        ("\U0001f468\u200d\U0001f469\u200d\U0001f467\u200d\U0001f466" * 10, 20, True),
        ("see https://example.com/" + "a" * 400, 27, True),
        ("https://example.com https://example.org", 47, True),
        ("cafe\u0301", 4, True),
        ("one\ntwo", 7, True),
    ],
)
def test_length_is_counted_as_x_counts(text: str, length: int, *, fits: bool) -> None:
    counted = check(text)

    assert (counted.length, counted.fits) == (length, fits)


@pytest.mark.parametrize(
    "text", ["a." * 25_000, "a." * 150, ("a." * 99 + " ") * 10, "https://" + "a." * 900, "\u3042." * 1000]
)
def test_counting_hostile_text_takes_no_time(text: str) -> None:
    started = time.process_time()

    assert check(text).length >= 0
    assert time.process_time() - started < 1


def test_a_link_and_a_second_cashtag_are_warned_of() -> None:
    assert check("see https://example.com").warnings == ("link",)
    assert check("$AAA and $BBB").warnings == ("cashtags",)
    assert check("$5 and fine").warnings == ()


@pytest.mark.parametrize(
    ("sent", "shown"),
    [
        ("Hello  there\n", "@vega @other Hello there"),
        ("a & b <c>", "a &amp; b &lt;c&gt;"),
        ("see https://example.org/", "see http://example.org"),
        ("cafe\u0301", "caf\u00e9"),
    ],
)
def test_the_same_words_are_known_again(sent: str, shown: str) -> None:
    assert same_words(sent) == same_words(shown)


@pytest.mark.parametrize(
    ("status", "detail", "error", "reason"),
    [
        (403, "You are not allowed to create a Tweet with duplicate content.", Duplicate, None),
        (403, "You attempted to reply to a Tweet that is deleted or not visible to you.", Gone, None),
        (
            403,
            "Reply not allowed: you have not been mentioned or otherwise engaged by the author",
            Forbidden,
            "not_summoned",
        ),
        (403, "Your account is suspended", Forbidden, "suspended"),
        (403, "You have been blocked from the author of this tweet.", Forbidden, "blocked"),
        (403, "Something new", Forbidden, "forbidden"),
        (400, "Invalid Request", Invalid, None),
        (404, "Not Found", Transient, None),
        (410, "", Transient, None),
        (418, "I am a teapot", Transient, None),
    ],
)
def test_refusals_are_told_apart_by_their_words(
    status: int, detail: str, error: type[ChannelError], reason: str | None
) -> None:
    met = error_of(status, {}, {"detail": detail}, writes=True, now=NOW)

    assert type(met) is error
    assert getattr(met, "reason", None) == reason


@pytest.mark.parametrize("where", [lambda problem: problem, lambda problem: {"errors": [problem]}])
def test_a_post_is_gone_by_the_networks_word_for_it_and_not_by_a_mere_status(where: Callable[[Any], Any]) -> None:
    problem = {"type": "https://api.twitter.com/2/problems/resource-not-found", "detail": "Could not find tweet."}

    assert isinstance(error_of(404, {}, where(problem), writes=True, now=NOW), Gone)
    assert isinstance(error_of(404, {}, where({"type": "about:blank"}), writes=True, now=NOW), Transient)


def test_an_unlisted_answer_to_a_write_proves_nothing() -> None:
    assert error_of(418, {}, {}, writes=True, now=NOW).sent == "maybe"
    assert error_of(418, {}, {}, writes=False, now=NOW).sent == "no"


@pytest.mark.parametrize(
    ("header", "earliest", "latest"),
    [
        (str(int(NOW.timestamp()) + 30), 31, 33),
        (str(int(NOW.timestamp()) - 500), 1, 3),
        (str(int(NOW.timestamp()) + 3 * 86_400), 3601, 3603),
        ("soon", 901, 903),
        ("9" * 40, 901, 903),
    ],
)
def test_waiting_is_until_the_reset_with_a_little_more_and_never_over_an_hour(
    header: str, earliest: int, latest: int
) -> None:
    met = error_of(429, {"x-rate-limit-reset": header}, {}, writes=False, now=NOW)

    assert isinstance(met, RateLimited)
    assert met.retry_at is not None
    assert earliest <= (met.retry_at - NOW).total_seconds() <= latest
    assert timedelta(hours=1) == LONGEST_WAIT


def test_the_meter_charges_once_a_day_and_starts_anew_at_midnight() -> None:
    clock = [NOW]
    meter = Meter(daily_budget=10, spent_today=0, now=lambda: clock[0])

    charged = [meter.read(5, [1, 2]), meter.read(5, [1, 2])]
    with pytest.raises(BudgetSpent) as spent:
        meter.allow()
    clock[0] = NOW + timedelta(days=1)
    meter.allow()

    assert charged == [10, 0]
    assert spent.value.retry_at == datetime(2026, 11, 13, tzinfo=UTC)
    assert meter.read(5, [1]) == 5


@pytest.mark.parametrize(
    "said",
    [
        "@ana Tom &amp; Jerry, see https://t.co/0123456789 now",
        "Tom &amp; Jerry, see https://kettles.example/a now",
        None,
        7,
    ],
)
def test_an_answer_that_repeats_our_words_is_about_our_post(said: object) -> None:
    assert repeats(said, "Tom & Jerry, see https://kettles.example/a now")


@pytest.mark.parametrize("said", ["", "Tom &amp; Jerry", "Somebody else's words", "see https://t.co/0123456789"])
def test_an_answer_with_other_words_is_not_about_our_post(said: str) -> None:
    assert not repeats(said, "Tom & Jerry, see https://kettles.example/a now")
