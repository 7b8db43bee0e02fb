"""Bad days on order: what the next requests to an endpoint shall meet instead of an answer."""

import threading
from dataclasses import asdict, dataclass
from typing import Any, Protocol

ENDPOINTS = ("me", "users", "timeline", "mentions", "search", "lookup", "create", "delete", "token")
BEFORE = {
    "429": "429 with a reset so many seconds away, nothing done",
    "429_no_reset": "429 without a reset, nothing done",
    "429_past": "429 with a reset an hour ago, nothing done",
    "429_days": "429 with a reset in three days, nothing done",
    "401": "401, nothing done",
    "401_revoked": "401, and the token is ended for good, nothing done",
    "403": "403, nothing done",
    "403_scope": "403, a permission is missing, nothing done",
    "403_blocked": "403, the author has blocked the account, nothing done",
    "403_protected": "403, the author is protected, nothing done",
    "500_before": "500, nothing done",
    "502_before": "502 with a page of HTML, nothing done",
    "503_before": "503 with a page of HTML, nothing done",
    "hang": "no answer for so many seconds, nothing done",
    "reset": "connection reset, nothing done",
}
AFTER = {
    "500_after": "500, but done",
    "502_after": "502 with a page of HTML, but done",
    "503_after": "503 with a page of HTML, but done",
    "hang_after": "no answer for so many seconds, but done",
    "reset_after": "connection reset, but done",
    "garbage": "a page of HTML with 200, but done",
    "broken_json": "half an answer, but done",
    "no_id": "an answer without id, but done",
    "number_id": "an id that is a number, but done",
    "foreign_id": "somebody else's post or account, but done",
    "redirect": "a redirect elsewhere, but done",
    "drip": "one byte a second for so many seconds, but done",
    "endless": "an answer that goes on for so many seconds, but done",
    "gzip_bomb": "an answer that unpacks to 100 MB, but done",
}
LATE = {"late": "connection reset, done so many seconds later"}
LISTS = {
    "lag": "a list without the last so many seconds",
    "token_loop": "a list whose next page is always the same",
    "disorder": "a list out of order",
    "other_words": "a list with other words under the same ids",
}
GROUPS = {"Nothing done": BEFORE, "Done, and not told": AFTER | LATE, "Lists": LISTS}
#: Those that are met before anything is done.
AT_ONCE = BEFORE | LATE | {"500": BEFORE["500_before"]}
KINDS = AT_ONCE | AFTER | LISTS


@dataclass
class Fault:
    """One order: ``count`` requests to ``endpoint`` (``*`` is any) meet ``kind``.

    ``seconds`` is how long it lasts, how far away the reset of a 429 is, how much later a ``late`` request is
    done, and how much a lagging list leaves out.
    """

    endpoint: str
    kind: str
    count: int = 1
    seconds: float = 60.0


class Weather(Protocol):
    """What is bad without being ordered one by one."""

    lag_seconds: float

    def draw(self, endpoint: str) -> Fault | None: ...

    def told(self) -> dict[str, Any]: ...


class Faults:
    """The orders that are not used up, first come first served; and the storm around them."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._orders: list[Fault] = []
        #: What requests meet for which nothing is on order.
        self.storm: Weather | None = None

    def order(self, fault: Fault) -> None:
        """Add an order.

        Raises:
            ValueError: there is no such endpoint or kind.
        """
        if fault.endpoint not in (*ENDPOINTS, "*") or fault.kind not in KINDS or fault.count < 1:
            raise ValueError(f"no fault {fault.kind} at {fault.endpoint}")
        with self._lock:
            self._orders.append(fault)

    def take(self, endpoint: str) -> Fault | None:
        """Use up one of the orders that fit the endpoint, or let the storm decide."""
        with self._lock:
            for fault in self._orders:
                if fault.endpoint in (endpoint, "*"):
                    fault.count -= 1
                    self._orders = [order for order in self._orders if order.count > 0]
                    return fault
            return self.storm.draw(endpoint) if self.storm else None

    def waiting(self) -> list[dict[str, Any]]:
        with self._lock:
            return [asdict(fault) for fault in self._orders]

    def clear(self) -> None:
        with self._lock:
            self._orders = []
