import pytest
from sqlalchemy import select

from app.cord import actions, queries
from app.cord.models import Hold, HoldScope, ResumeOffer
from app.foundation.db import session, unit_of_work
from app.foundation.errors import Conflict, Invalid
from app.foundation.events import Event, EventType
from app.foundation.journal import JournalEntry
from app.foundation.tasks import Task, TaskKind
from tests.factories import NOW, ada, ana, mo, person


@pytest.fixture(autouse=True)
def _database(db_session: None) -> None:
    pass


def test_pulling_needs_a_reason() -> None:
    who = person(mo())

    with pytest.raises(Invalid) as refused, unit_of_work():
        actions.pull(scope=HoldScope.EVERYTHING, reason="  \n", by=who, at=NOW)

    assert refused.value.field == "reason"
    assert queries.active_holds() == []


def test_pulling_is_journalled_and_told_to_every_page() -> None:
    who = person(mo())

    with unit_of_work():
        hold = actions.pull(scope=HoldScope.CROWD, reason="Recall", by=who, at=NOW)

    line = session.scalars(select(JournalEntry).where(JournalEntry.action == "hold.pulled")).one()
    assert (line.subject_id, line.actor_id) == (hold.id, who.id)
    assert session.scalars(select(Event.type)).all() == [EventType.CORD]


def test_the_same_scope_is_pulled_once() -> None:
    first, second = person(mo()), person(ana())
    with unit_of_work():
        actions.pull(scope=HoldScope.EVERYTHING, reason="Recall", by=first, at=NOW)

    with pytest.raises(Conflict), unit_of_work():
        actions.pull(scope=HoldScope.EVERYTHING, reason="Me too", by=second, at=NOW)

    assert session.scalars(select(Hold.reason)).all() == ["Recall"]


@pytest.mark.parametrize(
    ("scope", "crowd", "stopped"),
    [
        (HoldScope.EVERYTHING, True, True),
        (HoldScope.EVERYTHING, False, True),
        (HoldScope.CROWD, True, True),
        (HoldScope.CROWD, False, False),
    ],
)
def test_a_hold_covers_what_its_scope_says(scope: HoldScope, crowd: bool, stopped: bool) -> None:
    who = person(mo())
    with unit_of_work():
        actions.pull(scope=scope, reason="Recall", by=who, at=NOW)

    assert (queries.hold_over(crowd=crowd, connection_id=1, topic="lids") is not None) is stopped


def test_one_admin_releases_and_the_journal_says_alone() -> None:
    puller, admin = person(mo()), person(ana())
    with unit_of_work():
        hold = actions.pull(scope=HoldScope.EVERYTHING, reason="Recall", by=puller, at=NOW)

    with unit_of_work():
        actions.release(hold_id=hold.id, offer=ResumeOffer.SEND_FRESH, by=admin, at=NOW)

    line = session.scalars(select(JournalEntry).where(JournalEntry.action == "hold.released")).one()
    assert line.details["alone"] is True
    assert queries.active_holds() == []
    assert [held.id for held in queries.past_holds(limit=5)] == [hold.id]


def test_a_released_hold_is_not_released_again() -> None:
    puller, admin = person(mo()), person(ana())
    with unit_of_work():
        hold = actions.pull(scope=HoldScope.EVERYTHING, reason="Recall", by=puller, at=NOW)
    with unit_of_work():
        actions.release(hold_id=hold.id, offer=ResumeOffer.SEND_FRESH, by=admin, at=NOW)

    with pytest.raises(Conflict), unit_of_work():
        actions.release(hold_id=hold.id, offer=ResumeOffer.SEND_FRESH, by=admin, at=NOW)


def test_an_alarm_is_one_open_task_until_somebody_settles_it() -> None:
    caller, moderator = person(ada().user), person(mo())
    for reason in ("They argue about the recall", "Still arguing"):
        with unit_of_work():
            task = actions.raise_alarm(reason=reason, by=caller, at=NOW)

    assert [(alarm.kind, alarm.message) for alarm in queries.open_alarms()] == [
        (TaskKind.ALARM, "Ada Ames: “They argue about the recall”")
    ]
    with unit_of_work():
        actions.settle_alarm(task_id=task.id, by=moderator, at=NOW)
    assert session.get_one(Task, task.id).settled_by_id == moderator.id
    assert queries.open_alarms() == []
