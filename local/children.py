"""Child processes which do not outlive the process that started them."""

import ctypes
import signal
import subprocess
from collections.abc import Callable
from typing import Final

PR_SET_PDEATHSIG: Final = 1  # prctl(2)


def tied_to_parent(signal_number: int = signal.SIGTERM) -> Callable[[], None]:
    """Return what a new child calls so that the kernel signals it when the thread that started it ends, even by SIGKILL.

    Linux only; elsewhere it does nothing, and an orderly stop still ends every child. The C library is looked up
    before the fork.
    """
    prctl = getattr(ctypes.CDLL(None), "prctl", None)

    def tie() -> None:
        if prctl is not None:
            prctl(PR_SET_PDEATHSIG, signal_number, 0, 0, 0)

    return tie


def stop(process: subprocess.Popen[bytes], signal_number: int = signal.SIGTERM, *, seconds: float = 10) -> None:
    """Signal a child and wait for it; after ``seconds`` it is killed."""
    if process.poll() is None:
        process.send_signal(signal_number)
        try:
            process.wait(seconds)
        except subprocess.TimeoutExpired:
            process.kill()
    process.wait()
