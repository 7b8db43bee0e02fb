"""Approved replies that staff post on the network themselves; a part of the publishing lane."""

import logging
from collections.abc import Callable, Collection

from app.foundation import clock
from app.foundation.db import session, unit_of_work
from app.foundation.lanes import Lane, crash_point
from app.publishing import actions, by_hand, heard, queries
from app.publishing.models import Publication
from worker import careful
from worker.faults import NO_ROWS_FAULT, count_fault
from worker.pulse import clock_is_right
from worker.shift import may_go_on

log = logging.getLogger(__name__)


def hand_out_ready() -> None:
    """Hand out what is ready, one reply at a time; what does not leave its place is left to a later drain."""
    for row_id in by_hand.due_to_hand_out(at=clock.now()):
        if not (may_go_on() and clock_is_right()):
            return
        _hand_out(row_id)


def _hand_out(row_id: int) -> None:
    try:
        with unit_of_work():
            actions.hand_out(publication_id=row_id, at=clock.now())
        crash_point("publishing.handed_out")
    except NO_ROWS_FAULT:
        raise
    except Exception:
        log.exception("publication %s could not be handed out", row_id)
        count_fault(row_id)


def find_posted() -> None:
    """Note as posted what our account was heard to say although nobody brought its link, or knew of it."""
    _look_after(heard.may_have_been_posted(at=clock.now()), actions.find_posted)


def tell_doubles() -> None:
    """Ask a person to look at what was heard twice."""
    at = clock.now()
    _look_after(heard.may_stand_twice(since=at - queries.WATCHED_FOR, at=at), actions.tell_double)


def call_off_in_hand() -> None:
    """Look after what lies in somebody's hands and must not be posted any more."""
    _look_after(by_hand.in_hand(at=clock.now()), actions.call_off_in_hand)


def _look_after(row_ids: Collection[int], story: Callable[..., object]) -> None:
    session.remove()  # reading has begun a transaction; each row has one of its own
    careful.each(
        Lane.SWEEPS,
        Publication,
        row_ids,
        lambda row_id: story(publication_id=row_id, at=clock.now()),
        point="publishing.looked_after",
    )
