"""Approved replies that staff post on the network themselves."""

from collections.abc import Callable
from dataclasses import replace
from datetime import datetime, timedelta

import pytest
from flask import Flask
from sqlalchemy import inspect, select

from app.accounts.models import Role
from app.channels.errors import Gone, Transient
from app.channels.types import IncomingPost, PostAuthor, Ref
from app.cord import actions as cord
from app.cord.models import HoldScope
from app.foundation.db import session, unit_of_work
from app.foundation.errors import Conflict
from app.foundation.journal import JournalEntry
from app.foundation.tasks import TaskKind, open_tasks_of
from app.mentions.models import Mention, MentionStatus
from app.mentions.types import Route
from app.publishing import actions, by_hand, heard, queries
from app.publishing.models import Publication, PublicationStatus
from app.replies.models import Reply, ReplyKind, ReplyStatus, ReplyVersion
from tests import factories
from tests.conftest import sign_in
from tests.factories import NOW
from tests.publishing.conftest import StubChannel

pytestmark = pytest.mark.usefixtures("db_session")
#: The end of an approval that no clock in a test has reached.
FAR = NOW + timedelta(days=3650)
LINK = "https://x.com/NorthwindKettle/status/777"


def approved(**overrides: object) -> Publication:
    mention = factories.make_mention(
        status=MentionStatus.IN_REVIEW, can_reply=False, cannot_reply_why="not_summoned", summoned=False
    )
    reply = factories.make_reply(ReplyStatus.APPROVED, mention=mention)
    return factories.make_publication(reply=reply, by_hand=True, **{"expires_at": FAR} | overrides)


def handed_out() -> Publication:
    """Return a reply that lies in the hands of staff."""
    publication = approved()
    with unit_of_work():
        assert actions.hand_out(publication_id=publication.id, at=NOW)
    return now_of(publication)


def now_of(publication: Publication) -> Publication:
    session.expire_all()
    return session.get_one(Publication, inspect(publication).identity)


def shown(publication: Publication) -> IncomingPost:
    """Return the very reply, as the network shows it."""
    whole = queries.whole(publication.id)
    author = PostAuthor("9", "NorthwindKettle", "Northwind", "http://127.0.0.1:1/n")
    return IncomingPost(
        ref=Ref("777"),
        author=author,
        text=whole.reply_version.posted_text,
        created_at=NOW + timedelta(minutes=3),
        url="http://127.0.0.1:1/n/status/777",
        thread_root=Ref(whole.mention.external_id),
        parent=Ref(whole.mention.external_id),
        quoted=None,
        language="en",
        summoned=False,
        ours=True,
        can_reply=False,
        cannot_reply_why="own_post",
    )


def sweep(story: Callable[..., bool], due: Callable[..., list[int]], at: datetime = NOW) -> int:
    """Tell a story of every reply it is due for."""
    return sum([story(publication_id=one, at=at) for one in due(at=at)])


def pull() -> None:
    with unit_of_work():
        cord.pull(scope=HoldScope.EVERYTHING, reason="Stop", by=factories.person(factories.mo()), at=NOW)


def approve(why: str) -> Publication:
    """Approve a reply to a post that the network does not let us answer."""
    mention = factories.make_mention(status=MentionStatus.IN_REVIEW, can_reply=False, cannot_reply_why=why)
    reply = factories.make_reply(ReplyStatus.APPROVED, mention=mention)
    version = session.scalars(select(ReplyVersion)).one()
    approver = factories.mo()
    with unit_of_work():
        return actions.create_publication(
            reply=reply,
            version=version,
            approver_id=approver.id,
            approval_key="review:1",
            edition=1,
            at=NOW,
            undo_lasts=timedelta(seconds=10),
        )


def test_nothing_is_approved_that_nobody_may_post_even_by_hand() -> None:
    with pytest.raises(Conflict, match="protected"):
        approve("protected")


def test_an_approval_of_a_post_we_may_not_answer_is_for_the_hand() -> None:
    made = approve("not_summoned")

    assert made.by_hand
    assert by_hand.due_to_hand_out(at=NOW + timedelta(seconds=9)) == []
    assert by_hand.due_to_hand_out(at=NOW + timedelta(seconds=10)) == [made.id]


def test_no_publisher_ever_sends_what_is_for_the_hand() -> None:
    publication = approved()

    assert session.scalar(queries.next_ready(at=NOW)) is None
    with unit_of_work():
        assert actions.begin(publication_id=publication.id, worker="one", at=NOW) is None
    assert now_of(publication).status is PublicationStatus.READY


def test_what_is_ready_is_handed_out_once() -> None:
    publication = handed_out()

    assert publication.status is PublicationStatus.HANDED_OUT
    with unit_of_work():
        assert not actions.hand_out(publication_id=publication.id, at=NOW)


def test_nothing_is_handed_out_under_a_pulled_cord_and_the_page_says_so(app: Flask) -> None:
    waiting, out = approved(), handed_out()
    pull()

    assert by_hand.due_to_hand_out(at=NOW) == []
    with unit_of_work():
        assert not actions.hand_out(publication_id=waiting.id, at=NOW)
    page = sign_in(app.test_client(), factories.sol()).get(f"/by-hand/{out.id}").text
    assert "Do not post this now." in page
    assert "data-copy" not in page
    assert "Bring the link" in page


def test_staff_copy_the_very_words_and_bring_the_link(app: Flask, at_hand: StubChannel) -> None:
    publication = handed_out()
    at_hand.shows = {"777": shown(publication)}
    client = sign_in(app.test_client(), factories.sol())
    assert "To post by hand" in client.get("/by-hand").text
    page = client.get(f"/by-hand/{publication.id}").text
    assert "boil once, rinse twice.\nAdvocate, Crew volunteer</textarea>" in page

    assert client.post(f"/by-hand/{publication.id}/posted", data={"link": LINK}).status_code == 303

    row = now_of(publication)
    reply, mention = session.get_one(Reply, row.reply_id), session.get_one(Mention, row.mention_id)
    assert (row.status, row.external_id, row.sent_at) == (PublicationStatus.SENT, "777", NOW + timedelta(minutes=3))
    assert (reply.status, reply.published_url) == (ReplyStatus.PUBLISHED, "http://127.0.0.1:1/n/status/777")
    assert mention.status is MentionStatus.ANSWERED
    assert not row.link_unverified
    assert "publication.linked_back" in set(session.scalars(select(JournalEntry.action)))


@pytest.mark.parametrize(
    ("changes", "says"),
    [
        (None, "shows no such post"),
        ({"ours": False}, "is not by @NorthwindKettle"),
        ({"parent": Ref("5")}, "does not answer this customer"),
        ({"text": "Buy our kettles!"}, "Other words stand there"),
    ],
)
def test_a_link_to_something_else_is_refused_beside_the_field_and_kept(
    app: Flask, at_hand: StubChannel, changes: dict[str, object] | None, says: str
) -> None:
    publication = handed_out()
    at_hand.shows = {"777": Gone("gone") if changes is None else replace(shown(publication), **changes)}
    client = sign_in(app.test_client(), factories.sol())

    refused = client.post(f"/by-hand/{publication.id}/posted", data={"link": LINK})

    assert refused.status_code == 422
    assert says in refused.text
    assert f'value="{LINK}"' in refused.text
    assert now_of(publication).status is PublicationStatus.HANDED_OUT


@pytest.mark.parametrize("link", ["", "https://evil.example/a/status/777", "https://x.com/NorthwindKettle"])
def test_what_is_no_link_of_the_network_is_refused(app: Flask, at_hand: StubChannel, link: str) -> None:
    publication = handed_out()
    client = sign_in(app.test_client(), factories.sol())

    assert client.post(f"/by-hand/{publication.id}/posted", data={"link": link}).status_code == 422
    assert now_of(publication).status is PublicationStatus.HANDED_OUT


def test_where_the_network_cannot_be_asked_the_word_of_staff_counts_and_the_journal_says_so(
    app: Flask, at_hand: StubChannel
) -> None:
    publication = handed_out()
    at_hand.cannot_look = Transient("no way")
    client = sign_in(app.test_client(), factories.sol())

    assert client.post(f"/by-hand/{publication.id}/posted", data={"link": LINK}).status_code == 303

    assert now_of(publication).status is PublicationStatus.SENT
    assert now_of(publication).link_unverified
    assert "publication.linked_unverified" in set(session.scalars(select(JournalEntry.action)))
    assert "not verified" in client.get(f"/publishing/{publication.id}").text


def test_what_we_hear_our_account_say_is_linked_back_by_itself() -> None:
    publication = handed_out()
    post = shown(publication)
    factories.make_thread_post(
        queries.whole(publication.id).mention,
        external_id="777",
        parent_external_id=post.parent.id if post.parent else None,
        text=post.text.replace("\n", "  "),
        url=post.url,
        posted_at=post.created_at,
        ours=True,
    )
    for _ in range(2):
        with unit_of_work():
            sweep(actions.call_off_in_hand, by_hand.in_hand)
            sweep(actions.find_posted, heard.may_have_been_posted)

    row = now_of(publication)
    assert (row.status, row.url) == (PublicationStatus.SENT, post.url)


def test_what_was_posted_under_a_later_edition_is_linked_back_too() -> None:
    publication = handed_out()
    publication.target_external_id = "990"  # what the network calls it now; in threads it keeps its first name
    session.commit()
    mention = queries.whole(publication.id).mention
    words = shown(publication).text
    factories.make_thread_post(mention, parent_external_id=mention.external_id, text=words, posted_at=NOW, ours=True)

    with unit_of_work():
        assert sweep(actions.find_posted, heard.may_have_been_posted) == 1


def look_after(at: datetime) -> None:
    """Sweep twice, as it happens."""
    for _ in range(2):
        with unit_of_work():
            actions.expire_old(at=at)
            sweep(actions.call_off_in_hand, by_hand.in_hand, at)


def asked(publication: Publication) -> bool:
    """Return whether staff are asked if it was posted."""
    return bool(open_tasks_of(TaskKind.MAY_BE_POSTED, now_of(publication)))


def test_what_was_never_handed_out_and_is_too_old_goes_back_to_review() -> None:
    publication = approved()
    look_after(FAR)

    row = now_of(publication)
    assert row.status is PublicationStatus.EXPIRED
    assert session.get_one(Reply, row.reply_id).status is ReplyStatus.SUBMITTED


def test_what_was_handed_out_and_is_too_old_may_be_posted_so_staff_are_asked_first() -> None:
    publication = handed_out()
    look_after(FAR - timedelta(seconds=1))
    assert not asked(publication)
    look_after(FAR)

    row = now_of(publication)
    assert row.status is PublicationStatus.HANDED_OUT
    assert session.get_one(Reply, row.reply_id).status is ReplyStatus.APPROVED
    assert asked(publication)


@pytest.mark.parametrize("posted", [True, False])
def test_whoever_says_whether_it_was_posted_ends_the_question(app: Flask, at_hand: StubChannel, posted: bool) -> None:
    publication = handed_out()
    session.get_one(Mention, publication.mention_id).edition = 2
    session.commit()
    look_after(NOW)
    client, address = sign_in(app.test_client(), factories.sol()), f"/by-hand/{publication.id}"
    page = client.get(address).text
    assert "Do not post this any more." in page
    assert "May be posted as @NorthwindKettle" in page
    assert queries.whole(publication.id).reply_version.posted_text.splitlines()[0] in page
    assert "Open on the network" in page
    assert "data-copy" not in page
    assert "Was it posted?" in client.get("/by-hand").text
    assert f'href="{address}"' in client.get(f"/publishing/{publication.id}").text

    if posted:
        at_hand.shows = {"777": shown(publication)}
        assert client.post(f"{address}/posted", data={"link": LINK}).status_code == 303
    else:
        assert client.post(f"{address}/back", data={"reason": "Nobody posted it"}).status_code == 303

    assert now_of(publication).status is (PublicationStatus.SENT if posted else PublicationStatus.CANCELLED)
    assert not asked(publication)


def test_staff_give_a_reply_back_with_a_reason(app: Flask) -> None:
    publication = handed_out()
    client = sign_in(app.test_client(), factories.sol())
    address = f"/by-hand/{publication.id}"
    assert client.post(f"{address}/back", data={"reason": ""}).status_code == 422
    assert client.post(f"{address}/back", data={"reason": "They deleted the photo"}).status_code == 303

    row = now_of(publication)
    assert row.status is PublicationStatus.CANCELLED
    assert session.get_one(Reply, row.reply_id).status is ReplyStatus.SUBMITTED
    assert "They deleted the photo" in client.get(address).text
    assert client.post(f"{address}/back", data={"reason": "again"}).status_code == 409


def test_a_deleted_post_takes_its_reply_along() -> None:
    publication = handed_out()
    with unit_of_work():
        actions.mirror_deletion(mention_id=publication.mention_id, at=NOW)

    assert now_of(publication).status is PublicationStatus.CANCELLED


def test_those_who_may_not_post_by_hand_do_not_see_the_list(app: Flask) -> None:
    publication = handed_out()
    client = sign_in(app.test_client(), factories.make_user(Role.MODERATOR))

    assert client.get("/by-hand").status_code == 403
    assert client.post(f"/by-hand/{publication.id}/posted", data={"link": LINK}).status_code == 403


def test_staff_answer_a_case_by_hand(app: Flask) -> None:
    mention = factories.make_mention(
        status=MentionStatus.ESCALATED, route=Route.STAFF_ANGRY, can_reply=False, cannot_reply_why="not_summoned"
    )
    case = factories.make_case(mention=mention)
    client = sign_in(app.test_client(), factories.sol())
    assert "Answer by hand" in client.get(f"/inbox/{case.id}").text

    data = {"text": "We are on it.", "form_key": "k" * 24, "edition": "1"}
    assert client.post(f"/inbox/{case.id}/answer", data=data).status_code == 303

    row = session.scalars(select(Publication)).one()
    assert (row.kind, row.by_hand) == (ReplyKind.STAFF, True)


def test_a_case_nobody_may_answer_even_by_hand_still_says_why(app: Flask) -> None:
    connection = factories.make_connection(answer_by_hand=False)
    mention = factories.make_mention(
        connection=connection, status=MentionStatus.ESCALATED, can_reply=False, cannot_reply_why="not_summoned"
    )
    case = factories.make_case(mention=mention)
    client = sign_in(app.test_client(), factories.sol())

    assert "Answer by hand" not in client.get(f"/inbox/{case.id}").text
    data = {"text": "We are on it.", "form_key": "k" * 24, "edition": "1"}
    assert client.post(f"/inbox/{case.id}/answer", data=data).status_code == 409
