"""Unknown sends: looked for by us, settled by people, sent again by a second one."""

from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest
from sqlalchemy import select

from app.accounts.models import User
from app.accounts.permissions import Person
from app.channels.errors import Forbidden, Transient
from app.channels.types import IncomingPost, PostAuthor, Receipt, Ref
from app.foundation.db import session, unit_of_work
from app.foundation.errors import Conflict, Invalid, NotAllowed
from app.foundation.journal import JournalEntry
from app.foundation.tasks import Task
from app.mentions.models import LaterEdition, Mention
from app.publishing import actions, heard, queries
from app.publishing.models import Publication, PublicationStatus
from app.replies.models import Reply, ReplyStatus
from tests.factories import (
    NOW,
    ana,
    make_publication,
    make_reply,
    make_thread_post,
    mo,
    person,
    sol,
)
from tests.publishing.conftest import StubChannel

FIVE_MINUTES = timedelta(minutes=5)
FOUND = Receipt(Ref("888"), "https://x.com/NorthwindKettles/status/888", NOW)


@pytest.fixture(autouse=True)
def _database(db_session: None) -> None:
    pass


def lost() -> Publication:
    publication = make_publication()
    with unit_of_work():
        outgoing = actions.begin(publication_id=publication.id, worker="one", at=NOW)
    assert outgoing is not None
    with unit_of_work():
        actions.record_outcome(
            Transient("timeout", sent="maybe"), publication_id=publication.id, attempt=1, worker="one", at=NOW
        )
    return session.get_one(Publication, publication.id, populate_existing=True)


def absent(by: Person) -> Publication:
    publication = lost()
    with unit_of_work():
        actions.settle_as_absent(publication_id=publication.id, by=by, at=NOW + FIVE_MINUTES)
    return publication


def open_tasks() -> int:
    return len(session.scalars(select(Task).where(Task.settled_at.is_(None))).all())


def test_a_claim_is_given_up_only_after_its_lease() -> None:
    publication = make_publication()
    with unit_of_work():
        actions.begin(publication_id=publication.id, worker="one", at=NOW)

    with unit_of_work():
        assert actions.lose_overdue(at=NOW + actions.LEASE) == 0
    with unit_of_work():
        assert actions.lose_overdue(at=NOW + actions.LEASE + timedelta(seconds=1)) == 1
    assert open_tasks() == 1
    with unit_of_work():
        assert actions.lose_overdue(at=NOW + actions.LEASE + timedelta(seconds=2)) == 0


def test_the_network_is_asked_after_10_30_60_and_300_seconds_and_then_every_half_hour() -> None:
    publication = lost()
    asked = []
    for _look in range(6):
        session.refresh(publication)
        due_at = publication.next_try_at
        assert queries.due_looks(at=due_at - timedelta(milliseconds=1)) == []
        assert [look.publication_id for look in queries.due_looks(at=due_at)] == [publication.id]
        asked.append((due_at - NOW).total_seconds())
        with unit_of_work():
            actions.record_look(None, publication_id=publication.id, at=due_at)

    assert asked == [10, 30, 60, 300, 2100, 3900]
    assert queries.due_looks(at=NOW + timedelta(hours=49)) == []


def test_what_is_found_on_the_network_is_confirmed_and_its_task_settled(network: StubChannel) -> None:
    publication = lost()
    network.found = FOUND
    look = queries.due_looks(at=NOW + timedelta(seconds=10))[0]

    with unit_of_work():
        assert actions.record_look(look.look(), publication_id=publication.id, at=NOW + timedelta(seconds=11))

    session.refresh(publication)
    assert (publication.status, publication.external_id) == (PublicationStatus.SENT, "888")
    assert session.get_one(Reply, publication.reply_id).status is ReplyStatus.PUBLISHED
    assert open_tasks() == 0


def test_a_post_that_is_known_as_another_reply_proves_nothing(network: StubChannel) -> None:
    publication = lost()
    before = make_publication(PublicationStatus.RETRACTED, external_id="888", connection_id=publication.connection_id)
    network.found = FOUND
    look = queries.due_looks(at=NOW + timedelta(seconds=10))[0]

    with unit_of_work():
        assert not actions.record_look(look.look(), publication_id=publication.id, at=NOW + timedelta(seconds=11))

    session.refresh(publication)
    assert (publication.status, publication.looks) == (PublicationStatus.UNKNOWN, 1)
    assert session.get_one(Publication, before.id).status is PublicationStatus.RETRACTED


@pytest.mark.parametrize("found", [None, Transient("down")])
def test_what_is_not_found_stays_unknown(network: StubChannel, found: Transient | None) -> None:
    publication = lost()
    network.found = found
    look = queries.due_looks(at=NOW + timedelta(seconds=10))[0]

    with unit_of_work():
        assert not actions.record_look(look.look(), publication_id=publication.id, at=NOW + timedelta(seconds=11))

    session.refresh(publication)
    assert (publication.status, publication.looks) == (PublicationStatus.UNKNOWN, 1)
    assert open_tasks() == 1


def settle(publication: Publication, link: str, by: Person) -> str:
    """Bring a link, as the page does."""
    seen = actions.pasted(publication_id=publication.id, link=link, by=by).look()
    with unit_of_work():
        return actions.settle_as_posted(publication_id=publication.id, seen=seen, link=link, by=by, at=NOW)


def shown(publication: Publication, **differently: Any) -> IncomingPost:
    """Return the lost reply as the network shows it."""
    whole = queries.whole(publication.id)
    post = IncomingPost(
        ref=Ref("888"),
        author=PostAuthor("9", "NorthwindKettles", "Northwind", ""),
        text=whole.reply_version.posted_text,
        created_at=NOW,
        url=FOUND.url,
        thread_root=Ref(whole.mention.external_id),
        parent=Ref(whole.mention.external_id),
        quoted=None,
        language="en",
        summoned=False,
        ours=True,
        can_reply=False,
        cannot_reply_why="own_post",
    )
    return replace(post, **differently)


@pytest.mark.parametrize(
    ("differently", "why"),
    [
        ({"ours": False}, "not by @"),
        ({"parent": Ref("5")}, "does not answer this customer"),
        ({"text": "Something else"}, "Other words"),
    ],
)
def test_a_link_to_anything_but_the_reply_settles_nothing(
    at_hand: StubChannel, differently: dict[str, Any], why: str
) -> None:
    publication = lost()
    at_hand.shows = {"888": shown(publication, **differently)}

    assert why in settle(publication, FOUND.url, person(mo()))

    session.refresh(publication)
    assert publication.status is PublicationStatus.UNKNOWN
    assert open_tasks() == 1


def test_a_link_counts_under_any_edition_of_the_post(at_hand: StubChannel) -> None:
    publication = lost()
    mention = session.get_one(Mention, publication.mention_id)
    later = LaterEdition(connection_id=mention.connection_id, external_id="990", of_external_id=mention.external_id)
    session.add(later)
    session.commit()
    at_hand.shows = {"888": shown(publication, parent=Ref("990"))}

    assert settle(publication, FOUND.url, person(mo())) == ""


def test_what_turns_up_while_it_waits_to_be_sent_again_is_not_sent_again(network: StubChannel) -> None:
    publication, second = absent(by=person(sol())), person(ana())
    network.found = FOUND
    look = queries.due_looks(at=NOW + timedelta(seconds=30))[0]
    with unit_of_work():
        actions.send_again(publication_id=publication.id, by=second, at=NOW)

    with unit_of_work():
        assert actions.record_look(look.look(), publication_id=publication.id, at=NOW + timedelta(seconds=31))

    session.refresh(publication)
    assert (publication.status, publication.external_id) == (PublicationStatus.SENT, "888")


def heard_of(publication: Publication, external_id: str) -> None:
    """Hear our own account say the reply."""
    whole = queries.whole(publication.id)
    make_thread_post(
        whole.mention,
        external_id=external_id,
        parent_external_id=whole.mention.external_id,
        ours=True,
        text=whole.reply_version.posted_text,
        posted_at=NOW,
    )


def test_what_our_account_was_heard_to_say_is_not_said_again() -> None:
    publication, second = absent(by=person(sol())), person(ana())
    with unit_of_work():
        actions.send_again(publication_id=publication.id, by=second, at=NOW)
    heard_of(publication, "888")

    with unit_of_work():
        assert actions.begin(publication_id=publication.id, worker="two", at=NOW) is None
    for _twice in range(2):
        find_posted()

    session.refresh(publication)
    assert (publication.status, publication.external_id) == (PublicationStatus.SENT, "888")
    assert open_tasks() == 0


def find_posted() -> int:
    with unit_of_work():
        found = [actions.find_posted(publication_id=one, at=NOW) for one in heard.may_have_been_posted(at=NOW)]
    return sum(found)


def tell_doubles() -> int:
    with unit_of_work():
        doubled = heard.may_stand_twice(since=NOW - queries.WATCHED_FOR, at=NOW)
        return sum([actions.tell_double(publication_id=one, at=NOW) for one in doubled])


def test_a_reply_heard_twice_is_shown_to_a_person_once() -> None:
    publication, second = absent(by=person(sol())), person(ana())
    with unit_of_work():
        actions.send_again(publication_id=publication.id, by=second, at=NOW)
    with unit_of_work():
        assert actions.begin(publication_id=publication.id, worker="two", at=NOW)
    with unit_of_work():
        actions.record_outcome(FOUND, publication_id=publication.id, attempt=2, worker="two", at=NOW)
    heard_of(publication, "888")
    assert tell_doubles() == 0

    heard_of(publication, "777")
    assert tell_doubles() == 1

    assert [task.kind for task in session.scalars(select(Task).where(Task.settled_at.is_(None)))] == ["DOUBLED_SEND"]
    with unit_of_work():
        actions.settle_as_seen(publication_id=publication.id, by=second, at=NOW)
    assert tell_doubles() == 0


def test_a_person_settles_it_as_posted_with_its_link() -> None:
    publication, moderator = lost(), person(mo())

    assert settle(publication, f" {FOUND.url} ", moderator) == ""

    session.refresh(publication)
    assert (publication.status, publication.external_id) == (PublicationStatus.SENT, "888")
    assert open_tasks() == 0


@pytest.mark.parametrize(
    "link",
    [
        "",
        "https://evil.example/NorthwindKettles/status/888",
        "https://x.com/NorthwindKettles",
        "https://x.com/NorthwindKettles/status/88x",
        "javascript:alert(1)//x.com/a/status/888",
        "https://x.com@evil.example/a/status/888",
        "https://[x/a/status/888",
    ],
)
def test_only_a_link_to_a_post_of_the_network_is_a_proof(link: str) -> None:
    publication, moderator = lost(), person(mo())

    with pytest.raises(Invalid) as refused:
        settle(publication, link, moderator)

    assert refused.value.field == "link"


def test_one_post_proves_one_reply() -> None:
    sent = make_publication(PublicationStatus.SENT, external_id="888")
    publication, moderator = lost(), person(mo())
    publication.connection_id = sent.connection_id
    session.commit()

    with pytest.raises(Invalid):
        settle(publication, FOUND.url, moderator)


def sent_again_alone() -> list[bool]:
    """Return what the journal says of each sending again."""
    lines = session.scalars(select(JournalEntry).where(JournalEntry.action.startswith("publication.sent_again")))
    return [line.details["alone"] for line in lines]


def test_who_says_that_it_is_absent_sends_it_again_alone_while_nobody_else_may() -> None:
    staff = person(sol())
    session.get_one(User, ana().id).is_active = False
    publication = absent(by=staff)

    with unit_of_work():
        assert actions.send_again(publication_id=publication.id, by=staff, at=NOW)

    session.refresh(publication)
    assert publication.status is PublicationStatus.READY
    assert sent_again_alone() == [True]


def test_who_says_that_it_is_absent_does_not_send_it_again() -> None:
    staff = person(sol())
    ana()
    publication = absent(by=staff)

    with pytest.raises(NotAllowed), unit_of_work():
        actions.send_again(publication_id=publication.id, by=staff, at=NOW)

    session.refresh(publication)
    assert publication.status is PublicationStatus.ABSENT
    assert open_tasks() == 1


def test_a_second_person_sends_it_again() -> None:
    publication, second = absent(by=person(sol())), person(ana())

    with unit_of_work():
        actions.send_again(publication_id=publication.id, by=second, at=NOW)

    session.refresh(publication)
    assert publication.status is PublicationStatus.READY
    assert open_tasks() == 0
    assert sent_again_alone() == [False]
    with unit_of_work():
        again = actions.begin(publication_id=publication.id, worker="two", at=NOW)
    assert again is not None
    assert again.attempt == 2


def test_an_old_approval_is_not_sent_again_but_decided_on_again() -> None:
    publication, second = absent(by=person(sol())), person(ana())

    with unit_of_work():
        assert not actions.send_again(publication_id=publication.id, by=second, at=NOW + timedelta(hours=25))

    session.refresh(publication)
    assert publication.status is PublicationStatus.EXPIRED
    assert session.get_one(Reply, publication.reply_id).status is ReplyStatus.SUBMITTED
    assert open_tasks() == 0


def test_what_was_settled_as_absent_and_turns_up_late_is_confirmed(network: StubChannel) -> None:
    publication = absent(by=person(sol()))
    network.found = FOUND
    look = queries.due_looks(at=NOW + timedelta(seconds=30))[0]

    with unit_of_work():
        assert actions.record_look(look.look(), publication_id=publication.id, at=NOW + timedelta(seconds=31))

    session.refresh(publication)
    assert publication.status is PublicationStatus.SENT


def test_nobody_says_that_it_is_absent_before_its_network_had_time_to_show_it() -> None:
    publication = lost()

    with pytest.raises(Conflict, match="may still show it"), unit_of_work():
        actions.settle_as_absent(
            publication_id=publication.id, by=person(sol()), at=NOW + FIVE_MINUTES - timedelta(seconds=1)
        )

    session.refresh(publication)
    assert (publication.status, publication.absent_by_id) == (PublicationStatus.UNKNOWN, None)


def test_what_is_settled_is_not_settled_again() -> None:
    staff = person(sol())
    publication = absent(by=staff)

    with pytest.raises(Conflict, match="settled already"), unit_of_work():
        actions.settle_as_absent(publication_id=publication.id, by=staff, at=NOW + FIVE_MINUTES)


def test_a_refused_reply_goes_back_to_the_moderators() -> None:
    publication, moderator = make_publication(), person(mo())
    with unit_of_work():
        actions.begin(publication_id=publication.id, worker="one", at=NOW)
    with unit_of_work():
        actions.record_outcome(Forbidden("no"), publication_id=publication.id, attempt=1, worker="one", at=NOW)

    with unit_of_work():
        actions.return_refused(publication_id=publication.id, by=moderator, at=NOW)

    assert session.get_one(Reply, publication.reply_id).status is ReplyStatus.SUBMITTED
    assert open_tasks() == 0
    with pytest.raises(Conflict), unit_of_work():
        actions.return_refused(publication_id=publication.id, by=moderator, at=NOW)


def test_an_approval_lives_a_day_and_then_goes_back_to_the_moderators() -> None:
    publication = make_publication()
    with unit_of_work():
        assert actions.expire_old(at=publication.expires_at - timedelta(seconds=1)) == 0
    with unit_of_work():
        assert actions.expire_old(at=publication.expires_at) == 1

    session.refresh(publication)
    assert publication.status is PublicationStatus.EXPIRED
    assert session.get_one(Reply, publication.reply_id).status is ReplyStatus.SUBMITTED


def test_a_deleted_post_takes_its_unsent_reply_along() -> None:
    publication = make_publication()

    for _twice in range(2):
        with unit_of_work():
            actions.mirror_deletion(mention_id=publication.mention_id, at=NOW)

    session.refresh(publication)
    assert publication.status is PublicationStatus.CANCELLED
    assert session.get_one(Reply, publication.reply_id).status is ReplyStatus.WITHDRAWN


def test_a_deleted_post_leaves_a_send_under_way_to_its_outcome() -> None:
    publication = make_publication(reply=make_reply(ReplyStatus.APPROVED))
    with unit_of_work():
        actions.begin(publication_id=publication.id, worker="one", at=NOW)

    with unit_of_work():
        actions.mirror_deletion(mention_id=publication.mention_id, at=NOW)

    session.refresh(publication)
    assert publication.status is PublicationStatus.SENDING
    assert session.get_one(Reply, publication.reply_id).status is ReplyStatus.APPROVED
