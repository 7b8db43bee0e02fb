from datetime import timedelta

import pytest

from app.accounts.models import User
from app.advocates.models import Advocate, AdvocateStatus
from app.foundation.db import session
from app.rewards import standings
from app.rewards.models import Balance
from tests import factories
from tests.factories import NOW

pytestmark = pytest.mark.usefixtures("db_session")


def with_points(points: int, *, minutes: int = 0, **overrides: object) -> Advocate:
    advocate = factories.make_advocate(**overrides)
    session.add(
        Balance(user_id=advocate.user_id, season_id=0, points=points, reached_at=NOW + timedelta(minutes=minutes))
    )
    session.commit()
    return advocate


def test_ties_go_to_whoever_got_there_first() -> None:
    late, soon, best = with_points(50, minutes=5), with_points(50, minutes=1), with_points(70)

    places = standings.top(season_id=0, limit=10)

    assert [(place.user_id, place.rank) for place in places] == [
        (best.user_id, 1),
        (soon.user_id, 2),
        (late.user_id, 3),
    ]


def test_places_around_a_person_carry_their_rank() -> None:
    crowd = [with_points(100 - n) for n in range(10)]

    near = standings.around(crowd[5].user_id, season_id=0, each_side=2)

    assert [(place.user_id, place.rank) for place in near] == [(crowd[n].user_id, n + 1) for n in range(3, 8)]


def test_suspended_hidden_and_disabled_people_are_not_ranked() -> None:
    seen = with_points(10)
    with_points(20, status=AdvocateStatus.SUSPENDED)
    with_points(30, hidden_from_boards=True)
    gone = with_points(40)
    session.get_one(User, gone.user_id).is_active = False
    session.commit()

    assert [place.user_id for place in standings.top(season_id=0, limit=10)] == [seen.user_id]
    assert standings.around(gone.user_id, season_id=0) == []


def test_somebody_without_points_is_not_ranked() -> None:
    assert standings.around(factories.make_advocate().user_id, season_id=0) == []
