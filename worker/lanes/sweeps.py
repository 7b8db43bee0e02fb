"""The sweeps lane: whatever waits too long is looked after, Redis or not, one story after the other."""

from collections.abc import Callable
from functools import partial
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
from app.spikes import actions as spikes
from app.spikes.standing import standings
from app.triage import doubts, listening
from app.triage.likeness import actions as likeness
from app.triage.models import Doubt
from app.triage.sorting import actions as sorting
from app.triage.sorting.measuring import measure
from worker import careful
from worker.apart import apart, named
from worker.lanes.journal import check_journal, seal_journal
from worker.lanes.publishing import sweep_publishing
from worker.lanes.recovery import log_tombstones, reconcile
from worker.pulse import clock_is_right
from worker.shift import at_most, may_go_on

#: Rows looked up at once; each is a transaction of its own.
BATCH: Final = 100
#: Eight weeks of posts are counted bit by bit; the other sweeps have their turn in between.
COUNTING_SECONDS: Final = 10.0


def expire_claims() -> None:
    """End the claims whose time is over; their posts are free again and their drafts stay."""
    careful.each_due(
        Lane.SWEEPS,
        Claim,
        lambda: overdue.lapsed_claims(at=clock.now(), limit=BATCH),
        lambda claim_id: feed.expire_claim(claim_id=claim_id, at=clock.now()),
        point="sweeps.claim_expired",
    )


def stop_waiting_for_listeners() -> None:
    """Let the posts go on that triage was unsure of and no listener took in time."""
    careful.each_due(
        Lane.SWEEPS,
        Doubt,
        lambda: doubts.overdue(since=clock.now() - chosen().asking, at=clock.now(), limit=BATCH),
        lambda doubt_id: listening.pass_on(doubt_id=doubt_id, at=clock.now()),
        point="sweeps.doubt_passed_on",
    )


def keep_the_promise() -> None:
    """Give staff the questions which the crowd did not answer while there was time, and let old hellos go."""
    apart(named(hand_over_unanswered, expire_hellos))


def hand_over_unanswered() -> None:
    """Give staff the questions which the crowd did not answer while there was time."""
    terms = chosen()
    careful.each_due(
        Lane.SWEEPS,
        Mention,
        lambda: overdue.unanswered(since=clock.now() - terms.crowds, at=clock.now(), limit=BATCH),
        lambda mention_id: feed.hand_over_unanswered(mention_id=mention_id, at=clock.now()),
        point="sweeps.handed_over",
    )


def expire_hellos() -> None:
    """Let the hellos go that nobody has answered for long."""
    terms = chosen()
    careful.each_due(
        Lane.SWEEPS,
        Mention,
        lambda: overdue.old_hellos(since=clock.now() - terms.hello, at=clock.now(), limit=BATCH),
        lambda mention_id: feed.expire_hello(mention_id=mention_id, at=clock.now()),
        point="sweeps.hello_expired",
    )


def escalate_unreviewed() -> None:
    """Give staff the posts of replies that nobody reviewed in time."""
    careful.each_due(
        Lane.SWEEPS,
        Reply,
        lambda: unreviewed(since=clock.now() - chosen().review, at=clock.now(), limit=BATCH),
        lambda reply_id: reviews.escalate_overdue(reply_id=reply_id, at=clock.now()),
        point="sweeps.review_escalated",
    )


def forget_old() -> None:
    """Delete live events that no page can want any more, signs of life of machines that are long gone, old pages, notices and counts."""
    stories = {
        "live events": sweep_events,
        "signs of life": heartbeats.forget_old,
        "pages": raw_pages.sweep,
        "notices": notices.forget_old,
        "counts": spikes.forget_old,
        "keys": likeness.forget_old_keys,
    }
    apart({f"forgetting old {what}": partial(_forget, story) for what, story in stories.items()})


def _forget(story: Callable[..., object]) -> None:
    with unit_of_work():
        story(at=clock.now())
    crash_point("sweeps.forgotten")


def compare_balances() -> None:
    """Compare balances with their ledgers, a batch at a time; each comes up once a day."""
    while may_go_on():
        with unit_of_work():
            compared = rewards.compare_balances(at=clock.now())
        if not compared:
            return
        crash_point("sweeps.balances_compared")


def watch_heard() -> None:
    """Count what was sorted, and look for spikes once all of it is counted."""
    with at_most(COUNTING_SECONDS):
        is_more = True
        while is_more:
            if not may_go_on():
                return
            with unit_of_work():
                is_more = spikes.count_sorted(at=clock.now())
            crash_point("sweeps.heard_counted")
    at = clock.now()
    if spikes.is_due(at=at):
        found = standings(zone=chosen().zone, at=at)  # takes a while, and locks nobody out
        with unit_of_work():
            spikes.watch(found, at=at)
        crash_point("sweeps.heard_judged")


def look_at_sorting() -> None:
    """Find out what each step of sorting would do, and what people's corrections tell, some times a day."""
    at = clock.now()
    if not sorting.is_due(at=at):
        return
    found = measure(at=at)  # takes a while, and locks nobody out
    with unit_of_work():
        sorting.keep(found, at=at)
    crash_point("sweeps.sorting_measured")


#: Every sweep of the house; each opens its own units of work.
SWEEPS: Final[tuple[Callable[[], None], ...]] = (
    log_tombstones,
    reconcile,
    expire_claims,
    stop_waiting_for_listeners,
    keep_the_promise,
    escalate_unreviewed,
    sweep_publishing,
    forget_old,
    compare_balances,
    seal_journal,
    check_journal,
    watch_heard,
    look_at_sorting,
)


def drain_sweeps() -> None:
    """Run every sweep once; one that fails does not keep the others from running."""
    if not clock_is_right():  # what waits is judged by the time
        session.remove()
        return
    apart(named(*SWEEPS))
