"""How long a worker goes on: until it is told to stop, or its present job has had its time."""

import signal
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from types import FrameType
from typing import Final

#: Well under the job's own time limit (``app.foundation.bell.DRAIN_SECONDS``), so that RQ's alarm never fires in a send.
BUDGET_SECONDS: Final = 60.0

_stopping = threading.Event()
_present = threading.local()


def ask_to_stop() -> None:
    """Let every loop of this process end after the row in hand."""
    _stopping.set()


def is_stopping() -> bool:
    """Whether this process has been told to stop."""
    return _stopping.is_set()


def rest(seconds: float) -> bool:
    """Wait, at most until told to stop; return whether to go on."""
    return not _stopping.wait(max(0.0, seconds))


def stop_on_signals() -> None:
    """Take SIGTERM and SIGINT as the wish to stop after the row in hand."""

    def note(_signal: int, _frame: FrameType | None) -> None:
        ask_to_stop()

    signal.signal(signal.SIGTERM, note)
    signal.signal(signal.SIGINT, note)


@contextmanager
def budget(seconds: float = BUDGET_SECONDS) -> Iterator[None]:
    """Give what happens inside, in this thread, so many seconds before ``may_go_on`` says no."""
    _present.ends_at = time.monotonic() + seconds
    try:
        yield
    finally:
        _present.ends_at = None


@contextmanager
def at_most(seconds: float) -> Iterator[None]:
    """Give what happens inside only so many seconds of the budget in hand, so that some is left for what comes after."""
    before: float | None = getattr(_present, "ends_at", None)
    ends_at = time.monotonic() + seconds
    _present.ends_at = ends_at if before is None else min(before, ends_at)
    try:
        yield
    finally:
        _present.ends_at = before


def has_time() -> bool:
    """Whether the present budget has time left; outside a budget there is always time."""
    ends_at: float | None = getattr(_present, "ends_at", None)
    return ends_at is None or time.monotonic() < ends_at


def may_go_on() -> bool:
    """Whether a drainer may take another row. Every drainer asks before each row or batch."""
    return not is_stopping() and has_time()
