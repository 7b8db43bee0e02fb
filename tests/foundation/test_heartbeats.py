"""Signs of life: who fell silent is somebody's task, once, until it is heard again."""

from datetime import timedelta

import pytest
from sqlalchemy import select

from app.foundation import clock, heartbeats
from app.foundation.db import session, unit_of_work
from app.foundation.heartbeats import Heartbeat, Process
from app.foundation.journal import JournalEntry
from app.foundation.tasks import Task, TaskKind
from tests.factories import NOW

pytestmark = pytest.mark.usefixtures("db_session")


def beaten(process: str = Process.CLOCK, *, machine: str = "one", ago: int = 0) -> None:
    with unit_of_work():
        heartbeats.beat(process, machine=machine, apart=timedelta(0), at=NOW - timedelta(seconds=ago))


def watch(*, later: int = 0) -> list[str]:
    with unit_of_work():
        return [row.process for row in heartbeats.watch(at=NOW + timedelta(seconds=later))]


def open_tasks() -> list[Task]:
    wanted = select(Task).where(Task.kind == TaskKind.STOPPED_PROCESS, Task.settled_at.is_(None))
    return list(session.scalars(wanted))


def test_a_process_has_one_row_on_each_machine() -> None:
    beaten(ago=20)
    beaten()
    beaten(machine="two")

    assert [row.beat_at for row in session.scalars(select(Heartbeat))] == [NOW, NOW]


def test_who_fell_silent_is_a_task_once_and_is_taken_back() -> None:
    beaten(ago=70)

    assert watch() == ["clock"]
    assert watch(later=10) == ["clock"]
    assert len(open_tasks()) == 1

    beaten()

    assert watch() == []
    assert open_tasks() == []
    lines = session.scalars(select(JournalEntry.action).where(JournalEntry.subject_type == "heartbeats"))
    assert list(lines) == ["process.silent", "process.back"]


def test_a_process_that_moved_to_another_machine_is_not_silent() -> None:
    beaten(machine="old", ago=70)
    watch()
    beaten(machine="new")

    assert watch() == []
    assert open_tasks() == []


def test_a_lane_that_is_silent_is_nobodys_task() -> None:
    beaten("triage", ago=300)

    assert watch() == []


def test_machines_long_gone_are_forgotten() -> None:
    beaten(machine="old", ago=8 * 24 * 3600)
    beaten(machine="new")

    with unit_of_work():
        heartbeats.forget_old(at=NOW)

    assert session.scalars(select(Heartbeat.machine)).all() == ["new"]


def test_a_time_that_cannot_be_true_counts_as_now() -> None:
    assert clock.believed(NOW + timedelta(minutes=6), at=NOW) == NOW
    assert clock.believed(NOW + timedelta(minutes=4), at=NOW) == NOW + timedelta(minutes=4)
    assert clock.believed(NOW - timedelta(days=9), at=NOW) == NOW - timedelta(days=9)
