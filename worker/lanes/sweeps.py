"""The sweeps lane: whatever waits too long is looked after, Redis or not, one story after the other."""

import logging
from collections.abc import Callable
from typing import Final

from app.channels import raw_pages
from app.feed import actions as feed
from app.feed import overdue
from app.feed.models import Claim
from app.foundation import clock, heartbeats
from app.foundation.db import session, unit_of_work
from app.foundation.events import sweep_events
from app.foundation.lanes import Lane, crash_point
from app.foundation.terms import chosen
from app.mentions.models import Mention
from app.notices import actions as notices
from app.replies.models import Reply
from app.reviews import actions as reviews
from app.reviews.queries import unreviewed
from app.rewards import actions as rewards
from worker import careful
from worker.lanes.publishing import sweep_publishing
from worker.lanes.recovery import log_tombstones, reconcile
from worker.pulse import clock_is_right
from worker.shift import may_go_on

#: Rows looked up at once; each is a transaction of its own.
BATCH: Final = 100

log = logging.getLogger(__name__)


def expire_claims() -> None:
    """End the claims whose time is over; their posts are free again and their drafts stay."""
    while may_go_on() and (due := overdue.lapsed_claims(at=clock.now(), limit=BATCH)):
        careful.each(
            Lane.SWEEPS,
            Claim,
            due,
            lambda claim_id: feed.expire_claim(claim_id=claim_id, at=clock.now()),
            point="sweeps.claim_expired",
        )


def keep_the_promise() -> None:
    """Give staff the questions which the crowd did not answer while there was time, and let old hellos go."""
    terms = chosen()
    while may_go_on() and (due := overdue.unanswered(since=clock.now() - terms.crowds, at=clock.now(), limit=BATCH)):
        careful.each(
            Lane.SWEEPS,
            Mention,
            due,
            lambda mention_id: feed.hand_over_unanswered(mention_id=mention_id, at=clock.now()),
            point="sweeps.handed_over",
        )
    while may_go_on() and (due := overdue.old_hellos(since=clock.now() - terms.hello, at=clock.now(), limit=BATCH)):
        careful.each(
            Lane.SWEEPS,
            Mention,
            due,
            lambda mention_id: feed.expire_hello(mention_id=mention_id, at=clock.now()),
            point="sweeps.hello_expired",
        )


def escalate_unreviewed() -> None:
    """Give staff the posts of replies that nobody reviewed in time."""
    while may_go_on() and (due := unreviewed(since=clock.now() - chosen().review, at=clock.now(), limit=BATCH)):
        careful.each(
            Lane.SWEEPS,
            Reply,
            due,
            lambda reply_id: reviews.escalate_overdue(reply_id=reply_id, at=clock.now()),
            point="sweeps.review_escalated",
        )


def forget_events() -> None:
    """Delete live events that no page can want any more, signs of life of machines that are long gone, old pages and notices."""
    with unit_of_work():
        sweep_events(at=clock.now())
        heartbeats.forget_old(at=clock.now())
        raw_pages.sweep(at=clock.now())
        notices.forget_old(at=clock.now())
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
    keep_the_promise,
    escalate_unreviewed,
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
