"""The journal's chain: lines are sealed within seconds, its head is written down outside, and all of it is checked daily."""

import logging
from datetime import datetime, timedelta
from typing import Final

from sqlalchemy.exc import IntegrityError

from app.foundation import clock, seals
from app.foundation.db import session, unit_of_work
from app.foundation.heads import HEADS, check_heads
from app.foundation.lanes import crash_point
from app.foundation.seals import JournalCheck, Place
from app.foundation.tasks import TaskKind, open_task, settle_tasks
from app.foundation.words import _
from worker.shift import at_most, may_go_on

AT_ONCE: Final = 1_000
CHECKED_EVERY: Final = timedelta(days=1)
#: The other sweeps have their turn in between.
SECONDS: Final = 5.0

log = logging.getLogger(__name__)


def seal_journal() -> None:
    """Seal the journal's new lines, and write the head of the chain down."""
    with at_most(SECONDS):
        while may_go_on() and _seal():
            pass
    head = seals.newest()
    session.remove()
    HEADS.note(head, at=clock.now())


def _seal(*, however_late: bool = False) -> bool:
    lines = seals.unsealed(limit=AT_ONCE, however_late=however_late)
    session.commit()  # nothing was written: it only ends the transaction that reading began
    if not lines:
        return False
    try:
        with unit_of_work():
            seals.seal(lines)
    except IntegrityError:
        log.info("another process seals the journal")
        return False
    crash_point("journal.sealed")
    return True


def check_journal() -> None:
    """Check the whole chain once a day, bit by bit; what does not hold is for a person to look at."""
    with at_most(SECONDS):
        while may_go_on() and _check():
            pass
    session.remove()


def _check() -> bool:
    """Check the next stretch; return whether more is to be checked now."""
    under_way = session.get(JournalCheck, 1)
    at = clock.now()
    if under_way is None or under_way.ended_at is not None:
        if under_way is not None and under_way.began_at > at - CHECKED_EVERY:
            return False
        _seal(however_late=True)
        with unit_of_work():
            seals.begin_check(at=at)
        crash_point("journal.check_begun")
        return True
    before = Place(under_way.number, under_way.digest)
    found = seals.check(before, limit=AT_ONCE)
    at_end = found.place == before
    faults = check_heads()[1] if at_end else found.faults
    with unit_of_work():
        checked = session.get_one(JournalCheck, 1, with_for_update=True)
        if checked.ended_at is not None or checked.number != before.number:
            return False  # another process checks too, and is ahead: what it found is not counted twice
        checked.number, checked.digest = found.place.number, found.place.digest
        checked.note(faults)
        if at_end:
            checked.ended_at = at
            _tell(checked, at=at)
    crash_point("journal.checked")
    return not at_end


def _tell(checked: JournalCheck, *, at: datetime) -> None:
    # What was told before may be less than what is found now.
    settle_tasks(TaskKind.JOURNAL, checked, by_id=None, at=at)
    if checked.faults:
        log.error("the journal's chain does not hold in %s places: %s", checked.faults, checked.said)
        more = _("%(count)s places of the journal do not hold; the first:", count=checked.faults)
        message = f"{more} {checked.said}" if checked.faults > seals.TOLD else checked.said
        open_task(TaskKind.JOURNAL, subject=checked, message=message, at=at)
