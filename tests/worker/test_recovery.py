"""The whole way back: a backup put back after more was said, the networks read again, nothing said twice."""

from collections.abc import Callable
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import pytest
from sqlalchemy import func, select

import app as house
from app.accounts.models import Role
from app.channels.models import Connection, ConnectionState
from app.channels.types import Capability
from app.foundation import clock, recovery
from app.foundation.config import Settings
from app.foundation.db import session, unit_of_work
from app.foundation.errors import Conflict
from app.foundation.journal import JournalEntry
from app.foundation.recovery import Recovery, TimelineRead, start_recovery
from app.foundation.tasks import Task, TaskKind
from app.mentions.models import Mention, MentionStatus, ThreadPost
from app.publishing import actions
from app.publishing.actions import reconciling
from app.publishing.models import HeldBecause, Publication, PublicationStatus
from app.replies.models import Reply, ReplyStatus, ReplyVersion
from app.rewards.models import PointEntry
from tests import factories
from tests.channels.conftest import Brand
from tests.worker.test_listening import connect
from worker.lanes.listening import Listener, listen_once
from worker.lanes.publishing import drain_publishing
from worker.lanes.recovery import reconcile
from worker.lanes.rewards import drain_rewards

WORDS = "Two spoons of vinegar, then rinse."
Step = Callable[[], None]


@pytest.fixture
def at_once(monkeypatch: pytest.MonkeyPatch) -> None:
    """Networks that show at once what they took."""
    for module in (recovery, reconciling):
        monkeypatch.setattr(module, "SETTLED_AFTER", timedelta(0))


@pytest.fixture
def turn_back(settings: Settings, own_database: str, tmp_path: Path) -> Callable[[], Step]:
    """Back the installation up; return what puts it back."""
    made = house.create_app(replace(settings, database_url=own_database))

    def run(*words: str) -> None:
        session.remove()
        done = made.test_cli_runner().invoke(args=list(words))
        assert done.exit_code == 0, done.output

    def back_up() -> Step:
        run("backup", str(tmp_path))
        return lambda: run("restore", str(max(tmp_path.glob("*.backup"))), "--into-non-empty")

    return back_up


@pytest.fixture
def connection(own_database: str, brand: Brand) -> Connection:
    return connect(brand)


def ask(brand: Brand, connection: Connection, status: MentionStatus = MentionStatus.IN_REVIEW) -> Mention:
    """Make a customer's post, on the network and here."""
    post_id = brand.customer("@brand how do I descale?")
    return factories.make_mention(
        connection=session.get_one(Connection, connection.id), external_id=post_id, status=status
    )


def approve(mention: Mention, **overrides: object) -> Publication:
    now = clock.now()
    values = {
        "approved_at": now - timedelta(seconds=20),
        "next_try_at": now - timedelta(seconds=10),
        "expires_at": now + timedelta(hours=1),
    }
    reply = factories.make_reply(ReplyStatus.APPROVED, mention=mention, text=WORDS)
    return factories.make_publication(reply=reply, **(values | overrides))


def said(brand: Brand) -> list[str]:
    """Return what the network was told to post under this account, by its own log."""
    return [row["text"] for row in brand.network.log(via="api") if row["actor"] == brand.handle]


def is_on() -> bool:
    session.rollback()
    return bool(session.scalar(select(func.count()).select_from(Recovery).where(Recovery.ended_at.is_(None))))


def state(publication_id: int) -> Publication:
    session.rollback()
    session.expire_all()
    return session.get_one(Publication, publication_id)


def points() -> list[tuple[str, int]]:
    session.rollback()
    return sorted((entry.rule.value, entry.points) for entry in session.scalars(select(PointEntry)))


def now_read() -> None:
    """Let every timeline be read again now."""
    with unit_of_work():
        for read in session.scalars(select(TimelineRead)):
            read.next_read_at = clock.now()


def test_what_was_said_after_the_backup_is_found_and_not_said_again(
    brand: Brand, connection: Connection, turn_back: Callable[[], Step], at_once: None
) -> None:
    mention = ask(brand, connection)
    publication_id = approve(mention).id
    reply_id = state(publication_id).reply_id
    listen_once(Listener())
    restore = turn_back()
    drain_publishing()
    drain_rewards()
    assert len(said(brand)) == 1
    earned = points()
    assert earned
    posted_as = state(publication_id).external_id
    later = brand.customer("@brand and the K2?")
    listen_once(Listener())

    restore()

    assert is_on()
    drain_publishing()
    listen_once(Listener())
    drain_publishing()
    assert len(said(brand)) == 1
    assert points() == []
    reconcile()
    assert not is_on()
    found = state(publication_id)
    assert (found.status, found.external_id) == (PublicationStatus.SENT, posted_as)
    assert session.get_one(Reply, reply_id).status is ReplyStatus.PUBLISHED
    assert session.get_one(Mention, found.mention_id).status is MentionStatus.ANSWERED
    assert session.scalars(select(Mention.external_id).where(Mention.external_id == later)).all() == [later]
    drain_publishing()
    drain_rewards()
    assert len(said(brand)) == 1
    assert points() == earned


def test_a_recovery_waits_for_what_the_network_shows_late(brand: Brand, connection: Connection) -> None:
    publication_id = approve(ask(brand, connection)).id
    with unit_of_work():
        start_recovery(lost_from=clock.now(), by_id=None, at=clock.now())

    reconcile()
    reconcile()

    assert is_on()
    assert state(publication_id).status is PublicationStatus.READY
    assert len(session.scalars(select(TimelineRead)).all()) == 1


@pytest.mark.parametrize(
    ("status", "because"),
    [
        (PublicationStatus.WAITING, None),
        (PublicationStatus.HELD, HeldBecause.CORD),
        (PublicationStatus.HELD, HeldBecause.ANSWERED),
        (PublicationStatus.UNKNOWN, None),
        (PublicationStatus.ABSENT, None),
        (PublicationStatus.HANDED_OUT, None),
    ],
)
def test_wherever_a_sending_stood_it_is_found(
    brand: Brand, connection: Connection, at_once: None, status: PublicationStatus, because: HeldBecause | None
) -> None:
    publication_id = forgotten(brand, ask(brand, connection), status=status, held_because=because)
    with unit_of_work():
        start_recovery(lost_from=None, by_id=None, at=clock.now())

    reconcile()

    assert state(publication_id).status is PublicationStatus.SENT
    drain_publishing()
    assert said(brand) == []
    assert "publication.re_attached" in session.scalars(select(JournalEntry.action)).all()


def forgotten(brand: Brand, mention: Mention, **overrides: object) -> int:
    """Make a sending that has taken place on the network and not here; return its publication."""
    publication = approve(mention, **overrides)
    version = session.get_one(ReplyVersion, publication.reply_version_id)
    brand.network.post_as(brand.handle, version.posted_text, reply_to=mention.external_id)
    return publication.id


@pytest.mark.parametrize(
    "status",
    [MentionStatus.OPEN, MentionStatus.CLAIMED, MentionStatus.IN_REVIEW, MentionStatus.ESCALATED],
)
def test_a_reply_nobody_remembers_ends_what_waits_and_is_shown_to_a_person(
    brand: Brand, connection: Connection, at_once: None, status: MentionStatus
) -> None:
    mention_id = ask(brand, connection, status).id
    mention = session.get_one(Mention, mention_id)
    draft = None
    if status is MentionStatus.CLAIMED:
        factories.make_claim(mention=mention)
        draft = factories.make_reply(ReplyStatus.DRAFT, mention=mention).id
    if status is MentionStatus.ESCALATED:
        factories.make_case(mention=mention)
    publication_id = approve(mention).id if status is MentionStatus.IN_REVIEW else None
    brand.network.post_as(brand.handle, "Other words altogether.", reply_to=mention.external_id)
    with unit_of_work():
        start_recovery(lost_from=clock.now(), by_id=None, at=clock.now())

    reconcile()
    drain_publishing()

    session.rollback()
    assert not session.get_one(Mention, mention_id, populate_existing=True).is_live
    asked = session.scalars(select(Task).where(Task.kind == TaskKind.FORGOTTEN_POST)).one()
    assert asked.subject_id == mention_id
    assert said(brand) == []
    if publication_id is not None:
        assert state(publication_id).status is PublicationStatus.CANCELLED
    if draft is not None:
        assert session.get_one(Reply, draft, populate_existing=True).status is ReplyStatus.WITHDRAWN
    reconcile()
    assert len(session.scalars(select(Task).where(Task.kind == TaskKind.FORGOTTEN_POST)).all()) == 1


def test_what_was_said_under_a_post_not_heard_yet_keeps_it_from_a_second_answer(
    brand: Brand, connection: Connection, at_once: None
) -> None:
    lost = brand.customer("@brand heard once, and forgotten")
    brand.network.post_as(brand.handle, "Answered.", reply_to=lost)
    with unit_of_work():
        start_recovery(lost_from=clock.now(), by_id=None, at=clock.now())
    reconcile()
    assert session.scalars(select(ThreadPost).where(ThreadPost.parent_external_id == lost)).one().ours
    session.rollback()

    listen_once(Listener())

    heard = session.scalars(select(Mention).where(Mention.external_id == lost)).one()
    assert heard.status is MentionStatus.IGNORED


def test_what_was_approved_before_and_not_said_goes_back_to_those_who_decide(
    brand: Brand, connection: Connection, at_once: None
) -> None:
    before = approve(ask(brand, connection)).id
    with unit_of_work():
        start_recovery(lost_from=clock.now(), by_id=None, at=clock.now())
    later = approve(ask(brand, connection), approved_at=clock.now()).id
    session.remove()

    reconcile()
    drain_publishing()

    assert state(before).status is PublicationStatus.CANCELLED
    assert session.get_one(Reply, state(before).reply_id).status is ReplyStatus.SUBMITTED
    assert state(later).status is PublicationStatus.SENT
    assert len(said(brand)) == 1


def test_an_approval_does_not_expire_before_it_is_known_whether_it_was_said(
    brand: Brand, connection: Connection, at_once: None
) -> None:
    publication_id = forgotten(brand, ask(brand, connection))
    with unit_of_work():
        start_recovery(lost_from=clock.now(), by_id=None, at=clock.now())
        session.get_one(Publication, publication_id).expires_at = clock.now() - timedelta(hours=1)
        actions.expire_old(at=clock.now())

    reconcile()

    assert state(publication_id).status is PublicationStatus.SENT


def test_a_reply_taken_back_in_the_time_that_is_lost_is_looked_for(
    brand: Brand, connection: Connection, at_once: None
) -> None:
    publication_id = approve(ask(brand, connection)).id
    drain_publishing()
    drain_rewards()
    brand.network.delete(str(state(publication_id).external_id))
    with unit_of_work():
        start_recovery(lost_from=clock.now(), by_id=None, at=clock.now())

    reconcile()

    assert state(publication_id).status is PublicationStatus.GONE
    assert sum(given for _rule, given in points()) == 0


def test_a_network_that_cannot_be_read_keeps_everything_waiting_and_is_named(
    brand: Brand, connection: Connection, at_once: None
) -> None:
    publication_id = approve(ask(brand, connection)).id
    with unit_of_work():
        start_recovery(lost_from=clock.now(), by_id=None, at=clock.now())
    brand.network.fault("timeline", "500", count=9)

    reconcile()
    drain_publishing()

    assert is_on()
    assert said(brand) == []
    read = session.scalars(select(TimelineRead)).one()
    assert read.trouble
    assert read.next_read_at > clock.now()
    session.rollback()
    now_read()
    brand.network.clear_faults()
    reconcile()
    assert not is_on()
    assert state(publication_id).status is PublicationStatus.CANCELLED


def test_a_network_without_a_way_to_read_back_is_named(
    brand: Brand, connection: Connection, at_once: None, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(brand.adapter, "capabilities", Capability.POLL)
    with unit_of_work():
        start_recovery(lost_from=clock.now(), by_id=None, at=clock.now())

    reconcile()

    assert is_on()
    assert "does not let us read" in session.scalars(select(TimelineRead.trouble)).one()


def test_an_account_that_is_signed_out_keeps_the_recovery_on_and_one_that_was_removed_does_not(
    brand: Brand, connection: Connection, at_once: None
) -> None:
    factories.make_connection(state=ConnectionState.DISCONNECTED)
    with unit_of_work():
        session.get_one(Connection, connection.id).store_secrets({"access_token": "no longer"})
        start_recovery(lost_from=clock.now(), by_id=None, at=clock.now())

    reconcile()

    assert is_on()
    assert session.scalars(select(TimelineRead.connection_id)).all() == [connection.id]
    assert session.scalars(select(Task.kind)).all() == [TaskKind.RECONNECT]


def test_an_admin_may_end_it_and_the_journal_says_that_nobody_agreed(own_database: str) -> None:
    admin = factories.person(factories.make_user(Role.ADMIN))
    with unit_of_work():
        start_recovery(lost_from=None, by_id=admin.id, at=clock.now())

    with unit_of_work():
        assert actions.end_recovery(by=admin, at=clock.now())

    assert not is_on()
    ended = session.scalars(select(JournalEntry).where(JournalEntry.action == "recovery.ended")).one()
    assert (ended.actor_id, ended.details) == (admin.id, {"alone": True})


def test_it_is_not_begun_twice(own_database: str) -> None:
    with unit_of_work():
        start_recovery(lost_from=None, by_id=None, at=clock.now())

    with pytest.raises(Conflict), unit_of_work():
        start_recovery(lost_from=None, by_id=None, at=clock.now())


def test_without_a_word_since_when_all_after_the_journals_last_line_counts_as_lost(own_database: str) -> None:
    factories.make_connection()
    with unit_of_work():
        line = JournalEntry(at=factories.NOW, action="a.b", subject_type="x", subject_id=1, details={})
        session.add(line)
        session.flush()
        begun = start_recovery(lost_from=None, by_id=None, at=clock.now())

        assert begun.lost_from == factories.NOW


def test_what_was_being_sent_as_the_backup_was_taken_is_not_called_forgotten(
    brand: Brand, connection: Connection, turn_back: Callable[[], Step], at_once: None
) -> None:
    publication_id = approve(ask(brand, connection)).id
    with unit_of_work():
        outgoing = actions.begin(publication_id=publication_id, worker="killed", at=clock.now())
    restore = turn_back()
    assert outgoing is not None
    outgoing.say(keep=lambda *_anything: True)
    restore()

    reconcile()

    assert state(publication_id).status is PublicationStatus.SENDING
    assert session.scalars(select(Task.kind)).all() == []
    assert len(said(brand)) == 1
