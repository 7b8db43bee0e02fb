"""A post that takes more memory to sort than there is: it is set aside, and nobody beside it waits."""

import os
import subprocess
import sys
from pathlib import Path

import pytest
from sqlalchemy import select

from app.foundation.db import session
from app.foundation.tasks import Task, TaskKind
from app.mentions.models import MentionStatus
from tests.worker.test_triage import heard, status_of

ROOT = Path(__file__).parents[2]
pytestmark = pytest.mark.skipif(sys.platform != "linux", reason="needs a limit on memory that is kept")


def test_a_post_that_takes_too_much_memory_is_set_aside_and_the_others_are_sorted(own_database: str) -> None:
    question = "@NorthwindKettles how do I descale the K2?"
    before, large, after = heard(question, "large", question)
    session.remove()

    program = str(Path(__file__).with_name("reads_within.py"))
    environment = {**os.environ, "PYTHONPATH": str(ROOT)}
    ended = subprocess.run(
        [sys.executable, program, own_database], cwd=ROOT, env=environment, check=False, capture_output=True
    )

    assert ended.returncode == 0, ended.stderr[-2000:]
    assert status_of(large) is MentionStatus.QUARANTINED
    assert {status_of(before), status_of(after)} == {MentionStatus.OPEN}
    assert session.scalars(select(Task.kind).where(Task.subject_id == large)).all() == [TaskKind.POISON]
