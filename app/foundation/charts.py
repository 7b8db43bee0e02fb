"""Charts as numbers: where the lines of a drawing run, for a template that draws them; pure.

Each chart has a wide and a narrow drawing; the page shows the one that fits.
"""

import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

#: Class, width and height of both drawings, and every how many columns a label stands below.
SIZES: Final = (("c-wide", 720, 236, 3), ("c-narrow", 360, 220, 6))
_START, _END, _TOP, _BOTTOM = 40, 44, 14, 28
_TICKS: Final = 4
_ROUND: Final = (1, 2, 3, 4, 5, 6, 8, 10)


@dataclass(frozen=True, slots=True)
class Line:
    """One series of a chart. ``key`` is its colour, 1 to 4; a dashed one is told apart without colour, too."""

    name: str
    key: int
    values: Sequence[float]
    dashed: bool = False


@dataclass(frozen=True, slots=True)
class Curve:
    """A line as it is drawn: its path, that of the area below it, and where it ends."""

    line: Line
    path: str
    area: str
    end: tuple[float, float]


@dataclass(frozen=True, slots=True)
class Drawing:
    """One size of a chart: ``rules`` are (height, value), ``labels`` (place, anchor, text), of which the last is the newest."""

    css: str
    width: int
    height: int
    rules: list[tuple[float, int]]
    labels: list[tuple[float, str, str]]
    curves: list[Curve]
    start: int = _START
    end: int = _END


def lines(labels: Sequence[str], series: Sequence[Line]) -> list[Drawing]:
    """Draw lines over columns named ``labels``, two or more; from zero up to a round number above everything."""
    top = round_up(max((value for line in series for value in line.values), default=0))
    return [_drawing(css, width, height, every, labels, series, top) for css, width, height, every in SIZES]


def round_up(value: float) -> int:
    """Return the next number that the rules of a chart divide into round ones."""
    least = max(1.0, value / _TICKS)
    size = int(10 ** math.floor(math.log10(least)))
    return _TICKS * next(step * size for step in _ROUND if step * size >= least)


def _drawing(
    css: str, width: int, height: int, every: int, labels: Sequence[str], series: Sequence[Line], top: int
) -> Drawing:
    last, ground = len(labels) - 1, height - _BOTTOM

    def across(column: int) -> float:
        return round(_START + (width - _START - _END) * column / last, 1)

    def up(value: float) -> float:
        return round(_TOP + (ground - _TOP) * (1 - value / top), 1)

    curves = []
    for line in series:
        points = [(across(column), up(value)) for column, value in enumerate(line.values)]
        path = "M" + "L".join(f"{x} {y}" for x, y in points)
        curves.append(Curve(line, path, f"{path}L{points[-1][0]} {ground}L{points[0][0]} {ground}Z", points[-1]))
    return Drawing(
        css=css,
        width=width,
        height=height,
        rules=[(up(top * tick / _TICKS), top * tick // _TICKS) for tick in range(_TICKS + 1)],
        labels=[
            (across(column), "end" if column == last else "middle", labels[column])
            for column in range(last, -1, -every)
        ],
        curves=curves,
    )
