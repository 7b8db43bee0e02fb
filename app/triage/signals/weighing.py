"""How cues add up to a score."""

import math
from collections import defaultdict
from collections.abc import Iterable

from app.triage.signals.cues import Hit
from app.triage.signals.reading import Reading
from app.triage.types import Cue

SHARES = (1.0, 0.5, 0.25)
"""Of one code the strongest cue counts in full, the next ones less, the fourth not at all: shouting is not proof."""


def gather(hits: Iterable[Hit]) -> dict[str, list[Hit]]:
    """Sort hits by signal."""
    by_signal: dict[str, list[Hit]] = defaultdict(list)
    for hit in hits:
        by_signal[hit.phrase.signal].append(hit)
    return by_signal


def weigh(hits: Iterable[Hit]) -> dict[str, float]:
    """Add up the weights of each code."""
    by_code: dict[str, list[float]] = defaultdict(list)
    for hit in hits:
        by_code[hit.phrase.code].append(hit.phrase.weight)
    return {code: weights[0] if len(weights) == 1 else _shared(weights) for code, weights in by_code.items()}


def _shared(weights: list[float]) -> float:
    return sum(w * share for w, share in zip(sorted(weights, key=abs, reverse=True), SHARES, strict=False))


def cues_of(hits: Iterable[Hit], reading: Reading) -> list[Cue]:
    """Return the cues that speak for a signal, each code's strongest, as ``signal.code``."""
    best: dict[str, Hit] = {}
    for hit in hits:
        weight = hit.phrase.weight
        if weight <= 0:
            continue
        known = best.get(hit.phrase.code)
        if known is None or (weight, hit.last - hit.first) > (known.phrase.weight, known.last - known.first):
            best[hit.phrase.code] = hit
    return [
        Cue(f"{hit.phrase.signal}.{code}", reading.quote(hit.first, hit.last)[:QUOTED_CHARS], hit.phrase.weight)
        for code, hit in best.items()
    ]


QUOTED_CHARS = 80


def chance(z: float) -> float:
    """Turn evidence into 0..1; 0 is even odds."""
    if z < -30:
        return 0.0
    return 1.0 if z > 30 else 1 / (1 + math.exp(-z))
