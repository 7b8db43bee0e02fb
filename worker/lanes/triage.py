"""The triage lane: batches of what was heard, until nothing waits."""

from app.foundation import clock
from app.foundation.db import unit_of_work
from app.foundation.lanes import crash_point
from app.publishing.actions import read_edited
from app.triage import actions
from worker.apart import apart, named
from worker.shift import may_go_on


def drain_triage() -> None:
    """Sort what was heard, and read again what was edited since."""
    apart(named(sort_waiting, reread_edited))


def sort_waiting() -> None:
    """Sort what waits, 200 posts a transaction; a batch that is cut short is simply still waiting."""
    while may_go_on():
        with unit_of_work():
            limit = actions.begin(at=clock.now())
        crash_point("triage.marked")
        with unit_of_work():
            crash_point("triage.begun")
            count = actions.triage_waiting(at=clock.now(), limit=limit)
        crash_point("triage.sorted")
        if count < limit or not limit:
            return


def reread_edited() -> None:
    """Read what was edited in somebody's hands again, one at a time, each marked before it is read."""
    while may_go_on():
        with unit_of_work():
            mention_id = actions.begin_edited(at=clock.now())
        if mention_id is None:
            return
        crash_point("triage.edition_marked")
        with unit_of_work():
            read_edited(mention_id=mention_id, at=clock.now())
        crash_point("triage.edition_read")
