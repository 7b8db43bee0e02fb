"""Every periodic job in one table, and the clock: a plain loop for each line, with Redis or without it.

A beat rings the lane's bell. Where there is no Redis, where it does not answer, and every half minute in any case, the
clock drains the lane itself, so that losing Redis, or a worker, costs time and never work. Two clocks do no harm: rings
of one lane fold into one, and drainers run beside each other.
"""

import logging
import threading
import time
from dataclasses import dataclass
from typing import Final

from redis.exceptions import RedisError

from app.foundation.bell import BELL, ring
from app.foundation.heartbeats import Process
from app.foundation.lanes import Lane
from worker import pulse, shift
from worker.lanes import drain, drainer_of

#: A lane is drained by the clock itself at least this often, whatever the workers do.
SWEEP_SECONDS: Final = 30.0
#: A round ends within its budget and the time of the row in hand; one that lasts longer than this never will.
HANGING_SECONDS: Final = 180.0

_last_round: dict[Lane, float] = {}

log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class Beat:
    """One line of the table: ``lane`` is woken every ``seconds``."""

    lane: Lane
    seconds: float


BEATS: Final = (
    Beat(Lane.PUBLISHING, 1),
    Beat(Lane.TRIAGE, 2),
    Beat(Lane.REWARDS, 5),
    Beat(Lane.NOTICES, 10),
    Beat(Lane.SWEEPS, 5),
)


def run(beats: tuple[Beat, ...] = BEATS) -> None:
    """Keep every beat until told to stop; each in a thread of its own, so that a slow network holds up one lane only."""
    threads = [
        threading.Thread(target=keep, args=(beat,), name=beat.lane.value, daemon=True)
        for beat in beats
        if drainer_of(beat.lane)
    ]
    for thread in threads:
        thread.start()
    while shift.rest(1.0):
        _beat()
    for thread in threads:
        thread.join()


def _beat() -> None:
    """Give the clock's sign of life, but only while every lane moves: one that hangs is as bad as a clock that stopped."""
    hanging = [lane for lane, at in _last_round.items() if time.monotonic() - at > HANGING_SECONDS]
    if not hanging:
        pulse.beat(Process.CLOCK)
    elif pulse.is_due(Process.CLOCK):
        log.error("the clock gives no sign of life, because these lanes hang: %s", ", ".join(hanging))


def keep(beat: Beat) -> None:
    """Keep one beat until told to stop. A drainer that fails is logged, and tried again at the next beat."""
    # The first sweep comes half a period late, so that two clocks started together seldom sweep together.
    swept_at = time.monotonic() - SWEEP_SECONDS / 2
    while shift.rest(beat.seconds):
        _last_round[beat.lane] = time.monotonic()
        try:
            if _redis_answers() and time.monotonic() - swept_at < SWEEP_SECONDS:
                ring(beat.lane)
                continue
            drain(beat.lane.value)
            swept_at = time.monotonic()
        # The clock is the last to stand: no drainer's fault may end it.
        except Exception:
            log.exception("%s could not be drained by the clock", beat.lane.value)


def _redis_answers() -> bool:
    if BELL.redis is None:
        return False
    try:
        return bool(BELL.redis.ping())
    except RedisError:
        return False
