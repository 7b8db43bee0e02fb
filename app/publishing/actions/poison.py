"""Publications that kill their worker, or on which our own code fails, before anything is sent: counted, then set aside."""

from collections.abc import Collection
from datetime import datetime, timedelta

from sqlalchemy import ColumnElement, and_, case, or_, update

from app.foundation.db import session
from app.foundation.events import EventType, announce
from app.foundation.journal import record
from app.foundation.tasks import TaskKind, open_task
from app.foundation.words import _
from app.publishing import queries
from app.publishing.actions.stopping import give_back
from app.publishing.models import PUBLICATION_LIFECYCLE, Publication
from app.publishing.moves import move, write

DEATHS = 3
FAULTS = 5
#: Claiming takes milliseconds; who has not claimed, nor put it down, after so long has died over it.
TAKEN_LASTS = timedelta(seconds=20)
FIRST_PAUSE = timedelta(seconds=2)


def take_next(*, at: datetime, besides: Collection[int] = ()) -> int | None:
    """Find what is to begin next, and write down that a worker has it in hand; None when nothing is due.

    This must be committed before ``begin``: a death leaves it taken, and so is counted by whoever takes it next.
    """
    free = or_(Publication.taken_at.is_(None), and_(_left_behind(at), ~_one_too_many()))
    due = queries.next_ready(at=at, besides=besides).where(free).scalar_subquery()
    deaths = case((Publication.taken_at.is_not(None), Publication.deaths + 1), else_=Publication.deaths)
    taken = update(Publication).where(Publication.id == due).values(taken_at=at, deaths=deaths)
    return session.scalar(taken.returning(Publication.id), execution_options={"synchronize_session": False})


def deadly(*, at: datetime) -> list[int]:
    """Return what was left behind by too many deaths."""
    return queries.ids_of(_waits(), _left_behind(at), _one_too_many())


def set_aside_deadly(publication_ids: Collection[int], *, at: datetime) -> None:
    """Take what kills out of the line, and ask a person to look."""
    for publication_id in publication_ids:
        if move("quarantine", publication_id, _left_behind(at), _one_too_many(), taken_at=None):
            _set_aside(publication_id, _("Sending this reply stopped the program three times."), at)


def put_down(*, publication_id: int) -> None:
    """Nothing was claimed, and nobody died over it."""
    write(publication_id, taken_at=None)


def count_fault(*, publication_id: int, at: datetime) -> None:
    """Our own code failed on it before it was claimed: try again a little later, and set it aside after so many times."""
    if move("quarantine", publication_id, Publication.faults >= FAULTS - 1, taken_at=None):
        _set_aside(publication_id, _("Our own program failed on this reply five times."), at)
        return
    pause = case({number: at + FIRST_PAUSE * 2**number for number in range(FAULTS)}, value=Publication.faults)
    write(publication_id, _waits(), taken_at=None, faults=Publication.faults + 1, next_try_at=pause)


def _waits() -> ColumnElement[bool]:
    return Publication.status.in_(PUBLICATION_LIFECYCLE.froms("begin"))


def _left_behind(at: datetime) -> ColumnElement[bool]:
    return Publication.taken_at <= at - TAKEN_LASTS


def _one_too_many() -> ColumnElement[bool]:
    return Publication.deaths >= DEATHS - 1


def _set_aside(publication_id: int, why: str, at: datetime) -> None:
    publication = queries.whole(publication_id)
    open_task(TaskKind.POISON, subject=publication, message=why, at=at)
    record("publication.quarantined", subject=publication, actor_id=None, at=at)
    announce(EventType.COUNTS, subject_id=None, at=at)
    give_back(publication, at=at)
