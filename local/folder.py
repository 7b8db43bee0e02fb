"""The folder ``var/``: what one machine's Ovation keeps between two starts."""

import base64
import fcntl
import os
import secrets
import socket
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Final

ROOT: Final = Path(__file__).resolve().parent.parent
VAR: Final = ROOT / "var"
LOGS: Final = VAR / "log"
_SECRETS: Final = VAR / "secrets.env"


class AlreadyRunning(RuntimeError):
    """Another start from this folder is still at work."""


@contextmanager
def taken() -> Iterator[None]:
    """Hold ``var/`` for one start at a time.

    Raises:
        AlreadyRunning: somebody holds it.
    """
    LOGS.mkdir(parents=True, exist_ok=True)
    with (VAR / "running.lock").open("w") as lock:
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            raise AlreadyRunning from None
        yield


def lasting_secrets() -> dict[str, str]:
    """Return the secrets of this folder; they are made once, readable by their owner alone."""
    if not _SECRETS.exists():
        key = base64.urlsafe_b64encode(secrets.token_bytes(32)).decode()
        lines = f"OVATION_SECRET_KEY={secrets.token_urlsafe(48)}\nOVATION_ENCRYPTION_KEYS=local:{key}\n"
        descriptor = os.open(_SECRETS, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
        with os.fdopen(descriptor, "w") as file:
            file.write(lines)
    return dict(line.split("=", 1) for line in _SECRETS.read_text().splitlines())


def free_port(wanted: int) -> int:
    """Return the first port from ``wanted`` on that nobody on this machine listens at."""
    for port in range(wanted, wanted + 100):
        with socket.socket() as trial:
            # As the servers do, or a port that was just in use would count as taken for a minute.
            trial.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            try:
                trial.bind(("127.0.0.1", port))
            except OSError:
                continue
            return port
    raise OSError(f"no free port from {wanted} to {wanted + 99}")
