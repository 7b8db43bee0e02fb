"""Pure: the steps between "more to the crew" and "more to staff", each an operating point."""

from collections.abc import Mapping
from dataclasses import replace
from enum import IntEnum, StrEnum
from math import exp, log

from app.triage.judge import DEFAULT_POINT, OperatingPoint


class Step(IntEnum):
    """How far sorting leans; the higher, the more goes to staff."""

    FAR_TO_CREW = -2
    TO_CREW = -1
    AS_MADE = 0
    TO_STAFF = 1
    FAR_TO_STAFF = 2


class Border(StrEnum):
    """A signal whose border parts staff from the crew; named as in ``OperatingPoint`` and, but for anger, as in ``Signals``."""

    ANGRY = "angry"
    SENSITIVE = "sensitive"
    TECHNICAL = "technical"


SCORES = {Border.ANGRY: "anger", Border.SENSITIVE: "sensitive", Border.TECHNICAL: "technical"}
"""What a border's signal is called among the scores."""
Shifts = Mapping[Border, float]
"""By how much each border moves, in log-odds: above 0 more goes to staff. A border that is missing stays."""
NO_SHIFTS: Shifts = {}

_LADDER: Mapping[Step, tuple[float, float]] = {
    Step.FAR_TO_CREW: (2.0, 1.0),
    Step.TO_CREW: (1.4, 1.0),
    Step.AS_MADE: (1.0, 1.0),
    Step.TO_STAFF: (0.64, 1.15),
    Step.FAR_TO_STAFF: (0.45, 1.3),
}
"""What the borders to staff are multiplied with, and those to a mere hello.

Chosen by the load on our own posts: about 41, 51, 58, 61 and 79 of 100. Below a half the borders come under the score that a
post has of which nothing is known, so that all but what is plainly the crew's goes to staff; there is nothing in between.
"""


def point_of(step: Step, shifts: Shifts = NO_SHIFTS) -> OperatingPoint:
    """Return the operating point of a step, after what was learnt.

    Danger, personal data, and what the form of a post decides look at no border: no step and no shift touches them.
    """
    to_staff, to_hello = _LADDER[step]
    if step is Step.AS_MADE and not shifts:
        return DEFAULT_POINT
    return replace(
        DEFAULT_POINT,
        angry=moved(DEFAULT_POINT.angry, shifts.get(Border.ANGRY, 0.0)) * to_staff,
        sensitive=moved(DEFAULT_POINT.sensitive, shifts.get(Border.SENSITIVE, 0.0)) * to_staff,
        technical=moved(DEFAULT_POINT.technical, shifts.get(Border.TECHNICAL, 0.0)) * to_staff,
        noise=DEFAULT_POINT.noise * to_hello,
        chatter=DEFAULT_POINT.chatter * to_hello,
    )


def moved(border: float, shift: float) -> float:
    """Return a border after a shift of the scores by so much in log-odds: where the shifted score is what it was."""
    return 1 / (1 + exp(shift - log(border / (1 - border)))) if shift else border


def plain_shifts(shifts: Shifts) -> dict[str, float]:
    """Return shifts as JSON has them."""
    return {border.value: shift for border, shift in shifts.items()}


def shifts_from_plain(plain: Mapping[str, float]) -> dict[Border, float]:
    """Return shifts again."""
    return {Border(name): float(shift) for name, shift in plain.items()}
