"""Each answer of a network, and the state it leads to."""

from datetime import timedelta

import pytest
from sqlalchemy import select

from app.cases.models import Case, CaseStatus
from app.channels.adapters import x_transport
from app.channels.errors import (
    AuthExpired,
    BudgetSpent,
    ChannelError,
    Duplicate,
    Forbidden,
    Gone,
    Invalid,
    RateLimited,
    TooLong,
    Transient,
)
from app.channels.models import Connection, ConnectionState
from app.channels.types import ROW_SECONDS, Receipt, Ref
from app.foundation.bell import BELL
from app.foundation.db import session, unit_of_work
from app.foundation.tasks import Task, TaskKind
from app.mentions.models import Mention, MentionStatus
from app.publishing import actions, queries
from app.publishing import outgoing as leaving
from app.publishing.models import Publication, PublicationStatus
from app.publishing.outgoing import Outgoing
from app.replies.models import Reply, ReplyKind, ReplyStatus
from tests.factories import NOW, make_case, make_publication, make_reply, sol
from tests.publishing.conftest import StubChannel

RECEIPT = Receipt(Ref("777"), "https://x.com/NorthwindKettles/status/777", NOW, cost_units=10)
LATER = NOW + timedelta(minutes=10)


@pytest.fixture(autouse=True)
def _database(db_session: None) -> None:
    assert BELL.redis is None


def begun(publication: Publication) -> Outgoing:
    with unit_of_work():
        outgoing = actions.begin(publication_id=publication.id, worker="one", at=NOW)
    assert outgoing is not None
    return outgoing


def record(outcome: Receipt | ChannelError, outgoing: Outgoing, worker: str = "one") -> bool:
    with unit_of_work():
        return actions.record_outcome(
            outcome, publication_id=outgoing.publication_id, attempt=outgoing.attempt, worker=worker, at=NOW
        )


def after(outcome: Receipt | ChannelError) -> Publication:
    publication = make_publication()
    record(outcome, begun(publication))
    return session.get_one(Publication, publication.id, populate_existing=True)


def reply_of(publication: Publication) -> Reply:
    return session.get_one(Reply, publication.reply_id, populate_existing=True)


def mention_of(publication: Publication) -> Mention:
    return session.get_one(Mention, publication.mention_id, populate_existing=True)


def open_tasks() -> list[TaskKind]:
    return list(session.scalars(select(Task.kind).where(Task.settled_at.is_(None)).order_by(Task.id)))


def test_a_receipt_publishes_the_reply_and_answers_the_post() -> None:
    publication = after(RECEIPT)

    assert (publication.status, publication.external_id) == (PublicationStatus.SENT, "777")
    assert publication.lease_until is None
    reply = reply_of(publication)
    assert (reply.status, reply.published_url, reply.published_at) == (ReplyStatus.PUBLISHED, RECEIPT.url, NOW)
    assert mention_of(publication).status is MentionStatus.ANSWERED
    connection = session.get_one(Connection, publication.connection_id, populate_existing=True)
    assert str(connection.cost_today) in {"0.01", "0.0100"}
    assert open_tasks() == []


def test_too_many_calls_wait_for_the_network_and_rest_the_line() -> None:
    publication = after(RateLimited("slow down", retry_at=LATER))

    assert (publication.status, publication.next_try_at) == (PublicationStatus.WAITING, LATER)
    connection = session.get_one(Connection, publication.connection_id, populate_existing=True)
    assert connection.not_before == LATER
    assert session.scalar(queries.next_ready(at=LATER)) == publication.id


def test_no_network_is_waited_for_longer_than_an_hour() -> None:
    publication = after(RateLimited("slow down", retry_at=NOW + timedelta(days=3)))

    assert publication.next_try_at == NOW + timedelta(hours=1)
    assert session.scalar(queries.next_ready(at=NOW + timedelta(hours=1))) == publication.id


def test_a_reset_in_the_past_is_no_reason_to_hurry_back_in_time() -> None:
    assert after(RateLimited("slow down", retry_at=NOW - timedelta(days=1))).next_try_at == NOW


def test_a_way_that_is_closed_is_tried_again_soon_and_then_later() -> None:
    publication = make_publication()
    waits = []
    for _try in range(3):
        publication.next_try_at = NOW
        session.get_one(Connection, publication.connection_id).not_before = None
        session.commit()
        record(Transient("refused"), begun(publication))
        session.refresh(publication)
        waits.append(publication.next_try_at - NOW)

    assert publication.status is PublicationStatus.WAITING
    assert timedelta(seconds=5) <= waits[0] < waits[1] < waits[2] <= timedelta(seconds=21)
    assert open_tasks() == []


@pytest.mark.parametrize("error", [BudgetSpent("spent"), Transient("refused")])
def test_what_proves_that_nothing_was_posted_waits(error: ChannelError) -> None:
    publication = after(error)

    assert publication.status is PublicationStatus.WAITING
    assert reply_of(publication).status is ReplyStatus.APPROVED


def test_a_lost_sign_in_closes_the_line_and_keeps_the_reply() -> None:
    publication = after(AuthExpired("revoked"))

    assert publication.status is PublicationStatus.WAITING
    connection = session.get_one(Connection, publication.connection_id, populate_existing=True)
    assert connection.state is ConnectionState.NEEDS_LOGIN
    assert open_tasks() == [TaskKind.RECONNECT]
    assert session.scalar(queries.next_ready(at=LATER)) is None
    connection.state = ConnectionState.CONNECTED
    session.commit()
    assert session.scalar(queries.next_ready(at=LATER)) == publication.id


@pytest.mark.parametrize("error", [Forbidden("not you", reason="blocked"), TooLong("281 of 280"), Invalid("what?")])
def test_a_refusal_fails_the_reply_and_asks_a_person(error: ChannelError) -> None:
    publication = after(error)

    assert publication.status is PublicationStatus.REFUSED
    reply = reply_of(publication)
    assert reply.status is ReplyStatus.FAILED
    assert reply.failed_because == f"X did not accept the reply: {error.detail}"
    assert open_tasks() == [TaskKind.REFUSED_SEND]


def test_a_deleted_post_cancels_the_reply_and_is_erased() -> None:
    publication = after(Gone("deleted or not visible"))

    assert publication.status is PublicationStatus.CANCELLED
    assert reply_of(publication).status is ReplyStatus.WITHDRAWN
    mention = mention_of(publication)
    assert (mention.status, mention.text) == (MentionStatus.IGNORED, "")


def a_case_whose_answer_is_ready() -> tuple[Case, Publication]:
    case = make_case()
    reply = make_reply(ReplyStatus.APPROVED, mention=session.get_one(Mention, case.mention_id), kind=ReplyKind.STAFF)
    return case, make_publication(reply=reply, approver=sol())


def test_a_post_that_is_gone_when_its_answer_is_sent_ends_its_case() -> None:
    case, publication = a_case_whose_answer_is_ready()

    record(Gone("deleted or not visible"), begun(publication))

    assert session.get_one(Case, case.id, populate_existing=True).status is CaseStatus.RESOLVED
    assert reply_of(publication).status is ReplyStatus.WITHDRAWN
    assert mention_of(publication).text == ""


def test_a_sending_called_off_because_its_post_is_gone_ends_the_case() -> None:
    case, publication = a_case_whose_answer_is_ready()
    session.get_one(Mention, publication.mention_id).erase()
    session.commit()

    with unit_of_work():
        assert actions.begin(publication_id=publication.id, worker="one", at=NOW) is None

    assert session.get_one(Case, case.id, populate_existing=True).status is CaseStatus.RESOLVED


@pytest.mark.parametrize(
    "error", [Transient("timeout", sent="maybe"), Duplicate("said before"), ChannelError("who knows", sent="maybe")]
)
def test_what_proves_nothing_is_unknown_and_never_sent_again_by_itself(error: ChannelError) -> None:
    publication = after(error)

    assert publication.status is PublicationStatus.UNKNOWN
    assert open_tasks() == [TaskKind.UNKNOWN_SEND]
    assert reply_of(publication).status is ReplyStatus.APPROVED
    assert session.scalar(queries.next_ready(at=NOW + timedelta(hours=1))) is None


def test_an_error_nobody_has_heard_of_is_unknown() -> None:
    assert after(ChannelError("new")).status is PublicationStatus.UNKNOWN


@pytest.mark.parametrize("outcome", [RECEIPT, Transient("timeout", sent="maybe"), Forbidden("no"), Gone("gone")])
def test_a_worker_that_was_overtaken_changes_nothing(outcome: Receipt | ChannelError) -> None:
    publication = make_publication()
    outgoing = begun(publication)

    assert record(outcome, outgoing, worker="another") is False

    session.refresh(publication)
    assert (publication.status, publication.worker) == (PublicationStatus.SENDING, "one")
    assert open_tasks() == []


def test_a_late_answer_to_a_claim_that_was_given_up_changes_nothing() -> None:
    publication = make_publication()
    outgoing = begun(publication)
    with unit_of_work():
        assert actions.lose_overdue(at=NOW + actions.LEASE + timedelta(seconds=1)) == 1

    assert record(RECEIPT, outgoing) is False
    session.refresh(publication)
    assert publication.status is PublicationStatus.UNKNOWN


def test_words_that_went_out_although_they_were_withdrawn_are_recorded_and_shown_to_a_person() -> None:
    publication = make_publication()
    outgoing = begun(publication)
    reply = session.get_one(Reply, publication.reply_id)
    reply.withdraw()
    session.commit()

    record(RECEIPT, outgoing)

    session.refresh(publication)
    assert publication.status is PublicationStatus.SENT
    assert open_tasks() == [TaskKind.REFUSED_SEND]


def test_who_was_stopped_after_the_claim_does_not_speak_when_it_goes_on(
    network: StubChannel, monkeypatch: pytest.MonkeyPatch
) -> None:
    publication = make_publication()
    outgoing = begun(publication)
    monkeypatch.setattr(leaving, "monotonic", lambda: outgoing.claimed_at + leaving.BEGINS_WITHIN_SECONDS + 1)

    outcome = outgoing.say(keep=lambda *_anything: True)

    assert network.sent == []
    assert isinstance(outcome, Transient)
    assert record(outcome, outgoing)
    session.refresh(publication)
    assert publication.status is PublicationStatus.WAITING


def test_a_send_ends_before_its_claim_is_given_up() -> None:
    assert actions.LEASE.total_seconds() > ROW_SECONDS


def test_what_begins_late_can_still_be_said_in_time() -> None:
    connecting = x_transport.REACHED_WITHIN_SECONDS + x_transport.CONNECT_SECONDS

    assert leaving.BEGINS_WITHIN_SECONDS <= ROW_SECONDS - x_transport.WHOLE_SECONDS / 2
    assert connecting < x_transport.WHOLE_SECONDS / 2


def test_a_row_has_one_time_from_its_claim_on(network: StubChannel, monkeypatch: pytest.MonkeyPatch) -> None:
    outgoing, ends = begun(make_publication()), []

    def open_channel(_connection_id: int, *, ends_at: float) -> StubChannel:
        ends.append(ends_at)
        return network

    monkeypatch.setattr(leaving, "open_channel", open_channel)

    outgoing.say(keep=lambda *_anything: True)

    assert ends == [outgoing.claimed_at + ROW_SECONDS]
