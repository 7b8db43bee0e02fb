"""What a measuring trial says: its figures, and the bars it had to clear."""

import os
import statistics
from collections.abc import Sequence
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Bar:
    """One figure and whether it is good enough."""

    said: str
    cleared: bool
    #: Whether a busy machine may be to blame.
    is_of_speed: bool = False

    def __str__(self) -> str:
        missed = "TOO SLOW" if self.is_of_speed else "MISSED"
        return f"  {'ok' if self.cleared else missed:<8} {self.said}"


def show(figures: str, *bars: Bar) -> bool:
    """Print everything; return whether every bar was cleared."""
    lines = [f"{figures}; load {os.getloadavg()[0]:.1f}", *map(str, bars)]
    print("\n".join(lines), flush=True)
    return all(bar.cleared for bar in bars)


def spread(seconds: Sequence[float]) -> tuple[float, float]:
    """Return the median and what nineteen of twenty stay under."""
    if len(seconds) < 2:
        return (max(seconds, default=0.0),) * 2
    return statistics.median(seconds), statistics.quantiles(seconds, n=20, method="inclusive")[-1]
