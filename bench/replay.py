"""A recorded stream at full speed through sandbox, tweepy, listener and triage: every inbound post exactly one row.

``python -m bench.replay FILE [--rows 10000] [--engine postgresql|sqlite]``; exit 1 when a post is missing or doubled.
"""

import argparse
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from pathlib import Path

from sqlalchemy import func, select

from app.channels.actions import Place, connect
from app.channels.models import Connection
from app.channels.registry import introduce
from app.foundation import clock
from app.foundation.db import session, unit_of_work
from app.mentions.models import Mention, MentionStatus, ThreadPost
from bench.installation import ROOT, Installation, best_engine, installation
from tests.sandbox_server import Sandbox, run_sandbox

PATIENCE_SECONDS = 300


@dataclass(frozen=True, slots=True)
class Replayed:
    """What the network shows and what we stored."""

    engine: str
    inbound: int
    missing: int
    doubled: int
    foreign: int
    waiting: int
    own_posts: int
    replay_seconds: float
    seconds: float

    @property
    def is_whole(self) -> bool:
        return not (self.missing or self.doubled or self.foreign or self.waiting)

    def __str__(self) -> str:
        return (
            f"replay {self.engine}: {self.inbound} inbound posts, {self.missing} missing, {self.doubled} doubled, "
            f"{self.foreign} that nobody wrote, {self.waiting} not sorted; {self.own_posts} posts of the brand in threads; "
            f"{self.inbound / self.seconds:.0f} posts/s heard, stored and sorted in {self.seconds:.1f} s "
            f"(the network alone took {self.replay_seconds:.1f} s to post them)"
        )


def run(file: Path, *, rows: int, engine: str) -> Replayed:
    """Replay ``rows`` rows of ``file`` and compare what we stored with the network's own log."""
    with ExitStack() as stack:
        house = stack.enter_context(installation(engine=engine))
        network = stack.enter_context(run_sandbox(house.folder))
        connection_id = _connect(network)
        for process in (["listen"], ["drain", "triage"]):
            stack.enter_context(_worker(process, house))
        _until(lambda: _heard_from(connection_id))
        started = time.monotonic()
        _replay(file, rows, network)
        replayed = time.monotonic() - started
        written = _inbound(network)
        _until(lambda: _stored() >= len(written) and not _waiting())
        return _compared(house, written, replayed, time.monotonic() - started)


def _connect(network: Sandbox) -> int:
    secrets = {"access_token": network.token}
    account, secrets = introduce("x", network.base_url, secrets)
    with unit_of_work():
        place = Place("x", network.base_url, network.base_url, poll_seconds=1)
        row = connect(place=place, account=account, secrets=secrets, actor_id=None, at=clock.now())
    return row.id


@contextmanager
def _worker(arguments: list[str], house: Installation) -> Iterator[None]:
    process = subprocess.Popen([sys.executable, "-m", "worker", *arguments], env=house.environment(), cwd=ROOT)  # noqa: S603
    try:
        yield
    finally:
        process.terminate()
        process.wait(60)


def _replay(file: Path, rows: int, network: Sandbox) -> None:
    order = [
        "replay",
        str(file),
        "--speed",
        "0",
        "--brand",
        network.brand,
        "--url",
        network.base_url,
        "--limit",
        str(rows),
    ]
    subprocess.run([sys.executable, "-m", "sandbox", *order], check=True, cwd=ROOT)  # noqa: S603


def _inbound(network: Sandbox) -> set[str]:
    """Return the ids of what others than the brand wrote, from the network's own log."""
    return {entry["post_id"] for entry in network.log("post") if entry["actor"].lower() != network.brand.lower()}


def _until(done: Callable[[], bool]) -> None:
    deadline = time.monotonic() + PATIENCE_SECONDS
    while not done():
        session.rollback()
        if time.monotonic() > deadline:
            return
        time.sleep(0.1)


def _heard_from(connection_id: int) -> bool:
    return session.scalar(select(Connection.polled_at).where(Connection.id == connection_id)) is not None


def _stored() -> int:
    return session.scalar(select(func.count()).select_from(Mention)) or 0


def _waiting() -> int:
    waiting = select(func.count()).select_from(Mention).where(Mention.status == MentionStatus.RECEIVED)
    return session.scalar(waiting) or 0


def _compared(house: Installation, written: set[str], replay_seconds: float, seconds: float) -> Replayed:
    stored = list(session.scalars(select(Mention.external_id)))
    return Replayed(
        engine=house.engine_name,
        inbound=len(written),
        missing=len(written - set(stored)),
        doubled=len(stored) - len(set(stored)),
        foreign=len(set(stored) - written),
        waiting=_waiting(),
        own_posts=session.scalar(select(func.count()).select_from(ThreadPost).where(ThreadPost.ours)) or 0,
        replay_seconds=replay_seconds,
        seconds=seconds,
    )


def main() -> int:
    """Read the command line and do what it says."""
    parser = argparse.ArgumentParser(prog="python -m bench.replay", description=__doc__)
    parser.add_argument("file", type=Path, help="JSON lines, gzip'd or not, as `python -m sandbox replay` takes them")
    parser.add_argument("--rows", type=int, default=10_000, help="stop after so many rows (%(default)s)")
    parser.add_argument("--engine", choices=["postgresql", "sqlite"], default=best_engine())
    arguments = parser.parse_args()
    replayed = run(arguments.file, rows=arguments.rows, engine=arguments.engine)
    print(replayed)
    return 0 if replayed.is_whole else 1


if __name__ == "__main__":
    sys.exit(main())
