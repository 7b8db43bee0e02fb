"""Publications that kill, or on which our own code fails: counted before they begin, set aside after so many times."""

from datetime import datetime, timedelta

import pytest
from sqlalchemy import select

from app.foundation.db import session, unit_of_work
from app.foundation.tasks import Task, TaskKind
from app.publishing import actions
from app.publishing.actions.poison import TAKEN_LASTS
from app.publishing.models import Publication, PublicationStatus
from app.replies.models import Reply, ReplyStatus
from tests.factories import NOW, make_publication, person, sol


@pytest.fixture(autouse=True)
def _database(db_session: None) -> None:
    pass


def take(publication: Publication, at: datetime = NOW) -> bool:
    with unit_of_work():
        actions.set_aside_deadly(actions.deadly(at=at), at=at)
        taken = actions.take_next(at=at)
    session.refresh(publication)
    return taken == publication.id


def fail(publication: Publication, at: datetime = NOW) -> None:
    with unit_of_work():
        actions.count_fault(publication_id=publication.id, at=at)
    session.refresh(publication)


def open_tasks() -> list[TaskKind]:
    return list(session.scalars(select(Task.kind).where(Task.settled_at.is_(None))))


def test_what_one_worker_has_in_hand_no_other_takes() -> None:
    publication = make_publication()

    assert take(publication)
    assert not take(publication, NOW + TAKEN_LASTS - timedelta(milliseconds=1))
    assert publication.deaths == 0


def test_three_deaths_set_it_aside_and_a_person_is_asked() -> None:
    publication, at = make_publication(), NOW
    for deaths in range(3):
        assert take(publication, at)
        assert publication.deaths == deaths
        at += TAKEN_LASTS

    assert not take(publication, at)

    assert publication.status is PublicationStatus.QUARANTINED
    assert open_tasks() == [TaskKind.POISON]
    assert session.get_one(Reply, publication.reply_id, populate_existing=True).status is ReplyStatus.SUBMITTED


def test_a_claim_forgets_the_deaths_before_it() -> None:
    publication = make_publication()
    take(publication)
    take(publication, NOW + TAKEN_LASTS)

    with unit_of_work():
        assert actions.begin(publication_id=publication.id, worker="one", at=NOW) is not None

    session.refresh(publication)
    assert (publication.deaths, publication.taken_at) == (0, None)


def test_what_could_not_begin_is_put_down_and_nobody_has_died() -> None:
    publication = make_publication()
    take(publication)

    with unit_of_work():
        publication.next_try_at = NOW + timedelta(seconds=5)
    with unit_of_work():
        assert actions.begin(publication_id=publication.id, worker="one", at=NOW) is None

    assert take(publication, NOW + timedelta(seconds=5))
    assert publication.deaths == 0


def test_five_faults_set_it_aside_each_a_little_later_than_the_one_before() -> None:
    publication, pauses = make_publication(), []
    for _fault in range(4):
        take(publication)
        fail(publication)
        pauses.append((publication.next_try_at - NOW).total_seconds())

    fail(publication)

    assert pauses == [2, 4, 8, 16]
    assert publication.status is PublicationStatus.QUARANTINED
    assert open_tasks() == [TaskKind.POISON]


def test_a_person_settles_it_by_having_looked() -> None:
    publication, staff = make_publication(faults=4), person(sol())
    fail(publication)

    with unit_of_work():
        actions.settle_as_seen(publication_id=publication.id, by=staff, at=NOW)

    assert open_tasks() == []
