"""Stories that run apart: what fails in one of them keeps none of the others from its turn."""

import logging
from collections.abc import Callable, Mapping
from typing import Final

from rq.timeouts import BaseTimeoutException

from app.foundation.db import session
from worker.shift import may_go_on

_TOLD: Final = "in the story "

log = logging.getLogger(__name__)


def apart(stories: Mapping[str, Callable[[], object]]) -> None:
    """Run each story once, by its name in the log, until told to stop. One that fails does not keep the others from running.

    When all have had their turn the first fault is raised, so that nobody takes the round for a good one.
    """
    faults: list[Exception] = []
    for name, story in stories.items():
        if not may_go_on():
            break
        try:
            story()
        except BaseTimeoutException:  # the job's time is over, and the alarm rings only once
            raise
        except Exception as fault:
            if not _is_told(fault):
                log.exception("%s failed", name)
            fault.add_note(_TOLD + name)
            faults.append(fault)
            session.remove()
    if faults:
        raise faults[0]


def named(*stories: Callable[[], object]) -> dict[str, Callable[[], object]]:
    """Return functions by their own names."""
    return {story.__name__: story for story in stories}


def _is_told(fault: Exception) -> bool:
    """Whether a story within a story has written it to the log already."""
    return any(note.startswith(_TOLD) for note in getattr(fault, "__notes__", ()))
