from datetime import timedelta

import pytest
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import select

from app.accounts.actions import admins, links, people
from app.accounts.login import COOKIE
from app.accounts.models import Role, RoleGrant, User
from app.foundation import clock
from app.foundation.db import session, unit_of_work
from app.foundation.errors import Conflict, Invalid, NotAllowed
from app.foundation.journal import JournalEntry
from tests import factories
from tests.conftest import sign_in
from tests.factories import NOW

pytestmark = pytest.mark.usefixtures("db_session")


def is_admin(user: User) -> bool:
    held = select(RoleGrant.id).where(RoleGrant.user_id == user.id, RoleGrant.role == Role.ADMIN)
    return session.scalar(held) is not None


def journal() -> list[tuple[str, int | None]]:
    """Return what was done with the admin role and by whom."""
    lines = select(JournalEntry.action, JournalEntry.actor_id).where(
        JournalEntry.action.like("admin_request.%") | JournalEntry.action.like("role.%")
    )
    return [(action, actor) for action, actor in session.execute(lines.order_by(JournalEntry.id))]


def give(user: User, by: User) -> bool:
    with unit_of_work():
        return admins.give_admin(user_id=user.id, by_id=by.id, at=NOW)


def test_a_single_admin_gives_it_at_once_and_the_journal_says_alone() -> None:
    ana, sol = factories.ana(), factories.sol()

    assert give(sol, by=ana)

    assert is_admin(sol)
    line = session.scalars(select(JournalEntry).where(JournalEntry.action == "role.given")).one()
    assert line.details == {"role": "admin", "alone": True}


def test_one_of_two_admins_only_asks() -> None:
    ana, sol = factories.ana(), factories.sol()
    factories.make_user(Role.ADMIN)

    assert not give(sol, by=ana)

    assert not is_admin(sol)
    with pytest.raises(Conflict, match="A second admin must agree"):
        give(sol, by=ana)


def test_a_second_admin_agrees() -> None:
    ana, other, sol = factories.ana(), factories.make_user(Role.ADMIN), factories.sol()
    give(sol, by=ana)

    assert give(sol, by=other)

    assert is_admin(sol)
    assert journal() == [("admin_request.made", ana.id), ("role.given", other.id)]
    line = session.scalars(select(JournalEntry).where(JournalEntry.action == "role.given")).one()
    assert line.details == {"role": "admin", "alone": False, "asked_by_id": ana.id}


def test_a_request_of_somebody_who_is_no_admin_any_more_counts_for_nothing() -> None:
    ana, other, third, sol = (
        factories.ana(),
        factories.make_user(Role.ADMIN),
        factories.make_user(Role.ADMIN),
        factories.sol(),
    )
    give(sol, by=ana)
    with unit_of_work():
        people.take_role(user_id=ana.id, role=Role.ADMIN, by_id=third.id, at=NOW)

    assert not give(sol, by=other)
    assert not is_admin(sol)
    assert give(sol, by=third)


def test_any_admin_lets_a_request_fall_once() -> None:
    ana, other, sol = factories.ana(), factories.make_user(Role.ADMIN), factories.sol()
    give(sol, by=ana)
    with unit_of_work():
        admins.withdraw_request(user_id=sol.id, by_id=other.id, at=NOW)

    with pytest.raises(Conflict), unit_of_work():
        admins.withdraw_request(user_id=sol.id, by_id=ana.id, at=NOW)
    assert not give(sol, by=other)
    assert not is_admin(sol)


def test_it_is_given_neither_twice_nor_to_a_closed_account() -> None:
    ana, closed = factories.ana(), factories.make_user(is_active=False)

    with pytest.raises(Conflict, match="hold this role"):
        give(ana, by=factories.make_user(Role.ADMIN))
    with pytest.raises(Conflict, match="closed"):
        give(closed, by=ana)


def test_there_is_no_way_round_the_second_admin() -> None:
    ana, sol = factories.ana(), factories.sol()
    factories.make_user(Role.ADMIN)

    with pytest.raises(NotAllowed), unit_of_work():
        people.give_role(user_id=sol.id, role=Role.ADMIN, by_id=ana.id, at=NOW)
    with pytest.raises(Invalid) as refused, unit_of_work():
        links.invite(email="new@example.org", roles=[Role.ADMIN], key="key", by_id=ana.id, at=NOW)
    assert refused.value.field == "roles"


def page(client: FlaskClient, user: User) -> str:
    return client.get(f"/manage/people/{user.id}").text


def test_two_admins_make_a_third_by_their_pages(app: Flask) -> None:
    ana, other, sol = factories.ana(), factories.make_user(Role.ADMIN, name="Otto Oven"), factories.sol()
    hers, his = sign_in(app.test_client(), ana), sign_in(app.test_client(), other)
    address = f"/manage/people/{sol.id}/give-admin"

    assert hers.post(f"/manage/people/{sol.id}/give-role", data={"role": "admin"}).status_code == 403
    assert hers.post(address).status_code == 303
    assert hers.post(address).status_code == 409
    assert "Waits for a second admin" in page(hers, sol)
    assert address not in page(hers, sol)
    assert "Ana Abbot asks that Sol Stern becomes an admin." in his.get("/manage/people").text
    assert address in page(his, sol)
    assert his.post(address).status_code == 303

    assert is_admin(sol)
    assert "Waits for a second admin" not in page(hers, sol)
    assert "becomes an admin" not in hers.get("/manage/people").text


def test_a_request_is_withdrawn_on_the_page(app: Flask) -> None:
    sol = factories.sol()
    factories.make_user(Role.ADMIN)
    client = sign_in(app.test_client(), factories.ana())
    client.post(f"/manage/people/{sol.id}/give-admin")

    assert client.post(f"/manage/people/{sol.id}/withdraw-admin").status_code == 303

    assert "Waits for a second admin" not in page(client, sol)
    assert client.post(f"/manage/people/{sol.id}/withdraw-admin").status_code == 409


def test_requests_are_no_business_of_moderators(app: Flask) -> None:
    ana, sol = factories.ana(), factories.sol()
    factories.make_user(Role.ADMIN)
    sign_in(app.test_client(), ana).post(f"/manage/people/{sol.id}/give-admin")

    moderator = sign_in(app.test_client(), factories.mo())

    assert "becomes an admin" not in moderator.get("/manage/people").text
    assert "Waits for a second admin" not in page(moderator, sol)


def test_the_admin_role_asks_for_a_fresh_sign_in(app: Flask) -> None:
    sol = factories.sol()
    client = app.test_client()
    long_ago = clock.now() - timedelta(minutes=11)
    client.set_cookie(COOKIE, factories.make_sign_in(factories.ana(), started_at=long_ago))

    answer = client.post(f"/manage/people/{sol.id}/give-admin")

    assert answer.status_code == 303
    assert answer.headers["Location"].startswith("/sign-in/again")
    assert not is_admin(sol)
