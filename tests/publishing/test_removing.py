"""Taking a public reply back: the wish, the tries, and what follows."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from datetime import timedelta

import pytest
from flask import Flask
from sqlalchemy import inspect, select
from sqlalchemy.exc import OperationalError

from app.accounts.models import Role, User
from app.channels.errors import AuthExpired, ChannelError, Forbidden, Gone, Transient
from app.channels.models import Connection, ConnectionState
from app.channels.types import Ref
from app.cord import actions as cord
from app.cord.models import HoldScope
from app.foundation import clock, stumbles
from app.foundation.db import session, unit_of_work
from app.foundation.errors import Conflict, Invalid
from app.foundation.journal import JournalEntry
from app.foundation.tasks import Task, TaskKind
from app.mentions.models import Mention, MentionStatus
from app.publishing import actions, queries
from app.publishing.models import Publication, PublicationStatus
from app.replies.models import Reply, ReplyStatus
from app.rewards import actions as rewards
from app.rewards import standings
from tests import factories
from tests.conftest import sign_in
from tests.factories import NOW
from tests.publishing.conftest import StubChannel
from tests.publishing.test_by_hand import shown
from worker.lanes import removals

pytestmark = pytest.mark.usefixtures("db_session")


def posted(**overrides: object) -> Publication:
    values = {"sent_at": NOW, "external_id": "1900", "url": "http://127.0.0.1:1/n/status/1900"}
    made = factories.make_publication(PublicationStatus.SENT, **(values | overrides))
    session.get_one(Mention, made.mention_id).status = MentionStatus.ANSWERED
    session.commit()
    return made


def ask(publication: Publication, because: str = "It names a person.") -> None:
    person = factories.person(factories.make_user(Role.STAFF))
    with unit_of_work():
        actions.ask_removal(publication_id=publication.id, because=because, by=person, at=NOW)


@pytest.fixture
def at(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(clock, "now", lambda: NOW)


def now_of(publication: Publication) -> Publication:
    session.expire_all()
    return session.get_one(Publication, inspect(publication).identity)


def test_a_reply_is_removed_and_everything_that_hung_on_it_with_it(network: StubChannel, at: None) -> None:
    publication = posted()
    with unit_of_work():
        rewards.reward(publication_id=publication.id, at=NOW)
    writer = session.get_one(Reply, publication.reply_id).writer_id
    assert standings.points_of(writer, season_id=0) > 0
    ask(publication)

    removals.remove_asked()

    row = now_of(publication)
    reply = session.get_one(Reply, publication.reply_id)
    assert network.deleted == ["1900"]
    assert (row.status, row.retracted_at) == (PublicationStatus.RETRACTED, NOW)
    assert (reply.status, reply.retracted_because) == (ReplyStatus.RETRACTED, "It names a person.")
    assert standings.points_of(writer, season_id=0) == 0
    assert session.get_one(Mention, publication.mention_id).status is MentionStatus.ANSWERED
    assert "publication.retracted" in set(session.scalars(select(JournalEntry.action)))


def test_a_removal_happens_once_however_often_it_is_wished_and_drained(network: StubChannel, at: None) -> None:
    publication = posted()
    for _ in range(2):
        ask(publication)
    for _ in range(2):
        removals.remove_asked()

    assert network.deleted == ["1900"]
    asked = select(JournalEntry).where(JournalEntry.action == "publication.removal_asked")
    assert len(session.scalars(asked).all()) == 1


def test_who_died_before_writing_the_outcome_down_only_lost_time(network: StubChannel) -> None:
    publication = posted()
    ask(publication)
    with unit_of_work():
        removal = actions.begin_removal(publication_id=publication.id, at=NOW)
    assert removal is not None
    removal.make()

    assert queries.due_removals(at=NOW) == []
    later = NOW + timedelta(minutes=2)
    assert queries.due_removals(at=later) == [publication.id]
    with unit_of_work():
        again = actions.begin_removal(publication_id=publication.id, at=later)
    assert again is not None
    again.make()
    with unit_of_work():
        rewards.follow_removal(publication_id=publication.id, at=later)
    assert now_of(publication).status is PublicationStatus.RETRACTED


@contextmanager
def at_minute(monkeypatch: pytest.MonkeyPatch, minutes: int) -> Iterator[None]:
    with monkeypatch.context() as patch:
        patch.setattr(clock, "now", lambda: NOW + timedelta(minutes=minutes))
        yield


def set_aside(monkeypatch: pytest.MonkeyPatch, publication: Publication) -> None:
    """Die over it as often as it takes."""
    for minutes in (0, 2, 4):
        with at_minute(monkeypatch, minutes), unit_of_work():
            assert actions.begin_removal(publication_id=publication.id, at=clock.now()) is not None
    with at_minute(monkeypatch, 6):
        removals.remove_asked()


def test_a_removal_that_kills_three_times_is_set_aside_for_a_person_and_those_behind_it_go_on(
    network: StubChannel, monkeypatch: pytest.MonkeyPatch
) -> None:
    deadly, behind = posted(), posted(external_id="1901")
    ask(deadly)
    set_aside(monkeypatch, deadly)
    ask(now_of(behind))

    with at_minute(monkeypatch, 8):
        removals.remove_asked()

    row = now_of(deadly)
    assert network.deleted == ["1901"]
    assert row.is_being_removed
    assert row.last_error != ""
    assert session.scalars(select(Task.kind).where(Task.subject_id == row.id)).all() == [TaskKind.POISON]


def test_a_removal_on_which_our_own_code_fails_is_set_aside_the_fifth_time(
    network: StubChannel, monkeypatch: pytest.MonkeyPatch
) -> None:
    faulty, behind = posted(), posted(external_id="1901")
    ask(faulty)
    network.refuses_to_delete = ValueError("our own mistake")  # type: ignore[assignment]
    for minutes in range(0, 14, 2):
        with at_minute(monkeypatch, minutes):
            removals.remove_asked()
    network.refuses_to_delete = None
    ask(now_of(behind))

    with at_minute(monkeypatch, 16):
        removals.remove_asked()

    assert now_of(faulty).retract_tries == stumbles.ERRORS
    assert network.deleted == ["1901"]
    assert session.scalars(select(Task.kind).where(Task.subject_id == now_of(faulty).id)).all() == [TaskKind.POISON]


def test_a_removal_that_only_its_network_puts_off_kills_nobody(
    network: StubChannel, monkeypatch: pytest.MonkeyPatch
) -> None:
    publication = posted()
    ask(publication)
    network.refuses_to_delete = Transient("the way is broken")

    for minutes in range(0, 60, 10):
        with at_minute(monkeypatch, minutes):
            removals.remove_asked()

    assert now_of(publication).retract_tries == 6
    assert session.scalars(select(stumbles.Stumble.id)).all() == []


def test_a_database_that_is_away_counts_against_no_removal(
    network: StubChannel, at: None, monkeypatch: pytest.MonkeyPatch
) -> None:
    publication = posted()
    ask(publication)

    def away(**_named: object) -> None:
        raise OperationalError("UPDATE", {}, Exception("gone"))

    monkeypatch.setattr(rewards, "follow_removal", away)

    with pytest.raises(OperationalError):
        removals.remove_asked()

    assert session.scalars(select(stumbles.Stumble.id)).all() == []


def test_a_removal_that_was_set_aside_is_tried_again_once_somebody_has_looked(
    network: StubChannel, monkeypatch: pytest.MonkeyPatch
) -> None:
    publication = posted()
    ask(publication)
    set_aside(monkeypatch, publication)

    with unit_of_work():
        seen = {"publication_id": publication.id, "by": factories.person(factories.sol())}
        actions.settle_as_seen(**seen, at=NOW)  # type: ignore[arg-type]
    with at_minute(monkeypatch, 20):
        removals.remove_asked()

    assert now_of(publication).status is PublicationStatus.RETRACTED
    assert session.scalars(select(Task.id).where(Task.settled_at.is_(None))).all() == []


def test_a_removal_that_was_set_aside_says_so_and_can_be_withdrawn(
    app: Flask, network: StubChannel, monkeypatch: pytest.MonkeyPatch
) -> None:
    publication = posted()
    ask(publication)
    set_aside(monkeypatch, publication)
    page = sign_in(app.test_client(), factories.sol()).get(f"/publishing/{publication.id}").text

    with unit_of_work():
        by = factories.person(factories.make_user(Role.STAFF))
        actions.withdraw_removal(publication_id=publication.id, by=by, at=NOW)

    assert "our own program stopped over it" in page
    assert "We try again at" not in page
    assert not now_of(publication).is_being_removed
    assert session.scalars(select(stumbles.Stumble.id)).all() == []


def test_two_publishers_do_not_try_at_the_same_moment() -> None:
    publication = posted()
    ask(publication)
    tries = []
    for _ in range(2):
        with unit_of_work():
            tries.append(actions.begin_removal(publication_id=publication.id, at=NOW))

    assert tries[0] is not None
    assert tries[1] is None


def test_a_removal_that_fails_is_tried_again_later_and_says_why(network: StubChannel, at: None) -> None:
    publication = posted()
    ask(publication)
    network.refuses_to_delete = Transient("the way is broken")

    removals.remove_asked()

    row = now_of(publication)
    assert (row.status, row.last_error, row.retract_tries) == (PublicationStatus.SENT, "the way is broken", 1)
    assert NOW < row.next_try_at <= NOW + timedelta(seconds=10)
    assert session.scalar(select(Task.id)) is None


@pytest.mark.parametrize(("error", "tries"), [(Forbidden("never"), 1), (Transient("still broken"), 5)])
def test_a_removal_that_does_not_succeed_is_given_to_a_person(
    network: StubChannel, monkeypatch: pytest.MonkeyPatch, error: ChannelError, tries: int
) -> None:
    publication = posted()
    ask(publication)
    network.refuses_to_delete = error
    for hour in range(tries):
        monkeypatch.setattr(clock, "now", lambda hour=hour: NOW + timedelta(hours=hour))
        removals.remove_asked()

    task = session.scalars(select(Task).where(Task.kind == TaskKind.STUCK_REMOVAL)).one()
    assert error.detail in task.message

    network.refuses_to_delete = None
    monkeypatch.setattr(clock, "now", lambda: NOW + timedelta(hours=9))
    removals.remove_asked()
    assert now_of(publication).status is PublicationStatus.RETRACTED
    assert session.scalars(select(Task.settled_at)).one() is not None


def unverified(network: StubChannel, **differently: object) -> Publication:
    """Return a reply whose link nobody could look at, and let the network show what it leads to."""
    publication = posted(link_unverified=True)
    network.shows = {"1900": replace(shown(publication), **differently)}
    ask(publication)
    return publication


def test_a_reply_whose_link_nobody_saw_is_removed_once_it_was_seen(network: StubChannel, at: None) -> None:
    publication = unverified(network)

    removals.remove_asked()

    assert network.deleted == ["1900"]
    assert now_of(publication).status is PublicationStatus.RETRACTED


@pytest.mark.parametrize(
    ("differently", "why"),
    [
        ({"ours": False}, "not by @NorthwindKettle"),
        ({"text": "We are closed on Monday."}, "another post of @NorthwindKettle"),
        ({"parent": Ref("5")}, "another post of @NorthwindKettle"),
    ],
)
def test_nothing_is_removed_where_a_link_nobody_saw_leads_to_another_post(
    app: Flask, network: StubChannel, at: None, differently: dict[str, object], why: str
) -> None:
    publication = unverified(network, **differently)

    removals.remove_asked()
    removals.remove_asked()

    row = now_of(publication)
    assert network.deleted == []
    assert (row.status, row.retract_asked_at) == (PublicationStatus.SENT, None)
    task = session.scalars(select(Task)).one()
    assert (task.kind, task.settled_at) == (TaskKind.STUCK_REMOVAL, None)
    assert why in task.message
    page = sign_in(app.test_client(), factories.sol()).get(f"/publishing/{row.id}").text
    assert "Nothing was removed" in page
    assert "Not removed: its link leads to another post" in page


RIGHT = "https://x.com/NorthwindKettle/status/777"


def wrongly_linked(network: StubChannel) -> Publication:
    """Return a reply whose removal was refused, since its link leads to another post; the network shows it elsewhere."""
    publication = unverified(network, text="We are closed on Monday.")
    removals.remove_asked()
    network.shows["777"] = shown(publication)
    return publication


def test_a_wrong_link_is_corrected_where_its_removal_was_refused_and_the_reply_then_removed(
    app: Flask, at_hand: StubChannel, at: None
) -> None:
    publication = wrongly_linked(at_hand)
    client = sign_in(app.test_client(), factories.sol())
    assert "Is its link wrong?" in client.get(f"/publishing/{publication.id}").text

    assert client.post(f"/publishing/{publication.id}/link", data={"link": RIGHT}).status_code == 303

    row = now_of(publication)
    assert (row.external_id, row.link_unverified, row.status) == ("777", False, PublicationStatus.SENT)
    assert session.get_one(Reply, row.reply_id).published_url == row.url == "http://127.0.0.1:1/n/status/777"
    assert session.scalars(select(Task.settled_at)).one() is not None
    page = client.get(f"/publishing/{row.id}").text
    assert "Its link was corrected" in page
    assert "Is its link wrong?" not in page
    ask(publication)
    removals.remove_asked()
    assert at_hand.deleted == ["777"]
    assert now_of(publication).status is PublicationStatus.RETRACTED


@pytest.mark.parametrize(
    ("changes", "link", "says"),
    [
        (None, RIGHT, "shows no such post"),
        ({"ours": False}, RIGHT, "is not by @NorthwindKettle"),
        ({"parent": Ref("5")}, RIGHT, "does not answer this customer"),
        ({"text": "Buy our kettles!"}, RIGHT, "Other words stand there"),
        ({}, "https://evil.example/a/status/777", "Paste the link of our reply"),
        ({}, "https://x.com/NorthwindKettle/status/1900", "belongs to another post"),
    ],
)
def test_another_wrong_link_is_refused_beside_the_field_and_kept(
    app: Flask, at_hand: StubChannel, at: None, changes: dict[str, object] | None, link: str, says: str
) -> None:
    publication = wrongly_linked(at_hand)
    at_hand.shows["777"] = Gone("gone") if changes is None else replace(shown(publication), **changes)
    client = sign_in(app.test_client(), factories.sol())

    refused = client.post(f"/publishing/{publication.id}/link", data={"link": link})

    assert refused.status_code == 422
    assert says in refused.text
    assert f'value="{link}"' in refused.text
    assert now_of(publication).external_id == "1900"


def test_a_link_corrected_while_the_network_cannot_be_asked_stays_somebodys_word(
    app: Flask, at_hand: StubChannel, at: None
) -> None:
    publication = wrongly_linked(at_hand)
    at_hand.cannot_look = Transient("away")
    client = sign_in(app.test_client(), factories.sol())

    assert client.post(f"/publishing/{publication.id}/link", data={"link": RIGHT}).status_code == 303

    assert (now_of(publication).external_id, now_of(publication).link_unverified) == ("777", True)
    assert "publication.link_corrected_unverified" in set(session.scalars(select(JournalEntry.action)))


def test_a_link_that_the_network_showed_or_that_is_being_removed_is_not_corrected(
    app: Flask, at_hand: StubChannel
) -> None:
    seen, leaving = posted(), posted(link_unverified=True, external_id="1901", retract_asked_at=NOW)
    client = sign_in(app.test_client(), factories.sol())

    for publication in (seen, leaving):
        at_hand.shows["777"] = shown(publication)
        refused = client.post(f"/publishing/{publication.id}/link", data={"link": RIGHT})
        assert refused.status_code == 409
        assert "not to be corrected any more" in refused.text
        assert "Is its link wrong?" not in client.get(f"/publishing/{publication.id}").text


def test_what_a_link_nobody_saw_leads_nowhere_to_needs_no_removing(network: StubChannel, at: None) -> None:
    publication = posted(link_unverified=True)
    network.shows = {"1900": Gone("no such post")}
    ask(publication)

    removals.remove_asked()

    assert network.deleted == []
    assert now_of(publication).status is PublicationStatus.RETRACTED


def test_a_link_nobody_saw_is_not_removed_while_the_network_does_not_show_it(network: StubChannel, at: None) -> None:
    publication = unverified(network)
    network.cannot_look = Transient("still away")

    removals.remove_asked()

    row = now_of(publication)
    assert network.deleted == []
    assert (row.status, row.last_error) == (PublicationStatus.SENT, "still away")
    assert row.retract_asked_at is not None


def test_who_takes_back_a_reply_by_a_link_nobody_saw_is_told(app: Flask) -> None:
    proven, unproven = posted(), posted(link_unverified=True)
    staff = sign_in(app.test_client(), factories.sol())

    pages = [staff.get(f"/publishing/{each.id}/retract").text for each in (proven, unproven)]

    assert ["we look there first" in page for page in pages] == [False, True]


def test_a_removal_waits_for_an_expired_sign_in(network: StubChannel, at: None) -> None:
    publication = posted()
    ask(publication)
    network.refuses_to_delete = AuthExpired("sign in again")
    removals.remove_asked()

    connection = session.get_one(Connection, publication.connection_id)
    assert connection.state is ConnectionState.NEEDS_LOGIN
    assert queries.due_removals(at=NOW + timedelta(days=1)) == []
    connection.state = ConnectionState.CONNECTED
    session.commit()
    assert queries.due_removals(at=NOW + timedelta(days=1)) == [publication.id]


def test_a_pulled_cord_does_not_keep_a_removal_back(network: StubChannel, at: None) -> None:
    publication = posted()
    person = factories.person(factories.mo())
    with unit_of_work():
        cord.pull(scope=HoldScope.EVERYTHING, reason="Stop", by=person, at=NOW)
    ask(publication)

    removals.remove_asked()

    assert now_of(publication).status is PublicationStatus.RETRACTED


def test_what_others_removed_first_counts_as_taken_back_where_we_wished_it() -> None:
    publication = posted()
    ask(publication)

    with unit_of_work():
        rewards.follow_removal(publication_id=publication.id, at=NOW)

    assert now_of(publication).status is PublicationStatus.RETRACTED


def test_what_is_not_public_cannot_be_taken_back() -> None:
    with pytest.raises(Conflict):
        ask(factories.make_publication())


def test_a_removal_needs_a_reason() -> None:
    with pytest.raises(Invalid):
        ask(posted(), because="  ")


def test_staff_take_a_reply_back_by_a_form_and_see_how_far_it_is(app: Flask) -> None:
    publication = posted()
    client = sign_in(app.test_client(), factories.sol())
    page = f"/publishing/{publication.id}"
    assert f"{page}/retract" in client.get(page).text

    empty = client.post(f"{page}/retract", data={"reason": ""})
    assert empty.status_code == 422
    assert "Say why" in empty.text
    done = client.post(f"{page}/retract", data={"reason": "Wrong product <b>"})
    assert done.status_code == 303

    session.expire_all()
    shown = client.get(page).text
    assert "Being removed." in shown
    assert "Wrong product &lt;b&gt;" in shown
    publication = now_of(publication)
    publication.last_error = "the way is broken"
    session.commit()
    assert "It could not be removed yet" in client.get(page).text


def withdraw(publication: Publication) -> None:
    with unit_of_work():
        actions.withdraw_removal(
            publication_id=publication.id, by=factories.person(factories.make_user(Role.STAFF)), at=NOW
        )


def test_a_removal_is_withdrawn_before_it_ran(app: Flask, network: StubChannel, at: None) -> None:
    publication = posted()
    ask(publication)
    client = sign_in(app.test_client(), factories.sol())
    page = f"/publishing/{now_of(publication).id}"
    assert "Let it stand after all" in client.get(page).text

    assert client.post(f"{page}/retract/withdraw").status_code == 303
    removals.remove_asked()

    assert network.deleted == []
    row = now_of(publication)
    assert (row.status, row.is_being_removed) == (PublicationStatus.SENT, False)
    assert "Let it stand after all" not in client.get(page).text
    ask(publication, "Now it must go.")
    removals.remove_asked()
    assert now_of(publication).status is PublicationStatus.RETRACTED


def test_a_removal_is_not_withdrawn_while_the_network_is_asked() -> None:
    publication = posted()
    ask(publication)
    with unit_of_work():
        removal = actions.begin_removal(publication_id=publication.id, at=NOW)
    assert removal is not None
    with pytest.raises(Conflict):
        withdraw(publication)

    with unit_of_work():
        actions.put_off_removal(removal, Forbidden("not yours"), at=NOW)
    withdraw(publication)

    assert not now_of(publication).is_being_removed
    assert session.scalars(select(Task).where(Task.settled_at.is_(None))).all() == []


def test_a_writer_asks_and_staff_decide(app: Flask) -> None:
    publication = posted()
    reply = session.get_one(Reply, publication.reply_id)
    writer = sign_in(app.test_client(), session.get_one(User, reply.writer_id))
    address = f"/replies/{reply.id}/removal"
    assert address in writer.get(f"/replies/{reply.id}").text
    assert writer.post(address, data={"reason": "I mixed up two kettles."}).status_code == 303

    staff = sign_in(app.test_client(), factories.sol())
    page = staff.get(f"/publishing/{publication.id}").text
    assert "I mixed up two kettles." in page
    assert "I mixed up two kettles." in staff.get("/publishing").text
    assert staff.post(f"/publishing/{publication.id}/seen").status_code == 303
    assert session.scalars(select(Task.settled_at)).one() is not None
    assert now_of(publication).retract_asked_at is None


def test_a_post_whose_reply_was_taken_back_can_be_answered_anew(app: Flask) -> None:
    publication = posted()
    client = sign_in(app.test_client(), factories.sol())
    address = f"/posts/{publication.mention_id}"
    assert client.post(f"{address}/anew").status_code == 409
    ask(publication)
    with unit_of_work():
        rewards.follow_removal(publication_id=publication.id, at=NOW)
    assert "Answer anew" in client.get(address).text

    answered = client.post(f"{address}/anew")

    assert answered.status_code == 303
    session.expire_all()
    mention = session.get_one(Mention, publication.mention_id)
    assert (mention.status, mention.answered_at) == (MentionStatus.ESCALATED, None)
    assert "Public answer" in client.get(answered.headers["Location"]).text


def disconnect(publication: Publication) -> Connection:
    row = session.get_one(Connection, publication.connection_id)
    row.state = ConnectionState.DISCONNECTED
    session.commit()
    return row


def test_a_removal_that_nobody_can_ask_for_is_shown_to_a_person_once() -> None:
    publication = posted()
    disconnect(publication)
    ask(publication)

    for _sweep in range(2):
        with unit_of_work():
            actions.tell_left_standing(at=NOW)
    with unit_of_work():
        actions.settle_as_seen(publication_id=publication.id, by=factories.person(factories.sol()), at=NOW)
    with unit_of_work():
        again = actions.tell_left_standing(at=NOW)

    [task] = session.scalars(select(Task).where(Task.kind == TaskKind.STUCK_REMOVAL)).all()
    assert "is disconnected" in task.message
    assert again == 0
    assert now_of(publication).is_being_removed


def test_a_removal_that_the_network_can_be_asked_for_waits_without_a_task() -> None:
    ask(posted())

    with unit_of_work():
        told = actions.tell_left_standing(at=NOW)

    assert told == 0
