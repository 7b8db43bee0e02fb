from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from flask.testing import FlaskClient
from sqlalchemy import select

from app.accounts.models import Role
from app.accounts.permissions import Person
from app.channels.errors import Forbidden, Transient
from app.channels.models import Connection
from app.channels.types import Receipt, Ref
from app.cord import actions as cord
from app.cord.models import Hold, HoldScope
from app.cord.queries import active_holds, open_alarms
from app.foundation import clock
from app.foundation.db import session, unit_of_work
from app.foundation.slots import Banner, banners
from app.mentions.models import Mention
from app.publishing import actions
from app.publishing.actions.stopping import ONLY_HOLD
from app.publishing.approval import Objection
from app.publishing.models import Publication, PublicationStatus
from app.replies.models import Reply, ReplyKind, ReplyStatus
from app.triage.models import Topic
from tests.conftest import sign_in
from tests.factories import (
    NOW,
    ada,
    ana,
    make_case,
    make_claim,
    make_mention,
    make_publication,
    make_reply,
    make_user,
    mo,
    person,
    sol,
)

SAID = {
    Objection.POST_DELETED: "The customer took the post away.",
    Objection.EDITED: "The customer edited the post.",
    Objection.MAY_NOT_BE_ANSWERED: "The network does not let us answer the post any more.",
}


def told(client: FlaskClient, who: Person) -> list[Banner]:
    """Return the banners on this person's pages."""
    with client.application.app_context():
        return banners(who)


def lost(**overrides: Any) -> Publication:
    publication = make_publication(**overrides)
    ended_by(publication, Transient("read timed out", sent="maybe"))
    return publication


def ended_by(publication: Publication, outcome: Any) -> None:
    with unit_of_work():
        actions.begin(publication_id=publication.id, worker="one", at=NOW)
    with unit_of_work():
        actions.record_outcome(outcome, publication_id=publication.id, attempt=1, worker="one", at=NOW)


def status_of(publication: Publication) -> PublicationStatus:
    return session.scalars(select(Publication.status).where(Publication.id == publication.id)).one()


def pull(who: Person, scope: HoldScope = HoldScope.EVERYTHING) -> int:
    with unit_of_work():
        return cord.pull(scope=scope, reason="Recall notice", by=who, at=NOW).id


def test_the_log_shows_every_sending_with_its_state(client: FlaskClient) -> None:
    make_publication(reply=make_reply(ReplyStatus.APPROVED, text="Waiting words"))
    make_publication(
        PublicationStatus.SENT,
        reply=make_reply(ReplyStatus.PUBLISHED, text="Posted words"),
        url="https://x.com/n/status/1",
    )
    sign_in(client, sol())

    page = client.get("/publishing").text

    assert "Waiting words" in page
    assert 'href="https://x.com/n/status/1"' in page
    assert "Posted words" not in client.get("/publishing?state=waiting").text


@pytest.mark.parametrize("state", ["", "unknown", "refused", "waiting", "sent", "nonsense"])
def test_every_part_of_the_log_answers_when_it_is_empty(client: FlaskClient, state: str) -> None:
    sign_in(client, mo())

    assert client.get(f"/publishing?state={state}").status_code == 200


def test_advocates_do_not_see_the_log(client: FlaskClient) -> None:
    publication = make_publication()
    sign_in(client, ada().user)

    assert client.get("/publishing").status_code == 403
    assert client.get(f"/publishing/{publication.id}").status_code == 403


def test_an_unknown_send_shows_what_was_sent_and_what_we_saw_since(client: FlaskClient) -> None:
    publication = lost(reply=make_reply(ReplyStatus.APPROVED, text="Did this arrive?"))
    with unit_of_work():
        actions.record_look(None, publication_id=publication.id, at=NOW + timedelta(seconds=10))
    sign_in(client, sol())

    page = client.get(f"/publishing/{publication.id}").text

    assert "Did this arrive?" in page
    assert "read timed out" in page
    assert "We looked once on the network and did not find it." in page
    assert "No answer that proves anything" in page


def test_a_moderator_settles_with_the_link_and_not_as_absent(client: FlaskClient) -> None:
    publication = lost()
    sign_in(client, mo())

    assert client.post(f"/publishing/{publication.id}/absent").status_code == 403
    answer = client.post(f"/publishing/{publication.id}/posted", data={"link": "https://x.com/n/status/4242"})

    assert answer.status_code == 303
    assert status_of(publication) is PublicationStatus.SENT


def test_what_is_unknown_may_be_posted_and_its_thread_is_one_click_away(client: FlaskClient) -> None:
    publication = lost()
    url = session.get_one(Mention, publication.mention_id).url

    page = sign_in(client, sol()).get(f"/publishing/{publication.id}").text

    assert "May be posted as @" in page
    assert "Will post as" not in page
    assert page.count(f'href="{url}"') == 2


def test_a_wrong_link_is_asked_again_and_kept(client: FlaskClient) -> None:
    publication = lost()
    sign_in(client, mo())

    answer = client.post(f"/publishing/{publication.id}/posted", data={"link": "https://evil.example/x/status/1"})

    assert answer.status_code == 422
    assert 'value="https://evil.example/x/status/1"' in answer.text
    assert status_of(publication) is PublicationStatus.UNKNOWN


def test_two_people_send_again_what_is_not_there(client: FlaskClient) -> None:
    publication, first, second = lost(), sol(), ana()
    sign_in(client, first)
    assert client.post(f"/publishing/{publication.id}/absent").status_code == 303
    assert "/again" not in client.get(f"/publishing/{publication.id}").text
    assert client.post(f"/publishing/{publication.id}/again").status_code == 403

    sign_in(client, second)
    session.get_one(Publication, publication.id).expires_at = clock.now() + timedelta(hours=1)
    session.commit()
    assert client.post(f"/publishing/{publication.id}/again").status_code == 303

    assert status_of(publication) is PublicationStatus.READY


def test_that_it_is_not_there_cannot_be_said_at_once(client: FlaskClient) -> None:
    publication = lost()
    publication.lost_at = clock.now()
    session.commit()
    sign_in(client, sol())

    page = client.get(f"/publishing/{publication.id}").text
    assert "/absent" not in page
    assert "Networks may show late what they took." in page
    assert client.post(f"/publishing/{publication.id}/absent").status_code == 409

    assert status_of(publication) is PublicationStatus.UNKNOWN


def test_where_one_person_alone_may_the_page_says_so_and_lets_them(client: FlaskClient) -> None:
    publication = lost()
    session.get_one(Publication, publication.id).expires_at = clock.now() + timedelta(hours=1)
    sign_in(client, sol())

    absent = client.post(f"/publishing/{publication.id}/absent", follow_redirects=True).text
    again = client.post(f"/publishing/{publication.id}/again", follow_redirects=True).text

    assert "You may send it again yourself." in absent
    assert "Nobody else has the right to send it again, so you may, and the log says that you were alone." in absent
    assert "nobody else had the right" in again
    assert status_of(publication) is PublicationStatus.READY


def test_a_refused_reply_is_sent_back_to_the_queue(client: FlaskClient) -> None:
    publication = make_publication()
    ended_by(publication, Forbidden("blocked by its author"))
    sign_in(client, mo())
    assert "blocked by its author" in client.get(f"/publishing/{publication.id}").text

    assert client.post(f"/publishing/{publication.id}/review").status_code == 303

    assert session.get_one(Reply, publication.reply_id, populate_existing=True).status is ReplyStatus.SUBMITTED


def refused(**overrides: Any) -> Publication:
    publication = make_publication(**overrides)
    ended_by(publication, Forbidden("blocked by its author"))
    return publication


def unwanted() -> Publication:
    """Return a sending that arrived although its reply was withdrawn meanwhile."""
    publication = make_publication()
    with unit_of_work():
        actions.begin(publication_id=publication.id, worker="one", at=NOW)
    session.get_one(Reply, publication.reply_id).withdraw()
    session.commit()
    with unit_of_work():
        actions.record_outcome(
            Receipt(Ref("778"), "https://x.com/n/status/778", NOW),
            publication_id=publication.id,
            attempt=1,
            worker="one",
            at=NOW,
        )
    return publication


@pytest.mark.parametrize(
    ("make", "words"),
    [(refused, "blocked by its author"), (unwanted, "A reply went out although it was no longer wanted.")],
)
def test_what_went_wrong_is_told_by_banner_count_and_log(
    client: FlaskClient, make: Callable[[], Publication], words: str
) -> None:
    publication = make()
    sign_in(client, mo())

    [banner] = told(client, person(sol()))
    sidebar, log = client.get("/shell/sidebar").text, client.get("/publishing").text

    assert words in banner.text
    assert banner.actions == (("Look", "/publishing"),)
    assert 'href="/publishing"' in sidebar
    assert '<span class="count">1' in sidebar
    assert "1 sending waits for you" in log
    assert words in log
    assert f'href="/publishing/{publication.id}"' in log
    assert told(client, person(ada().user)) == []


def test_an_unwanted_reply_that_was_looked_into_asks_no_more(client: FlaskClient) -> None:
    publication = unwanted()
    sign_in(client, mo())
    assert "/seen" in client.get(f"/publishing/{publication.id}").text

    first, second = (client.post(f"/publishing/{publication.id}/seen").status_code for _ in range(2))

    assert (first, second) == (303, 409)
    assert told(client, person(sol())) == []
    assert "Somebody looked into it" in client.get(f"/publishing/{publication.id}").text


def test_a_refused_reply_whose_customer_waits_is_not_waved_through(client: FlaskClient) -> None:
    publication = refused()
    sign_in(client, mo())

    assert "/seen" not in client.get(f"/publishing/{publication.id}").text
    assert client.post(f"/publishing/{publication.id}/seen").status_code == 409
    assert len(told(client, person(sol()))) == 1


def test_a_refused_reply_on_a_safety_case_is_told_to_staff_alone(client: FlaskClient) -> None:
    case = make_case(safety=True)
    refused(
        reply=make_reply(ReplyStatus.APPROVED, mention=session.get_one(Mention, case.mention_id), kind=ReplyKind.STAFF),
        approver=sol(),
    )

    assert told(client, person(mo())) == []
    assert len(told(client, person(ana()))) == 1


@pytest.mark.parametrize("objection", sorted(set(Objection) - set(ONLY_HOLD)))
def test_why_a_sending_was_called_off_is_said_in_words(client: FlaskClient, objection: Objection) -> None:
    publication = make_publication()
    with unit_of_work():
        actions.call_off(publication_id=publication.id, objection=objection, at=NOW)
    sign_in(client, sol())

    page = client.get(f"/publishing/{publication.id}").text

    assert "Last word on it:" in page
    assert objection.value not in page
    assert SAID.get(objection, "") in page


@pytest.mark.parametrize(
    ("status", "said"),
    [
        (PublicationStatus.WAITING, "It waits for the network."),
        (PublicationStatus.UNKNOWN, "We cannot know whether it arrived. Staff are looking."),
        (PublicationStatus.ABSENT, "It did not arrive. It can be sent again."),
    ],
)
def test_a_sending_says_how_it_stands(client: FlaskClient, status: PublicationStatus, said: str) -> None:
    publication = make_publication(status)

    assert said in sign_in(client, sol()).get(f"/publishing/{publication.id}").text


def test_a_reply_that_the_network_removed_says_so(client: FlaskClient) -> None:
    publication = make_publication(PublicationStatus.GONE)

    page = sign_in(client, sol()).get(f"/publishing/{publication.id}").text

    assert "It was removed on the network." in page


def test_a_sending_that_is_not_there_is_not_found(client: FlaskClient) -> None:
    sign_in(client, sol())

    assert client.get("/publishing/99999").status_code == 404
    assert client.post("/publishing/99999/absent").status_code == 404


@pytest.mark.parametrize("role", [Role.MODERATOR, Role.STAFF, Role.ADMIN])
def test_moderators_staff_and_admins_pull_the_cord(client: FlaskClient, role: Role) -> None:
    sign_in(client, make_user(role, name="Dana"))

    answer = client.post("/cord/pull", data={"scope": "CROWD", "reason": "Recall notice going out"})

    assert (answer.status_code, answer.location) == (303, "/cord")
    assert [hold.scope for hold in active_holds()] == [HoldScope.CROWD]
    page = client.get("/queue").text
    assert "The crowd&#39;s posts are paused." in page
    assert "Recall notice going out" in page


def test_pulling_without_a_reason_is_asked_again_and_keeps_the_scope(client: FlaskClient) -> None:
    sign_in(client, mo())

    answer = client.post("/cord/pull", data={"scope": "CROWD", "reason": " "})

    assert answer.status_code == 422
    assert 'value="CROWD" checked' in answer.text
    assert active_holds() == []


def test_pulling_what_is_paused_already_names_it(client: FlaskClient) -> None:
    pull(person(mo()))
    sign_in(client, sol())

    answer = client.post("/cord/pull", data={"scope": "EVERYTHING", "reason": "Me too"})

    assert answer.status_code == 409
    assert "Somebody paused this before you" in answer.text


def test_only_an_admin_resumes(client: FlaskClient) -> None:
    release = {"hold_id": str(pull(person(mo()))), "offer": "SEND_FRESH"}
    sign_in(client, sol())
    assert client.post("/cord/release", data=release).status_code == 403

    sign_in(client, ana())
    assert client.post("/cord/release", data=release).status_code == 303

    assert active_holds() == []
    page = client.get("/cord").text
    assert "Recall notice" in page
    assert "Ana Abbot" in page
    assert client.post("/cord/release", data=release).status_code == 409


def test_two_admins_resume_together(client: FlaskClient) -> None:
    other = make_user(Role.ADMIN, name="Ruth Reed")
    release = {"hold_id": str(pull(person(mo()))), "offer": "SEND_ALL"}
    sign_in(client, ana())
    assert "Ask to resume posting" in client.get("/cord").text
    assert client.post("/cord/release", data=release).status_code == 303
    page = client.get("/cord").text
    assert "Ana Abbot asks a second admin to agree to resume." in page
    assert "Agree and resume" not in page
    assert client.post("/cord/release", data=release).status_code == 409

    sign_in(client, other)
    assert "Agree and resume posting" in client.get("/cord").text
    assert client.post("/cord/release", data=release | {"offer": "REVIEW_ALL"}).status_code == 409
    assert client.post("/cord/withdraw", data={"hold_id": release["hold_id"]}).status_code == 303
    assert client.post("/cord/release", data=release).status_code == 303
    assert active_holds()[0].asked_by_id == other.id


def test_what_becomes_of_what_waits_is_counted_before_the_click(client: FlaskClient) -> None:
    lately = clock.now() - timedelta(minutes=1)
    make_publication(approved_at=lately, expires_at=lately + timedelta(hours=24))
    make_publication(approved_at=lately - timedelta(hours=1), expires_at=lately + timedelta(hours=23))
    pull(person(mo()))
    sign_in(client, ana())

    page = client.get("/cord").text

    assert "Send all of them, one a minute: 2 leave" in page
    assert "Send what was approved under 30 min ago, one a minute: 1 leave, 1 are reviewed again" in page
    assert "Review all of them again: 2" in page


def test_an_account_and_a_topic_are_paused_by_name(client: FlaskClient) -> None:
    publication = make_publication(expires_at=clock.now() + timedelta(hours=1))
    connection = session.get_one(Connection, publication.connection_id)
    session.add(Topic(name="descaling", words=["scale"]))
    session.commit()
    sign_in(client, mo())
    page = client.get("/cord").text
    assert f"@{connection.handle} (X): 1 waits" in page
    assert "Descaling: 1 waits" in page

    one = {"scope": "CONNECTION", "connection_id": str(connection.id), "topic": "descaling", "reason": "Recall"}
    assert client.post("/cord/pull", data=one).status_code == 303
    assert client.post("/cord/pull", data=one | {"scope": "TOPIC"}).status_code == 303
    assert client.post("/cord/pull", data=one | {"scope": "TOPIC"}).status_code == 409

    assert [hold.scope for hold in active_holds()] == [HoldScope.CONNECTION, HoldScope.TOPIC]
    page = client.get("/cord").text
    assert f"Posts as @{connection.handle} are paused." in page
    assert "Paused: Descaling" in page
    assert "1 more pause is active." in page


@pytest.mark.parametrize(
    ("scope", "given", "said"),
    [
        ("CONNECTION", {}, "Choose which account to pause."),
        ("CONNECTION", {"connection_id": "x"}, "Choose which account to pause."),
        ("CONNECTION", {"connection_id": "99999"}, "Choose which account to pause."),
        ("TOPIC", {"topic": "weather"}, "Choose which topic to pause."),
    ],
)
def test_what_is_not_there_is_not_paused(client: FlaskClient, scope: str, given: dict[str, str], said: str) -> None:
    make_publication()
    session.add(Topic(name="descaling", words=["scale"]))
    session.commit()
    sign_in(client, mo())

    answer = client.post("/cord/pull", data={"scope": scope, "reason": "Recall notice"} | given)

    assert answer.status_code == 422
    assert said in answer.text
    assert "Recall notice" in answer.text
    assert active_holds() == []


def test_the_approved_line_of_an_incident_is_pinned_where_people_write_and_decide(client: FlaskClient) -> None:
    advocate, mention = ada(), make_mention()
    member, moderator = advocate.user, mo()
    make_claim(advocate=advocate, mention=mention)
    reply = make_reply(ReplyStatus.SUBMITTED)
    sign_in(client, moderator)
    incident = {"scope": "CROWD", "reason": "Recall", "is_incident": "y", "line": "Please unplug your K2."}
    assert client.post("/cord/pull", data=incident).status_code == 303
    hold = active_holds()[0]

    assert "Please unplug your K2." in client.get(f"/queue/{reply.id}").text
    assert "Use this line" in client.get(f"/queue/{reply.id}/edit").text
    sign_in(client, member)
    assert "Please unplug your K2." in client.get("/feed").text
    composer = client.get(f"/feed/{mention.id}/reply").text
    assert "Use this line" in composer
    assert "Then it is held until posting is resumed." in composer
    assert "Use this line" in client.get("/cord/line?insert=yes").text
    assert client.post("/cord/line", data={"hold_id": hold.id, "line": "x"}).status_code == 403

    sign_in(client, moderator)
    assert client.post("/cord/line", data={"hold_id": hold.id, "line": ""}).status_code == 303
    assert "Please unplug your K2." not in client.get("/cord/line").text


def test_a_topic_that_is_paused_leaves_the_cord_within_reach(client: FlaskClient) -> None:
    session.add(Topic(name="descaling", words=["scale"]))
    session.commit()
    sign_in(client, mo())
    client.post("/cord/pull", data={"scope": "TOPIC", "topic": "descaling", "reason": "Recall"})

    page = client.get("/queue").text

    assert "Partly paused" in page
    assert "Pull the cord" in page


@pytest.mark.parametrize("hold_id", ["", "x", "99999", "9" * 40])
def test_a_pause_that_is_not_there_is_not_found(client: FlaskClient, hold_id: str) -> None:
    sign_in(client, ana())

    assert client.post("/cord/release", data={"hold_id": hold_id}).status_code == 404
    assert client.post("/cord/withdraw", data={"hold_id": hold_id}).status_code == 404


def test_an_advocate_raises_the_alarm_and_those_who_may_pull_see_it(client: FlaskClient) -> None:
    caller, moderator = ada().user, mo()
    sign_in(client, caller)
    assert client.post("/cord/pull", data={"scope": "CROWD", "reason": "x"}).status_code == 403
    assert "/cord/alarm" in client.get("/cord").text

    assert client.post("/cord/alarm", data={"reason": "They post the wrong link"}).status_code == 303
    assert "They post the wrong link" not in client.get("/cord").text

    sign_in(client, moderator)
    assert "They post the wrong link" in client.get("/cord").text
    assert client.post(f"/cord/alarms/{open_alarms()[0].id}/settle").status_code == 303
    assert open_alarms() == []


def test_the_banner_says_who_when_why_and_how_many_wait(client: FlaskClient) -> None:
    admin, advocate = person(ana()), person(ada().user)
    make_publication(expires_at=clock.now() + timedelta(hours=1))
    pull(person(mo()))

    said = told(client, admin)[0]

    assert (said.title, said.stop) == ("All outgoing posts are paused.", True)
    assert said.text == "Mo Marsh pulled the cord at 14:00 UTC: “Recall notice”. 1 approved reply is held, not lost."
    assert [address for _label, address in said.actions] == ["/queue/held", "/cord"]
    assert told(client, advocate)[0].actions == ()


def test_an_unknown_send_is_said_to_those_who_can_settle_it(client: FlaskClient) -> None:
    lost()

    assert [said.title for said in told(client, person(sol()))] == ["We cannot know whether a reply arrived."]
    assert told(client, person(ada().user)) == []


def test_hostile_reasons_are_shown_plainly(client: FlaskClient) -> None:
    sign_in(client, ana())
    client.post("/cord/pull", data={"scope": "EVERYTHING", "reason": "<script>window.x=1</script>\u202e"})

    assert session.scalars(select(Hold.reason)).one().startswith("<script>")
    assert "<script>window.x" not in client.get("/cord").text
