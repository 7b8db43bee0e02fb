"""The publishing lane: what is ready leaves, one row at a time; and the sweeps that look after what waits."""

import logging
import time
from collections.abc import Callable
from contextlib import suppress
from functools import partial
from typing import Final

from sqlalchemy.exc import IntegrityError, InterfaceError, OperationalError, SQLAlchemyError
from sqlalchemy.orm.exc import StaleDataError

from app.channels.errors import ChannelError, Transient
from app.channels.types import PreparedReply, Receipt
from app.foundation import clock
from app.foundation.db import session, unit_of_work
from app.foundation.lanes import crash_point
from app.publishing import actions
from app.publishing.limits import senders
from app.publishing.outgoing import LookBack, Outgoing
from app.publishing.queries import due_looks
from worker.apart import apart, named
from worker.faults import NO_ROWS_FAULT, count_fault
from worker.identity import is_gone, worker_id
from worker.lanes.by_hand import call_off_in_hand, find_posted, hand_out_ready, tell_doubles
from worker.lanes.removals import remove_asked
from worker.lookups import confirm_due
from worker.pulse import clock_is_right
from worker.shift import may_go_on

#: Whoever holds the network's answer holds it until the database is back: well over a restart, well under the lease, and
#: never longer than a row may be in hand of one who is told to stop.
RECORDING_LASTS_SECONDS: Final = 20.0
IN_HAND_SECONDS: Final = 45.0
RECORDING_PAUSES_SECONDS: Final = (0.2, 0.4, 0.8, 1.6)

log = logging.getLogger(__name__)


def drain_publishing() -> None:
    """Remove what is to be removed, hand out what is posted by hand, and send what is ready, one row at a time.

    A row that does not begin is left to a later drain.
    """
    worker = worker_id()
    others = named(remove_asked, hand_out_ready)
    apart({"burying the dead": partial(_bury_the_dead, worker), **others, "sending": partial(_send_ready, worker)})


def _send_ready(worker: str) -> None:
    passed: set[int] = set()
    row_id = _take(passed)
    while row_id is not None:
        outgoing = _begin(row_id, worker)
        if outgoing is None:  # it is no longer approved, a cord is pulled, or its account is busy
            passed.add(row_id)
            row_id = _take(passed)
            continue
        outcome = outgoing.say(keep=_keep)
        crash_point("publishing.said")
        row_id = _record(outcome, outgoing, passed) or _take(passed)


def _may_take() -> bool:
    return may_go_on() and clock_is_right()


def _take(passed: set[int]) -> int | None:
    """Take what may leave now; a post that was not seen on its network just now is asked for first."""
    if not _may_take():
        return None
    taken = _take_due(passed)
    if taken is None and confirm_due() and _may_take():
        taken = _take_due(passed)
    return taken


def _take_due(passed: set[int]) -> int | None:
    with unit_of_work():
        taken = actions.take_next(at=clock.now(), besides=passed)
    crash_point("publishing.taken")
    return taken


def _bury_the_dead(myself: str) -> None:
    """Call unknown at once what a killed publisher of this machine had in hand, and what this one could not write down.

    Their accounts need not wait for the lease. What killed too many of them is set aside.
    """
    gone = [worker for worker in senders() if worker == myself or is_gone(worker)]
    deadly = actions.deadly(at=clock.now())
    if (gone or deadly) and clock_is_right():
        with unit_of_work():
            actions.lose_overdue(at=clock.now(), gone=gone)
            actions.set_aside_deadly(deadly, at=clock.now())
        crash_point("publishing.buried")


def _begin(row_id: int, worker: str) -> Outgoing | None:
    """Claim a row that was taken. One on which our own code fails is counted and passed over; those behind it go on."""
    try:
        with unit_of_work():
            outgoing = actions.begin(publication_id=row_id, worker=worker, at=clock.now())
        if outgoing is not None:
            crash_point("publishing.begun")
        return outgoing
    except IntegrityError:  # another publisher speaks for this account at this very moment
        _put_down(row_id)
        return None
    except NO_ROWS_FAULT:
        _put_down(row_id)
        raise
    except Exception:
        log.exception("publication %s could not be begun", row_id)
        count_fault(row_id)
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


def _record(outcome: Receipt | ChannelError, outgoing: Outgoing, passed: set[int]) -> int | None:
    """Write the outcome down and take the next row with it; where our own code fails in that, the outcome is unknown."""
    try:
        return _write_down(outcome, outgoing, passed)
    except NO_ROWS_FAULT:
        raise
    except Exception as fault:
        log.exception("the outcome of publication %s could not be written: %s", outgoing.publication_id, outcome)
        unknown = Transient(f"our own program failed: {type(fault).__name__}", sent="maybe")
    with unit_of_work():
        _outcome_of(outgoing, unknown)
    crash_point("publishing.fault_recorded")
    return None


def _write_down(outcome: Receipt | ChannelError, outgoing: Outgoing, passed: set[int]) -> int | None:
    """Write the outcome down; a database that is away, or busy with the same mention, only makes us try again."""
    pauses = iter(RECORDING_PAUSES_SECONDS)
    ends_at = min(time.monotonic() + RECORDING_LASTS_SECONDS, outgoing.claimed_at + IN_HAND_SECONDS)
    while True:
        try:
            may_take = _may_take()
            with unit_of_work():
                _outcome_of(outgoing, outcome)
                taken = actions.take_next(at=clock.now(), besides=passed) if may_take else None
        except (StaleDataError, OperationalError, InterfaceError):
            if time.monotonic() > ends_at:
                raise
            log.warning("the outcome of publication %s could not be written yet", outgoing.publication_id)
            session.remove()
            time.sleep(next(pauses, RECORDING_PAUSES_SECONDS[-1]))
        else:
            crash_point("publishing.recorded")
            return taken


def _outcome_of(outgoing: Outgoing, outcome: Receipt | ChannelError) -> None:
    actions.record_outcome(
        outcome,
        publication_id=outgoing.publication_id,
        attempt=outgoing.attempt,
        worker=outgoing.worker,
        at=clock.now(),
    )


def sweep_publishing() -> None:
    """Look after what waits: overdue claims, holds that came and went, approvals too old, sends nobody is sure of."""
    stories = (
        *(actions.lose_overdue, actions.expire_old, actions.hold_covered, actions.resume_uncovered),
        actions.tell_left_standing,
        actions.forget_places,
    )
    by_row = named(find_posted, tell_doubles, call_off_in_hand, look_back)
    apart({story.__name__: partial(_tell, story) for story in stories} | by_row)


def _tell(story: Callable[..., object]) -> None:
    with unit_of_work():
        story(at=clock.now())
    crash_point(f"publishing.{story.__name__}")


def _begin_again(publication_id: int) -> bool:
    with unit_of_work():
        begun = actions.begin_again(publication_id=publication_id, at=clock.now())
    crash_point("publishing.begun_again")
    return begun


def look_back() -> None:
    """Ask the networks for the sends of unknown outcome that are due to be asked for."""
    due = due_looks(at=clock.now())
    session.remove()  # no transaction stays open while a network answers
    apart({f"looking for publication {look.publication_id}": partial(_look, look) for look in due})


def _look(look: LookBack) -> None:
    """Look for one; where our own code fails in that, it has seen nothing, and the next look is later than those behind it."""
    try:
        found = look.look(repeat=partial(_begin_again, look.publication_id), at=clock.now())
    except NO_ROWS_FAULT:
        raise
    except Exception as fault:
        log.exception("publication %s could not be looked for", look.publication_id)
        session.remove()
        found = Transient(f"our own program failed: {type(fault).__name__}")
    with unit_of_work():
        actions.record_look(found, publication_id=look.publication_id, at=clock.now())
    crash_point("publishing.looked")
