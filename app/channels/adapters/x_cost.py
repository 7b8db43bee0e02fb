"""What X charges, in tenths of a cent, and a meter that charges the same thing once a day as X does."""

from collections.abc import Iterable
from datetime import datetime, time, timedelta

from app.channels.types import BudgetSpent, Now

# docs.x.com, pay per use, August 2026.
POST_READ = 5
OWNED_READ = 1
USER_READ = 10
POST_CREATE = 15
SUMMONED_REPLY = 10
POST_WITH_LINK = 200
POST_DELETE = 10

_REMEMBERED = 20_000


class Meter:
    """Counts today's units. It forgets what it saw when it has seen much, and then counts too much rather than too little."""

    def __init__(self, *, daily_budget: int | None, spent_today: int, now: Now) -> None:
        self._now = now
        self._budget = daily_budget
        self._day = now().date()
        self._spent = spent_today
        self._seen: set[tuple[int, int]] = set()
        #: All that was charged since the meter began.
        self.charged = 0

    def allow(self) -> None:
        """Let a call pass while there is money left.

        Raises:
            BudgetSpent: there is none until midnight UTC.
        """
        self._turn_day()
        if self._budget is not None and self._spent >= self._budget:
            midnight = datetime.combine(self._day + timedelta(days=1), time(), tzinfo=self._now().tzinfo)
            raise BudgetSpent("the daily budget of this connection is spent", retry_at=midnight)

    def read(self, price: int, ids: Iterable[int]) -> int:
        """Charge for what was read for the first time today; return the units."""
        self._turn_day()
        fresh = {(price, one) for one in ids} - self._seen
        if len(self._seen) + len(fresh) > _REMEMBERED:
            self._seen.clear()
        self._seen |= fresh
        return self.charge(price * len(fresh))

    def charge(self, units: int) -> int:
        """Charge ``units`` and return them."""
        self._spent += units
        self.charged += units
        return units

    def _turn_day(self) -> None:
        if (today := self._now().date()) != self._day:
            self._day, self._spent = today, 0
            self._seen.clear()
