import pytest
from sqlalchemy import select

from app.foundation import clock
from app.foundation.db import session
from app.foundation.tasks import Task, TaskKind
from app.rewards.models import Balance
from app.spikes.queries import live_spikes
from app.spikes.sorts import Sort
from app.triage.models import SortingOutlook
from tests import factories
from tests.spikes.scene import learnt, posts
from worker.lanes import sweeps


@pytest.mark.usefixtures("db_session")
def test_the_sweeps_compare_every_balance_with_its_ledger(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("app.rewards.actions.COMPARED_AT_ONCE", 2)
    for _n in range(3):
        session.add(Balance(user_id=factories.make_user().id, points=100, reached_at=factories.NOW))
    session.commit()

    sweeps.drain_sweeps()

    assert len(session.scalars(select(Task).where(Task.kind == TaskKind.BALANCE)).all()) == 3


@pytest.mark.usefixtures("db_session")
def test_the_sweeps_count_what_was_sorted_and_notice_a_spike() -> None:
    now = clock.now()
    posts(learnt({(Sort.ALL, ""): 12}, at=now), 40, ending=now)

    sweeps.watch_heard()
    sweeps.watch_heard()

    assert [spike.sort for spike in live_spikes()] == [Sort.ALL]


@pytest.mark.usefixtures("db_session")
def test_the_sweeps_look_at_sorting_and_not_again_at_once() -> None:
    factories.make_label(said_at=clock.now())

    sweeps.look_at_sorting()
    sweeps.look_at_sorting()

    [found] = session.scalars(select(SortingOutlook)).all()
    assert found.tallies["reasons"] == {"community.answerable": [0, 1]}
