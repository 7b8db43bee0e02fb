"""How the installation fares: its processes, its clocks, its storage and Redis; each in a sentence that says what to do."""

import logging
import socket
import time
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Final

from flask import Flask, current_app
from redis.exceptions import RedisError
from sqlalchemy.exc import SQLAlchemyError

from app.foundation import clock, heartbeats
from app.foundation.bell import BELL
from app.foundation.db import session, side_door
from app.foundation.faults import is_about_storage
from app.foundation.heartbeats import SILENT_AFTER, Heartbeat, Process
from app.foundation.lanes import Lane
from app.foundation.recovery import active_recovery
from app.foundation.words import _

#: So long what was found is told again: every page asks, and nobody needs it fresher.
KEPT_SECONDS: Final = 5.0
PROBED_EVERY_SECONDS: Final = 15.0

log = logging.getLogger(__name__)


class State(StrEnum):
    """How bad it is."""

    OK = "ok"
    SLOW = "slow"
    DOWN = "down"


@dataclass(frozen=True, slots=True)
class Check:
    """One thing that was looked at. ``at`` is when it was last heard of; None where that means nothing."""

    key: str
    name: str
    state: State
    text: str
    at: datetime | None = None


class Health:
    """What is known of this installation; one for each web process."""

    def __init__(self) -> None:
        self._started = time.monotonic()
        self._kept: tuple[float, list[Check]] | None = None
        self._probed: float | None = None
        self._storage_fails = False

    def checks(self) -> list[Check]:
        """Look at everything now."""
        at, apart = heartbeats.compare_clocks(clock.now)
        found = [*self._processes(at), _clocks(at, apart), self._storage(at), _redis(), *_recovery()]
        session.commit()  # nothing was written: it only ends the transaction that reading began
        return found

    def troubles(self) -> list[Check]:
        """Return what is down, as of the last few seconds; without asking Redis, for every page."""
        if self._kept is None or time.monotonic() - self._kept[0] > KEPT_SECONDS:
            at, apart = heartbeats.compare_clocks(clock.now)
            silent = [check for check in self._processes(at) if check.state is State.DOWN]
            # Where nothing can be written, nobody's signs of life are: then that is what there is to say.
            storage = [self._storage(at)] if silent or self._storage_fails else []
            blamed = [check for check in storage if check.state is State.DOWN]
            clocks = [check for check in [_clocks(at, apart)] if check.state is State.DOWN]
            self._kept = time.monotonic(), [*(blamed or silent), *clocks]
        return self._kept[1]

    def note(self, error: BaseException) -> None:
        """Remember that the database could not write, so that the next page says so."""
        if is_about_storage(error):
            self._storage_fails, self._probed, self._kept = True, time.monotonic(), None

    def _processes(self, at: datetime) -> list[Check]:
        # Who was started with us has not had the time to say so.
        is_fresh = time.monotonic() - self._started < SILENT_AFTER.total_seconds()
        rows = {row.process: row for row in heartbeats.heartbeats()}
        found = [self._process(process, rows.get(process), at, is_fresh) for process in Process]
        lanes = [rows[lane] for lane in Lane if lane in rows]
        return found + [_lane(row, at, is_fresh) for row in lanes if BELL.redis is not None]

    def _process(self, process: Process, row: Heartbeat | None, at: datetime, is_fresh: bool) -> Check:
        name, running, stopped = _process_words(process)
        alive = is_fresh or (row is not None and row.beat_at > at - SILENT_AFTER)
        return Check(
            process.value,
            name,
            State.OK if alive else State.DOWN,
            running if alive else stopped,
            row.beat_at if row else None,
        )

    def _storage(self, at: datetime) -> Check:
        if self._probed is None or time.monotonic() - self._probed > PROBED_EVERY_SECONDS:
            self._probe(at)
        name = _("Storage")
        if self._storage_fails:
            return Check(
                "storage",
                name,
                State.DOWN,
                _("The database cannot write: its disk is full or read-only. Make room; all goes on by itself."),
            )
        return Check("storage", name, State.OK, _("The database reads and writes."))

    def _probe(self, at: datetime) -> None:
        self._probed = time.monotonic()
        try:
            with side_door() as apart:  # a page may be half drawn from rows that must stay as they are
                apart.merge(heartbeats.probe_row(at))
        except SQLAlchemyError as error:
            log.warning("the health page could not write: %s", type(error).__name__)
            self._storage_fails = self._storage_fails or is_about_storage(error)
        else:
            self._storage_fails = False


def _process_words(process: Process) -> tuple[str, str, str]:
    """Return a process's name, and what is said while it runs and when it has stopped."""
    return {
        Process.LISTEN: (
            _("Listener"),
            _("It hears what is said on the networks."),
            _("It has stopped: nothing is heard. Start `python -m worker listen`; it catches up by itself."),
        ),
        Process.CLOCK: (
            _("Clock"),
            _("It wakes every lane and looks after what waits."),
            _("It has stopped: what waits is looked after by nobody. Start `python -m worker clock`."),
        ),
    }[process]


def _lane(row: Heartbeat, at: datetime, is_fresh: bool) -> Check:
    name = _("Worker of %(lane)s", lane=row.process)
    if is_fresh or row.beat_at > at - SILENT_AFTER:
        return Check(row.process, name, State.OK, _("It answers its bell."), row.beat_at)
    slow = _(
        "It is silent. The clock does its work, up to half a minute later. Start `python -m worker drain %(lane)s`.",
        lane=row.process,
    )
    return Check(row.process, name, State.SLOW, slow, row.beat_at)


def _clocks(at: datetime, apart: timedelta) -> Check:
    wrong = [f"{row.process} ({row.machine})" for row in heartbeats.apart(at=at)]
    if abs(apart) > heartbeats.APART_AT_MOST:
        wrong.append(f"web ({socket.gethostname()})")
    if not wrong:
        return Check("clocks", _("Clocks"), State.OK, _("Every clock agrees with the database's."))
    text = _(
        "The clock of %(who)s is more than half a minute away from the database's. Set it right; posting goes on by itself.",
        who=", ".join(wrong),
    )
    return Check("clocks", _("Clocks"), State.DOWN, text)


def _redis() -> Check:
    if BELL.redis is None:
        return Check("redis", _("Redis"), State.OK, _("It is not in use; the clock does all the work."))
    try:
        BELL.redis.ping()
    except RedisError:
        slow = _("It does not answer. Nothing is lost, and everything is slower than usual: half a minute at most.")
        return Check("redis", _("Redis"), State.SLOW, slow)
    return Check("redis", _("Redis"), State.OK, _("It wakes the lanes at once."))


def _recovery() -> list[Check]:
    recovery = active_recovery()
    if recovery is None:
        return []
    text = _("Nothing is sent until our own posts on every network have been read again: see /recovery.")
    return [Check("recovery", _("Recovery mode"), State.SLOW, text, recovery.started_at)]


def worst(checks: list[Check]) -> State:
    """Return how bad the worst of them is."""
    states = {check.state for check in checks}
    return next((state for state in (State.DOWN, State.SLOW) if state in states), State.OK)


def health() -> Health:
    """Return what this web process knows."""
    kept: Health = current_app.extensions["ovation-health"]
    return kept


def join(app: Flask) -> None:
    """Let ``app`` know how it fares."""
    app.extensions["ovation-health"] = Health()
