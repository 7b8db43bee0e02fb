"""Which rule a post fits: of those that do, the first."""

import random
from collections.abc import Sequence
from dataclasses import replace
from datetime import UTC, datetime
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.triage.rules.matching import Facts, Matcher, is_phrase, words_of
from app.triage.rules.types import Live, Then, Way, When, Wording
from tests.factories import NOW

POST = Facts(
    text="Hello",
    author="Ann",
    network="x",
    connection_id=7,
    language="en",
    followers=100,
    mood=0.2,
    topic="descaling",
    kind="question",
    posted_at=NOW,
)


def rule(key: int, **when: object) -> Live:
    return Live(key, key, Wording(f"Rule {key}", When(**when), Then(way=Way.NOISE)))  # type: ignore[arg-type]


def fits(post: Facts = POST, zone: str = "UTC", **when: object) -> bool:
    return Matcher([rule(1, **when)], zone=ZoneInfo(zone)).first(post) is not None


def says(text: str, *words: str) -> bool:
    return fits(replace(POST, text=text), words=words)


@pytest.mark.parametrize(
    ("text", "word"),
    [
        ("My KETTLE sings", "kettle"),
        ("Ich liebe das Café", "cafe"),
        ("Cafe\u0301 au lait", "café"),
        ("two kettles", "kettle*"),
        ("It can't be", "can\u2019t be"),
        ("It can\u2019t be", "can't"),
        ("shows error 404 again", "error 404"),
        ("ask @Acme about it", "@acme"),
        ("#TeaWeek is on", "#teaweek"),
        ("コールドブリューが好き", "ブリュー"),
        ("how much? $20", "$"),
        ("oh \U0001f525 no", "\U0001f525"),
        ("never   ever\nagain", "ever again"),
        ("a big red kettle", "re* kett*"),
    ],
)
def test_words_are_found_as_people_write_them(text: str, word: str) -> None:
    assert says(text, word)


@pytest.mark.parametrize(
    ("text", "word"),
    [
        ("two kettles", "kettle"),
        ("unkettled", "kettle"),
        ("shows error 500", "error 404"),
        ("again ever", "ever again"),
        ("", "kettle"),
    ],
)
def test_words_are_found_whole_and_in_their_order(text: str, word: str) -> None:
    assert not says(text, word)


def test_one_of_the_words_is_enough() -> None:
    assert says("tea please", "coffee", "tea")


@pytest.mark.parametrize("written", ["", "  ", "*", "...", "\u0301"])
def test_what_holds_no_word_is_no_phrase(written: str) -> None:
    assert not is_phrase(written)


@pytest.mark.parametrize(
    ("when", "wanted"),
    [
        ({"authors": ("ann",)}, True),
        ({"authors": ("bob",)}, False),
        ({"places": ("x",)}, True),
        ({"places": ("7",)}, True),
        ({"places": ("8", "bluesky")}, False),
        ({"languages": ("de", "en")}, True),
        ({"languages": ("de",)}, False),
        ({"topics": ("descaling",)}, True),
        ({"topics": ("lids",)}, False),
        ({"kinds": ("question",)}, True),
        ({"kinds": ("praise",)}, False),
        ({"followers_from": 100, "followers_to": 100}, True),
        ({"followers_from": 101}, False),
        ({"followers_to": 99}, False),
        ({"mood_from": 0.2, "mood_to": 0.2}, True),
        ({"mood_from": 0.3}, False),
        ({"mood_to": 0.1}, False),
        ({"weekdays": (3,)}, True),
        ({"weekdays": (0, 1, 2, 4, 5, 6)}, False),
        ({"time_from": "14:00", "time_to": "14:01"}, True),
        ({"time_from": "13:00", "time_to": "14:00"}, False),
        ({"time_from": "22:00", "time_to": "06:00"}, False),
        ({"time_from": "13:00", "time_to": "06:00"}, True),
        ({"kinds": ("question",), "languages": ("de",)}, False),
    ],
)
def test_every_condition_must_hold(when: dict[str, object], wanted: bool) -> None:
    assert fits(**when) is wanted


def test_followers_that_nobody_told_are_neither_many_nor_few() -> None:
    unknown = replace(POST, followers=None)

    assert not fits(unknown, followers_from=0)
    assert not fits(unknown, followers_to=10)


def test_days_and_hours_are_those_of_the_brand() -> None:
    late = replace(POST, posted_at=datetime(2026, 11, 12, 23, 30, tzinfo=UTC))

    assert fits(late, weekdays=(3,))
    assert fits(late, zone="Europe/Berlin", weekdays=(4,), time_from="00:00", time_to="01:00")


def test_without_rules_there_is_nothing_to_ask() -> None:
    assert not Matcher()
    assert Matcher().first(POST) is None


_WORDS = st.sampled_from(["tea", "kettle", "lid", "scale", "Ärger", "404"])
_CONDITIONS = st.fixed_dictionaries(
    {},
    optional={
        "words": st.lists(_WORDS, min_size=1, max_size=3).map(tuple),
        "authors": st.lists(st.sampled_from(["ann", "bob"]), min_size=1, max_size=2).map(tuple),
        "kinds": st.lists(st.sampled_from(["question", "praise"]), min_size=1, max_size=2).map(tuple),
        "languages": st.lists(st.sampled_from(["en", "de"]), min_size=1, max_size=2).map(tuple),
        "followers_from": st.integers(0, 200),
        "mood_to": st.floats(-1, 1),
        "weekdays": st.lists(st.integers(0, 6), min_size=1).map(tuple),
    },
)
_POSTS = st.builds(
    lambda words, author, kind, language, followers, mood, hours: replace(
        POST,
        text=" ".join(words),
        author=author,
        kind=kind,
        language=language,
        followers=followers,
        mood=mood,
        posted_at=datetime(2026, 11, 1 + hours // 24, hours % 24, tzinfo=UTC),
    ),
    st.lists(_WORDS, max_size=5),
    st.sampled_from(["Ann", "bob", "cat"]),
    st.sampled_from(["question", "praise", "chatter"]),
    st.sampled_from(["en", "de", "und"]),
    st.none() | st.integers(0, 300),
    st.floats(-1, 1),
    st.integers(0, 24 * 28 - 1),
)


def plainly(when: When, post: Facts) -> bool:
    """Say whether a post fits, in the longest words."""
    said = set(words_of(post.text))
    return (
        (not when.words or any(words_of(word)[0] in said for word in when.words))
        and (not when.authors or post.author.casefold() in when.authors)
        and (not when.kinds or post.kind in when.kinds)
        and (not when.languages or post.language in when.languages)
        and (when.followers_from is None or (post.followers is not None and post.followers >= when.followers_from))
        and (when.mood_to is None or post.mood <= when.mood_to)
        and (not when.weekdays or post.posted_at.weekday() in when.weekdays)
    )


@given(conditions=st.lists(_CONDITIONS, max_size=6), post=_POSTS)
def test_the_first_that_fits_decides(conditions: list[dict[str, object]], post: Facts) -> None:
    rules = [rule(key, **when) for key, when in enumerate(conditions, start=1)]
    fitting = [each for each in rules if plainly(each.wording.when, post)]

    assert Matcher(rules).first(post) == (fitting[0] if fitting else None)


@given(text=st.text(), words=st.lists(st.text(max_size=12), max_size=4))
def test_no_text_and_no_phrase_stops_it(text: str, words: Sequence[str]) -> None:
    rules = [rule(1, words=tuple(words))] if words else []

    assert Matcher(rules).first(replace(POST, text=text)) in [None, *rules]


@given(text=st.text(min_size=1), seed=st.integers())
def test_a_piece_of_a_text_between_words_is_found_in_it(text: str, seed: int) -> None:
    words = words_of(text)
    if words:
        at = random.Random(seed).randrange(len(words))
        assert says(text, " ".join(words[at : at + 3]))
