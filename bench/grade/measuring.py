"""One figure, with how far chance alone may move it."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

from bench.grade import scores
from bench.grade.sets import Row

Answers = dict[str, Any]
"""What triage said of one text."""
Judged = tuple[Row, Answers]


@dataclass(frozen=True, slots=True)
class Figure:
    """One line of the table; the interval is nan where none was asked for."""

    name: str
    value: float
    low: float
    high: float
    n: int


@dataclass(frozen=True, slots=True)
class Section:
    """What one set tells."""

    title: str
    figures: Sequence[Figure]


class Measuring:
    """Makes figures with their intervals."""

    def __init__(self, repetitions: int) -> None:
        self.repetitions = repetitions

    def __call__(
        self,
        name: str,
        rows: Sequence[scores.Sample],
        figure: Callable[[Sequence[scores.Sample]], float],
        n: int | None = None,
    ) -> Figure:
        """Take ``figure`` of ``rows``; ``n`` is how many of them it is about, where not all are."""
        low, high = scores.interval(rows, figure, self.repetitions)
        return Figure(name, figure(rows), low, high, len(rows) if n is None else n)
