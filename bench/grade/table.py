"""The table a person reads: every figure with its interval, how many it rests on, and the goal."""

import math
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Final

from bench.grade.measuring import Figure, Section


@dataclass(frozen=True, slots=True)
class Goal:
    """What a figure should reach."""

    value: float
    at_most: bool = False

    def __str__(self) -> str:
        return f"{'<=' if self.at_most else '>='} {_number(self.value)}"

    def is_met_by(self, value: float) -> bool:
        """Whether ``value`` is good enough."""
        return value <= self.value if self.at_most else value >= self.value


GOALS: Final = {
    "routing macro-F1": Goal(0.62),
    "staff posts shown to the community": Goal(0.08, at_most=True),
    "staff load": Goal(0.60, at_most=True),
    "sensitive posts shown to the community": Goal(0.05, at_most=True),
    "angry AUC": Goal(0.86),
    "load to find 90 % of the angry": Goal(0.45, at_most=True),
    "calibration error of anger": Goal(0.08, at_most=True),
    "anger among emotions F1": Goal(0.81),
    "anger among emotions AUC": Goal(0.92),
    "complaints F1": Goal(0.80),
    "complaints AUC": Goal(0.93),
    "airline negative F1": Goal(0.89),
    "airline negative AUC": Goal(0.93),
    "spam in text messages F1": Goal(0.97),
    "language": Goal(0.95),
    "personal data recall": Goal(0.98),
    "personal data precision": Goal(0.95),
    "texts per CPU-second": Goal(1_500),
}
NAME_WIDTH: Final = 42


def lines(sections: Iterable[Section]) -> list[str]:
    """Return the table, a title and its figures at a time."""
    head = f"{'':{NAME_WIDTH}} {'value':>7}  {'95 in 100 times':^16} {'n':>7}  goal"
    return [head, *(line for section in sections for line in ["", section.title, *_figure_lines(section.figures)])]


def _figure_lines(figures: Sequence[Figure]) -> list[str]:
    return [f"  {figure.name:{NAME_WIDTH - 2}} {_measured(figure)}".rstrip() for figure in figures]


def _measured(figure: Figure) -> str:
    between = "" if math.isnan(figure.low) else f"{_number(figure.low)} to {_number(figure.high)}"
    goal = GOALS.get(figure.name)
    judged = "" if goal is None else f"{goal}{'' if goal.is_met_by(figure.value) else ', missed'}"
    return f"{_number(figure.value):>7}  {between:^16} {figure.n:>7,}  {judged}"


def _number(value: float) -> str:
    return f"{value:,.0f}" if value >= 10 else f"{value:.3f}"
