"""What stands out at this moment: counts of the last minutes against what is usual; pure."""

import math
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final

from app.spikes.past import HOUR, blend, hour_of
from app.spikes.sorts import Sort
from app.spikes.usual import Usual, bound

#: A quarter of an hour for what erupts, an hour for what swells.
WINDOWS: Final = (15, 60)
STEP_MINUTES: Final = 5
#: Fewer posts in a window are no spike, however seldom there are any.
FLOORS: Final = {Sort.ALL: 20, Sort.HARM: 3, Sort.ANGRY: 10, Sort.OUTAGE: 10, Sort.TOPIC: 10}

Steps = Mapping[datetime, int]


@dataclass(frozen=True, slots=True)
class Window:
    """The last minutes of a series: what was heard in them, what is usual, and from how many on it would be far above that."""

    minutes: int
    heard: int
    expected: float
    bound: int

    @property
    def stands_out(self) -> bool:
        return self.heard >= self.bound

    @property
    def is_half_way(self) -> bool:
        """Whether it is still so much that what began is not over."""
        return 2 * self.heard >= self.bound

    @property
    def rate(self) -> int:
        """How many posts an hour that is."""
        return round(self.heard * 60 / self.minutes)


def step_of(at: datetime) -> datetime:
    """Return when the step of five minutes began in which a moment lies."""
    return at.replace(minute=at.minute - at.minute % STEP_MINUTES, second=0, microsecond=0)


def judge(steps: Steps, usual: Mapping[datetime, Usual], sort: Sort, *, at: datetime) -> list[Window]:
    """Return the windows that end at ``at``, the short one first; ``usual`` is known for the hours they lie in.

    A window begins with a step, so that it is up to five minutes shorter than its name; what is usual is, too.
    """
    found = []
    for minutes in WINDOWS:
        begins = step_of(at) - timedelta(minutes=minutes - STEP_MINUTES)
        length = max(1.0, (at - begins) / timedelta(minutes=1))
        here = blend(_parts(usual, begins, max(at, begins + timedelta(minutes=1))))
        heard = sum(posts for step, posts in steps.items() if step >= begins)
        most = bound(here, minutes=length, floor=FLOORS[sort])
        found.append(Window(math.ceil(length), heard, here.expected(length), most))
    return found


def _parts(usual: Mapping[datetime, Usual], begins: datetime, ends: datetime) -> list[tuple[Usual, float]]:
    """Return what is usual in each hour that a window touches, with how many of its minutes lie there."""
    parts, hour = [], hour_of(begins)
    while hour < ends:
        minutes = (min(ends, hour + HOUR) - max(begins, hour)) / timedelta(minutes=1)
        parts.append((usual[hour], minutes))
        hour += HOUR
    return parts
