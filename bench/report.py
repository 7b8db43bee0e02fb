"""What a benchmark found, and its one line."""

import os
import resource
import statistics
from collections.abc import Sequence
from dataclasses import dataclass, field

NOISY_LOAD = 2.5


@dataclass(frozen=True, slots=True)
class Bar:
    """A figure a benchmark must reach."""

    says: str
    is_met: bool


@dataclass(frozen=True, slots=True)
class BenchResult:
    """One benchmark's ratios, one a round, with what they cost."""

    name: str
    ratios: Sequence[float]
    cpu_seconds: float
    bars: Sequence[Bar] = ()
    notes: Sequence[str] = ()
    rss_mib: float = field(default_factory=lambda: resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024)
    load: float = field(default_factory=lambda: os.getloadavg()[0])

    @property
    def is_met(self) -> bool:
        return all(bar.is_met for bar in self.bars)

    def line(self) -> str:
        """Say it in one line."""
        median = statistics.median(self.ratios)
        noisy = " noisy" if self.load > NOISY_LOAD else ""
        return (
            f"{self.name} ratio={median:.2f} min={min(self.ratios):.2f} median={median:.2f} max={max(self.ratios):.2f} "
            f"cpu={self.cpu_seconds:.1f}s rss={self.rss_mib:.0f}MiB load={self.load:.2f}{noisy}"
        )


def used_cpu() -> float:
    """Return the CPU-seconds of this process and of its children that have ended."""
    used = [resource.getrusage(who) for who in (resource.RUSAGE_SELF, resource.RUSAGE_CHILDREN)]
    return sum(one.ru_utime + one.ru_stime for one in used)


def spread(figures: Sequence[float], digits: int = 0) -> str:
    """Say least, median and most."""
    return " / ".join(f"{figure:,.{digits}f}" for figure in (min(figures), statistics.median(figures), max(figures)))


def show(result: BenchResult) -> None:
    """Print the line, then each bar and note."""
    print(result.line())
    for bar in result.bars:
        print(f"  {'met   ' if bar.is_met else 'MISSED'} {bar.says}")
    for note in result.notes:
        print(f"  {note}")
