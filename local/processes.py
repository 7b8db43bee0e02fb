"""The Procfile under honcho, which starts again what dies, and leaves nothing behind.

Nothing outlives the process that started it, even when that one is killed; what processes say goes to files.
"""

import contextlib
import multiprocessing
import os
import signal
import subprocess
import time
from collections import deque
from collections.abc import Callable
from pathlib import Path
from types import FrameType
from typing import Any, Final

import honcho.manager
from honcho.printer import Message
from honcho.process import Process

from local.children import tied_to_parent

STOP_SECONDS: Final = 12
DEATHS: Final = 5
WITHIN_SECONDS: Final = 60.0
PAUSE_SECONDS: Final = 1.0
#: The others finish their last job with it, so it stops when they have.
LAST: Final = "redis"
#: Who speaks when a line is for the person at the screen.
NEWS: Final = "ovation"


class KeptProcess(Process):
    """One line of the Procfile; started again when it dies, until it has died too often."""

    stopping: Any = None
    _child: subprocess.Popen[bytes] | None

    def run(self, events: Any = None, ignore_signals: bool = False) -> None:
        """Run, and run again, until told to stop; in a process of its own, made by honcho."""
        self._events = events
        if ignore_signals:
            self._stand_between()
        deaths: deque[float] = deque(maxlen=DEATHS)
        code = self._run_once()
        while not self.stopping.is_set():
            deaths.append(time.monotonic())
            if len(deaths) == DEATHS and deaths[-1] - deaths[0] < WITHIN_SECONDS:
                self._tell(f"{self.name} ended {DEATHS} times within a minute, so everything stops.")
                break
            self._tell(f"{self.name} ended (code {code}) and is started again.")
            self.stopping.wait(PAUSE_SECONDS)
            if not self.stopping.is_set():
                code = self._run_once()
        self._send_message({"returncode": 0 if self.stopping.is_set() else code or 1}, type="stop")

    def _run_once(self) -> int:
        """Start the command and relay what it says until it ends; return its exit code."""
        child = self._child = subprocess.Popen(  # noqa: S603 - a line of our own Procfile
            ["/bin/sh", "-c", f"exec {self.cmd}"],
            env=self.env,
            cwd=self.cwd,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            start_new_session=True,
            preexec_fn=tied_to_parent(),  # noqa: PLW1509 - one prctl, looked up before the fork
        )
        self._send_message({"pid": child.pid}, type="start")
        if self.stopping.is_set():
            self._signal(signal.SIGTERM)
        with child:
            for line in child.stdout or ():
                self._send_message(line)
        return child.returncode

    def _tell(self, news: str) -> None:
        """Say something that the person at the screen must know."""
        self._events.put(Message(type="line", data=f"{news}\n", time=self._clock.now(), name=NEWS, colour=None))

    def _stand_between(self) -> None:
        """Leave Ctrl-C to honcho; when honcho itself is gone, end the command and then ourselves.

        Handlers rather than SIG_IGN, which the command would inherit.
        """
        signal.signal(signal.SIGINT, _leave_it)
        signal.signal(signal.SIGTERM, _leave_it)
        signal.signal(signal.SIGHUP, self._orphaned)
        tied_to_parent(signal.SIGHUP)()

    def _orphaned(self, _signal: int, _frame: FrameType | None) -> None:
        self._signal(signal.SIGTERM)
        for _ in range(STOP_SECONDS * 10):
            if self._child is None or self._child.poll() is not None:
                break
            time.sleep(0.1)
        self._signal(signal.SIGKILL)
        os._exit(1)

    def _signal(self, number: int) -> None:
        if self._child is not None:
            with contextlib.suppress(ProcessLookupError):
                os.killpg(self._child.pid, number)


def _leave_it(_signal: int, _frame: FrameType | None) -> None:
    """Do nothing: stopping is honcho's to say."""


class Files:
    """Where honcho prints: each process has its log file; what a person must know goes to the screen as well.

    The files are unbuffered: honcho also writes inside a signal's handler, which no buffer allows.
    """

    def __init__(self, folder: Path, *, aloud: bool) -> None:
        self.width = 0
        self.aloud = aloud
        self._folder = folder
        self._files: dict[str, Any] = {}

    def write(self, message: Message) -> None:
        text = message.data.decode(errors="replace") if isinstance(message.data, bytes) else message.data
        file = self._files.get(message.name)
        if file is None:
            file = self._files[message.name] = (self._folder / f"{message.name}.log").open("wb", buffering=0)
        file.write(text.encode())
        if self.aloud or message.name == NEWS:
            print(f"{message.name:<{self.width}} | {text}" if self.aloud else text, end="", flush=True)


class Keeper(honcho.manager.Manager):
    """honcho's manager over ``KeptProcess``."""

    def __init__(self, folder: Path, *, once_started: Callable[[], None], aloud: bool = False) -> None:
        super().__init__(printer=Files(folder, aloud=aloud))
        honcho.manager.KILL_WAIT = STOP_SECONDS
        self._process_ctor = KeptProcess
        self._once_started = once_started
        self._stopping = multiprocessing.Event()
        self._told_to_stop = False
        self._last_may_end = False

    def add_process(self, name: str, cmd: str, **options: Any) -> KeptProcess:
        added: KeptProcess = super().add_process(name, cmd, **options)
        added.stopping = self._stopping
        return added

    @property
    def is_stopping(self) -> bool:
        return self._stopping.is_set()

    @property
    def was_told(self) -> bool:
        """Whether it ended because somebody said so, and not because a process could not be kept alive."""
        return self.returncode in {signals["rc"] for signals in honcho.manager.SIGNALS.values()}

    def terminate(self) -> None:
        """Ask for the end; a note and no more, for it may be called inside a signal's handler, at any moment."""
        self._told_to_stop = True

    def _all_started(self) -> bool:
        """Whether every process has said its number; only then can all be told to stop, and that is done here."""
        started = bool(super()._all_started())
        if started and self._told_to_stop and not self._terminating:
            self._stopping.set()
            super().terminate()
        return started

    def _start(self) -> None:
        super()._start()
        self._once_started()

    def _killall(self, force: bool = False) -> None:
        """End every process, ``LAST`` only when the others have ended."""
        for name, process in self._processes.items():
            if "returncode" in process or (name == LAST and not force and not self._last_may_end):
                continue
            (self._procmgr.kill if force else self._procmgr.terminate)(process["pid"])

    def _all_stopped(self) -> bool:
        others = [process for name, process in self._processes.items() if name != LAST]
        if self._terminating and not self._last_may_end and all("returncode" in process for process in others):
            self._last_may_end = True
            self._killall()
        return bool(super()._all_stopped())
