"""A row that cannot be worked on stops nobody: it is left alone, tried again, and set aside for a person in the end."""

from collections.abc import Callable
from datetime import timedelta

import pytest
from rq.timeouts import JobTimeoutException
from sqlalchemy import select
from sqlalchemy.exc import OperationalError

from app.foundation import clock, stumbles
from app.foundation.db import session, unit_of_work
from app.foundation.lanes import Lane
from app.foundation.stumbles import Stumble
from app.foundation.tasks import Task, TaskKind
from app.mentions.models import MentionStatus
from app.publishing.models import Publication, PublicationStatus
from app.rewards import actions as rewards
from app.rewards import queries
from app.rewards.models import PointEntry
from tests import factories
from worker import careful
from worker.lanes import sweeps
from worker.lanes.rewards import drain_rewards

pytestmark = pytest.mark.usefixtures("db_session")


def sent(count: int) -> list[int]:
    return [
        factories.make_publication(
            PublicationStatus.SENT, sent_at=clock.now(), external_id=str(7000 + number), rewarded_at=None
        ).id
        for number in range(count)
    ]


def failing(monkeypatch: pytest.MonkeyPatch, *poison: int) -> list[int]:
    """Let rewarding these publications fail; return those it was tried on, in order."""
    tried: list[int] = []
    reward: Callable[..., bool] = rewards.reward

    def tries(*, publication_id: int, at: object) -> bool:
        tried.append(publication_id)
        if publication_id in poison:
            raise ValueError("these points cannot be counted")
        return reward(publication_id=publication_id, at=at)

    monkeypatch.setattr(rewards, "reward", tries)
    return tried


def wait_over() -> None:
    """Let every pause be over."""
    for one in session.scalars(select(Stumble).where(Stumble.try_at.is_not(None))):
        one.try_at = clock.now() - timedelta(seconds=1)
    session.commit()


def rewarded() -> set[int | None]:
    return set(session.scalars(select(PointEntry.publication_id)))


def test_a_row_that_fails_does_not_hold_up_those_behind_it(monkeypatch: pytest.MonkeyPatch) -> None:
    poison, *others = sent(3)
    failing(monkeypatch, poison)

    drain_rewards()

    assert rewarded() == set(others)


def test_the_end_of_a_jobs_time_is_no_fault_of_the_row_in_hand(monkeypatch: pytest.MonkeyPatch) -> None:
    sent(1)

    def too_long(**_about: object) -> bool:
        raise JobTimeoutException

    monkeypatch.setattr(rewards, "reward", too_long)
    with pytest.raises(JobTimeoutException):
        drain_rewards()

    session.rollback()
    assert session.scalars(select(Stumble)).all() == []


def test_after_five_errors_it_is_set_aside_with_a_task_and_tried_no_more(monkeypatch: pytest.MonkeyPatch) -> None:
    (poison,) = sent(1)
    tried = failing(monkeypatch, poison)

    for _round in range(8):
        drain_rewards()
        wait_over()

    assert tried == [poison] * stumbles.ERRORS
    tasks = session.scalars(select(Task).where(Task.kind == TaskKind.POISON)).all()
    assert [(task.subject_type, task.subject_id) for task in tasks] == [("publications", poison)]


def test_it_is_left_alone_for_a_while_after_each_error(monkeypatch: pytest.MonkeyPatch) -> None:
    (poison,) = sent(1)
    tried = failing(monkeypatch, poison)

    drain_rewards()
    drain_rewards()

    assert tried == [poison]
    assert list(queries.unrewarded(at=clock.now() + timedelta(seconds=6), limit=9)) == [poison]


def test_the_databases_trouble_is_not_the_rows(monkeypatch: pytest.MonkeyPatch) -> None:
    (row,) = sent(1)

    def fail(_row_id: int) -> None:
        raise OperationalError("INSERT", {}, Exception("database or disk is full"))

    with pytest.raises(OperationalError):
        careful.each(Lane.REWARDS, Publication, [row], fail, point="here")

    assert session.scalars(select(Stumble)).all() == []


def test_somebody_in_the_way_only_makes_us_try_again() -> None:
    (row,) = sent(1)
    tries: list[int] = []

    def work(row_id: int) -> None:
        tries.append(row_id)
        if len(tries) < careful.TRIES:
            raise OperationalError("UPDATE", {}, Exception("database is locked"))

    careful.each(Lane.REWARDS, Publication, [row], work, point="here")

    assert tries == [row] * careful.TRIES


def test_a_row_that_killed_three_times_is_not_taken_again() -> None:
    (row,) = sent(1)
    done: list[int] = []
    for _death in range(stumbles.DEATHS):
        with unit_of_work():
            stumbles.note_taken(Lane.REWARDS, session.get_one(Publication, row), at=clock.now())

    careful.each(Lane.REWARDS, Publication, [row], done.append, point="here", deadly=True)

    assert done == []
    assert session.scalars(select(Task.kind)).all() == [TaskKind.POISON]


def test_a_row_that_went_through_has_killed_nobody() -> None:
    (row,) = sent(1)

    for _round in range(5):
        careful.each(Lane.REWARDS, Publication, [row], lambda _row_id: None, point="here", deadly=True)

    assert session.scalars(select(Stumble)).all() == []
    assert session.scalars(select(Task)).all() == []


def test_a_claim_that_cannot_be_ended_does_not_hold_up_the_others(monkeypatch: pytest.MonkeyPatch) -> None:
    over = clock.now() - timedelta(seconds=1)
    poison, fine = (factories.make_claim(expires_at=over) for _n in range(2))
    expire = sweeps.feed.expire_claim

    def tries(*, claim_id: int, at: object) -> bool:
        if claim_id == poison.id:
            raise ValueError("this claim cannot be ended")
        return expire(claim_id=claim_id, at=at)  # type: ignore[arg-type]

    monkeypatch.setattr(sweeps.feed, "expire_claim", tries)

    sweeps.expire_claims()

    session.expire_all()
    assert fine.ended_at is not None
    assert session.get_one(factories.Mention, fine.mention_id).status is MentionStatus.OPEN
    assert poison.ended_at is None
