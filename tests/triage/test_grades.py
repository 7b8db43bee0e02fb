"""Triage against the project's own labelled posts: no worse than it was.

The floors stand a few points under what was reached; whoever makes triage better moves them up. They keep what was reached
and say little of posts nobody has seen: all of these were read while the lists of cues were written.
"""

from collections import Counter

import pytest

from app.triage.judge import judge
from app.triage.signals import read_signals
from bench.grade.figures import ROUTES
from bench.grade.run import OWN_SETS, Graded, grade
from bench.grade.sets import ROUTED, Row, read_sets
from bench.grade.table import lines

AT_LEAST = {
    "routing macro-F1": 0.83,
    "angry AUC": 0.93,
    "noise recall": 0.80,
    "community recall": 0.73,
    "staff_angry recall": 0.86,
    "staff_technical recall": 0.83,
    "staff_sensitive recall": 0.87,
    "language": 0.94,
    "personal data recall": 0.95,
    "personal data precision": 0.90,
}
AT_MOST = {
    "staff posts shown to the community": 0.05,
    "sensitive posts shown to the community": 0.05,
    "staff load": 0.62,
    "calibration error of anger": 0.08,
}
LEAST_POSTS = 500
LEAST_LANGUAGES = 8
IN_DANGER = {"self-harm", "self-harm, serious", "violence"}


@pytest.fixture(scope="module")
def graded() -> Graded:
    return grade(OWN_SETS, repetitions=0)


@pytest.fixture(scope="module")
def posts() -> list[Row]:
    return [row for one in read_sets(OWN_SETS)[0] for row in one.rows]


@pytest.mark.parametrize(("figure", "floor"), AT_LEAST.items())
def test_triage_does_not_fall_below(graded: Graded, figure: str, floor: float) -> None:
    assert graded.value(figure) >= floor, "\n".join([f"{figure} below {floor}", *lines(graded.sections)])


@pytest.mark.parametrize(("figure", "ceiling"), AT_MOST.items())
def test_triage_does_not_rise_above(graded: Graded, figure: str, ceiling: float) -> None:
    assert graded.value(figure) <= ceiling, "\n".join([f"{figure} above {ceiling}", *lines(graded.sections)])


def test_who_speaks_plainly_of_harm_reaches_staff_at_once(posts: list[Row]) -> None:
    for row in posts:
        if row.get("note") in IN_DANGER:
            signals = read_signals(row["text"])

            assert (judge(signals).route, signals.urgency) == (row["route"], 1.0), row


def test_every_route_is_there_in_many_languages(posts: list[Row]) -> None:
    routes = Counter((row["lang"], row["route"]) for row in posts)
    whole = {lang for lang, _ in routes if all(routes[lang, route] for route in ROUTES)}

    assert len(posts) >= LEAST_POSTS
    assert len(whole) >= LEAST_LANGUAGES


def test_the_labels_agree_with_themselves(posts: list[Row]) -> None:
    needs = {"none": "noise", "community": "community", "technical": "staff_technical", "sensitive": "staff_sensitive"}

    assert len({row["id"] for row in posts}) == len({row["text"] for row in posts}) == len(posts)
    for row in posts:
        assert row["route"] == ("staff_angry" if row["angry"] else needs[row["need"]]), row
        assert all(row["text"][span["start"] : span["end"]].strip() for span in row.get("spans", ())), row


def test_all_posts_with_a_route_are_one_set() -> None:
    assert [one.name for one in read_sets(OWN_SETS)[0]] == [ROUTED]
