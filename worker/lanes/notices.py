"""The notices lane: what people and machines must be told leaves, one notice at a time."""

import logging

from app.foundation import clock
from app.foundation.db import session, unit_of_work
from app.foundation.lanes import crash_point
from app.notices import actions
from app.notices.queries import next_due
from worker.shift import may_go_on

log = logging.getLogger(__name__)


def drain_notices() -> None:
    """Tell what is due. One that dies between telling and noting it tells again: being told twice does no harm."""
    while may_go_on() and (notice_id := next_due(at=clock.now())):
        with unit_of_work():
            delivery = actions.take_up(notice_id=notice_id, at=clock.now())
        crash_point("notices.taken_up")
        if delivery is None:
            continue
        problem = delivery.deliver(at=clock.now())
        crash_point("notices.told")
        if problem:
            log.warning("notice %s did not leave: %s", notice_id, problem)
        with unit_of_work():
            actions.record_outcome(delivery, problem=problem, at=clock.now())
        crash_point("notices.recorded")
    session.remove()
