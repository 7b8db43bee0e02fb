"""A whole installation as it is run for real: sandbox network, web server, listener, lanes and clock, each a process."""

import base64
import os
import shlex
import signal
import socket
import subprocess
import sys
import time
import urllib.request
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from pathlib import Path

from honcho.environ import parse_procfile
from sqlalchemy import create_engine, text

from tests.sandbox_server import Sandbox, run_sandbox

ROOT = Path(__file__).resolve().parent.parent.parent
PATIENCE_SECONDS = 60
#: The undo window of the journeys: long enough to press Undo, short enough not to wait for.
UNDO_SECONDS = 2
_ENCRYPTION_KEY = "journeys:amFtamFtamFtamFtamFtamFtamFtamFtamFtamFtamE="


def encryption_keys() -> dict[str, bytes]:
    """Return the keys of an installation, for a test that looks into its database."""
    name, _, key = _ENCRYPTION_KEY.partition(":")
    return {name: base64.urlsafe_b64decode(key)}


@dataclass
class Installation:
    """A running installation: its address, the network it listens to, and what its processes say."""

    url: str
    network: Sandbox
    folder: Path
    database_url: str
    processes: "dict[str, subprocess.Popen[bytes]]"

    def warm_up(self) -> None:
        """Let one post go through, so that no test waits for a process that is still loading its word lists."""
        self.network.post_as("early_bird", "@NorthwindKettle good morning from the kitchen")
        engine = create_engine(self.database_url)
        with engine.connect() as connection:
            deadline = time.monotonic() + PATIENCE_SECONDS
            while not connection.scalar(text("SELECT count(*) FROM triage_verdicts")):
                assert time.monotonic() < deadline, self.said()
                connection.rollback()
                time.sleep(0.1)
        engine.dispose()

    def said(self) -> str:
        """Return the last lines of every process, for a test that failed."""
        return "\n".join(f"--- {log.stem}\n{log.read_text()[-1500:]}" for log in sorted(self.folder.glob("*.log")))


@contextmanager
def run_installation(folder: Path, *, database_url: str, redis_url: str) -> Iterator[Installation]:
    """Start every process of the Procfile, with the demo's people and no posts; end them all with the block."""
    with ExitStack() as stack:
        network = stack.enter_context(run_sandbox(folder))
        port = _free_port()
        environment = {
            **os.environ,
            "OVATION_MODE": "demo",
            "OVATION_SECRET_KEY": "j" * 32,
            "OVATION_ENCRYPTION_KEYS": _ENCRYPTION_KEY,
            "OVATION_BIND": f"127.0.0.1:{port}",
            "OVATION_BASE_URL": f"http://127.0.0.1:{port}",
            "OVATION_SANDBOX_URL": network.base_url,
            "OVATION_UNDO_SECONDS": str(UNDO_SECONDS),
            "OVATION_LINK_HOSTS": "northwindkettles.example",
            "OVATION_FIRST_REPLIES": "0",
            "DATABASE_URL": database_url,
            "REDIS_URL": redis_url,
            "PATH": f"{Path(sys.executable).parent}{os.pathsep}{os.environ.get('PATH', os.defpath)}",
            "PYTHONUNBUFFERED": "1",
            "TZ": "UTC",
        }
        for step in ("alembic upgrade head", "flask --app wsgi seed-demo"):
            subprocess.run([sys.executable, "-m", *step.split()], cwd=ROOT, env=environment, check=True)
        processes = {}
        for name, command in parse_procfile((ROOT / "Procfile").read_text()).processes.items():
            if name != "sandbox":
                processes[name] = stack.enter_context(_process(name, command, folder, environment))
        _wait_for(f"http://127.0.0.1:{port}/healthz", processes["web"])
        yield Installation(f"http://127.0.0.1:{port}", network, folder, database_url, processes)


@contextmanager
def _process(name: str, command: str, folder: Path, environment: dict[str, str]) -> "Iterator[subprocess.Popen[bytes]]":
    words = [_expanded(word, environment) for word in shlex.split(command)]
    with (folder / f"{name}.log").open("wb") as log:
        process = subprocess.Popen(
            words, cwd=ROOT, env=environment, stdin=subprocess.DEVNULL, stdout=log, stderr=log, start_new_session=True
        )
        try:
            yield process
        finally:
            process.send_signal(signal.SIGTERM)
            try:
                process.wait(timeout=20)
            except subprocess.TimeoutExpired:
                os.killpg(process.pid, signal.SIGKILL)
                process.wait()


def _expanded(word: str, environment: dict[str, str]) -> str:
    """Put in ``$NAME`` and ``${NAME:-default}`` as a shell would, without one between us and the process."""
    if word.startswith("${") and ":-" in word:
        name, _, default = word[2:-1].partition(":-")
        return environment.get(name) or default
    return environment[word[1:]] if word.startswith("$") else word


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def _wait_for(url: str, process: "subprocess.Popen[bytes]") -> None:
    deadline = time.monotonic() + PATIENCE_SECONDS
    while time.monotonic() < deadline:
        assert process.poll() is None, "the web server ended at once"
        try:
            with urllib.request.urlopen(url, timeout=5):
                return
        except OSError:
            time.sleep(0.1)
    raise AssertionError(f"{url} did not answer in {PATIENCE_SECONDS} s")
