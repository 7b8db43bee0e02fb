"""Which process has something in hand, and whether that process still lives."""

import os
import socket
import threading
from functools import cache
from pathlib import Path
from typing import Final

_PROC: Final = Path("/proc")
_STARTED: Final = 19  # its place in /proc/<pid>/stat behind the name, see proc(5)


def worker_id() -> str:
    """Return a name no other worker has or ever had: machine, process, when that started, thread."""
    return f"{_place()}:{os.getpid()}:{_started(os.getpid())}:{threading.get_ident()}"


def is_gone(worker: str) -> bool:
    """Say whether a worker's process has surely ended. Of another machine, or another container, nothing is sure."""
    place, _, rest = worker.rpartition(":")[0].rpartition(":")[0].rpartition(":")
    started = worker.split(":")[-2:-1]
    if place != _place() or not rest.isdecimal() or not _started(os.getpid()):
        return False
    return _started(int(rest)) != "".join(started)


@cache
def _place() -> str:
    """Return the machine and, within it, the world whose process numbers ours are."""
    try:
        world = os.readlink(_PROC / "self" / "ns" / "pid").strip("pid:[]")
    except OSError:
        world = ""
    return f"{socket.gethostname()[:30]}:{world}"


def _started(pid: int) -> str:
    """Return when a process started, in the kernel's ticks; "" when there is none, or it only waits to be buried."""
    try:
        state, *fields = (_PROC / str(pid) / "stat").read_text().rpartition(") ")[2].split()
    except OSError:
        return ""
    return "" if state in {"Z", "X"} else fields[_STARTED - 1]
