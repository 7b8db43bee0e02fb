"""Replaying the tombstone log, and writing it: short transactions, as often as wanted."""

from app.foundation import clock
from app.foundation.db import session, unit_of_work
from app.foundation.lanes import crash_point
from app.foundation.recovery import active_recovery
from app.privacy import actions, queries
from app.privacy.log import LOG, Line

AT_ONCE = 200


def replay() -> int:
    """Erase again whatever the log names, and note it on the recovery in hand; return how many posts had come back."""
    lines = list(LOG.lines())
    erased = 0
    for start in range(0, len(lines), AT_ONCE):
        with unit_of_work():
            erased += actions.erase_again(lines[start : start + AT_ONCE], at=clock.now())
        crash_point("privacy.erased_again")
    recovery = active_recovery()
    if recovery is not None:
        with unit_of_work():
            actions.mark_replayed(recovery.id, erased=erased, at=clock.now())
        crash_point("privacy.replayed")
    return erased


def write_down() -> int:
    """Copy what was erased since into the log, in order; return how much. What a crash leaves unmarked is copied again."""
    rows = queries.unlogged(limit=AT_ONCE) if LOG.path else []
    lines = [Line(row.kind, row.network, row.account, row.external_id, row.erased_at.isoformat()) for row in rows]
    ids = [row.id for row in rows]
    session.commit()  # nothing was written: it only ends the transaction that reading began
    if not lines:
        return 0
    LOG.append(lines)
    crash_point("privacy.written_down")
    with unit_of_work():
        actions.mark_logged(ids, at=clock.now())
    crash_point("privacy.marked")
    return len(lines)
