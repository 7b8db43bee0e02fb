import pytest
from sqlalchemy import select
from sqlalchemy.exc import IntegrityError

from app.foundation.db import session, unit_of_work
from app.foundation.errors import Conflict
from app.foundation.tasks import Task, TaskKind, open_task, open_tasks_of
from tests import factories
from tests.factories import NOW


def test_one_thing_is_asked_once_until_it_is_settled(db_session: None) -> None:
    connection, sol = factories.make_connection(), factories.sol()
    with unit_of_work():
        first = open_task(TaskKind.RECONNECT, subject=connection, message="Sign in again", at=NOW)
    with unit_of_work():
        again = open_task(TaskKind.RECONNECT, subject=connection, message="Sign in again", at=NOW)
        other = open_task(TaskKind.UNREADABLE_PAGE, subject=connection, message="Look", at=NOW)
    assert again.id == first.id
    assert other.id != first.id

    with unit_of_work():
        session.get_one(Task, first.id).settle(by_id=sol.id, at=NOW)
    with unit_of_work():
        later = open_task(TaskKind.RECONNECT, subject=connection, message="Once more", at=NOW)

    assert later.id != first.id
    assert [task.id for task in open_tasks_of(TaskKind.RECONNECT, connection)] == [later.id]


def test_a_task_is_settled_once(db_session: None) -> None:
    with unit_of_work():
        task = open_task(TaskKind.POISON, subject=factories_subject(), message="It broke a worker", at=NOW)
    with unit_of_work():
        session.get_one(Task, task.id).settle(by_id=None, at=NOW)

    with pytest.raises(Conflict), unit_of_work():
        session.get_one(Task, task.id).settle(by_id=None, at=NOW)


def test_the_database_itself_refuses_a_second_open_one(db_session: None) -> None:
    values = {"kind": TaskKind.POISON, "subject_type": "mentions", "subject_id": 1, "message": "", "opened_at": NOW}
    with pytest.raises(IntegrityError), unit_of_work():
        session.add_all([Task(**values), Task(**values)])

    assert session.scalars(select(Task)).all() == []


def factories_subject() -> Task:
    """Any row will do for a subject, another task as well."""
    existing = Task(kind=TaskKind.ALARM, subject_type="users", subject_id=1, message="", opened_at=NOW)
    session.add(existing)
    session.flush()
    return existing
