import pytest
from sqlalchemy import select

from app.foundation.db import session
from app.foundation.tasks import Task, TaskKind
from app.rewards.models import Balance
from tests import factories
from worker.lanes import sweeps


@pytest.mark.usefixtures("db_session")
def test_the_sweeps_compare_every_balance_with_its_ledger(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("app.rewards.actions.COMPARED_AT_ONCE", 2)
    for _n in range(3):
        session.add(Balance(user_id=factories.make_user().id, points=100, reached_at=factories.NOW))
    session.commit()

    sweeps.drain_sweeps()

    assert len(session.scalars(select(Task).where(Task.kind == TaskKind.BALANCE)).all()) == 3
