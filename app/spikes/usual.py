"""What is usual, learnt from counts of past hours, and when a count is far above it; pure.

The shape is Farrington's and Noufaily's, who watch for outbreaks of disease in weekly counts (J. R. Stat. Soc. A 159, 1996,
547-563; Statistics in Medicine 32, 2013, 1206-1222): the same time of earlier weeks, past outbreaks held down, and the upper
end of a negative binomial distribution as the bound. Of the samples x of one hour, n of them,

    d    = 1.4826 * median |x - median x|           the deviation that outliers do not move
    mean = (sum of min(x, median + 3 d + 3) + 1/2) / n
    spread = max(0, d^2 - mean)                     what goes beyond Poisson's variance

and a window of w hours is expected to hold m = w * mean posts with the variance v = m + w^2 (spread + (mean + spread) / n); the
last part is for what n samples cannot know. A count k is far above the usual where P(X >= k) <= CHANCE for the negative
binomial X of this mean and variance (Poisson's where they are equal), and k >= FACTOR * m, and k >= a floor for its sort.

Measured by ``python -m bench spikes``, which judges as the watch does, on steady noise with a day's and a week's rhythm: see
there for the false alarms of each rate, and how soon a tenfold rise is seen.
"""

import math
from collections.abc import Sequence
from dataclasses import dataclass
from statistics import median
from typing import Final

#: Of so many judgements of steady noise one is wrong, where the floor and the factor do not forbid it anyway.
CHANCE: Final = 1e-6
FACTOR: Final = 3.0
_DEVIATIONS: Final = 1.4826
_HELD_DOWN: Final = 3
_NEGLIGIBLE: Final = 1e-10
_TINY: Final = 1e-300
_MOST_TURNS: Final = 10_000


@dataclass(frozen=True, slots=True)
class Usual:
    """What is usual in an hour. ``spread`` is variance beyond Poisson's; ``samples`` says how many hours it was learnt from.

    ``is_plain``: too little has been heard to know, and this is the busiest hour so far.
    """

    mean: float
    spread: float = 0.0
    samples: int = 0
    is_plain: bool = False

    def expected(self, minutes: float) -> float:
        """Return how many posts so many minutes usually hold."""
        return self.mean * minutes / 60

    def variance(self, minutes: float) -> float:
        """Return the variance of a count over so many minutes, what the samples cannot know included."""
        unknown = (self.mean + self.spread) / self.samples if self.samples else 0.0
        return self.expected(minutes) + (minutes / 60) ** 2 * (self.spread + unknown)


def learn(samples: Sequence[int]) -> Usual:
    """Learn from the counts of the same hour of the week, or of hours that may stand for it; at least one.

    A few wild hours among them move nothing.
    """
    middle = median(samples)
    deviation = _DEVIATIONS * median(abs(each - middle) for each in samples)
    most = middle + _HELD_DOWN * deviation + _HELD_DOWN
    mean = (sum(min(each, most) for each in samples) + 0.5) / len(samples)
    return Usual(mean, max(0.0, deviation**2 - mean), len(samples))


def plain(busiest: int) -> Usual:
    """Take the busiest hour so far for the usual one, while too little is known."""
    return Usual(max(1.0, float(busiest)), is_plain=True)


def chance_of(count: int, mean: float, variance: float) -> float:
    """Return the chance that a count is ``count`` or more, where ``mean`` is usual; 1 up to the mean."""
    if count <= mean or mean <= 0:
        return 1.0
    if variance <= mean * (1 + 1e-9):
        return _poisson_tail(count, mean)
    size, share = mean**2 / (variance - mean), (variance - mean) / variance
    return min(1.0, _incomplete_beta(share, count, size))


def _poisson_tail(count: int, mean: float) -> float:
    term, total, at = math.exp(count * math.log(mean) - mean - math.lgamma(count + 1)), 0.0, count
    while term > _NEGLIGIBLE * total:
        total += term
        at += 1
        term *= mean / at
    return min(1.0, total)


def _incomplete_beta(x: float, a: float, b: float) -> float:
    """Return the regularised incomplete beta function, the upper tail of a negative binomial distribution.

    By its continued fraction (Lentz; Numerical Recipes, section 6.4), which is quick while x < (a + 1) / (a + b + 2): so it is
    above the mean.
    """
    front = math.exp(math.lgamma(a + b) - math.lgamma(a) - math.lgamma(b) + a * math.log(x) + b * math.log1p(-x)) / a
    c, d = 1.0, 1 / _away(1 - (a + b) * x / (a + 1))
    found = d
    for m in range(1, _MOST_TURNS):
        even = m * (b - m) * x / ((a + 2 * m - 1) * (a + 2 * m))
        odd = -(a + m) * (a + b + m) * x / ((a + 2 * m) * (a + 2 * m + 1))
        for step in (even, odd):
            d, c = 1 / _away(1 + step * d), _away(1 + step / c)
            found *= d * c
        if abs(d * c - 1) < _NEGLIGIBLE:
            break
    return front * found


def _away(value: float) -> float:
    """Keep a value away from zero, by which something is divided."""
    return value if abs(value) > _TINY else _TINY


def is_far_above(heard: int, usual: Usual, *, minutes: float, floor: int) -> bool:
    """Say whether so many posts in so many minutes are far above the usual. With more posts it never becomes less so."""
    expected = usual.expected(minutes)
    if heard < floor or heard < FACTOR * expected:
        return False
    return chance_of(heard, expected, usual.variance(minutes)) <= CHANCE


def bound(usual: Usual, *, minutes: float, floor: int) -> int:
    """Return the fewest posts in so many minutes that are far above the usual."""
    high = max(floor, math.ceil(FACTOR * usual.expected(minutes)), 1)
    if is_far_above(high, usual, minutes=minutes, floor=floor):
        return high
    low = high
    while not is_far_above(high, usual, minutes=minutes, floor=floor):
        low, high = high, 2 * high
    while high - low > 1:
        middle = (low + high) // 2
        low, high = (low, middle) if is_far_above(middle, usual, minutes=minutes, floor=floor) else (middle, high)
    return high
