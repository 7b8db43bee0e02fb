"""The journal's chain: what it holds against, who is in whose way, and who is told."""

import json
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from datetime import datetime, timedelta
from pathlib import Path
from threading import Barrier

import pytest
import sqlalchemy as sa
import time_machine
from alembic.migration import MigrationContext
from alembic.operations import Operations
from flask.testing import FlaskClient
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy import select
from sqlalchemy.exc import IntegrityError

from app.foundation import clock, seals
from app.foundation.db import session, unit_of_work
from app.foundation.heads import EVERY, HEADS, check_heads
from app.foundation.journal import JournalEntry, record
from app.foundation.seals import Checked, JournalCheck, JournalSeal, Place
from app.foundation.tasks import Task, TaskKind, open_tasks
from migrations import rules
from tests import factories
from tests.conftest import sign_in
from tests.factories import NOW
from worker.lanes.journal import AT_ONCE, CHECKED_EVERY, check_journal, seal_journal

pytestmark = pytest.mark.database


@pytest.fixture(autouse=True)
def noted(tmp_path: Path) -> Iterator[Path]:
    path = tmp_path / "beside" / "heads.log"
    HEADS.keep_in(str(path))
    yield path
    HEADS.keep_in("")


def write(count: int = 1, **details: object) -> None:
    user = factories.make_user()
    with unit_of_work():
        for number in range(count):
            record("user.waved_at", subject=user, actor_id=user.id, at=NOW, times=number, **details)


@contextmanager
def in_days(days: float) -> Iterator[None]:
    with time_machine.travel(clock.now() + timedelta(days=days), tick=True):
        yield


def behind_our_back(table: str, statement: sa.Executable) -> None:
    """Do what nobody may, as somebody who can take the database's own refusals away."""
    with unit_of_work(), Operations.context(MigrationContext.configure(session.connection())):
        rules.let_change((table,))
        session.execute(statement)
        rules.refuse_changes((table,))


def numbers() -> list[int]:
    return list(session.scalars(select(JournalSeal.id).order_by(JournalSeal.id)))


def tasks() -> list[Task]:
    return open_tasks(TaskKind.JOURNAL)


def changed(line: int = 2) -> None:
    session.expire_all()
    entry = sorted(session.scalars(select(JournalEntry.id)))[line - 1]
    behind_our_back("journal_entries", sa.update(JournalEntry).where(JournalEntry.id == entry).values(actor_id=4711))


def taken_out() -> None:
    entry = session.scalars(select(JournalEntry.id).order_by(JournalEntry.id)).all()[1]
    behind_our_back("journal_entries", sa.delete(JournalEntry).where(JournalEntry.id == entry))


def seal_taken_out() -> None:
    behind_our_back("journal_seals", sa.delete(JournalSeal).where(JournalSeal.id == 2))


def cut_off() -> None:
    entry = session.scalars(select(JournalSeal.entry_id).order_by(JournalSeal.id.desc())).first()
    behind_our_back("journal_seals", sa.delete(JournalSeal).where(JournalSeal.entry_id == entry))
    behind_our_back("journal_entries", sa.delete(JournalEntry).where(JournalEntry.id == entry))


def made_anew() -> None:
    """Somebody who knows how seals are made makes all of them anew over a line that they changed."""
    changed()
    behind_our_back("journal_seals", sa.delete(JournalSeal))
    lines = seals.unsealed(limit=100)
    with unit_of_work():
        seals.seal(lines)


TAMPERINGS: list[tuple[Callable[[], None], str]] = [
    (changed, "is not what it was when it was sealed"),
    (taken_out, "was taken out"),
    (seal_taken_out, "Seal 2 of the journal is missing"),
    (cut_off, "the last of them is gone"),
    (made_anew, "is not the one that was written down"),
]


def test_every_line_is_sealed_once_in_a_chain_without_holes(db_session: None) -> None:
    write(3)
    seal_journal()
    write(2)
    seal_journal()
    seal_journal()

    lines = session.scalars(select(JournalEntry.id)).all()
    assert numbers() == list(range(1, len(lines) + 1))
    assert set(session.scalars(select(JournalSeal.entry_id))) == set(lines)
    assert seals.check(Place(), limit=100) == Checked(seals.newest(), [])


def test_more_lines_than_one_round_takes_are_all_sealed(db_session: None) -> None:
    write(AT_ONCE + 3)

    seal_journal()

    assert len(numbers()) == session.scalar(select(sa.func.count()).select_from(JournalEntry))


def test_a_line_that_was_committed_late_is_sealed_behind_those_that_came_later(db_session: None) -> None:
    write(2)
    early = max(session.scalars(select(JournalEntry.id)))
    with unit_of_work():
        session.execute(sa.insert(JournalEntry), [values(early + 5)])
    seal_journal()
    with unit_of_work():
        session.execute(sa.insert(JournalEntry), [values(early + 1)])
    seal_journal()

    assert session.scalar(select(JournalSeal.entry_id).order_by(JournalSeal.id.desc())) == early + 1


def test_a_line_that_is_later_than_any_round_looks_is_sealed_within_a_day(db_session: None) -> None:
    write(1)
    with unit_of_work():
        session.execute(sa.insert(JournalEntry), [values(5 + seals.LATE * 2)])
    seal_journal()
    with unit_of_work():
        session.execute(sa.insert(JournalEntry), [values(4)])
    seal_journal()
    assert 4 not in set(session.scalars(select(JournalSeal.entry_id)))

    check_journal()

    assert 4 in set(session.scalars(select(JournalSeal.entry_id)))
    assert not tasks()


def values(row_id: int) -> dict[str, object]:
    return {
        "id": row_id,
        "at": NOW,
        "action": "user.waved_at",
        "subject_type": "users",
        "subject_id": 1,
        "actor_id": None,
        "details": {},
    }


def test_a_seal_is_neither_changed_nor_taken_out(db_session: None) -> None:
    write(1)
    seal_journal()

    for statement in (sa.update(JournalSeal).values(digest="0" * 64), sa.delete(JournalSeal)):
        with pytest.raises(IntegrityError), session.begin_nested():
            session.execute(statement)


@pytest.mark.parametrize(("tamper", "said"), TAMPERINGS, ids=[tamper.__name__ for tamper, _said in TAMPERINGS])
def test_whatever_is_done_to_the_journal_is_found_and_told(
    db_session: None, tamper: Callable[[], None], said: str
) -> None:
    write(5)
    seal_journal()
    check_journal()
    assert not tasks()

    tamper()
    with in_days(1.1):
        check_journal()

    assert [said in task.message for task in tasks()] == [True]


def test_what_was_found_stands_until_the_chain_holds_again(db_session: None) -> None:
    write(3)
    seal_journal()
    line = session.scalars(select(JournalEntry).order_by(JournalEntry.id)).all()[1]
    line_id, before = line.id, line.actor_id
    changed()
    check_journal()
    assert len(tasks()) == 1
    with in_days(1.1):
        check_journal()
    assert len(tasks()) == 1

    behind_our_back(
        "journal_entries", sa.update(JournalEntry).where(JournalEntry.id == line_id).values(actor_id=before)
    )
    with in_days(2.2):
        check_journal()

    assert tasks() == []


def test_the_chain_is_checked_once_a_day_and_no_more(db_session: None) -> None:
    write(3)
    seal_journal()
    check_journal()
    changed()

    with in_days(CHECKED_EVERY.total_seconds() / 86_400 / 2):
        check_journal()

    assert tasks() == []


def test_a_check_goes_on_where_it_was_cut_short(db_session: None, monkeypatch: pytest.MonkeyPatch) -> None:
    write(7)
    seal_journal()
    asked = []
    check = seals.check

    def one_round(after: Place, *, limit: int) -> Checked:
        asked.append(after.number)
        return check(after, limit=2)

    monkeypatch.setattr(seals, "check", one_round)
    left = iter([True, True, False] + [True] * 20)
    monkeypatch.setattr("worker.lanes.journal.may_go_on", lambda: next(left))
    check_journal()
    check_journal()

    assert asked == sorted(set(asked))
    assert asked[0] == 0
    assert asked[-1] == len(numbers())


def test_the_head_is_written_down_every_ten_minutes_while_there_is_a_new_one(db_session: None, noted: Path) -> None:
    for minutes in (0, 1, 9, 11, 12, 23):
        with time_machine.travel(NOW + timedelta(minutes=minutes), tick=False):
            write(1)
            seal_journal()
    with time_machine.travel(NOW + timedelta(minutes=60), tick=False):
        seal_journal()

    heads = [json.loads(line) for line in noted.read_text().splitlines()]
    assert [datetime.fromisoformat(head["at"]) - NOW for head in heads] == [
        timedelta(minutes=minutes) for minutes in (0, 11, 23)
    ] + [timedelta(minutes=60)][: heads[-1]["number"] != numbers()[-1]]
    assert noted.stat().st_mode & 0o077 == 0
    assert check_heads() == (len(heads), [])


def test_a_head_cut_short_by_a_crash_hides_no_other(db_session: None, noted: Path) -> None:
    write(2)
    seal_journal()
    with noted.open("a") as file:
        file.write('{"at":"2026-11-22T')
    write(1)
    with in_days(2 * EVERY.total_seconds() / 86_400):
        seal_journal()

    assert check_heads() == (2, [])


def test_heads_of_before_a_restore_say_nothing_about_what_came_after(db_session: None) -> None:
    write(5)
    seal_journal()
    cut_off()
    assert len(check_heads()[1]) == 1

    HEADS.put_back(at=clock.now())

    assert check_heads() == (0, [])


def test_one_broken_line_hides_no_other_and_no_head(db_session: None) -> None:
    write(9)
    seal_journal()
    changed(2)
    changed(6)
    cut_off()

    check_journal()

    (told,) = [task.message for task in tasks()]
    assert told.count("is not what it was") == 2
    assert "the last of them is gone" in told


def test_what_two_processes_check_at_once_is_counted_once(db_session: None, monkeypatch: pytest.MonkeyPatch) -> None:
    write(5)
    seal_journal()
    changed()
    check = seals.check

    def overtaken(after: Place, *, limit: int) -> Checked:
        monkeypatch.setattr(seals, "check", check)
        check_journal()  # by another process, while we look at the same stretch
        return check(after, limit=limit)

    monkeypatch.setattr(seals, "check", overtaken)
    check_journal()

    assert session.get_one(JournalCheck, 1, populate_existing=True).faults == 1


def test_of_very_much_that_is_broken_the_first_is_told_and_the_rest_counted(db_session: None) -> None:
    write(30)
    seal_journal()
    behind_our_back("journal_entries", sa.update(JournalEntry).values(actor_id=4711))

    check_journal()

    (told,) = [task.message for task in tasks()]
    assert told.startswith("30 places")
    assert told.count("is not what it was") == seals.TOLD


def test_without_a_file_the_chain_alone_is_checked(db_session: None) -> None:
    HEADS.keep_in("")
    write(3)
    seal_journal()
    check_journal()

    assert tasks() == []
    assert numbers()


@settings(max_examples=25, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    details=st.dictionaries(
        st.text(max_size=9).filter(lambda key: "\x00" not in key),
        st.none()
        | st.booleans()
        | st.integers(-(2**53), 2**53)
        | st.text(max_size=20).filter(lambda x: "\x00" not in x),
        max_size=4,
    )
)
def test_whatever_a_line_says_is_read_back_as_it_was_sealed(db_session: None, details: dict[str, object]) -> None:
    details = json.loads(json.dumps(details).encode("utf-8", "replace"))
    with unit_of_work():
        session.execute(sa.insert(JournalEntry), [values_with(details)])
    seal_journal()
    session.expire_all()

    assert seals.check(Place(), limit=10_000) == Checked(seals.newest(), [])


def values_with(details: dict[str, object]) -> dict[str, object]:
    row = values(0) | {"details": details}
    del row["id"]
    return row


def test_two_who_seal_at_once_make_one_chain(own_database: str) -> None:
    write(300)
    together = Barrier(4)

    def seal() -> None:
        together.wait()
        try:
            for _each in range(20):
                seal_journal()
        finally:
            session.remove()

    with ThreadPoolExecutor(4) as threads:
        for done in [threads.submit(seal) for _each in range(4)]:
            done.result()
    seal_journal()

    assert numbers() == list(range(1, len(numbers()) + 1))
    assert len(numbers()) == session.scalar(select(sa.func.count()).select_from(JournalEntry))
    assert seals.check(Place(), limit=1_000) == Checked(seals.newest(), [])


def test_how_it_runs_shows_what_was_found(client: FlaskClient) -> None:
    write(3)
    seal_journal()
    changed()
    check_journal()

    page = sign_in(client, factories.ana()).get("/manage/health").get_data(as_text=True)

    assert tasks()[0].message in page
