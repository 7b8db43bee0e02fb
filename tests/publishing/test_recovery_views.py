from datetime import timedelta

import pytest
from flask.testing import FlaskClient
from sqlalchemy import select

from app.foundation import clock
from app.foundation.db import session
from app.foundation.journal import JournalEntry
from app.foundation.recovery import Recovery, TimelineRead, start_recovery
from app.foundation.tasks import Task, TaskKind, open_task
from app.mentions.models import MentionStatus
from app.mentions.types import Route
from app.publishing.models import Publication, PublicationStatus
from tests import factories
from tests.conftest import sign_in
from tests.factories import ada, ana, make_connection, make_mention, make_publication, mo, sol

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


def test_an_admin_ends_it_and_what_was_approved_before_is_decided_on_again(client: FlaskClient) -> None:
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


def test_staff_do_not_end_it(client: FlaskClient) -> None:
    recover()

    assert sign_in(client, sol()).post("/recovery/end").status_code == 403


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
