from sqlalchemy import select

from app.accounts.models import User
from app.foundation.db import session, unit_of_work
from app.foundation.journal import JournalEntry, record
from tests import factories
from tests.factories import NOW


def test_a_line_says_who_did_what_to_which_row_and_when(db_session: None) -> None:
    sol, mo = factories.sol(), factories.mo()

    with unit_of_work():
        record("user.waved_at", subject=sol, actor_id=mo.id, at=NOW, times=3)

    line = session.scalars(select(JournalEntry)).one()
    assert (line.action, line.subject_type, line.subject_id, line.actor_id, line.at, line.details) == (
        "user.waved_at",
        "users",
        sol.id,
        mo.id,
        NOW,
        {"times": 3},
    )


def test_a_new_row_is_named_by_the_number_it_gets(db_session: None) -> None:
    with unit_of_work():
        user = User(email="a@example.org", handle="a1", name="A", password_hash="!", created_at=NOW)
        session.add(user)
        record("user.made", subject=user, actor_id=None, at=NOW)

    assert session.scalars(select(JournalEntry.subject_id)).one() == user.id


def test_what_is_undone_leaves_no_line(db_session: None) -> None:
    sol = factories.sol()
    try:
        with unit_of_work():
            record("user.waved_at", subject=sol, actor_id=None, at=NOW)
            session.flush()
            raise ZeroDivisionError
    except ZeroDivisionError:
        pass

    assert session.scalars(select(JournalEntry)).all() == []
