"""A whole installation of real processes, each started again by its keeper when it dies, beside the people who use it."""

import base64
import os
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

import requests
import sqlalchemy as sa

from app.advocates.models import Advocate
from app.feed import actions as feed
from app.foundation import bell, clock
from app.foundation.db import session, unit_of_work
from app.foundation.errors import DomainError
from app.mentions.models import Mention, MentionStatus
from app.publishing.models import Publication
from app.replies import actions as replies
from app.replies.drafts import Typed
from app.replies.models import Reply, ReplyStatus, ReplyVersion
from local.children import tied_to_parent
from local.folder import free_port
from tests.conftest import KEYS
from tests.trials import labour
from tests.trials.ground import World

ROOT = Path(__file__).resolve().parents[2]
PYTHON = [sys.executable, "-m"]
LANES = ("triage", "publishing", "rewards", "sweeps")
#: As `make run` waits before it starts a process again.
PAUSE_SECONDS = 1.0
_LOOK_SECONDS = 0.1


class Whole:
    """The processes of one installation, and who keeps them alive."""

    def __init__(self, world: World, redis_url: str) -> None:
        self.port = free_port(8700)
        self.commands = {
            "listener": [*PYTHON, "worker", "listen"],
            **{lane: [*PYTHON, "worker", "drain", lane] for lane in LANES if redis_url},
            "clock": [*PYTHON, "worker", "clock"],
            "web": [*PYTHON, "gunicorn", "wsgi:app", "--bind", f"127.0.0.1:{self.port}", "--threads", "2"],
        }
        self.running: dict[str, subprocess.Popen[bytes]] = {}
        self._ended = threading.Event()
        self._environment = {
            **os.environ,
            "OVATION_MODE": "test",
            "OVATION_SECRET_KEY": "s" * 32,
            "OVATION_ENCRYPTION_KEYS": f"test:{base64.urlsafe_b64encode(KEYS['test']).decode()}",
            "OVATION_SANDBOX_URL": world.network.base_url,
            "OVATION_LOG_LEVEL": "CRITICAL",
            "OVATION_FIRST_REPLIES": "0",
            "DATABASE_URL": world.ground.url,
            "REDIS_URL": redis_url,
            "TZ": "UTC",
        }

    def kill(self, name: str) -> None:
        """Kill a process and whatever it has started."""
        with suppress(ProcessLookupError):
            os.killpg(self.running[name].pid, signal.SIGKILL)

    def start(self, name: str) -> None:
        self.running[name] = subprocess.Popen(
            self.commands[name],
            cwd=ROOT,
            env=self._environment,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
            start_new_session=True,
            preexec_fn=tied_to_parent(signal.SIGKILL),  # noqa: PLW1509 - one prctl, looked up before the fork
        )

    def keep(self) -> None:
        """Start again whatever dies, until the end."""
        while not self._ended.wait(_LOOK_SECONDS):
            for name, process in list(self.running.items()):
                if process.poll() is not None and not self._ended.wait(PAUSE_SECONDS):
                    self.start(name)

    def answers(self) -> bool:
        """Say whether a page can be had."""
        try:
            return requests.get(f"http://127.0.0.1:{self.port}/healthz", timeout=2).status_code < 500
        except requests.RequestException:
            return False

    def end(self) -> None:
        self._ended.set()
        for name, process in self.running.items():
            self.kill(name)
            process.wait()


@contextmanager
def whole(world: World, redis_url: str) -> Iterator[Whole]:
    """Run every process until the block ends."""
    made = Whole(world, redis_url)
    bell.BELL.hang(redis_url)
    # A child ends with the thread that started it, so the keeper itself starts them all.
    for name in made.commands:
        made.start(name)
    keeper = threading.Thread(target=made.keep, daemon=True)
    keeper.start()
    try:
        wait_for(made.answers, seconds=120)
        yield made
    finally:
        made._ended.set()
        keeper.join()
        made.end()
        bell.BELL.hang("")


def wait_for(condition: Callable[[], bool], *, seconds: float) -> float:
    """Wait until it holds; return how long that took, or the whole time where it never did."""
    began = time.monotonic()
    while time.monotonic() < began + seconds and not condition():
        time.sleep(0.1)
    return time.monotonic() - began


# The people


def answer_open(world: World, *, limit: int = 10, approved: bool = True) -> list[tuple[int, int]]:
    """Let an advocate answer what is open, and a moderator approve it; return the replies with their versions."""
    waiting = sa.select(Mention.id).where(Mention.status == MentionStatus.OPEN).order_by(Mention.id).limit(limit)
    found = list(session.scalars(waiting))
    session.rollback()
    written = [made for mention_id in found if (made := _answer(world, mention_id))]
    if approved:
        labour.approve(world, written)
    session.remove()
    return written


def _answer(world: World, mention_id: int) -> tuple[int, int] | None:
    user_id = world.user("ada").id
    session.rollback()
    with suppress(DomainError), unit_of_work():
        advocate = session.scalars(sa.select(Advocate).where(Advocate.user_id == user_id)).one()
        feed.claim(mention_id=mention_id, advocate_id=advocate.id, at=clock.now())
        reply = replies.start(mention_id=mention_id, advocate=advocate, at=clock.now())
        typed = Typed(f"Boil it with vinegar, then rinse it twice. Number {mention_id}.", page="p")
        signature = "Ada, Crew volunteer"
        sent = replies.submit(
            reply=reply, advocate=advocate, typed=typed, signature=signature, network="x", at=clock.now()
        )
        assert sent.reply.status is ReplyStatus.SUBMITTED, sent.hurdle
        version = sa.select(sa.func.max(ReplyVersion.id)).where(ReplyVersion.reply_id == sent.reply.id)
        return sent.reply.id, session.scalars(version).one()
    return None


def mentions(*conditions: sa.ColumnElement[bool]) -> int:
    """Count posts that were heard."""
    return _count(Mention.id, conditions)


def sendings(*conditions: sa.ColumnElement[bool]) -> int:
    """Count sendings."""
    return _count(Publication.id, conditions)


def unanswered() -> int:
    """Count replies that wait for a decision."""
    return _count(Reply.id, (Reply.status == ReplyStatus.SUBMITTED,))


def _count(column: sa.orm.InstrumentedAttribute[int], conditions: tuple[sa.ColumnElement[bool], ...]) -> int:
    session.rollback()
    found = session.scalar(sa.select(sa.func.count(column)).where(*conditions)) or 0
    session.rollback()
    return found
