"""What templates do with values."""

from datetime import UTC, datetime, timedelta

import pytest
from flask import Flask
from hypothesis import given
from hypothesis import strategies as st

from app.web import filters, reading

NOW = datetime(2026, 11, 12, 14, 2, tzinfo=UTC)


@pytest.mark.parametrize(
    ("back", "words"),
    [
        (timedelta(seconds=-5), "now"),
        (timedelta(seconds=59), "now"),
        (timedelta(minutes=14), "14 min"),
        (timedelta(minutes=59, seconds=59), "59 min"),
        (timedelta(hours=1), "1 h"),
        (timedelta(hours=14), "14 h"),
        (timedelta(hours=15), "Yesterday"),
        (timedelta(days=2), "Tue 10 Nov"),
        (timedelta(days=400), "8 Oct 2025"),
    ],
)
def test_age_is_told_in_the_words_of_the_house(app: Flask, back: timedelta, words: str) -> None:
    with app.test_request_context():
        assert filters.ago(NOW - back, NOW) == words


def test_the_exact_time_names_its_zone(app: Flask) -> None:
    with app.test_request_context():
        assert filters.moment(NOW) == "Thu 12 Nov 2026, 14:02 UTC"


def test_a_month_stands_alone(app: Flask) -> None:
    with app.test_request_context():
        assert filters.month(NOW) == "November 2026"


@pytest.mark.parametrize(
    ("left", "words"),
    [
        (timedelta(minutes=12), "12 min"),
        (timedelta(minutes=80), "1 h 20"),
        (timedelta(hours=3), "3 h"),
        (timedelta(days=3, hours=1), "3 days"),
        (timedelta(minutes=-4), "4 min over"),
    ],
)
def test_a_clock_says_what_is_left_or_over(app: Flask, left: timedelta, words: str) -> None:
    with app.test_request_context():
        assert filters.due_words(NOW + left, NOW) == words


@pytest.mark.parametrize(("minutes", "state"), [(59, "calm"), (31, "calm"), (29, "soon"), (0, "soon"), (-1, "late")])
def test_a_clock_warns_in_its_last_quarter(minutes: int, state: str) -> None:
    due = NOW + timedelta(minutes=minutes)

    assert filters.due_state(due, due - timedelta(hours=2), NOW) == state


def test_minutes_left_never_go_below_nothing() -> None:
    assert filters.minutes_left(NOW + timedelta(seconds=521), NOW) == "8:41"
    assert filters.minutes_left(NOW - timedelta(seconds=1), NOW) == "0:00"


@given(st.floats(-1e6, 1e6), st.floats(0, 1e6))
def test_a_share_is_always_a_class_that_exists(part: float, whole: float) -> None:
    assert 0 <= filters.share_of(part, whole) <= 100


@pytest.mark.parametrize(
    ("name", "letters"),
    [
        ("Dilly Long", "DL"),
        ("rk_kitchen", "RK"),
        ("Mossy", "MO"),
        ("Ada Maria Byron", "AB"),
        ("إسراء", "إس"),
        ("🫖", "·"),
        ("", "·"),
        ("  \u202e ", "·"),
    ],
)
def test_initials_stand_for_a_name(name: str, letters: str) -> None:
    assert filters.initials(name) == letters


@given(st.text(max_size=40))
def test_any_name_has_initials_and_a_hue_that_exists(name: str) -> None:
    assert 1 <= len(filters.initials(name)) <= 6
    assert filters.hue_of(name) in range(0, 360, 10)
    assert filters.hue_of(name) == filters.hue_of(name)


def test_numbers_carry_separators_and_a_real_minus(app: Flask) -> None:
    with app.test_request_context():
        assert reading.number(1402) == "1,402"
        assert filters.signed(18) == "+18"
        assert filters.signed(-6) == "\N{MINUS SIGN}6"


@pytest.mark.parametrize(
    ("text", "html"),
    [
        ("a <b> & c", "a &lt;b&gt; &amp; c"),
        ("javascript:alert(1)", "javascript:alert(1)"),
        ("data:text/html,<x>", "data:text/html,&lt;x&gt;"),
        ("ftp://x.example", "ftp://x.example"),
    ],
)
def test_only_web_addresses_become_links(text: str, html: str) -> None:
    assert str(filters.linkify(text)) == html


@pytest.mark.parametrize(
    ("text", "address", "after"),
    [
        ("see https://a.example/x.", "https://a.example/x", "."),
        ("(https://a.example/x)", "https://a.example/x", ")"),
        ("https://a.example/x_(y)", "https://a.example/x_(y)", ""),
        ("HTTP://A.example/?a=1&b=2!", "HTTP://A.example/?a=1&amp;b=2", "!"),
        ('https://a.example/"onclick=x', "https://a.example/", "&#34;onclick=x"),
    ],
)
def test_a_link_ends_before_the_sentence_does(text: str, address: str, after: str) -> None:
    html = str(filters.linkify(text))

    assert f'<a href="{address}" rel="nofollow ugc noopener" target="_blank">{address}</a>{after}' in html


@given(st.text())
def test_foreign_text_never_becomes_other_markup(text: str) -> None:
    html = str(filters.linkify(text))

    assert html.count("<") == 2 * html.count("<a href=")
