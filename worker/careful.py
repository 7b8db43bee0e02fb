"""Rows taken one by one, so that none of them can stop those behind it."""

import logging
from collections.abc import Callable, Collection, Iterable
from typing import Any

from rq.timeouts import BaseTimeoutException
from sqlalchemy.exc import InterfaceError, OperationalError
from sqlalchemy.orm.exc import StaleDataError

from app.foundation import clock, stumbles
from app.foundation.db import Base, session, unit_of_work
from app.foundation.faults import is_about_storage, is_passing
from app.foundation.journal import Subject
from app.foundation.lanes import crash_point
from worker.shift import may_go_on

TRIES = 3

log = logging.getLogger(__name__)


def each_due(
    lane: str,
    model: type[Base],
    due: Callable[[], Collection[int]],
    work: Callable[[int], object],
    *,
    point: str,
) -> None:
    """Do ``work`` on each row that is due, batch after batch as ``due`` tells them, until none is left."""
    while may_go_on() and (ids := due()):
        each(lane, model, ids, work, point=point)


def each(
    lane: str,
    model: type[Base],
    ids: Iterable[int],
    work: Callable[[int], object],
    *,
    point: str,
    deadly: bool = False,
) -> None:
    """Do ``work`` on each row in a unit of work of its own, until told to stop; ``point`` is the place to crash at.

    A row on which it fails is counted, left alone for a while and set aside in the end; with ``deadly`` a row that kills
    the process is, too. What is the database's trouble, and not the row's, is raised.
    """
    for row_id in ids:
        if not may_go_on():
            return
        one(lane, model, row_id, work, point=point, deadly=deadly)


def one(
    lane: str, model: type[Base], row_id: int, work: Callable[[int], object], *, point: str, deadly: bool = False
) -> None:
    """Do ``work`` on one row, as ``each`` does, though told to stop: it is in hand."""
    if deadly and not _taken(lane, model, row_id):
        return
    try:
        _do(work, row_id)
        if deadly:
            _forget(lane, model, row_id)
    except BaseTimeoutException:  # the job's time is over; the row in hand has done nothing wrong
        raise
    except Exception as error:
        if is_about_storage(error) or isinstance(error, OperationalError | InterfaceError | StaleDataError):
            raise
        log.exception("%s stumbled over row %s of %s", lane, row_id, model.__tablename__)
        stumbled(lane, model, row_id)
    crash_point(point)


def _do(work: Callable[[int], object], row_id: int) -> None:
    """Do it; somebody who was in the way only makes us try again."""
    for tries_left in reversed(range(TRIES)):
        try:
            with unit_of_work():
                work(row_id)
        except Exception as error:
            if not tries_left or not is_passing(error):
                raise
        else:
            crash_point("careful.done")
            return


def _forget(lane: str, model: type[Base], row_id: int) -> None:
    with unit_of_work():
        stumbles.forget(lane, model.__tablename__, [row_id])
    crash_point("careful.forgotten")


def _taken(lane: str, model: type[Base], row_id: int) -> bool:
    with unit_of_work():
        taken = stumbles.note_taken(lane, _row(model, row_id), at=clock.now())
    crash_point("careful.taken")
    return taken


def stumbled(lane: str, model: type[Base], row_id: int) -> None:
    """Count a fault of our own against a row; after the fifth it is set aside."""
    with unit_of_work():
        stumbles.note_error(lane, _row(model, row_id), at=clock.now())
    crash_point("careful.stumbled")


def set_aside(lane: str, model: type[Base], row_id: int) -> None:
    """Take a row no more that kills whoever takes it; a person looks at it."""
    with unit_of_work():
        stumbles.set_aside(lane, _row(model, row_id), at=clock.now())
    crash_point("careful.set_aside")


def _row(model: type[Base], row_id: int) -> Subject:
    row: Any = session.get_one(model, row_id)
    subject: Subject = row
    return subject
