"""A place for trials: a network, a database of a kind, and a process that has loaded what its children need."""

import os
import tempfile
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path

from local.servers import postgresql_server
from tests.sandbox_server import run_sandbox
from tests.trials.ground import Ground, ground
from tests.trials.sweep import warm_up


@contextmanager
def place(database: str) -> Iterator[Ground]:
    """Open a network and a database, and warm this process up."""
    with ExitStack() as stack:
        folder = Path(stack.enter_context(tempfile.TemporaryDirectory(prefix="ovation-trials-", dir=_memory())))
        sandbox = stack.enter_context(run_sandbox(folder))
        server = stack.enter_context(postgresql_server()) if database == "postgresql" else ""
        here = stack.enter_context(ground(sandbox, folder, server=server))
        warm_up(here)
        yield here


def _memory() -> str | None:
    """Return a folder that no disk holds up, where there is one: a killed process is no power cut."""
    return "/dev/shm" if os.access("/dev/shm", os.W_OK) else None
