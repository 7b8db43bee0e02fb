"""The triage lane and the posts that kill it."""

import os
import signal
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest
from sqlalchemy import select

import app as house
from app.foundation import db
from app.foundation.db import session
from app.foundation.secrets import KEYRING
from app.foundation.tasks import Task, TaskKind
from app.mentions.models import Mention, MentionStatus
from tests.conftest import KEYS
from tests.factories import make_author, make_connection, make_mention
from worker.lanes.triage import drain_triage

ROOT = Path(__file__).parents[2]


@pytest.fixture
def own_database(own_database_url: str) -> Iterator[str]:
    KEYRING.load(KEYS)
    house.join_rooms()
    db.bind(db.make_engine(own_database_url))
    yield own_database_url
    engine = db.engine()
    session.remove()
    engine.dispose()


def heard(*texts: str) -> list[int]:
    """Let each text be heard from somebody else: what one person repeats is set aside."""
    account = make_connection()
    waiting = {"connection": account, "status": MentionStatus.RECEIVED, "route": None, "feed_lane": None}
    return [make_mention(author=make_author(connection=account), text=words, **waiting).id for words in texts]


def drain_apart(database_url: str, crash_at: str = "") -> int:
    """Drain in a child; return how it ended."""
    session.remove()
    environment = {**os.environ, "PYTHONPATH": str(ROOT), "CRASH_AT": crash_at}
    command = [sys.executable, str(Path(__file__).with_name("deadly_post.py")), database_url]
    return subprocess.run(command, env=environment, cwd=ROOT, check=False, capture_output=True).returncode


def status_of(mention_id: int) -> MentionStatus:
    session.rollback()
    return session.scalars(select(Mention.status).where(Mention.id == mention_id)).one()


def test_a_post_that_kills_three_drainers_is_set_aside_and_the_others_are_sorted(own_database: str) -> None:
    question = "@NorthwindKettles how do I descale the K2?"
    before, deadly, after, *_more = heard(question, "deadly", question, question)

    deaths = [drain_apart(own_database) for _each in range(3)]
    last = drain_apart(own_database)

    assert (deaths, last) == ([-signal.SIGKILL] * 3, 0)
    assert status_of(deadly) is MentionStatus.QUARANTINED
    assert {status_of(before), status_of(after)} == {MentionStatus.OPEN}
    assert session.scalars(select(Task.kind).where(Task.subject_id == deadly)).all() == [TaskKind.POISON]
    assert session.scalars(select(Mention.id).where(Mention.status == MentionStatus.RECEIVED)).all() == []


@pytest.mark.parametrize("point", ["triage.marked", "triage.begun"])
def test_a_drainer_killed_once_costs_no_post_its_place(own_database: str, point: str) -> None:
    ids = heard(*["@NorthwindKettles how do I descale the K2?"] * 3)

    assert drain_apart(own_database, point) == -signal.SIGKILL
    assert drain_apart(own_database) == 0

    assert {status_of(one) for one in ids} == {MentionStatus.OPEN}
    assert session.scalars(select(Task)).all() == []


def test_after_a_death_posts_heard_later_go_in_batches_again(own_database: str) -> None:
    heard(*["@NorthwindKettles how do I descale the K2?"] * 3)
    drain_apart(own_database, "triage.begun")
    later = heard(*["@NorthwindKettles may I use vinegar?"] * 3)

    drain_triage()

    session.rollback()
    taken = session.scalars(select(Mention.attempts).order_by(Mention.id)).all()
    assert taken == [2, 2, 2, 1, 0, 1]
    assert status_of(later[1]) is MentionStatus.OPEN
