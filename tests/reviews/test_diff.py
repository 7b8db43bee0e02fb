import time

import pytest

from app.reviews.diff import Part, is_mostly_new, word_diff


def before_of(parts: list[Part]) -> str:
    return "".join(text for change, text in parts if change != "ins")


def after_of(parts: list[Part]) -> str:
    return "".join(text for change, text in parts if change != "del")


@pytest.mark.parametrize(
    ("before", "after", "parts"),
    [
        ("", "", []),
        ("same", "same", [("same", "same")]),
        ("", "new", [("ins", "new")]),
        ("old", "", [("del", "old")]),
        (
            "scale on the thermostat, not",
            "scale on the sensor disc, not",
            [("same", "scale on the "), ("del", "thermostat"), ("ins", "sensor disc"), ("same", ", not")],
        ),
        ("boil once.", "boil once with water.", [("same", "boil once"), ("ins", " with water"), ("same", ".")]),
        ("水を入れる", "湯を入れる", [("del", "水"), ("ins", "湯"), ("same", "を入れる")]),
        ("<b>no</b>", "<b>yes</b>", [("same", "<b>"), ("del", "no"), ("ins", "yes"), ("same", "</b>")]),
    ],
)
def test_words_that_changed_are_told_apart(before: str, after: str, parts: list[Part]) -> None:
    assert word_diff(before, after) == parts


@pytest.mark.parametrize(
    ("before", "after"),
    [
        ("a  b\n\nc", "a b\nc d"),
        ("نعم، الخل الأبيض", "نعم، الخل يعمل جيدًا"),
        ("👍🏽 ok", "👍 ok"),
        ("x" * 50_000, "y " * 20_000),
        ("\u202eevil\u202c", "evil"),
    ],
)
def test_no_sign_of_either_text_is_lost(before: str, after: str) -> None:
    parts = word_diff(before, after)

    assert (before_of(parts), after_of(parts)) == (before, after)


def test_a_very_long_text_does_not_hold_the_page_up() -> None:
    started = time.process_time()

    word_diff("a b " * 20_000, "b a " * 20_000)

    assert time.process_time() - started < 3


@pytest.mark.parametrize(
    ("before", "after", "mostly"),
    [
        ("one two three four", "one two three five", False),
        ("one two three four", "one six seven eight", True),
        ("one two three four", "one two seven eight", False),
        ("", "all of it", True),
        ("Same.", "same!", True),
        ("Wipe the disc", "Wipe the disc.", False),
    ],
)
def test_replacing_more_than_half_of_the_words_is_noticed(before: str, after: str, mostly: bool) -> None:
    assert is_mostly_new(before, after) is mostly
