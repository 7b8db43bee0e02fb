"""Public replies that somebody wants off their networks; a part of the publishing lane."""

from app.foundation import clock
from app.foundation.db import session, unit_of_work
from app.foundation.lanes import crash_point
from app.publishing import actions
from app.publishing.outgoing import Removal
from app.publishing.queries import next_removal
from app.rewards import actions as rewards
from worker.shift import may_go_on


def remove_asked() -> None:
    """Remove what is to be removed, one reply at a time; one that cannot be claimed is left to a later drain."""
    passed: set[int] = set()
    while may_go_on() and (row_id := next_removal(at=clock.now(), besides=passed)):
        passed.add(row_id)
        with unit_of_work():
            removal = actions.begin_removal(publication_id=row_id, at=clock.now())
        crash_point("publishing.removal_begun")
        if removal is not None:
            _remove(removal)
    session.remove()


def _remove(removal: Removal) -> None:
    outcome = removal.make()
    crash_point("publishing.removal_made")
    with unit_of_work():
        if isinstance(outcome, int):
            actions.charge_removal(removal, units=outcome, at=clock.now())
            rewards.follow_removal(publication_id=removal.publication_id, at=clock.now())
        else:
            actions.put_off_removal(removal, outcome, at=clock.now())
    crash_point("publishing.removal_recorded")
