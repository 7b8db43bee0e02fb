"""The figures of one labelled set, from its rows and what triage said of them."""

import math
from collections.abc import Sequence
from functools import partial
from typing import Final

from bench.grade import scores
from bench.grade.measuring import Answers, Figure, Judged, Measuring, Section
from bench.grade.personal import personal_data
from bench.grade.sets import NO_LANGUAGE, GradedSet, Question

ROUTES: Final = ("noise", "community", "staff_angry", "staff_technical", "staff_sensitive")
SO_FROM: Final = 0.5
MOST_ANGRY_FOUND: Final = 0.9


def sections_of(graded: GradedSet, answers: Sequence[Answers], *, repetitions: int) -> list[Section]:
    """Return what ``graded`` tells of ``answers``, which stand in the order of its rows."""
    measure = Measuring(repetitions)
    judged = list(zip(graded.rows, answers, strict=True))
    found: list[Section] = []
    if graded.has_routes:
        found += [Section("routes", routing(judged, measure)), Section("each route", each_route(judged, measure))]
    if graded.question:
        found.append(Section(graded.name, question(graded.question, judged, measure)))
    if graded.in_a_language:
        found.append(Section("language", language(judged, measure)))
    if graded.has_personal_data:
        found.append(Section("personal data", personal_data(judged, measure)))
    return found


def routing(judged: Sequence[Judged], measure: Measuring) -> list[Figure]:
    """Return how well the posts are parted, and who would see what they should not."""
    pairs = [(str(row["route"]), str(said["route"])) for row, said in judged]
    known = [route for route in ROUTES if any(so == route for so, _ in pairs)]
    sensitive = [(row["need"] == "sensitive", said["route"] == "community") for row, said in judged]
    staff = [(is_staff(so), said == "community") for so, said in pairs]
    angry = [(bool(row["angry"]), float(said["anger"])) for row, said in judged]
    hot = sum(so for so, _ in angry)
    return [
        measure("routing macro-F1", pairs, partial(scores.macro_f1, names=known)),
        measure("staff posts shown to the community", staff, scores.recall, sum(so for so, _ in staff)),
        measure("staff load", [is_staff(said) for _, said in pairs], scores.share),
        measure("sensitive posts shown to the community", sensitive, scores.recall, sum(so for so, _ in sensitive)),
        measure("angry AUC", angry, scores.auc, hot),
        measure("load to find 90 % of the angry", angry, partial(scores.load_at_recall, recall=MOST_ANGRY_FOUND), hot),
        measure("calibration error of anger", angry, scores.calibration_error),
    ]


def each_route(judged: Sequence[Judged], measure: Measuring) -> list[Figure]:
    """Return precision and recall of every route that has posts."""
    figures = []
    for route in ROUTES:
        pairs = [(row["route"] == route, said["route"] == route) for row, said in judged]
        if any(so for so, _ in pairs):
            figures += [
                measure(f"{route} precision", pairs, scores.precision, sum(said for _, said in pairs)),
                measure(f"{route} recall", pairs, scores.recall, sum(so for so, _ in pairs)),
            ]
    return figures


def is_staff(route: str) -> bool:
    """Whether a route leads to staff."""
    return route.startswith("staff")


def question(asked: Question, judged: Sequence[Judged], measure: Measuring) -> list[Figure]:
    """Return how well a score answers one question, at one half and at any border."""
    pairs = [(asked.is_so(row), float(said[asked.score])) for row, said in judged]
    halves = [(so, score >= SO_FROM) for so, score in pairs]
    return [
        measure(f"{asked.title} F1", halves, scores.f1),
        measure(f"{asked.title} AUC", pairs, scores.auc),
    ]


def language(judged: Sequence[Judged], measure: Measuring) -> list[Figure]:
    """Return how often the language is right, in all and for each."""
    named = [(row, said) for row, said in judged if row.get("lang", NO_LANGUAGE) != NO_LANGUAGE]
    pairs = [(str(row["lang"]), row["lang"] == said["lang"]) for row, said in named]
    figures = [measure("language", [right for _, right in pairs], scores.share)]
    for code in sorted({code for code, _ in pairs}):
        rights = [right for other, right in pairs if other == code]
        figures.append(measure(f"language {code}", rights, scores.share))
    return figures


def speed(texts: int, seconds: float) -> Section:
    """Return the rate of a whole run, start-up included."""
    return Section("speed", [Figure("texts per CPU-second", texts / seconds, math.nan, math.nan, texts)])
