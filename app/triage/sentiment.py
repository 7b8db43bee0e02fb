"""VADER, wrapped: text to mood in -1.0..1.0."""

from functools import cache
from typing import Any, Protocol

import vaderSentiment.vaderSentiment as vader  # noqa: N813, TID251 - the one place that knows it

from app.triage.fastvader import FastVader, Rules


class Analyser(Protocol):
    """Anything that scores a text as VADER does."""

    def polarity_scores(self, text: str) -> dict[str, float]: ...


@cache
def rules() -> Rules:
    """Return VADER's word lists and constants, loaded once."""
    stock = _stock()
    return Rules(
        lexicon=stock.lexicon,
        emojis=stock.emojis,
        boosters=vader.BOOSTER_DICT,
        negations=frozenset(vader.NEGATE),
        idioms=vader.SPECIAL_CASES,
        negated_by=vader.N_SCALAR,
        capitals_add=vader.C_INCR,
    )


@cache
def _stock() -> Any:
    return vader.SentimentIntensityAnalyzer()


@cache
def analyser(engine: str = "fast") -> Analyser:
    """Return the process's analyser: "fast" is our evaluation, "stock" vaderSentiment's own.

    Raises:
        ValueError: there is no such engine.
    """
    if engine == "stock":
        reference: Analyser = _stock()
        return reference
    if engine != "fast":
        raise ValueError(f"no sentiment engine named {engine!r}: use fast or stock")
    return FastVader(rules())


def mood_of(text: str, *, engine: str = "fast") -> float:
    """Return VADER's compound, -1..1; 0 for a text without words it knows."""
    return analyser(engine).polarity_scores(text)["compound"]
