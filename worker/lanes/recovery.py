"""What keeps and brings back: erasures are copied outside the database, and after a restore the networks are read."""

from functools import partial

from app.foundation import clock
from app.foundation.db import session, unit_of_work
from app.foundation.lanes import crash_point
from app.foundation.recovery import active_recovery
from app.privacy.replay import replay, write_down
from app.publishing import actions
from app.publishing.timelines import ReadBack, Timeline, due_read_backs
from app.rewards import actions as rewards
from worker.apart import apart
from worker.shift import is_stopping, may_go_on


def log_tombstones() -> None:
    """Copy what was erased into the log outside the database, until nothing is left."""
    while may_go_on() and write_down():
        pass


def reconcile() -> None:
    """While a recovery is active: erase again what was erased, read our own posts everywhere, and end it when all is read."""
    recovery = active_recovery()
    if recovery is None:
        return
    if recovery.replayed_at is None:
        replay()
    due = due_read_backs(at=clock.now())
    session.remove()  # no transaction stays open while a network answers
    stories = {f"reading connection {one.connection_id} back": partial(_read_back, one) for one in due}
    apart({**stories, "ending the recovery": _end})


def _read_back(read_back: ReadBack) -> None:
    began_at = clock.now()
    outcome = read_back.read(going_on=lambda: not is_stopping())
    for publication_id in outcome.gone if isinstance(outcome, Timeline) else ():
        with unit_of_work():
            rewards.follow_removal(publication_id=publication_id, at=clock.now())
        crash_point("recovery.removed")
    with unit_of_work():
        actions.record_read_back(outcome, read_back, began_at=began_at, at=clock.now())
    crash_point("recovery.read")


def _end() -> None:
    with unit_of_work():
        actions.end_when_read(at=clock.now())
    crash_point("recovery.ended")
