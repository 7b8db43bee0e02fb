"""Approved replies that staff post on the network themselves; a part of the publishing lane."""

from app.foundation import clock
from app.foundation.db import unit_of_work
from app.foundation.lanes import crash_point
from app.publishing import actions
from app.publishing.by_hand import next_to_hand_out
from worker.pulse import clock_is_right
from worker.shift import may_go_on


def hand_out_ready() -> None:
    """Hand out what is ready, one reply at a time; what does not leave its place is left to a later drain."""
    while may_go_on() and clock_is_right() and (row_id := next_to_hand_out(at=clock.now())):
        with unit_of_work():
            handed = actions.hand_out(publication_id=row_id, at=clock.now())
        crash_point("publishing.handed_out")
        if not handed:
            return
