"""The order of the feed, without a database."""

from datetime import timedelta

import pytest

from app.feed.ranking import (
    Cursor,
    Filters,
    Fit,
    Range,
    Tastes,
    View,
    cursor_from,
    fit_of,
    languages_read,
    place,
    tiers,
)
from app.mentions.types import FeedLane
from tests.factories import NOW

ADA = Tastes(languages=("en", "es"), topics=("descaling",))
QUESTIONS, HELLO = FeedLane.QUESTIONS, FeedLane.HELLO


def test_for_you_reads_ones_topics_then_ones_languages_then_hellos() -> None:
    found = tiers(Filters(), ADA)

    assert found[0] == [Range(QUESTIONS, code, "descaling") for code in ("en", "es", "und")]
    assert found[1] == [Range(QUESTIONS, code, without=("descaling",)) for code in ("en", "es", "und")]
    assert found[2] == [Range(HELLO, code) for code in ("en", "es", "und")]


def test_who_has_said_nothing_of_themselves_sees_everything() -> None:
    assert tiers(Filters(), Tastes()) == [[Range(QUESTIONS)], [Range(HELLO)]]


def test_what_an_address_asks_for_counts_more_than_tastes() -> None:
    filters = Filters(topic="leaks", language="de", lane=QUESTIONS)

    assert tiers(filters, ADA) == [[Range(QUESTIONS, "de", "leaks")]]
    assert languages_read(Filters(view=View.ALL), ADA) == (None,)


def test_only_so_many_ranges_are_merged() -> None:
    curious = Tastes(languages=tuple("abcdefgh"), topics=tuple(str(number) for number in range(30)))

    assert max(map(len, tiers(Filters(), curious))) == 5 * 8


@pytest.mark.parametrize(
    ("lane", "language", "topic", "tier"),
    [
        (QUESTIONS, "en", "descaling", 0),
        (QUESTIONS, "und", "descaling", 0),
        (QUESTIONS, "es", "leaks", 1),
        (HELLO, "en", "descaling", 2),
        (QUESTIONS, "de", "descaling", None),
    ],
)
def test_every_post_has_one_place(lane: FeedLane, language: str, topic: str, tier: int | None) -> None:
    assert place(lane, language, topic, in_tiers=tiers(Filters(), ADA)) == tier


@pytest.mark.parametrize(
    ("lane", "language", "topic", "hours", "fit"),
    [
        (QUESTIONS, "en", "descaling", 5, Fit.TOPIC),
        (HELLO, "en", "", 5, Fit.HELLO),
        (QUESTIONS, "es", "leaks", 5, Fit.LANGUAGE),
        (QUESTIONS, "de", "leaks", 5, Fit.WAITING),
        (QUESTIONS, "de", "leaks", 0, Fit.NONE),
    ],
)
def test_the_reason_is_the_best_there_is(lane: FeedLane, language: str, topic: str, hours: int, fit: Fit) -> None:
    since = NOW - timedelta(hours=hours)

    assert fit_of(lane, language, topic, tastes=ADA, waiting_since=since, at=NOW) is fit


def test_who_writes_one_language_is_not_told_so_on_every_card() -> None:
    one = Tastes(languages=("en",))

    assert fit_of(QUESTIONS, "en", "", tastes=one, waiting_since=NOW, at=NOW) is Fit.NONE


def test_a_cursor_is_read_as_it_was_written() -> None:
    assert cursor_from(str(Cursor(1, -5, 77))) == Cursor(1, -5, 77)


@pytest.mark.parametrize("text", ["", "1.2", "a.b.c", "1.2.3.4", "1.2.-3", "\u0661.2.3"])
def test_what_is_no_cursor_is_none(text: str) -> None:
    assert cursor_from(text) is None
