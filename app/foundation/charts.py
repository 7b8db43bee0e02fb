"""Charts as numbers: where the lines of a drawing run, for a template that draws them; pure.

Each chart has a wide and a narrow drawing; the page shows the one that fits.
"""

import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Final

#: Class, width and height of both drawings.
SIZES: Final = (("c-wide", 720, 236), ("c-narrow", 360, 220))
#: Every how many columns a label stands below, unless told otherwise.
EVERY: Final = (3, 6)
_START, _END, _TOP, _BOTTOM = 40, 44, 14, 28
_TICKS: Final = 4
_ROUND: Final = (1, 2, 3, 4, 5, 6, 8, 10)


@dataclass(frozen=True, slots=True)
class Line:
    """One series of a chart. ``key`` is its colour, 1 to 4; a dashed one is told apart without colour, too.

    Where a value is None nothing is known, and the line has a gap; one is known at least.
    """

    name: str
    key: int
    values: Sequence[float | None]
    dashed: bool = False


@dataclass(frozen=True, slots=True)
class Curve:
    """A line as it is drawn: its path, that of the area below it, where it ends, and at what value."""

    line: Line
    path: str
    area: str
    end: tuple[float, float]
    last: float


@dataclass(frozen=True, slots=True)
class Drawing:
    """One size of a chart: ``rules`` are (height, value), ``labels`` (place, anchor, text), the last column's first.

    ``here`` is where a column is marked; None: none is.
    """

    css: str
    width: int
    height: int
    rules: list[tuple[float, int]]
    labels: list[tuple[float, str, str]]
    curves: list[Curve]
    here: float | None = None
    start: int = _START
    end: int = _END


def lines(
    labels: Sequence[str],
    series: Sequence[Line],
    *,
    top: int | None = None,
    every: tuple[int, int] = EVERY,
    here: int | None = None,
) -> list[Drawing]:
    """Draw lines over columns named ``labels``, two or more, from zero up to ``top``; without one, to a round number above all.

    A label stands below ``every`` so many columns, wide and narrow; the column ``here`` is marked.
    """
    known = (value for line in series for value in line.values if value is not None)
    highest = top or round_up(max(known, default=0))
    return [_drawing(size, step, labels, series, highest, here) for size, step in zip(SIZES, every, strict=True)]


def round_up(value: float) -> int:
    """Return the next number that the rules of a chart divide into round ones."""
    least = max(1.0, value / _TICKS)
    size = int(10 ** math.floor(math.log10(least)))
    return _TICKS * next(step * size for step in _ROUND if step * size >= least)


def _drawing(
    size: tuple[str, int, int], every: int, labels: Sequence[str], series: Sequence[Line], top: int, here: int | None
) -> Drawing:
    css, width, height = size
    last, ground = len(labels) - 1, height - _BOTTOM

    def across(column: int) -> float:
        return round(_START + (width - _START - _END) * column / last, 1)

    def up(value: float) -> float:
        return round(_TOP + (ground - _TOP) * (1 - value / top), 1)

    return Drawing(
        css=css,
        width=width,
        height=height,
        rules=[(up(top * tick / _TICKS), top * tick // _TICKS) for tick in range(_TICKS + 1)],
        labels=[
            (across(column), {last: "end", 0: "start"}.get(column, "middle"), labels[column])
            for column in range(last, -1, -every)
        ],
        curves=[_curve(line, across, up, ground) for line in series],
        here=None if here is None else across(here),
    )


def _curve(line: Line, across: Callable[[int], float], up: Callable[[float], float], ground: int) -> Curve:
    known = [(column, value) for column, value in enumerate(line.values) if value is not None]
    pieces: list[list[tuple[float, float]]] = []
    before = None
    for column, value in known:
        if before is None or column > before + 1:
            pieces.append([])
        pieces[-1].append((across(column), up(value)))
        before = column
    drawn = [(piece, _path(piece)) for piece in pieces]
    return Curve(
        line,
        path="".join(path for _piece, path in drawn),
        area="".join(f"{path}L{piece[-1][0]} {ground}L{piece[0][0]} {ground}Z" for piece, path in drawn),
        end=pieces[-1][-1],
        last=known[-1][1],
    )


def _path(points: Sequence[tuple[float, float]]) -> str:
    """Return a line through the points; one alone becomes a dot."""
    return "M" + "L".join(f"{x} {y}" for x, y in (points if len(points) > 1 else [*points, *points]))
