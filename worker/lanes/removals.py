"""Public replies that somebody wants off their networks; a part of the publishing lane."""

import logging
from contextlib import suppress
from functools import partial
from typing import Final

from sqlalchemy.exc import SQLAlchemyError
from sqlalchemy.orm.exc import StaleDataError

from app.foundation import clock
from app.foundation.db import session, unit_of_work
from app.foundation.lanes import crash_point
from app.publishing import actions
from app.publishing.outgoing import Removal
from app.publishing.pasted import Seen
from app.publishing.queries import due_removals
from app.rewards import actions as rewards
from worker.apart import apart
from worker.faults import NO_ROWS_FAULT
from worker.shift import at_most

#: Less than a hanging network takes for one of them: the replies that wait behind must have their turn in every round.
REMOVING_SECONDS: Final = 10.0

log = logging.getLogger(__name__)


def remove_asked() -> None:
    """Remove what is to be removed, one reply at a time; one that cannot be claimed is left to a later drain."""
    due = due_removals(at=clock.now())
    session.remove()  # no transaction stays open while a network answers
    with at_most(REMOVING_SECONDS):
        apart({f"removing publication {row_id}": partial(_remove, row_id) for row_id in due})


def _remove(row_id: int) -> None:
    with unit_of_work():
        removal = actions.begin_removal(publication_id=row_id, at=clock.now())
    crash_point("publishing.removal_begun")
    if removal is not None:
        _try(removal)


def _try(removal: Removal) -> None:
    """Make it; one on which our own code fails is counted and passed over."""
    try:
        _make(removal)
    except (StaleDataError, *NO_ROWS_FAULT):
        with suppress(SQLAlchemyError), unit_of_work():
            actions.put_down_removal(publication_id=removal.publication_id, at=clock.now())
        crash_point("publishing.removal_put_down")
        raise
    except Exception:
        log.exception("publication %s could not be removed", removal.publication_id)
        session.remove()
        with unit_of_work():
            actions.count_removal_fault(publication_id=removal.publication_id, at=clock.now())
        crash_point("publishing.removal_fault_counted")


def _make(removal: Removal) -> None:
    outcome = removal.make()
    crash_point("publishing.removal_made")
    with unit_of_work():
        actions.put_down_removal(publication_id=removal.publication_id, at=clock.now())
        if isinstance(outcome, int):
            actions.charge_removal(removal, units=outcome, at=clock.now())
            rewards.follow_removal(publication_id=removal.publication_id, at=clock.now())
        elif isinstance(outcome, Seen):
            actions.refuse_removal(removal, outcome, at=clock.now())
        else:
            actions.put_off_removal(removal, outcome, at=clock.now())
    crash_point("publishing.removal_recorded")
