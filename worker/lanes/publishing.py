"""The publishing lane: what is ready leaves, one row at a time; and the sweeps that look after what waits."""

import logging
import time
from collections.abc import Callable
from contextlib import suppress
from functools import partial
from typing import Final

from rq.timeouts import BaseTimeoutException
from sqlalchemy.exc import InterfaceError, OperationalError, SQLAlchemyError
from sqlalchemy.orm.exc import StaleDataError

from app.channels.errors import ChannelError
from app.channels.types import PreparedReply, Receipt
from app.foundation import clock
from app.foundation.db import session, unit_of_work
from app.foundation.lanes import crash_point
from app.publishing import actions
from app.publishing.limits import senders
from app.publishing.outgoing import Outgoing
from app.publishing.queries import due_looks, next_ready
from worker.identity import is_gone, worker_id
from worker.lanes.by_hand import hand_out_ready, sweep_by_hand
from worker.lanes.removals import remove_asked
from worker.lookups import confirm_due
from worker.pulse import clock_is_right
from worker.shift import may_go_on

RECORDING_TRIES: Final = 4
RECORDING_PAUSE_SECONDS: Final = 0.2
#: What befalls the database, or the time that a job has.
_NO_ROWS_FAULT: Final = (OperationalError, InterfaceError, BaseTimeoutException)

log = logging.getLogger(__name__)


def drain_publishing() -> None:
    """Remove what is to be removed, hand out what is posted by hand, and send what is ready, one row at a time.

    A row that does not begin is left to a later drain.
    """
    _bury_the_dead()
    _apart(remove_asked)
    _apart(hand_out_ready)
    passed: set[int] = set()
    worker = worker_id()
    while may_go_on() and (row_id := _next(passed)) and clock_is_right():
        outgoing = _begin(row_id, worker)
        if outgoing is None:  # somebody else has it, it is no longer approved, or a cord is pulled
            passed.add(row_id)
            continue
        outcome = outgoing.say(keep=_keep)
        crash_point("publishing.said")
        _record(outcome, outgoing)
    session.remove()


def _apart(work: Callable[[], None]) -> None:
    """Do other work of this lane; where our own code fails in it, the replies behind it leave all the same."""
    try:
        work()
    except _NO_ROWS_FAULT:
        raise
    except Exception:
        log.exception("%s failed", work.__name__)
        session.remove()


def _next(passed: set[int]) -> int | None:
    """Return what may leave now; a post that was not seen on its network just now is asked for first."""
    ready = next_ready(at=clock.now(), besides=passed)
    if ready is None and confirm_due():
        ready = next_ready(at=clock.now(), besides=passed)
    return ready


def _bury_the_dead() -> None:
    """Call unknown at once what a killed publisher of this machine had in hand: its account need not wait for the lease."""
    gone = [worker for worker in senders() if is_gone(worker)]
    if gone:
        with unit_of_work():
            actions.lose_overdue(at=clock.now(), gone=gone)
        crash_point("publishing.buried")


def _begin(row_id: int, worker: str) -> Outgoing | None:
    """Take a row and claim it. One on which our own code fails is counted and passed over, and those behind it go on."""
    with unit_of_work():
        taken = actions.take(publication_id=row_id, at=clock.now())
    crash_point("publishing.taken")
    if not taken:
        return None
    try:
        with unit_of_work():
            outgoing = actions.begin(publication_id=row_id, worker=worker, at=clock.now())
        if outgoing is not None:
            crash_point("publishing.begun")
        return outgoing
    except _NO_ROWS_FAULT:
        _put_down(row_id)
        raise
    except Exception:
        log.exception("publication %s could not be begun", row_id)
    with unit_of_work():
        actions.count_fault(publication_id=row_id, at=clock.now())
    crash_point("publishing.fault_counted")
    return None


def _keep(outgoing: Outgoing, prepared: PreparedReply) -> bool:
    with unit_of_work():
        kept = actions.keep_prepared(prepared, outgoing=outgoing)
    crash_point("publishing.kept")
    return kept


def _put_down(row_id: int) -> None:
    """Say that nobody has died over it, if the database takes that much; otherwise one death too many is counted."""
    with suppress(SQLAlchemyError), unit_of_work():
        actions.put_down(publication_id=row_id)
    crash_point("publishing.put_down")


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
    for story in (actions.lose_overdue, actions.expire_old, actions.hold_covered, actions.forget_places):
        with unit_of_work():
            story(at=clock.now())
        crash_point(f"publishing.{story.__name__}")
    with unit_of_work():
        actions.resume_uncovered(by_id=None, at=clock.now())
    crash_point("publishing.resumed")
    sweep_by_hand()
    look_back()


def _begin_again(publication_id: int) -> bool:
    with unit_of_work():
        begun = actions.begin_again(publication_id=publication_id, at=clock.now())
    crash_point("publishing.begun_again")
    return begun


def look_back() -> None:
    """Ask the networks for the sends of unknown outcome that are due to be asked for."""
    due = due_looks(at=clock.now())
    session.remove()  # no transaction stays open while a network answers
    for look in due:
        if not may_go_on():
            return
        found = look.look(repeat=partial(_begin_again, look.publication_id), at=clock.now())
        with unit_of_work():
            actions.record_look(found, publication_id=look.publication_id, at=clock.now())
        crash_point("publishing.looked")
