import pytest
from sqlalchemy import select

from app.accounts.models import User
from app.foundation.db import session, unit_of_work
from tests import factories


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
