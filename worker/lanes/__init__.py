"""The lanes' drainers: ``worker/lanes/<lane>.py`` has ``drain_<lane>()``, which takes waiting rows from SQL until none is left.

A drainer may run twice, late or beside another one. Before each row, or batch of rows, it asks ``worker.shift.may_go_on``.
``worker/lanes/listening.py`` has ``listen_once()``, which polls whatever is due and returns.
"""

import importlib
import importlib.util
import logging
from collections.abc import Callable

from app.foundation.bell import ring
from app.foundation.db import session
from app.foundation.lanes import Lane
from worker import shift

log = logging.getLogger(__name__)


def drainer_of(lane: Lane) -> Callable[[], None] | None:
    """Return the function which drains ``lane``, or None when this release has no such module."""
    name = f"{__name__}.{lane.value}"
    if importlib.util.find_spec(name) is None:
        return None
    drainer: Callable[[], None] = getattr(importlib.import_module(name), f"drain_{lane.value}")
    return drainer


def drain(lane: str) -> None:
    """Take what waits in ``lane``. The only function a job may name.

    Raises:
        ValueError: there is no such lane.
    """
    drainer = drainer_of(Lane(lane))
    if drainer is None:
        return
    try:
        with shift.budget():
            drainer()
            unfinished = not shift.has_time()
    finally:
        session.remove()
    if unfinished and not shift.is_stopping():
        log.info("%s has more waiting than one job may take; it rings again", lane)
        ring(Lane(lane))
