"""A page is kept before it is read; one that kills whoever reads it is passed over in the end."""

import logging
import os
import signal
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import timedelta
from functools import partial
from typing import Any, Final

from app.channels import raw_pages
from app.channels.types import Keep
from app.foundation import clock, stumbles
from app.foundation.db import Base, session, unit_of_work
from app.foundation.journal import Subject, record
from app.foundation.lanes import crash_point
from app.mentions.queries import LISTENING

#: Whoever reads one page for longer will not come to its end.
READING_LASTS_SECONDS: Final = 20.0
#: A list that showed a deadly page shows it again for a while, between pages that can be read.
SUSPECT_FOR: Final = timedelta(hours=1)

log = logging.getLogger(__name__)


class Deadly(Exception):
    """An answer kills whoever reads it; it was not read."""


@contextmanager
def page_of(connection_id: int, model: type[Base], row_id: int, *, read: Callable[[bytes], None]) -> Iterator[Keep]:
    """Hear and store one page of what this row asks for; whoever stores it writes down that it came back.

    The page is kept, and one death counted, before it is read. After three deaths, which may have had other causes, a
    process apart reads it first; if that one dies, the page is not read here.
    """

    def keep(raw: bytes) -> bool:
        with unit_of_work():
            raw_pages.hold(raw, connection_id=connection_id, at=clock.now())
            deaths = stumbles.count_death(LISTENING, _row(model, row_id), at=clock.now())
        crash_point("hearing.kept")
        if deaths < stumbles.DEATHS or survives(partial(read, raw)):
            return True
        log.error("listening: a page that kills whoever reads it is passed over")
        with unit_of_work():
            stumbles.suspect(LISTENING, _row(model, row_id), until=clock.now() + SUSPECT_FOR)
            record("page.set_aside", subject=_row(model, row_id), actor_id=None, at=clock.now(), size=len(raw))
        crash_point("hearing.set_aside")
        return False

    with _alive(LISTENING, model, row_id):
        yield keep


@contextmanager
def answer_of(lane: str, model: type[Base], row_id: int, *, read: Callable[[bytes], None]) -> Iterator[Keep]:
    """Hear and store what a network says of what is known already; it is guarded as a page is, but not kept.

    Raises:
        Deadly: it kills whoever reads it.
    """

    def keep(raw: bytes) -> bool:
        with unit_of_work():
            deaths = stumbles.count_death(lane, _row(model, row_id), at=clock.now())
        crash_point("hearing.counted")
        if deaths < stumbles.DEATHS or survives(partial(read, raw)):
            return True
        with unit_of_work():
            stumbles.suspect(lane, _row(model, row_id), until=clock.now() + SUSPECT_FOR)
        crash_point("hearing.suspected")
        raise Deadly

    with _alive(lane, model, row_id):
        yield keep


@contextmanager
def _alive(lane: str, model: type[Base], row_id: int) -> Iterator[None]:
    """Forget the deaths where an error ends it; whoever raises one lives."""
    try:
        yield
    except Exception:
        with unit_of_work():
            stumbles.came_back(lane, model.__tablename__, row_id, at=clock.now())
        crash_point("hearing.came_back")
        raise


def survives(work: Callable[[], None], *, within: float = READING_LASTS_SECONDS) -> bool:
    """Do it in a process apart; return whether that one came to its end, be it with an error."""
    child = os.fork()
    if not child:
        try:
            work()
        finally:
            os._exit(0)  # nothing of this process, its connections least of all, is the child's to close
    ends_at = time.monotonic() + within
    while time.monotonic() < ends_at:
        done, status = os.waitpid(child, os.WNOHANG)
        if done:
            return os.waitstatus_to_exitcode(status) == 0
        time.sleep(0.02)
    os.kill(child, signal.SIGKILL)
    os.waitpid(child, 0)
    return False


def _row(model: type[Base], row_id: int) -> Subject:
    row: Any = session.get_one(model, row_id)
    subject: Subject = row
    return subject
