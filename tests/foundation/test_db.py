import traceback

import pytest
from sqlalchemy import select, text
from sqlalchemy.exc import IntegrityError

from app.accounts.models import User
from app.foundation import db
from app.foundation.db import session, unit_of_work
from tests import factories
from tests.factories import NOW


def test_unit_of_work_keeps_nothing_when_it_fails(db_session: None) -> None:
    user = factories.make_user()

    def fail_after_a_change() -> None:
        with unit_of_work():
            session.get_one(User, user.id).name = "Changed"
            session.flush()
            raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        fail_after_a_change()

    assert session.scalar(select(User.name).where(User.id == user.id)) == user.name


def test_unit_of_work_refuses_to_nest(db_session: None) -> None:
    with unit_of_work(), pytest.raises(RuntimeError), unit_of_work():
        pass


def test_unit_of_work_reads_again_what_was_read_before(db_session: None) -> None:
    user = factories.make_user(name="Before")
    assert user.name == "Before"
    session.execute(User.__table__.update().values(name="After"))

    with unit_of_work():
        assert session.get_one(User, user.id).name == "After"


def test_a_rested_connection_that_was_cut_is_replaced(postgresql_url: str, monkeypatch: pytest.MonkeyPatch) -> None:
    engine, other = db.make_engine(postgresql_url), db.make_engine(postgresql_url)
    monkeypatch.setattr(db, "RESTED_SECONDS", 0.0)
    with engine.connect() as connection:
        number = connection.scalar(text("SELECT pg_backend_pid()"))

    with other.connect() as connection:
        connection.execute(text("SELECT pg_terminate_backend(:number)"), {"number": number})
    with engine.connect() as connection:
        assert connection.scalar(text("SELECT pg_backend_pid()")) != number
    engine.dispose()
    other.dispose()


def test_errors_say_nothing_of_what_people_wrote(db_session: None) -> None:
    user = factories.make_user(email="dilly@example.org")

    with pytest.raises(IntegrityError) as caught, unit_of_work():
        session.add(User(email=user.email, handle="other", name="Dilly Brews", password_hash="!", created_at=NOW))

    said = "".join(traceback.format_exception(caught.value))
    assert "Dilly" not in said
    assert "dilly" not in said
    assert "users" in said
