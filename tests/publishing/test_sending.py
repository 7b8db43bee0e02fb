"""From an approval to a claim: what may begin, and what is called off right before."""

from datetime import timedelta

import pytest
from sqlalchemy import select, update
from sqlalchemy.exc import IntegrityError

from app.accounts.models import Role, RoleGrant, User
from app.channels.models import Connection, ConnectionState
from app.cord import actions as cord
from app.cord.models import HoldScope, ResumeOffer
from app.foundation.db import session, unit_of_work
from app.foundation.errors import Conflict
from app.foundation.terms import Terms
from app.mentions.models import Mention, MentionStatus
from app.publishing import actions, queries
from app.publishing.models import HeldBecause, Publication, PublicationStatus
from app.publishing.outgoing import Outgoing, key_of
from app.replies.models import Reply, ReplyKind, ReplyStatus, ReplyVersion
from tests.factories import (
    NOW,
    ana,
    make_connection,
    make_mention,
    make_publication,
    make_reply,
    make_thread_post,
    make_user,
    mo,
    person,
    sol,
)


@pytest.fixture(autouse=True)
def _database(db_session: None) -> None:
    pass


def begin(publication: Publication, worker: str = "one", at_seconds: int = 0) -> Outgoing | None:
    with unit_of_work():
        return actions.begin(publication_id=publication.id, worker=worker, at=NOW + timedelta(seconds=at_seconds))


def status_of(publication: Publication) -> PublicationStatus:
    return session.scalars(select(Publication.status).where(Publication.id == publication.id)).one()


def reply_status_of(publication: Publication) -> ReplyStatus:
    return session.scalars(select(Reply.status).where(Reply.id == publication.reply_id)).one()


def put_into_the_outbox(reply: Reply, *, undo_lasts: timedelta = timedelta()) -> Publication:
    version = session.scalars(select(ReplyVersion).where(ReplyVersion.reply_id == reply.id)).one()
    with unit_of_work():
        return actions.create_publication(
            reply=reply,
            version=version,
            approver_id=mo().id,
            approval_key="review:1",
            edition=1,
            at=NOW,
            undo_lasts=undo_lasts,
        )


def test_an_approval_becomes_ready_and_leaves_after_the_undo_window() -> None:
    reply = make_reply(ReplyStatus.APPROVED)

    made = put_into_the_outbox(reply, undo_lasts=timedelta(seconds=10))

    mention = session.get_one(Mention, reply.mention_id)
    mention.checked_at = NOW
    session.commit()

    assert made.status is PublicationStatus.READY
    assert session.scalar(queries.next_ready(at=NOW + timedelta(seconds=9))) is None
    assert session.scalar(queries.next_ready(at=NOW + timedelta(seconds=10))) == made.id
    assert session.scalar(queries.next_ready(at=NOW + timedelta(seconds=70))) is None


def test_an_approval_lives_as_long_as_the_installation_lets_it(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("app.foundation.terms._chosen", [Terms(approval=timedelta(hours=2))])

    made = put_into_the_outbox(make_reply(ReplyStatus.APPROVED))

    assert made.expires_at == NOW + timedelta(hours=2)
    assert session.scalar(queries.next_ready(at=NOW)) == made.id
    assert session.scalar(queries.next_ready(at=NOW + timedelta(hours=2))) is None


def test_an_approval_that_is_numbered_like_a_forgotten_one_goes_by_another_key() -> None:
    forgotten = make_publication(approval_key="review:1")
    key, expires_at = key_of(forgotten), forgotten.expires_at
    session.delete(forgotten)
    session.commit()

    same = make_publication(approval_key="review:1", reply=session.get_one(Reply, forgotten.reply_id))
    assert key_of(same) == key
    same.approval_hash = "f" * 64
    assert key_of(same) != key
    assert len(key) <= 64
    assert expires_at == same.expires_at


def test_a_post_has_one_live_publication() -> None:
    first = make_publication()
    other = make_reply(ReplyStatus.APPROVED, mention=session.get_one(Mention, first.mention_id))
    version = session.scalars(select(ReplyVersion).where(ReplyVersion.reply_id == other.id)).one()
    approver = mo()

    with pytest.raises(Conflict), unit_of_work():
        actions.create_publication(
            reply=other,
            version=version,
            approver_id=approver.id,
            approval_key="b",
            edition=1,
            at=NOW,
            undo_lasts=timedelta(),
        )


def test_the_database_itself_refuses_a_second_live_publication() -> None:
    first = make_publication()
    other = make_reply(ReplyStatus.APPROVED, mention=session.get_one(Mention, first.mention_id))

    with pytest.raises(IntegrityError):
        make_publication(reply=other)
    session.rollback()


def test_begin_commits_attempt_worker_and_lease_and_hands_out_the_exact_words() -> None:
    publication = make_publication()

    outgoing = begin(publication)

    assert outgoing is not None
    session.refresh(publication)
    version = session.get_one(ReplyVersion, publication.reply_version_id)
    assert outgoing.reply.text == version.posted_text
    assert outgoing.reply.target.id == version.target_external_id
    assert (publication.status, publication.attempt, publication.worker) == (PublicationStatus.SENDING, 1, "one")
    assert publication.lease_until == NOW + actions.LEASE


def test_a_claimed_row_is_not_claimed_again() -> None:
    publication = make_publication()
    begin(publication)

    assert begin(publication, worker="two") is None
    assert session.get_one(Publication, publication.id, populate_existing=True).worker == "one"


def test_one_account_sends_one_at_a_time() -> None:
    connection = make_connection()
    first, second = (
        make_publication(
            reply=make_reply(
                ReplyStatus.APPROVED, mention=make_mention(connection=connection, status=MentionStatus.IN_REVIEW)
            )
        )
        for _ in range(2)
    )
    begin(first)

    assert begin(second, worker="two") is None
    assert status_of(second) is PublicationStatus.READY


@pytest.mark.parametrize(
    "overrides",
    [
        {"next_try_at": NOW + timedelta(seconds=1)},
        {"expires_at": NOW},
        {"status": PublicationStatus.HELD},
        {"status": PublicationStatus.UNKNOWN},
        {"status": PublicationStatus.CANCELLED},
    ],
)
def test_what_is_not_due_or_not_waiting_does_not_begin(overrides: dict[str, object]) -> None:
    publication = make_publication(**overrides)  # type: ignore[arg-type]

    assert session.scalar(queries.next_ready(at=NOW)) is None
    assert begin(publication) is None


def test_a_connection_that_needs_a_sign_in_or_rest_sends_nothing() -> None:
    publication = make_publication()
    connection = session.get_one(Connection, publication.connection_id)
    for state, not_before in (
        (ConnectionState.NEEDS_LOGIN, None),
        (ConnectionState.CONNECTED, NOW + timedelta(minutes=1)),
    ):
        connection.state, connection.not_before = state, not_before
        session.commit()

        assert begin(publication) is None
        assert session.scalar(queries.next_ready(at=NOW)) is None
    assert session.scalar(queries.next_ready(at=NOW + timedelta(minutes=2))) == publication.id


@pytest.mark.parametrize(
    ("scope", "kind", "goes"),
    [
        (HoldScope.EVERYTHING, ReplyKind.COMMUNITY, False),
        (HoldScope.EVERYTHING, ReplyKind.STAFF, False),
        (HoldScope.CROWD, ReplyKind.COMMUNITY, False),
        (HoldScope.CROWD, ReplyKind.STAFF, True),
    ],
)
def test_a_hold_stops_what_it_covers(scope: HoldScope, kind: ReplyKind, goes: bool) -> None:
    publication = make_publication(reply=make_reply(ReplyStatus.APPROVED, kind=kind), approver=sol())
    puller = person(mo())
    with unit_of_work():
        cord.pull(scope=scope, reason="Recall", by=puller, at=NOW)

    assert (begin(publication) is not None) is goes


@pytest.mark.parametrize(("topic", "goes"), [("descaling", False), ("lids", True)])
def test_a_hold_on_a_topic_stops_replies_to_its_posts(topic: str, goes: bool) -> None:
    publication = make_publication()
    puller = person(mo())
    with unit_of_work():
        cord.pull(scope=HoldScope.TOPIC, topic=topic, reason="Recall", by=puller, at=NOW)

    assert (begin(publication) is not None) is goes


def test_a_hold_on_an_account_stops_what_it_says() -> None:
    stopped, other = make_publication(), make_publication()
    puller = person(mo())
    with unit_of_work():
        cord.pull(scope=HoldScope.CONNECTION, connection_id=stopped.connection_id, reason="Recall", by=puller, at=NOW)

    assert begin(stopped) is None
    assert (begin(other) is not None) is (other.connection_id != stopped.connection_id)


def test_a_released_hold_stops_nothing() -> None:
    publication = make_publication()
    puller, admin = person(mo()), person(ana())
    with unit_of_work():
        hold = cord.pull(scope=HoldScope.EVERYTHING, reason="Recall", by=puller, at=NOW)
    with unit_of_work():
        cord.release(hold_id=hold.id, offer=ResumeOffer.SEND_ALL, by=admin, at=NOW)

    assert begin(publication) is not None


def called_off(publication: Publication) -> tuple[PublicationStatus, ReplyStatus, str]:
    assert begin(publication) is None
    row = session.get_one(Publication, publication.id, populate_existing=True)
    assert (row.attempt, row.worker) == (0, None)
    return row.status, reply_status_of(publication), row.last_error


def test_other_words_than_the_approved_ones_are_not_sent() -> None:
    publication = make_publication()
    session.execute(
        update(ReplyVersion).where(ReplyVersion.id == publication.reply_version_id).values(text="Buy my kettles")
    )

    assert called_off(publication) == (PublicationStatus.CANCELLED, ReplyStatus.SUBMITTED, "OTHER_WORDS")


def test_an_older_version_than_the_newest_is_not_sent() -> None:
    publication = make_publication()
    approved = session.get_one(ReplyVersion, publication.reply_version_id)
    session.add(
        ReplyVersion(
            reply_id=approved.reply_id,
            number=2,
            text="Newer",
            target_external_id=approved.target_external_id,
            editor_id=approved.editor_id,
            saved_at=NOW,
        )
    )
    session.commit()

    assert called_off(publication)[0] is PublicationStatus.CANCELLED


def test_an_approver_who_lost_the_right_lets_nothing_out() -> None:
    approver = make_user(Role.MODERATOR)
    publication = make_publication(approver=approver)
    session.delete(session.scalars(select(RoleGrant).where(RoleGrant.user_id == approver.id)).one())
    session.commit()

    assert called_off(publication) == (PublicationStatus.CANCELLED, ReplyStatus.SUBMITTED, "APPROVER_MAY_NOT")


def test_an_approver_who_was_switched_off_lets_nothing_out() -> None:
    approver = make_user(Role.MODERATOR)
    publication = make_publication(approver=approver)
    session.get_one(User, approver.id).is_active = False
    session.commit()

    assert called_off(publication)[2] == "APPROVER_MAY_NOT"


@pytest.mark.parametrize("lost", ["the role", "the account"])
def test_the_first_of_two_approvers_must_still_have_the_right_too(lost: str) -> None:
    first = make_user(Role.MODERATOR)
    publication = make_publication(
        reply=make_reply(ReplyStatus.APPROVED, sensitive=True), first_approved_by_id=first.id
    )
    if lost == "the role":
        session.delete(session.scalars(select(RoleGrant).where(RoleGrant.user_id == first.id)).one())
    else:
        session.get_one(User, first.id).is_active = False
    session.commit()

    assert called_off(publication) == (PublicationStatus.CANCELLED, ReplyStatus.SUBMITTED, "APPROVER_MAY_NOT")


def test_what_two_people_approved_leaves() -> None:
    publication = make_publication(first_approved_by_id=mo().id)

    assert begin(publication) is not None


def test_nobody_lets_out_their_own_words() -> None:
    writer = make_user(Role.MODERATOR)
    publication = make_publication(reply=make_reply(ReplyStatus.APPROVED, writer=writer), approver=writer)

    assert called_off(publication)[2] == "APPROVER_MAY_NOT"


def test_a_moderator_who_gave_the_second_approval_lets_out_staffs_answer() -> None:
    publication = make_publication(reply=make_reply(ReplyStatus.APPROVED, kind=ReplyKind.STAFF), approver=mo())

    assert begin(publication) is not None


def test_a_deleted_post_gets_no_reply() -> None:
    publication = make_publication()
    session.get_one(Mention, publication.mention_id).erase()
    session.commit()

    assert called_off(publication) == (PublicationStatus.CANCELLED, ReplyStatus.WITHDRAWN, "POST_DELETED")


def test_a_post_of_a_picture_alone_may_be_answered() -> None:
    mention = make_mention(text="", status=MentionStatus.ESCALATED)
    reply = make_reply(ReplyStatus.APPROVED, mention=mention, kind=ReplyKind.STAFF)
    publication = make_publication(reply=reply, approver=mo())

    assert begin(publication) is not None


def answered_by_hand(publication: Publication, *, said: timedelta, heard: timedelta) -> None:
    """Let the brand answer on the network itself, and let us hear it; both as seen from the approval."""
    mention = session.get_one(Mention, publication.mention_id)
    make_thread_post(
        mention,
        parent_external_id=mention.external_id,
        text="Sorry! Solved.",
        posted_at=publication.approved_at + said,
        heard_at=publication.approved_at + heard,
        ours=True,
    )


@pytest.mark.parametrize("said", [timedelta(seconds=30), timedelta(seconds=-30)])
def test_the_reply_to_a_post_the_brand_answered_by_hand_meanwhile_is_held_for_a_look(said: timedelta) -> None:
    publication = make_publication()
    answered_by_hand(publication, said=said, heard=timedelta(seconds=50))

    assert called_off(publication) == (PublicationStatus.HELD, ReplyStatus.APPROVED, "")
    assert session.get_one(Publication, publication.id).held_because is HeldBecause.ANSWERED


def test_what_the_brand_had_said_before_an_approval_was_seen_by_who_gave_it() -> None:
    publication = make_publication()
    answered_by_hand(publication, said=timedelta(seconds=-60), heard=timedelta(seconds=-30))

    assert begin(publication) is not None


def test_the_reply_to_a_post_that_was_edited_since_the_approval_is_held_for_a_look() -> None:
    publication = make_publication()
    session.get_one(Mention, publication.mention_id).edition = 2
    session.commit()

    assert called_off(publication) == (PublicationStatus.HELD, ReplyStatus.APPROVED, "")
    assert session.get_one(Publication, publication.id).held_because is HeldBecause.EDITED


@pytest.mark.parametrize(
    "changed",
    [
        {"expires_at": NOW + timedelta(hours=25)},
        {"approval_hash": "0" * 64},
    ],
)
def test_an_approval_that_was_tampered_with_lets_nothing_out(changed: dict[str, object]) -> None:
    publication = make_publication()
    session.execute(update(Publication).values(changed))

    assert called_off(publication)[2] == "OTHER_WORDS"


def test_another_signature_than_the_approved_one_is_not_sent() -> None:
    publication = make_publication()
    session.execute(update(ReplyVersion).values(signature="– the boss"))

    assert called_off(publication)[2] == "OTHER_WORDS"


def test_a_withdrawn_reply_is_not_sent() -> None:
    publication = make_publication(reply=make_reply(ReplyStatus.WITHDRAWN))

    assert called_off(publication)[2] == "NO_LONGER_APPROVED"


def test_cancelling_ends_what_has_not_begun() -> None:
    publication, moderator = make_publication(), mo()

    with unit_of_work():
        actions.cancel(reply_id=publication.reply_id, by_id=moderator.id, at=NOW)

    assert status_of(publication) is PublicationStatus.CANCELLED
    assert begin(publication) is None


def test_what_has_begun_is_not_cancelled() -> None:
    publication, moderator = make_publication(), mo()
    begin(publication)

    with pytest.raises(Conflict), unit_of_work():
        actions.cancel(reply_id=publication.reply_id, by_id=moderator.id, at=NOW)

    assert status_of(publication) is PublicationStatus.SENDING


def test_the_queue_of_sends_is_the_longest_due_first() -> None:
    later = make_publication(next_try_at=NOW - timedelta(seconds=5))
    sooner = make_publication(next_try_at=NOW - timedelta(seconds=50))

    assert session.scalar(queries.next_ready(at=NOW)) == sooner.id
    assert session.scalar(queries.next_ready(at=NOW, besides={sooner.id})) == later.id
