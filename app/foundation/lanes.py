"""The lanes: kinds of waiting work, each taken by one drainer; and the named points where a process may die in trials."""

import os
import signal
from enum import StrEnum


class Lane(StrEnum):
    """One kind of waiting work."""

    TRIAGE = "triage"
    PUBLISHING = "publishing"
    REWARDS = "rewards"
    NOTICES = "notices"
    SWEEPS = "sweeps"


_passed: dict[str, int] = {}


def crash_point(name: str) -> None:
    """Kill this process here, as SIGKILL would, when ``CRASH_AT`` says ``name`` or ``name:n`` (the n-th pass).

    Does nothing outside trials. A crash that a process can notice proves little: hence SIGKILL.
    """
    wanted = os.environ.get("CRASH_AT")
    if not wanted:
        return
    point, _, count = wanted.partition(":")
    if point != name:
        return
    _passed[name] = _passed.get(name, 0) + 1
    if _passed[name] >= int(count or 1):
        os.kill(os.getpid(), signal.SIGKILL)
