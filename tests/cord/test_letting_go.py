"""Letting go takes two admins where there are two."""

from datetime import timedelta

import pytest
from sqlalchemy import select

from app.accounts.models import Role, RoleGrant, User
from app.accounts.permissions import Person
from app.cord import actions, queries
from app.cord.models import Hold, HoldScope, ResumeOffer
from app.foundation.db import session, unit_of_work
from app.foundation.errors import Conflict, DomainError, NotAllowed
from app.foundation.journal import JournalEntry
from tests.factories import NOW, ana, make_user, mo, person
from tests.races import race

FRESH, ALL = ResumeOffer.SEND_FRESH, ResumeOffer.SEND_ALL


def pull(scope: HoldScope = HoldScope.EVERYTHING) -> int:
    puller = person(make_user(Role.MODERATOR))
    with unit_of_work():
        return actions.pull(scope=scope, reason="Recall", by=puller, at=NOW).id


def release(hold_id: int, by: Person, offer: ResumeOffer = FRESH) -> bool:
    with unit_of_work():
        return actions.release(hold_id=hold_id, offer=offer, by=by, at=NOW)


def new_admin() -> Person:
    user = make_user(Role.ADMIN)
    session.scalars(select(RoleGrant).where(RoleGrant.user_id == user.id)).one().granted_at = NOW - timedelta(hours=23)
    session.commit()
    return person(user)


def last_line() -> JournalEntry:
    return session.scalars(select(JournalEntry).order_by(JournalEntry.id.desc()).limit(1)).one()


@pytest.mark.usefixtures("db_session")
class TestTwo:
    def test_one_asks_and_another_agrees(self) -> None:
        hold_id, one, other = pull(), person(ana()), person(make_user(Role.ADMIN))

        assert release(hold_id, one) is False
        assert [hold.id for hold in queries.active_holds()] == [hold_id]
        assert (last_line().action, last_line().details) == ("hold.release_asked", {"offer": "SEND_FRESH"})

        assert release(hold_id, other) is True
        assert queries.active_holds() == []
        assert last_line().action == "hold.released"
        assert (last_line().details["alone"], last_line().details["asked_by_id"]) == (False, one.id)

    def test_nobody_agrees_with_themselves(self) -> None:
        hold_id, one, _other = pull(), person(ana()), make_user(Role.ADMIN)
        release(hold_id, one)

        with pytest.raises(Conflict):
            release(hold_id, one)

    def test_both_must_want_the_same_for_what_waits(self) -> None:
        hold_id, one, other = pull(), person(ana()), person(make_user(Role.ADMIN))
        release(hold_id, one, FRESH)

        with pytest.raises(Conflict):
            release(hold_id, other, ALL)

        assert len(queries.active_holds()) == 1

    def test_either_withdraws_and_then_nobody_asks(self) -> None:
        hold_id, one, other = pull(), person(ana()), person(make_user(Role.ADMIN))
        release(hold_id, one)

        with unit_of_work():
            actions.withdraw_request(hold_id=hold_id, by=other, at=NOW)

        assert (last_line().action, last_line().actor_id) == ("hold.release_withdrawn", other.id)
        with pytest.raises(Conflict), unit_of_work():
            actions.withdraw_request(hold_id=hold_id, by=one, at=NOW)
        assert release(hold_id, other) is False

    def test_a_new_pull_drops_the_request(self) -> None:
        hold_id, one, other = pull(), person(ana()), person(make_user(Role.ADMIN))
        release(hold_id, one)

        pull(HoldScope.CROWD)

        assert release(hold_id, other) is False

    def test_the_wish_of_somebody_who_is_no_admin_any_more_counts_for_nothing(self) -> None:
        hold_id, one, other = pull(), person(ana()), person(make_user(Role.ADMIN))
        make_user(Role.ADMIN)
        release(hold_id, one)
        session.get_one(User, one.id).is_active = False
        session.commit()

        assert release(hold_id, other) is False
        assert session.get_one(Hold, hold_id).asked_by_id == other.id

    def test_a_new_admin_waits_for_a_day_and_the_first_one_goes_on_alone(self) -> None:
        hold_id, one, new = pull(), person(ana()), new_admin()

        with pytest.raises(NotAllowed):
            release(hold_id, new)

        assert release(hold_id, one) is True
        assert last_line().details["alone"] is True

    def test_a_request_whose_admin_is_left_alone_is_granted(self) -> None:
        hold_id, one, other = pull(), person(ana()), person(make_user(Role.ADMIN))
        release(hold_id, one)
        session.get_one(User, other.id).is_active = False
        session.commit()

        assert release(hold_id, one) is True
        assert session.get_one(Hold, hold_id).asked_by_id is None


@pytest.mark.race
def test_of_two_who_ask_at_once_one_agrees_with_the_other(own_database: str) -> None:
    hold_id, admins = pull(), [person(ana()), person(make_user(Role.ADMIN))]
    session.remove()

    ends = race(2, lambda n: release(hold_id, admins[n]))

    assert ends == [None, None]
    hold = session.get_one(Hold, hold_id)
    assert {hold.asked_by_id, hold.released_by_id} == {admin.id for admin in admins}


@pytest.mark.race
def test_one_agreement_of_many_releases(own_database: str) -> None:
    hold_id, asks = pull(), person(ana())
    admins = [person(make_user(Role.ADMIN)) for _ in range(4)]
    release(hold_id, asks)
    session.remove()

    ends = race(4, lambda n: release(hold_id, admins[n]))

    assert sorted(type(end).__name__ for end in ends) == ["Conflict"] * 3 + ["NoneType"]
    lines = session.scalars(select(JournalEntry).where(JournalEntry.action == "hold.released")).all()
    assert len(lines) == 1


@pytest.mark.race
def test_one_of_many_pulls_of_one_topic_holds(own_database: str) -> None:
    pullers = [person(make_user(Role.MODERATOR)) for _ in range(4)]
    session.remove()

    def step(number: int) -> None:
        with unit_of_work():
            actions.pull(scope=HoldScope.TOPIC, topic="lids", reason="Recall", by=pullers[number], at=NOW)

    ends = race(4, step)

    assert sorted(type(end).__name__ for end in ends) == ["Conflict"] * 3 + ["NoneType"]
    assert len(queries.active_holds()) == 1


@pytest.mark.race
@pytest.mark.parametrize("_again", range(5))
def test_a_pull_beside_an_agreement_leaves_no_request_behind(own_database: str, _again: int) -> None:
    hold_id, one, other = pull(), person(ana()), person(make_user(Role.ADMIN))
    puller = person(mo())
    release(hold_id, one)
    session.remove()

    def step(number: int) -> None:
        if number:
            release(hold_id, other)
        else:
            with unit_of_work():
                actions.pull(scope=HoldScope.CROWD, reason="Again", by=puller, at=NOW)

    ends = race(2, step)

    assert [end for end in ends if isinstance(end, DomainError)] == ends[:0]
    assert ends == [None, None]
    hold = session.get_one(Hold, hold_id)
    # Either the agreement came first, or it was a wish of its own.
    assert hold.released_at is not None or hold.asked_by_id == other.id
