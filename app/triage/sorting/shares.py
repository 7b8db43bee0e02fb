"""Pure: a share of so many, and how far chance alone may move it."""

from collections.abc import Iterable
from dataclasses import dataclass
from math import sqrt

#: Of fewer, no share is told: three of four may as well be one of four.
ENOUGH = 20
_Z = 1.959964


@dataclass(frozen=True, slots=True)
class Share:
    """``so`` of ``of``, the ends of the interval in 0..1.

    The interval is Wilson's, at 95 percent (E. B. Wilson, Journal of the American Statistical Association 22, 1927): unlike the
    usual one it holds for few posts and for shares near 0 and 1.
    """

    so: int = 0
    of: int = 0

    @property
    def is_told(self) -> bool:
        """Whether there are enough to tell a share at all."""
        return self.of >= ENOUGH

    @property
    def value(self) -> float:
        return self.so / self.of if self.of else 0.0

    @property
    def low(self) -> float:
        return max(0.0, self._middle - self._half)

    @property
    def high(self) -> float:
        return min(1.0, self._middle + self._half) if self.of else 1.0

    @property
    def _middle(self) -> float:
        return (self.so + _Z**2 / 2) / (self.of + _Z**2)

    @property
    def _half(self) -> float:
        if not self.of:
            return 1.0
        spread = self.value * (1 - self.value) / self.of + _Z**2 / (4 * self.of**2)
        return _Z * sqrt(spread) / (1 + _Z**2 / self.of)

    @property
    def plain(self) -> list[int]:
        """Return it as a JSON list ``[so, of]``."""
        return [self.so, self.of]


def share_of(answers: Iterable[bool]) -> Share:
    """Count how many are so."""
    listed = list(answers)
    return Share(sum(listed), len(listed))
