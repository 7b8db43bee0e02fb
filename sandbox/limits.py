"""Rate limits per endpoint and token, in fixed windows, kept in memory."""

import threading
import time
from dataclasses import dataclass

WINDOW_SECONDS = 900
# Requests per user and 15 minutes in X's documents of August 2026.
X_LIMITS = {
    "me": 75,
    "users": 900,
    "timeline": 900,
    "mentions": 300,
    "search": 300,
    "lookup": 5000,
    "create": 100,
    "delete": 50,
}
WIDE_LIMITS = dict.fromkeys(X_LIMITS, 1_000_000)
# How far back X's lists of one account go.
X_DEPTHS = {"mentions": 800, "timeline": 3200}


@dataclass(frozen=True, slots=True)
class Allowance:
    """What is left of a window; ``reset`` is in seconds since 1970."""

    limit: int
    remaining: int
    reset: int
    allowed: bool

    def headers(self) -> dict[str, str]:
        return {
            "x-rate-limit-limit": str(self.limit),
            "x-rate-limit-remaining": str(self.remaining),
            "x-rate-limit-reset": str(self.reset),
        }


class Limits:
    """The limits in force and what was used of them."""

    def __init__(self, mode: str) -> None:
        self._lock = threading.Lock()
        self.window_seconds = WINDOW_SECONDS
        self.change(mode)

    def change(self, mode: str, window_seconds: int | None = None, **limits: int) -> None:
        """Choose ``x`` or ``wide``, a window, and limits for single endpoints; every window starts anew."""
        with self._lock:
            self.mode = mode
            self.window_seconds = window_seconds or self.window_seconds
            self.limits = (X_LIMITS if mode == "x" else WIDE_LIMITS) | limits
            self._used: dict[tuple[str, str], tuple[int, int]] = {}

    def depth(self, endpoint: str) -> int | None:
        """Return how many posts of a list can be reached, or None for all."""
        return X_DEPTHS.get(endpoint) if self.mode == "x" else None

    def take(self, endpoint: str, token: str) -> Allowance:
        """Count one request."""
        now = int(time.time())
        with self._lock:
            reset, used = self._used.get((endpoint, token), (0, 0))
            if now >= reset:
                reset, used = now + self.window_seconds, 0
            limit = self.limits[endpoint]
            allowed = used < limit
            used += allowed
            self._used[endpoint, token] = reset, used
        return Allowance(limit, limit - used, reset, allowed)
