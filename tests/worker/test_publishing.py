"""The publishing lane as its processes run it: side by side, killed, stopped, against a real network."""

import itertools
import threading
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from datetime import timedelta
from functools import partial
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import func, select, text, update
from sqlalchemy.exc import OperationalError

from app.accounts.models import Role
from app.channels.models import Connection
from app.channels.types import Capability, PreparedReply, Receipt, Ref
from app.cord import actions as cord
from app.cord.models import Hold, HoldScope, ResumeOffer
from app.foundation import clock
from app.foundation.db import session, unit_of_work
from app.foundation.errors import Conflict
from app.foundation.journal import JournalEntry, record
from app.foundation.tasks import Task, TaskKind
from app.mentions.models import MentionStatus
from app.publishing import actions, outgoing
from app.publishing.actions import poison
from app.publishing.models import Publication, PublicationStatus
from app.publishing.outgoing import key_of
from app.replies.models import Reply, ReplyStatus, ReplyVersion
from tests.factories import make_connection, make_mention, make_publication, make_reply, make_user, person
from tests.sandbox_server import Sandbox, run_sandbox
from tests.trials import children
from worker import shift
from worker.lanes import drain
from worker.lanes import publishing as publishing_lane
from worker.lanes.publishing import drain_publishing, look_back, sweep_publishing


class Network:
    """Counts what is posted; ``pause`` is what each post waits for, so that publishers meet."""

    capabilities = Capability.READ_BACK

    def __init__(self) -> None:
        self.posted: list[str] = []
        self.at_once = 0
        self.most_at_once = 0
        self.pause: Callable[[], object] = lambda: None
        self._lock = threading.Lock()

    def prepare(self, reply: object) -> PreparedReply:
        return PreparedReply(reply.key, {"text": reply.text}, "")  # type: ignore[attr-defined]

    def send(self, prepared: PreparedReply) -> Receipt:
        with self._lock:
            self.at_once += 1
            self.most_at_once = max(self.at_once, self.most_at_once)
            self.posted.append(prepared.key)
            number = len(self.posted)
        self.pause()
        with self._lock:
            self.at_once -= 1
        return Receipt(Ref(str(1000 + number)), f"https://x.com/n/status/{1000 + number}", clock.now())


@pytest.fixture
def network(monkeypatch: pytest.MonkeyPatch) -> Network:
    stub = Network()
    monkeypatch.setattr(outgoing, "open_channel", lambda *_asked, **_named: stub)
    return stub


def due_publications(count: int, *, one_line: bool = True) -> list[str]:
    """Make approved replies that are due now; return their keys. With ``one_line`` they share one brand account."""
    now, shared = clock.now(), make_connection()
    approver = make_user(Role.MODERATOR)
    keys = []
    for _each in range(count):
        mention = make_mention(connection=shared if one_line else make_connection(), status=MentionStatus.IN_REVIEW)
        publication = make_publication(
            reply=make_reply(ReplyStatus.APPROVED, mention=mention),
            approver=approver,
            approved_at=now - timedelta(seconds=20),
            next_try_at=now - timedelta(seconds=10),
            expires_at=now + timedelta(hours=1),
        )
        keys.append(key_of(publication))
    session.remove()
    return keys


def statuses() -> list[PublicationStatus]:
    session.rollback()
    return list(session.scalars(select(Publication.status).order_by(Publication.id)))


def in_threads(*works: object) -> None:
    def whole(work: object) -> None:
        try:
            work()  # type: ignore[operator]
        finally:
            session.remove()

    with ThreadPoolExecutor(len(works)) as pool:
        for done in [pool.submit(whole, work) for work in works]:
            done.result(timeout=60)


def test_what_is_ready_is_sent_without_any_redis(own_database: str, network: Network) -> None:
    keys = due_publications(3)

    drain("publishing")

    assert network.posted == keys
    assert statuses() == [PublicationStatus.SENT] * 3


def test_four_publishers_never_send_anything_twice(own_database: str, network: Network) -> None:
    keys = due_publications(12)
    network.pause = partial(time.sleep, 0.01)

    for _round in range(6):
        in_threads(*[drain_publishing] * 4)

    assert sorted(network.posted) == sorted(keys)
    assert network.most_at_once == 1
    assert set(statuses()) == {PublicationStatus.SENT}


def test_two_accounts_do_not_wait_for_each_other(own_database: str, network: Network) -> None:
    keys = due_publications(2, one_line=False)
    network.pause = threading.Barrier(2, timeout=20).wait

    in_threads(drain_publishing, drain_publishing)

    assert sorted(network.posted) == sorted(keys)
    assert network.most_at_once == 2


@pytest.mark.parametrize(
    "covering", [{"scope": HoldScope.CROWD}, {"scope": HoldScope.TOPIC, "topic": "descaling"}], ids=["crowd", "topic"]
)
def test_nothing_begins_after_the_cord_was_pulled(
    own_database: str, network: Network, covering: dict[str, Any]
) -> None:
    due_publications(40, one_line=False)
    network.pause = partial(time.sleep, 0.005)
    puller = person(make_user(Role.MODERATOR))
    session.remove()
    begun_at_the_pull = []

    def pull() -> None:
        while len(network.posted) < 5:
            time.sleep(0.001)
        with unit_of_work():
            cord.pull(**covering, reason="Recall", by=puller, at=clock.now())
        begun_at_the_pull.append(session.scalar(_begun()))

    in_threads(pull, *[drain_publishing] * 3)
    drain_publishing()

    session.rollback()
    assert session.scalar(select(func.count()).select_from(Hold)) == 1
    assert session.scalar(_begun()) == begun_at_the_pull[0] < 40
    assert len(network.posted) == begun_at_the_pull[0]


def test_a_release_amid_a_storm_lets_everything_go_one_by_one(own_database: str, network: Network) -> None:
    due_publications(12)
    due_publications(20, one_line=False)
    network.pause = partial(time.sleep, 0.005)
    puller, admin = person(make_user(Role.MODERATOR)), person(make_user(Role.ADMIN))
    account = session.scalars(select(Publication.connection_id).order_by(Publication.id).limit(1)).one()
    with unit_of_work():
        hold_id = cord.pull(
            scope=HoldScope.CONNECTION, connection_id=account, reason="Recall", by=puller, at=clock.now()
        ).id
    session.remove()

    def release() -> None:
        with unit_of_work():
            actions.release_cord(hold_id=hold_id, offer=ResumeOffer.SEND_ALL, by=admin, at=clock.now())

    in_threads(release, sweep_publishing, *[drain_publishing] * 3)
    drain_publishing()

    rows = session.execute(
        select(Publication.status, Publication.next_try_at)
        .where(Publication.connection_id == account)
        .order_by(Publication.next_try_at)
    ).all()
    assert [row.status for row in rows] == [PublicationStatus.SENT] + [PublicationStatus.READY] * 11
    turns = [row.next_try_at for row in rows]
    assert all(later - sooner >= timedelta(seconds=60) for sooner, later in itertools.pairwise(turns))


def _begun() -> object:
    return select(func.count()).select_from(JournalEntry).where(JournalEntry.action == "publication.begun")


class FileNetwork(Network):
    """Keeps what is posted in a file, a line for each, which outlives whoever posts it."""

    def __init__(self, log: Path) -> None:
        super().__init__()
        self.log = log

    def send(self, prepared: PreparedReply) -> Receipt:
        with self.log.open("a", encoding="utf-8") as log:
            log.write(f"{prepared.key}\n")
        return super().send(prepared)


def is_killed(log: Path, point: str) -> bool:
    """Drain in a child that dies at ``point``; return whether it did."""

    def drain_and_die(_tell: object) -> None:
        children.die_at(point)
        outgoing.open_channel = lambda *_asked, **_named: FileNetwork(log)  # type: ignore[assignment, return-value]
        drain_publishing()

    ended = children.run(drain_and_die)
    assert ended.error == ""
    return ended.killed


@pytest.mark.parametrize(
    ("point", "said", "left_as"),
    [
        ("publishing.begun", 0, PublicationStatus.SENDING),
        ("publishing.said", 1, PublicationStatus.SENDING),
        ("publishing.recorded", 1, PublicationStatus.SENT),
    ],
)
def test_a_publisher_killed_anywhere_leaves_nothing_doubled_and_nothing_lost(
    own_database: str, tmp_path: Path, point: str, said: int, left_as: PublicationStatus
) -> None:
    due_publications(1)
    log = tmp_path / "posted"

    assert is_killed(log, point)
    assert statuses() == [left_as]
    assert not is_killed(log, "nowhere")
    with unit_of_work():
        actions.lose_overdue(at=clock.now() + actions.LEASE + timedelta(seconds=1))
    assert not is_killed(log, "nowhere")

    posted = log.read_text(encoding="utf-8").splitlines() if log.exists() else []
    assert len(posted) == said
    ended_as = PublicationStatus.SENT if left_as is PublicationStatus.SENT else PublicationStatus.UNKNOWN
    assert statuses() == [ended_as]
    tasks = session.scalars(select(Task.kind).where(Task.settled_at.is_(None))).all()
    assert tasks == ([] if ended_as is PublicationStatus.SENT else [TaskKind.UNKNOWN_SEND])


def test_a_killed_publishers_claim_is_given_up_at_once_by_the_next_on_its_machine(
    own_database: str, tmp_path: Path, network: Network
) -> None:
    due_publications(2)
    assert is_killed(tmp_path / "posted", "publishing.begun")

    drain_publishing()

    assert statuses() == [PublicationStatus.UNKNOWN, PublicationStatus.SENT]


def test_a_publication_that_kills_three_times_is_set_aside_and_holds_up_nobody(
    own_database: str, tmp_path: Path, network: Network, monkeypatch: pytest.MonkeyPatch
) -> None:
    due_publications(2)
    monkeypatch.setattr(poison, "TAKEN_LASTS", timedelta(0))
    log = tmp_path / "posted"
    # The first in the line kills; the one behind it is then sent by the publisher that comes after.
    for _death in range(3):
        with unit_of_work():
            actions.take_next(at=clock.now())

    drain_publishing()

    assert statuses() == [PublicationStatus.QUARANTINED, PublicationStatus.SENT]
    assert not log.exists()


def first_id() -> int:
    return session.scalars(select(Publication.id).order_by(Publication.id).limit(1)).one()


def test_a_publication_our_code_fails_on_does_not_hold_up_those_behind_it(
    own_database: str, network: Network, monkeypatch: pytest.MonkeyPatch
) -> None:
    due_publications(2)
    poisoned, begin = first_id(), actions.begin

    def begin_or_fail(**about: Any) -> object:
        if about["publication_id"] == poisoned:
            raise ZeroDivisionError
        return begin(**about)

    monkeypatch.setattr(actions, "begin", begin_or_fail)
    drain_publishing()
    assert statuses() == [PublicationStatus.READY, PublicationStatus.SENT]

    for _fault in range(4):
        with unit_of_work():
            session.execute(update(Publication).values(next_try_at=clock.now()))
        drain_publishing()

    assert statuses() == [PublicationStatus.QUARANTINED, PublicationStatus.SENT]


def test_a_fault_in_the_lanes_other_work_does_not_hold_up_the_replies(
    own_database: str, network: Network, monkeypatch: pytest.MonkeyPatch
) -> None:
    due_publications(1)

    def remove_asked() -> None:
        raise ZeroDivisionError

    monkeypatch.setattr(publishing_lane, "remove_asked", remove_asked)
    with pytest.raises(ZeroDivisionError):
        drain_publishing()

    assert statuses() == [PublicationStatus.SENT]


def test_what_our_own_code_meets_while_sending_leaves_the_outcome_unknown(
    own_database: str, network: Network, monkeypatch: pytest.MonkeyPatch
) -> None:
    due_publications(2)
    send, failed = network.send, []

    def send_or_fail(prepared: PreparedReply) -> Receipt:
        if not failed:
            failed.append(send(prepared))
            raise KeyError("id")
        return send(prepared)

    monkeypatch.setattr(network, "send", send_or_fail)
    drain_publishing()

    assert statuses() == [PublicationStatus.UNKNOWN, PublicationStatus.SENT]


def test_an_outcome_our_own_code_cannot_write_down_is_unknown_at_once(
    own_database: str, network: Network, monkeypatch: pytest.MonkeyPatch
) -> None:
    due_publications(2)
    record_outcome, failed = actions.record_outcome, []

    def record_or_fail(outcome: object, **about: Any) -> object:
        if not failed:
            failed.append(outcome)
            raise KeyError("id")
        return record_outcome(outcome, **about)  # type: ignore[arg-type]

    monkeypatch.setattr(actions, "record_outcome", record_or_fail)
    drain_publishing()

    assert statuses() == [PublicationStatus.UNKNOWN, PublicationStatus.SENT]
    assert session.scalars(select(Task.kind)).all() == [TaskKind.UNKNOWN_SEND]


def test_what_a_publisher_could_not_write_down_is_unknown_when_it_comes_back(
    own_database: str, network: Network, monkeypatch: pytest.MonkeyPatch
) -> None:
    due_publications(2)

    def disk_is_full(*_outcome: object, **_about: object) -> None:
        raise OperationalError("", {}, Exception("disk is full"))

    with monkeypatch.context() as broken:
        broken.setattr(publishing_lane, "RECORDING_LASTS_SECONDS", 0)
        broken.setattr(actions, "record_outcome", disk_is_full)
        with pytest.raises(OperationalError):
            drain_publishing()
    assert statuses() == [PublicationStatus.SENDING, PublicationStatus.READY]

    drain_publishing()

    assert statuses() == [PublicationStatus.UNKNOWN, PublicationStatus.SENT]


def test_whoever_holds_the_networks_answer_waits_for_the_database(
    own_database: str, network: Network, monkeypatch: pytest.MonkeyPatch
) -> None:
    due_publications(1)
    asked = []

    def away_once_something_was_said() -> bool:
        asked.append(len(network.posted))
        if asked.count(1) == 1:
            raise OperationalError("", {}, Exception("the database is starting"))
        return True

    monkeypatch.setattr(publishing_lane, "clock_is_right", away_once_something_was_said)
    drain_publishing()

    assert asked.count(1) > 1
    assert statuses() == [PublicationStatus.SENT]


def test_two_publishers_stay_below_the_limit_of_an_account(own_database: str, network: Network) -> None:
    due_publications(6)
    with unit_of_work():
        session.execute(update(Connection).values(send_limit=4))
    session.remove()

    for _round in range(3):
        in_threads(*[drain_publishing] * 2)

    assert len(network.posted) == 4


def test_nothing_is_sent_while_the_disk_is_full_and_it_goes_on_by_itself(own_database: str, network: Network) -> None:
    if not own_database.startswith("sqlite"):
        pytest.skip("a full disk is made with a limit that only SQLite has")
    due_publications(1)
    for pages in (1, 0):
        with unit_of_work():
            size = session.execute(text("PRAGMA page_count")).scalar_one()
            session.execute(text(f"PRAGMA max_page_count = {size if pages else 1_000_000}"))
        if pages:
            fill_the_rest()
            with pytest.raises(OperationalError):
                drain_publishing()
            assert network.posted == []
            assert statuses() == [PublicationStatus.READY]
        else:
            drain_publishing()
            assert len(network.posted) == 1


def fill_the_rest() -> None:
    """Use up the room that is left on the last pages."""
    for length in (3000, 300, 30, 3):
        with suppress(OperationalError):
            for _row in range(10_000):
                with unit_of_work():
                    record(
                        "noise.made",
                        subject=session.scalars(select(Publication)).one(),
                        actor_id=None,
                        at=clock.now(),
                        noise="x" * length,
                    )


def test_a_publisher_told_to_stop_finishes_the_row_in_hand(
    own_database: str, network: Network, monkeypatch: pytest.MonkeyPatch
) -> None:
    due_publications(3)
    monkeypatch.setattr(shift, "_stopping", threading.Event())
    send = network.send

    def send_and_be_told(prepared: PreparedReply) -> Receipt:
        shift.ask_to_stop()
        return send(prepared)

    monkeypatch.setattr(network, "send", send_and_be_told)
    drain_publishing()

    assert statuses() == [PublicationStatus.SENT, PublicationStatus.READY, PublicationStatus.READY]


def test_an_undo_and_a_send_never_both_win(own_database: str, network: Network) -> None:
    for _round in range(10):
        due_publications(1)
        publication = session.scalars(select(Publication).order_by(Publication.id.desc()).limit(1)).one()
        publication_id, reply_id = publication.id, publication.reply_id
        session.remove()
        sent_before, undone = len(network.posted), []

        def undo(reply_id: int = reply_id, undone: list[bool] = undone) -> None:
            try:
                with unit_of_work():
                    actions.cancel(reply_id=reply_id, by_id=None, at=clock.now())
            except Conflict:
                return
            undone.append(True)

        in_threads(undo, drain_publishing)

        session.rollback()
        status = session.scalars(select(Publication.status).where(Publication.id == publication_id)).one()
        assert (len(network.posted) > sent_before) is (not undone)
        assert status is (PublicationStatus.CANCELLED if undone else PublicationStatus.SENT)


def test_the_sweep_sets_aside_resumes_and_looks_back(own_database: str, network: Network) -> None:
    due_publications(1)
    puller = person(make_user(Role.ADMIN))
    with unit_of_work():
        hold_id = cord.pull(scope=HoldScope.EVERYTHING, reason="Recall", by=puller, at=clock.now()).id

    sweep_publishing()
    assert statuses() == [PublicationStatus.HELD]

    with unit_of_work():
        cord.release(hold_id=hold_id, offer=ResumeOffer.SEND_ALL, by=puller, at=clock.now())
    sweep_publishing()
    assert statuses() == [PublicationStatus.READY]
    drain_publishing()
    assert statuses() == [PublicationStatus.SENT]


@pytest.fixture
def sandbox_reply(own_database: str, tmp_path: Path) -> Iterator[tuple[Sandbox, Publication]]:
    """An approved reply to a customer's post on a running network."""
    with run_sandbox(tmp_path) as sandbox:
        account = sandbox.add_user(sandbox.brand)
        connection = make_connection(
            external_id=account, handle=sandbox.brand, base_url=sandbox.base_url, tokens={"access_token": sandbox.token}
        )
        post_id = sandbox.post_as("dilly", f"@{sandbox.brand} my K2 never boils")
        mention = make_mention(connection=connection, external_id=post_id, status=MentionStatus.IN_REVIEW)
        now = clock.now()
        publication = make_publication(
            reply=make_reply(ReplyStatus.APPROVED, mention=mention, text="Wipe the sensor disc – it’s “scaled” ☕"),
            approved_at=now - timedelta(seconds=20),
            next_try_at=now - timedelta(seconds=10),
            expires_at=now + timedelta(hours=1),
        )
        yield sandbox, publication


def test_the_reply_stands_on_the_network_byte_for_byte(sandbox_reply: tuple[Sandbox, Publication]) -> None:
    sandbox, publication = sandbox_reply
    version = session.get_one(ReplyVersion, publication.reply_version_id)
    approved, reply_id = version.posted_text, publication.reply_id
    session.remove()

    drain_publishing()

    assert [entry["text"] for entry in sandbox.log(via="api")] == [approved]
    assert statuses() == [PublicationStatus.SENT]
    reply = session.get_one(Reply, reply_id)
    assert reply.status is ReplyStatus.PUBLISHED
    assert reply.published_url.rpartition("/")[2] == sandbox.log(via="api")[0]["post_id"]


def test_a_reset_after_the_effect_is_unknown_and_then_found(sandbox_reply: tuple[Sandbox, Publication]) -> None:
    sandbox, publication = sandbox_reply
    publication_id = publication.id
    session.remove()
    sandbox.fault("create", "500_after")

    drain_publishing()

    assert statuses() == [PublicationStatus.UNKNOWN]
    with unit_of_work():
        session.get_one(Publication, publication_id).next_try_at = clock.now()
    look_back()
    assert statuses() == [PublicationStatus.SENT]
    assert len(sandbox.log(via="api")) == 1


def test_a_closed_port_waits_and_a_person_is_not_bothered(own_database: str) -> None:
    due_publications(1)

    drain_publishing()

    assert statuses() == [PublicationStatus.WAITING]
    assert session.scalar(select(func.count()).select_from(Task)) == 0
