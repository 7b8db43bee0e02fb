from datetime import timedelta

import pytest
from flask.testing import FlaskClient
from sqlalchemy import select

from app.accounts.models import Role, RoleGrant
from app.foundation import clock
from app.foundation.db import session, unit_of_work
from app.foundation.journal import JournalEntry
from app.foundation.recovery import Recovery, TimelineRead, active_recovery, start_recovery
from app.foundation.tasks import Task, TaskKind, open_task
from app.mentions.models import MentionStatus
from app.mentions.types import Route
from app.publishing import actions
from app.publishing.models import Publication, PublicationStatus
from tests import factories
from tests.conftest import sign_in
from tests.factories import ada, ana, make_connection, make_mention, make_publication, make_user, mo, person, sol
from tests.races import race

BANNER = "Recovery mode: nothing is sent."


def recover() -> Recovery:
    recovery = start_recovery(lost_from=clock.now() - timedelta(hours=1), by_id=None, at=clock.now())
    session.commit()
    return recovery


def forget(text: str = "How do I descale?", **overrides: object) -> int:
    mention = make_mention(status=MentionStatus.ANSWERED, text=text, **overrides)
    open_task(TaskKind.FORGOTTEN_POST, subject=mention, message="Look", at=clock.now())
    session.commit()
    return mention.id


def test_everybody_who_works_sees_on_every_page_that_nothing_is_sent(client: FlaskClient) -> None:
    recover()

    for member in (mo(), sol(), ana()):
        assert BANNER in sign_in(client, member).get("/leaderboard").text
    assert BANNER not in sign_in(client, ada().user).get("/leaderboard").text


def test_the_page_says_which_network_cannot_be_read_and_why(client: FlaskClient) -> None:
    recovery = recover()
    make_connection(handle="QuietKettle")
    broken = make_connection(handle="LoudKettle")
    session.add(
        TimelineRead(
            recovery_id=recovery.id, connection_id=broken.id, next_read_at=clock.now(), trouble="It does not answer."
        )
    )
    session.commit()

    page = sign_in(client, sol()).get("/recovery").text

    assert "@QuietKettle" in page
    assert "Cannot be read" in page
    assert "It does not answer." in page
    assert "/recovery/end" not in page


def test_a_single_admin_ends_it_and_what_was_approved_before_is_decided_on_again(client: FlaskClient) -> None:
    publication = make_publication(approved_at=clock.now() - timedelta(minutes=1))
    recover()
    admin = ana()
    sign_in(client, admin)
    assert "/recovery/end" in client.get("/recovery").text

    assert client.post("/recovery/end").status_code == 303

    session.expire_all()
    assert session.get_one(Publication, publication.id).status is PublicationStatus.CANCELLED
    line = session.scalars(select(JournalEntry).where(JournalEntry.action == "recovery.ended")).one()
    assert (line.actor_id, line.details) == (admin.id, {"alone": True})
    assert "Recovery mode is off since" in client.get("/recovery").text
    assert client.post("/recovery/end").status_code == 409


def test_of_two_admins_one_asks_and_the_other_agrees(client: FlaskClient) -> None:
    recover()
    one, other = ana(), make_user(Role.ADMIN)

    asks = sign_in(client, one).get("/recovery").text
    asked = client.post("/recovery/end", follow_redirects=True).text
    again = client.post("/recovery/end")
    shown = sign_in(client, other).get("/recovery").text
    still_on = active_recovery() is not None
    agreed = client.post("/recovery/end", follow_redirects=True).text

    assert "Ask to end recovery mode" in asks
    assert "A second admin must agree. Nothing is sent until then." in asked
    assert "Withdraw the request" in asked
    assert again.status_code == 409
    assert f"{one.name} asks a second admin to agree to end it." in shown
    assert "Agree and end recovery mode" in shown
    assert still_on
    assert "Recovery mode is off since" in agreed
    lines = session.scalars(select(JournalEntry).where(JournalEntry.action.startswith("recovery.e"))).all()
    assert [(line.action, line.actor_id, line.details) for line in lines] == [
        ("recovery.end_asked", one.id, {}),
        ("recovery.ended", other.id, {"alone": False, "asked_by_id": one.id}),
    ]


def test_either_admin_lets_the_request_fall_and_then_nobody_asks(client: FlaskClient) -> None:
    recover()
    one, other = ana(), make_user(Role.ADMIN)
    sign_in(client, one).post("/recovery/end")

    withdrawn = sign_in(client, other).post("/recovery/end/withdraw", follow_redirects=True)

    assert "Nobody asks to end recovery mode any more." in withdrawn.text
    assert "Ask to end recovery mode" in withdrawn.text
    assert client.post("/recovery/end/withdraw").status_code == 409
    client.post("/recovery/end")
    assert active_recovery() is not None


def test_a_new_admin_has_no_word_in_it(client: FlaskClient) -> None:
    recover()
    ana()
    new = make_user(Role.ADMIN)
    session.scalars(select(RoleGrant).where(RoleGrant.user_id == new.id)).one().granted_at = clock.now()
    session.commit()

    page = sign_in(client, new).get("/recovery").text
    refused = client.post("/recovery/end")

    assert "You have been an admin for less than a day" in page
    assert 'action="/recovery/end"' not in page
    assert refused.status_code == 403
    assert active_recovery() is not None


def test_a_request_does_not_count_for_a_recovery_that_began_after_it(client: FlaskClient) -> None:
    recover()
    one, other = ana(), make_user(Role.ADMIN)
    sign_in(client, one).post("/recovery/end")
    session.add(Recovery(started_at=clock.now() + timedelta(seconds=1), lost_from=clock.now()))
    session.commit()

    page = sign_in(client, other).get("/recovery").text
    client.post("/recovery/end")

    assert "Ask to end recovery mode" in page
    assert active_recovery() is not None


def test_staff_do_not_end_it(client: FlaskClient) -> None:
    recover()

    assert sign_in(client, sol()).post("/recovery/end").status_code == 403
    assert "Admins can end it." in client.get("/recovery").text


@pytest.mark.race
def test_of_two_admins_who_ask_at_once_one_agrees_with_the_other(own_database: str) -> None:
    recover()
    admins = [person(make_user(Role.ADMIN)) for _ in range(2)]
    session.remove()

    def ask(n: int) -> None:
        with unit_of_work():
            actions.end_recovery(by=admins[n], at=clock.now())

    ends = race(2, ask)

    assert ends == [None, None]
    ended = session.scalars(select(Recovery)).one()
    assert {ended.asked_by_id, ended.ended_by_id} == {admin.id for admin in admins}


def test_a_reply_nobody_knows_of_is_shown_until_somebody_has_looked(client: FlaskClient) -> None:
    mention_id = forget()
    sign_in(client, mo())
    assert "A reply of ours was found that nobody here knows of." in client.get("/leaderboard").text
    assert "How do I descale?" in client.get("/recovery").text

    assert client.post(f"/recovery/posts/{mention_id}/seen").status_code == 303

    assert "How do I descale?" not in client.get("/recovery").text
    assert session.scalars(select(Task.settled_at)).one() is not None
    assert client.post(f"/recovery/posts/{mention_id}/seen").status_code == 409


def test_a_post_about_safety_is_not_shown_to_moderators(client: FlaskClient) -> None:
    mention_id = forget("It burned me", route=Route.STAFF_SENSITIVE, feed_lane=None)
    factories.make_case(mention=session.get_one(factories.Mention, mention_id), safety=True, sensitive=True)

    assert "It burned me" not in sign_in(client, mo()).get("/recovery").text
    assert client.post(f"/recovery/posts/{mention_id}/seen").status_code == 404
    assert "It burned me" in sign_in(client, sol()).get("/recovery").text


@pytest.mark.parametrize("on", [True, False])
def test_the_health_page_says_it(client: FlaskClient, on: bool) -> None:
    if on:
        recover()

    assert ("Recovery mode" in sign_in(client, ana()).get("/manage/health").text) is on
