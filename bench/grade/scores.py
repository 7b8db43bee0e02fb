"""Pure figures over pairs of what is so and what was said, and how far chance alone may move them."""

import math
import random
from collections.abc import Callable, Sequence
from typing import TypeVar

Pair = tuple[bool, float]
"""Whether it is so, and the score 0..1 that it was given."""
Sample = TypeVar("Sample")

SEED = 7
BINS = 10
MANY = 3_000
"""From so many rows on a quarter of the repetitions tells as much."""


def auc(pairs: Sequence[Pair]) -> float:
    """Return how often what is so scores higher than what is not, ties counting half; nan where one of them is missing."""
    positives = sum(so for so, _ in pairs)
    if positives in (0, len(pairs)):
        return math.nan
    ranks = 0.0
    for first, last, so in _ties(sorted(pairs, key=lambda pair: pair[1])):
        ranks += so * (first + 1 + last) / 2
    return (ranks - positives * (positives + 1) / 2) / (positives * (len(pairs) - positives))


def load_at_recall(pairs: Sequence[Pair], recall: float) -> float:
    """Return the share of all that must be taken, highest scores first, so that ``recall`` of what is so is among them."""
    wanted = recall * sum(so for so, _ in pairs) - 1e-9
    found = 0
    for _first, last, so in _ties(sorted(pairs, key=lambda pair: -pair[1])):
        found += so
        if found >= wanted:
            return last / len(pairs)
    return math.nan


def _ties(ordered: Sequence[Pair]) -> list[tuple[int, int, int]]:
    """Return the stretches of equal scores as first, end (exclusive) and how many of it are so."""
    stretches = []
    first = so = 0
    for place, (is_so, score) in enumerate(ordered):
        if score != ordered[first][1]:
            stretches.append((first, place, so))
            first, so = place, 0
        so += is_so
    return [*stretches, (first, len(ordered), so)] if ordered else []


def calibration_error(pairs: Sequence[Pair]) -> float:
    """Return how far the scores are from the shares they claim, on average over tenths of the scale."""
    tenths: dict[int, list[Pair]] = {}
    for pair in pairs:
        tenths.setdefault(min(BINS - 1, int(pair[1] * BINS)), []).append(pair)
    return sum(abs(sum(so - score for so, score in tenth)) for tenth in tenths.values()) / len(pairs)


def precision(pairs: Sequence[tuple[bool, bool]]) -> float:
    """Return the share of what was said to be so that is; 0 where nothing was."""
    return share([so for so, said in pairs if said])


def recall(pairs: Sequence[tuple[bool, bool]]) -> float:
    """Return the share of what is so that was said to be; 0 where nothing is."""
    return share([said for so, said in pairs if so])


def f1(pairs: Sequence[tuple[bool, bool]]) -> float:
    """Return the harmonic mean of precision and recall; 0 where both are."""
    both = precision(pairs) + recall(pairs)
    return 2 * precision(pairs) * recall(pairs) / both if both else 0.0


def macro_f1(pairs: Sequence[tuple[str, str]], names: Sequence[str]) -> float:
    """Return the mean of the names' own F1, each name counting the same."""
    return sum(f1([(so == name, said == name) for so, said in pairs]) for name in names) / len(names)


def share(answers: Sequence[bool]) -> float:
    """Return the share of true ones; 0 of none."""
    return sum(answers) / len(answers) if answers else 0.0


def interval(
    rows: Sequence[Sample], figure: Callable[[Sequence[Sample]], float], repetitions: int
) -> tuple[float, float]:
    """Return where 95 of 100 samples drawn from ``rows`` with repeats put the figure; nan twice without repetitions."""
    dice = random.Random(SEED)
    rounds = repetitions if len(rows) <= MANY else repetitions // 4
    drawn = (figure(dice.choices(rows, k=len(rows))) for _ in range(rounds))
    values = sorted(value for value in drawn if not math.isnan(value))
    if not values:
        return math.nan, math.nan
    return values[int(0.025 * len(values))], values[min(len(values) - 1, int(0.975 * len(values)))]
