"""A database that cannot write: publishing stops before the first byte, nothing is half done, and it goes on by itself."""

from collections.abc import Iterator
from contextlib import contextmanager, suppress
from datetime import timedelta

import pytest
from sqlalchemy import event, func, select
from sqlalchemy.exc import DBAPIError
from sqlalchemy.pool import ConnectionPoolEntry

import app as house
from app.foundation import clock, db
from app.foundation.config import Settings
from app.foundation.db import session
from app.foundation.faults import is_about_storage
from app.foundation.journal import JournalEntry
from app.mentions.models import Mention, MentionStatus
from app.publishing.models import PublicationStatus
from tests import factories
from tests.conftest import DATABASE, sign_in, without_other_processes
from tests.faults.conftest import fill_up, status_of
from tests.worker.test_publishing import Network
from worker import pulse
from worker.lanes import sweeps
from worker.lanes.publishing import drain_publishing
from worker.lanes.triage import drain_triage

TROUBLES = ["full", "read-only"] if DATABASE == "sqlite" else ["read-only"]


@contextmanager
def storage_trouble(kind: str) -> Iterator[None]:
    """Let the database refuse every write, as a full disk or a read-only file system would."""
    engine = db.engine()
    begin = _refusing(kind)

    def prepare(connection: object, _record: ConnectionPoolEntry) -> None:
        cursor = connection.cursor()  # type: ignore[attr-defined]
        cursor.execute(begin)
        cursor.close()
        if DATABASE == "postgresql":
            connection.commit()  # type: ignore[attr-defined]

    session.remove()
    engine.dispose()
    event.listen(engine, "connect", prepare)
    try:
        yield
    finally:
        event.remove(engine, "connect", prepare)
        session.remove()
        engine.dispose()


def _refusing(kind: str) -> str:
    if DATABASE == "postgresql":
        return "SET SESSION CHARACTERISTICS AS TRANSACTION READ ONLY"
    # A limit below its size is raised to its size: from then on nothing can grow.
    return "PRAGMA max_page_count = 1" if kind == "full" else "PRAGMA query_only = ON"


@pytest.mark.parametrize("kind", TROUBLES)
def test_publishing_stops_before_the_network_and_goes_on_by_itself(ready: int, network: Network, kind: str) -> None:
    with storage_trouble(kind):
        if kind == "full":
            fill_up()
        with pytest.raises(DBAPIError) as refused:
            _until_refused()
        assert is_about_storage(refused.value)
        pulse.beat_now("publishing")
        assert status_of(ready) is PublicationStatus.READY
        assert network.posted == []

    drain_publishing()

    assert status_of(ready) is PublicationStatus.SENT
    assert len(network.posted) == 1


def _until_refused() -> None:
    """Drain; a page may have a little room left, which the next rounds use up."""
    for _round in range(3):
        drain_publishing()


@pytest.mark.parametrize("kind", TROUBLES)
def test_sorting_and_sweeping_leave_no_half_rows(own_database: str, kind: str) -> None:
    now = clock.now()
    waiting = factories.make_mention(status=MentionStatus.RECEIVED, route=None, feed_lane=None, heard_at=now).id
    held = factories.make_mention(status=MentionStatus.CLAIMED, heard_at=now)
    over = factories.make_claim(mention=held, expires_at=now - timedelta(minutes=1)).mention_id

    with storage_trouble(kind):
        if kind == "full":
            fill_up()
        for drain in (drain_triage, sweeps.drain_sweeps):
            # On a full disk, what fits into the room left inside the pages may still go through, whole.
            with suppress(DBAPIError):
                drain()
            session.rollback()
        assert is_open(waiting) == has_line(waiting, "mention.opened")
        assert is_open(over) == has_line(over, "mention.released")
        assert kind == "full" or not (is_open(waiting) or is_open(over))

    drain_triage()
    sweeps.drain_sweeps()

    assert [is_open(waiting), is_open(over)] == [True, True]
    assert [has_line(waiting, "mention.opened"), has_line(over, "mention.released")] == [True, True]


def is_open(mention_id: int) -> bool:
    return session.scalars(select(Mention.status).where(Mention.id == mention_id)).one() is MentionStatus.OPEN


def has_line(mention_id: int, action: str) -> bool:
    lines = select(func.count(JournalEntry.id)).where(
        JournalEntry.subject_type == "mentions", JournalEntry.subject_id == mention_id, JournalEntry.action == action
    )
    return session.scalar(lines) == 1


@pytest.mark.parametrize("kind", TROUBLES)
def test_reading_goes_on_and_everybody_is_told(own_database: str, settings: Settings, kind: str) -> None:
    app = house.create_app(settings)
    app.config.update(TESTING=True, WTF_CSRF_ENABLED=False, RATELIMIT_ENABLED=False)
    without_other_processes(app)
    post = factories.make_mention()
    client = sign_in(app.test_client(), factories.ada().user)
    post_id = post.id

    with storage_trouble(kind):
        if kind == "full":
            fill_up()
        assert client.get("/feed").status_code == 200
        refused = [client.post(f"/feed/{post_id}/claim") for _try in range(3)][-1]
        told = client.get("/feed")
        red = client.get("/healthz")

    assert refused.status_code == 503
    assert "Please try again" in refused.text
    assert "Publishing paused: storage." in told.text
    assert (red.status_code, red.json["checks"]["storage"]) == (503, "down")

    app.extensions["ovation-health"]._probed = None
    app.extensions["ovation-health"]._kept = None

    assert "Publishing paused" not in client.get("/feed").text
    assert client.post(f"/feed/{post_id}/claim").status_code == 303
