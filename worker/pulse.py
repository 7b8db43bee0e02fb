"""The sign of life each process gives, and whether its clock may be trusted."""

import logging
import socket
import time
from datetime import datetime, timedelta
from typing import Final

from sqlalchemy.exc import SQLAlchemyError

from app.foundation import clock, heartbeats
from app.foundation.db import session, unit_of_work
from app.foundation.heartbeats import APART_AT_MOST
from app.foundation.lanes import crash_point

BEAT_SECONDS: Final = 10.0
COMPARED_SECONDS: Final = 1.0

_beaten: dict[str, float] = {}
_trusted = True
#: When the clocks were compared last, and how far this one was ahead of the time since the machine started.
_compared = (-COMPARED_SECONDS, 0.0)

log = logging.getLogger(__name__)


def beat(process: str) -> None:
    """Give a sign of life, at most one each ten seconds; call it outside a unit of work."""
    if is_due(process):
        beat_now(process)


def is_due(process: str) -> bool:
    """Say whether it is time for the next sign of life, and take it for given."""
    now = time.monotonic()
    if now - _beaten.get(process, -BEAT_SECONDS) < BEAT_SECONDS:
        return False
    _beaten[process] = now
    return True


def beat_now(process: str) -> None:
    """Give a sign of life; a database that cannot take it is no reason to stop."""
    try:
        _beat(process)
    except SQLAlchemyError as error:
        log.warning("the heartbeat of %s was not written: %s", process, type(error).__name__)
        session.remove()


def _beat(process: str) -> None:
    at, apart = heartbeats.compare_clocks(clock.now)
    _judge(apart)
    with unit_of_work():
        heartbeats.beat(process, machine=socket.gethostname(), apart=apart, at=at)
        silent = heartbeats.watch(at=at)
    crash_point("pulse.beaten")
    for row in silent:
        log.error("%s on %s has been silent since %s", row.process, row.machine, row.beat_at.isoformat())


def clock_is_right() -> bool:
    """Say whether this process's clock and the database's agree well enough to do what depends on the time.

    One short question, asked at most once a second, and anew when this clock has jumped meanwhile.
    """
    global _compared  # noqa: PLW0603 -- as long as the process lives
    jumps, ticked = clock.now().timestamp() - time.monotonic(), time.monotonic()
    if _trusted and ticked - _compared[0] < COMPARED_SECONDS and abs(jumps - _compared[1]) < COMPARED_SECONDS:
        return True
    _at, apart = heartbeats.compare_clocks(clock.now)
    _compared = ticked, jumps
    return _judge(apart)


def shared_now() -> datetime:
    """Return the time for what others go by: the database's, where this clock is not right."""
    return clock.now() if clock_is_right() else heartbeats.database_now()


def _judge(apart: timedelta) -> bool:
    global _trusted  # noqa: PLW0603 -- said once when it changes, not at each row
    right = abs(apart) <= APART_AT_MOST
    if right != _trusted:
        _trusted = right
        if right:
            log.warning("this clock and the database's agree again: publishing goes on")
        else:
            log.error("publishing has stopped: this clock is %.0f s ahead of the database's", apart.total_seconds())
    return right
