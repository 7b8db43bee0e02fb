"""Drainers that meet: points are paid once, and never beyond the cap."""

import pytest
from sqlalchemy import func, select

from app.accounts.models import User
from app.channels.types import Metrics
from app.foundation.db import session, unit_of_work
from app.publishing.models import PublicationStatus
from app.replies.models import ReplyStatus
from app.rewards import actions, scoring, standings
from app.rewards.models import PointEntry
from tests import factories
from tests.factories import NOW
from tests.races import race


def posted(writer: User) -> int:
    reply = factories.make_reply(ReplyStatus.PUBLISHED, writer=writer)
    return factories.make_publication(PublicationStatus.SENT, reply=reply, sent_at=NOW).id


def ledger_sum(user_id: int) -> int:
    return session.scalar(select(func.sum(PointEntry.points)).where(PointEntry.user_id == user_id)) or 0


def look_up(publication_id: int, *, likes: int) -> None:
    metrics = Metrics(likes=likes, reposts=0, replies=0, quotes=0, views=None, as_of=NOW)
    with unit_of_work():
        actions.record_impact(publication_id=publication_id, metrics=metrics, at=NOW)


@pytest.mark.race
def test_drainers_that_saw_the_same_reach_pay_it_once(own_database: str) -> None:
    writer = factories.ada().user
    publication_id, writer_id = posted(writer), writer.id
    session.remove()

    ends = race(4, lambda _number: look_up(publication_id, likes=5))

    assert ends == [None] * 4
    worth = scoring.reach_points(likes=5, reposts=0, views=0)
    assert standings.points_of(writer_id, season_id=0) == ledger_sum(writer_id) == worth


@pytest.mark.race
def test_the_cap_of_the_day_holds_for_replies_looked_up_at_once(own_database: str) -> None:
    writer = factories.ada().user
    ids, writer_id = [posted(writer) for _n in range(5)], writer.id
    session.remove()

    ends = race(5, lambda number: look_up(ids[number], likes=10**6))

    assert ends == [None] * 5
    assert standings.points_of(writer_id, season_id=0) == scoring.REACH_A_DAY_AT_MOST


@pytest.mark.race
def test_first_points_given_at_once_make_one_balance(own_database: str) -> None:
    writer = factories.ada().user
    ids, writer_id = [posted(writer) for _n in range(4)], writer.id
    session.remove()

    def step(number: int) -> None:
        with unit_of_work():
            actions.reward(publication_id=ids[number], at=NOW)

    ends = race(4, step)

    assert ends == [None] * 4
    assert standings.points_of(writer_id, season_id=0) == ledger_sum(writer_id)
