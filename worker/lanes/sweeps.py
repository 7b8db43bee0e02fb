"""The sweeps lane: whatever waits too long is looked after, Redis or not, one story after the other."""

import logging
from collections.abc import Callable
from typing import Final

from app.feed import actions as feed
from app.foundation import clock, heartbeats
from app.foundation.db import session, unit_of_work
from app.foundation.events import sweep_events
from app.foundation.lanes import crash_point
from app.rewards import actions as rewards
from worker.lanes.publishing import sweep_publishing
from worker.lanes.recovery import log_tombstones, reconcile
from worker.pulse import clock_is_right
from worker.shift import may_go_on

log = logging.getLogger(__name__)


def expire_claims() -> None:
    """End the claims whose time is over, a batch at a time; their posts are free again and their drafts stay."""
    while may_go_on():
        with unit_of_work():
            ended = feed.expire_claims(at=clock.now())
        if not ended:
            return
        crash_point("sweeps.claims_expired")


def forget_events() -> None:
    """Delete live events that no page can want any more, and signs of life of machines that are long gone."""
    with unit_of_work():
        sweep_events(at=clock.now())
        heartbeats.forget_old(at=clock.now())
    crash_point("sweeps.events_forgotten")


def compare_balances() -> None:
    """Compare balances with their ledgers, a batch at a time; each comes up once a day."""
    while may_go_on():
        with unit_of_work():
            compared = rewards.compare_balances(at=clock.now())
        if not compared:
            return
        crash_point("sweeps.balances_compared")


#: Every sweep of the house; each opens its own units of work.
SWEEPS: Final[tuple[Callable[[], None], ...]] = (
    log_tombstones,
    reconcile,
    expire_claims,
    sweep_publishing,
    forget_events,
    compare_balances,
)


def drain_sweeps() -> None:
    """Run every sweep once; one that fails does not keep the others from running."""
    if not clock_is_right():  # what waits is judged by the time
        session.remove()
        return
    faults = []
    for sweep in SWEEPS:
        if not may_go_on():
            break
        try:
            sweep()
        except Exception as fault:
            log.exception("%s failed", sweep.__name__)
            faults.append(fault)
        finally:
            session.remove()
    if faults:
        raise faults[0]
