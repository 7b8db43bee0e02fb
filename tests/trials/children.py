"""Children forked from a warm parent: they work, tell what they know, and may be killed at any moment."""

import gc
import json
import logging
import os
import select
import signal
import sys
import time
import traceback
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass
from typing import Any, NoReturn

from app.foundation import db, lanes

Tell = Callable[[Any], None]
PATIENCE_SECONDS = 60.0


@dataclass(frozen=True, slots=True)
class Ended:
    """How a child ended: everything it told, and whether it was killed; ``error`` is empty unless it failed."""

    told: list[Any]
    killed: bool
    error: str
    pid: int = 0


class Child:
    """One forked process, in a group of its own."""

    def __init__(self, pid: int, pipe: int) -> None:
        self.pid = pid
        self.told: list[Any] = []
        self._pipe = pipe
        self._unread = b""
        self._open = True

    def wait(self, seconds: float = PATIENCE_SECONDS) -> Ended:
        """Hear it out until it ends; one that does not end in time is killed, and that is a failure."""
        deadline = time.monotonic() + seconds
        while self._open and time.monotonic() < deadline:
            self.hear(0.1)
        stuck = self._open
        if stuck:
            self.kill()
        _, status = os.waitpid(self.pid, 0)
        self._drop()
        if stuck:
            return Ended(self.told, killed=True, error="it did not end in time")
        killed = os.WIFSIGNALED(status) and os.WTERMSIG(status) == signal.SIGKILL
        failed = not killed and (os.WIFSIGNALED(status) or os.WEXITSTATUS(status) != 0)
        return Ended(
            [one for one in self.told if not _is_error(one)], killed, self._error() if failed else "", self.pid
        )

    def hear(self, seconds: float) -> bool:
        """Take in what it says within so many seconds; return whether it still may say more."""
        if self._open and select.select([self._pipe], [], [], seconds)[0]:
            said = os.read(self._pipe, 65536)
            self._open = bool(said)
            *lines, self._unread = (self._unread + said).split(b"\n")
            self.told += [json.loads(line) for line in lines]
        return self._open

    def kill(self) -> None:
        """Kill it and whatever it started, as a failing machine would."""
        for kill in (os.killpg, os.kill):  # it may die before it has a group
            with suppress(ProcessLookupError):
                kill(self.pid, signal.SIGKILL)

    def let_go(self) -> None:
        """Stop hearing it: what it has forked may go on speaking long after it."""
        self._open = False

    def _drop(self) -> None:
        while self.hear(0) and self._open:
            pass
        os.close(self._pipe)

    def _error(self) -> str:
        return next((str(one["error"]) for one in self.told if _is_error(one)), "it failed without a word")


def _is_error(one: Any) -> bool:
    return isinstance(one, dict) and set(one) == {"error"}


def start(work: Callable[[Tell], object]) -> Child:
    """Fork a child that does ``work``; what it hands to ``tell`` must be plain values."""
    db.session.remove()
    db.engine().dispose()  # what is open in the parent must not be open in two processes
    reading, writing = os.pipe()
    sys.stdout.flush()
    gc.freeze()  # a collector that walks what both share would make a copy of all of it
    pid = os.fork()
    if pid:
        os.close(writing)
        return Child(pid, reading)
    os.close(reading)
    return _live(work, writing)


def _live(work: Callable[[Tell], object], pipe: int) -> NoReturn:
    def tell(what: Any) -> None:
        os.write(pipe, json.dumps(what).encode() + b"\n")

    code = 0
    try:
        os.setpgid(0, 0)
        logging.disable(logging.CRITICAL)
        work(tell)
    except BaseException:  # noqa: BLE001 - whatever it is, the parent shows it
        tell({"error": traceback.format_exc()[-3000:]})
        code = 1
    finally:
        os._exit(code)


def run(work: Callable[[Tell], object], *, seconds: float = PATIENCE_SECONDS) -> Ended:
    """Let a child do ``work`` and wait for its end."""
    return start(work).wait(seconds)


def answer(work: Callable[[Tell], object], *, seconds: float = PATIENCE_SECONDS) -> Any:
    """Let a child do ``work``; return what it told last.

    Raises:
        AssertionError: it failed; the message is how.
    """
    ended = run(work, seconds=seconds)
    assert not ended.error, ended.error
    return ended.told[-1] if ended.told else None


def note_points(tell: Tell) -> None:
    """Let this process tell the name of every crash point it passes, instead of minding them."""
    real = lanes.crash_point

    def note(name: str) -> None:
        tell({"passed": name})

    _instead_of(real, note)


def tell_at_first_point(tell: Tell) -> None:
    """Let this process tell when it has passed its first crash point: from then on it has work in hand."""
    real = lanes.crash_point
    told: list[str] = []

    def note(name: str) -> None:
        if not told:
            told.append(name)
            tell({"at_work": name})

    _instead_of(real, note)


def _instead_of(real: Callable[[str], None], note: Callable[[str], None]) -> None:
    for module in list(sys.modules.values()):
        if getattr(module, "crash_point", None) is real:
            module.crash_point = note  # type: ignore[attr-defined]


def die_at(point: str, passes: int = 1) -> None:
    """Let this process die at the so-manieth pass of a crash point from now on."""
    os.environ["CRASH_AT"] = f"{point}:{passes}"
