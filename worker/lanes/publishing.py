"""The publishing lane: what is ready leaves, one row at a time; and the sweeps that look after what waits."""

import logging
import os
import socket
import threading
import time
from typing import Final

from sqlalchemy.exc import OperationalError
from sqlalchemy.orm.exc import StaleDataError

from app.channels.errors import ChannelError
from app.channels.types import Receipt
from app.foundation import clock
from app.foundation.db import session, unit_of_work
from app.foundation.lanes import crash_point
from app.publishing import actions
from app.publishing.outgoing import Outgoing
from app.publishing.queries import due_looks, next_ready
from worker.lanes.by_hand import hand_out_ready, sweep_by_hand
from worker.lanes.removals import remove_asked
from worker.lookups import confirm_due
from worker.pulse import clock_is_right
from worker.shift import may_go_on

RECORDING_TRIES: Final = 4
RECORDING_PAUSE_SECONDS: Final = 0.2

log = logging.getLogger(__name__)


def worker_id() -> str:
    """Return a name no other publisher has: machine, process, thread."""
    return f"{socket.gethostname()[:40]}:{os.getpid()}:{threading.get_ident()}"


def drain_publishing() -> None:
    """Remove what is to be removed, hand out what is posted by hand, and send what is ready, one row at a time.

    A row that does not begin is left to a later drain.
    """
    remove_asked()
    hand_out_ready()
    passed: set[int] = set()
    worker = worker_id()
    while may_go_on() and (row_id := _next(passed)) and clock_is_right():
        with unit_of_work():
            outgoing = actions.begin(publication_id=row_id, worker=worker, at=clock.now())
        if outgoing is None:  # somebody else has it, it is no longer approved, or a cord is pulled
            passed.add(row_id)
            continue
        crash_point("publishing.begun")
        outcome = outgoing.say()
        crash_point("publishing.said")
        _record(outcome, outgoing)
    session.remove()


def _next(passed: set[int]) -> int | None:
    """Return what may leave now; a post that was not seen on its network just now is asked for first."""
    ready = next_ready(at=clock.now(), besides=passed)
    if ready is None and confirm_due():
        ready = next_ready(at=clock.now(), besides=passed)
    return ready


def _record(outcome: Receipt | ChannelError, outgoing: Outgoing) -> None:
    """Write the outcome down; somebody who changes the same mention at this moment only makes us try again."""
    for tries_left in reversed(range(RECORDING_TRIES)):
        try:
            with unit_of_work():
                actions.record_outcome(
                    outcome,
                    publication_id=outgoing.publication_id,
                    attempt=outgoing.attempt,
                    worker=outgoing.worker,
                    at=clock.now(),
                )
        except (StaleDataError, OperationalError):
            if not tries_left:
                raise
            log.warning("the outcome of publication %s could not be written yet", outgoing.publication_id)
            time.sleep(RECORDING_PAUSE_SECONDS)
        else:
            crash_point("publishing.recorded")
            return


def sweep_publishing() -> None:
    """Look after what waits: overdue claims, holds that came and went, approvals too old, sends nobody is sure of."""
    for story in (actions.lose_overdue, actions.expire_old, actions.hold_covered):
        with unit_of_work():
            story(at=clock.now())
        crash_point(f"publishing.{story.__name__}")
    with unit_of_work():
        actions.resume_uncovered(by_id=None, at=clock.now())
    crash_point("publishing.resumed")
    sweep_by_hand()
    look_back()


def look_back() -> None:
    """Ask the networks for the sends of unknown outcome that are due to be asked for."""
    due = due_looks(at=clock.now())
    session.remove()  # no transaction stays open while a network answers
    for look in due:
        if not may_go_on():
            return
        found = look.look()
        with unit_of_work():
            actions.record_look(found, publication_id=look.publication_id, at=clock.now())
        crash_point("publishing.looked")
