"""VADER, wrapped: text to mood in -1.0..1.0."""

from functools import cache
from typing import Any, Protocol

from app.triage.fastvader import FastVader, Rules

_chosen = "fast"


class Analyser(Protocol):
    """Anything that scores a text as VADER does."""

    def polarity_scores(self, text: str) -> dict[str, float]: ...


@cache
def rules() -> Rules:
    """Return VADER's word lists and constants, loaded once."""
    vader, stock = _package(), _stock()
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
def _package() -> Any:
    """Load vaderSentiment with the first mood: most processes never ask for one."""
    import vaderSentiment.vaderSentiment as vader  # noqa: N813, PLC0415, TID251 - the one place that knows it

    return vader


@cache
def _stock() -> Any:
    return _package().SentimentIntensityAnalyzer()


def choose(engine: str) -> None:
    """Let this process score moods by "fast", our own evaluation, or by "stock", vaderSentiment's."""
    global _chosen  # noqa: PLW0603 -- chosen once, when the house is opened
    _chosen = engine


@cache
def analyser(engine: str) -> Analyser:
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


def mood_of(text: str) -> float:
    """Return VADER's compound, -1..1; 0 for a text without words it knows."""
    return analyser(_chosen).polarity_scores(text)["compound"]
