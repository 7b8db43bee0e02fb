"""What was erased stays erased: written down outside the database, and erased again whatever backup is put back."""

import base64
import json
import os
import signal
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest
from sqlalchemy import select, text

import app as house
from app.foundation import db
from app.foundation.config import Settings
from app.foundation.db import Base, session, unit_of_work
from app.foundation.recovery import Recovery, recovering
from app.foundation.tombstones import Tombstone, TombstoneKind
from app.mentions import actions as mentions
from app.mentions.models import Mention
from app.privacy import actions
from app.privacy.log import LOG, Line
from app.privacy.replay import replay, write_down
from app.publishing.actions import mirror_deletion
from tests import factories
from tests.conftest import KEYS, ROOT
from tests.factories import NOW
from worker.lanes.recovery import log_tombstones, reconcile

NEEDLE = "needle-4711"


@pytest.fixture
def log(tmp_path: Path) -> Iterator[Path]:
    path = tmp_path / "beside" / "tombstones.log"
    LOG.keep_in(str(path))
    yield path
    LOG.keep_in("")


def delete(*, ids: list[str], connection_id: int) -> None:
    with unit_of_work():
        for mention_id in mentions.forget(ids, connection_id=connection_id, at=NOW):
            mirror_deletion(mention_id=mention_id, at=NOW)


def lines(path: Path) -> list[dict[str, str]]:
    return [json.loads(line) for line in path.read_text().splitlines() if line]


def line(external_id: str) -> Line:
    return Line(TombstoneKind.POST, "x", "1", external_id, NOW.isoformat())


def test_an_erasure_is_written_down_without_a_word_of_it(db_session: None, log: Path) -> None:
    mention = factories.make_mention(text=NEEDLE)
    erased = {mention.external_id, factories.make_thread_post(mention, text=NEEDLE).external_id}
    delete(ids=[*erased, "never heard"], connection_id=mention.connection_id)

    log_tombstones()
    log_tombstones()

    written = lines(log)
    assert {each["external_id"] for each in written} == erased
    assert len(written) == 2
    assert NEEDLE not in log.read_text()
    assert log.stat().st_mode & 0o077 == 0


def test_what_a_crash_left_unmarked_is_written_again(
    db_session: None, log: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    mention = factories.make_mention()
    delete(ids=[mention.external_id], connection_id=mention.connection_id)

    class Killed(Exception):
        pass

    def die(*_arguments: object, **_named: object) -> None:
        raise Killed

    with monkeypatch.context() as patch:
        patch.setattr(actions, "mark_logged", die)
        with pytest.raises(Killed):
            write_down()

    log_tombstones()

    assert [each["external_id"] for each in lines(log)] == [mention.external_id] * 2
    assert session.scalars(select(Tombstone.logged_at)).all() != [None]


def test_a_line_cut_short_does_not_swallow_the_next(log: Path) -> None:
    LOG.append([line("1")])
    with log.open("a") as file:
        file.write('{"kind":"POST","netw')
    LOG.append([line("2")])

    assert [each.external_id for each in LOG.lines()] == ["1", "2"]


def test_without_a_log_nothing_is_marked_as_written(db_session: None) -> None:
    mention = factories.make_mention()
    delete(ids=[mention.external_id], connection_id=mention.connection_id)

    log_tombstones()

    assert session.scalars(select(Tombstone.logged_at)).all() == [None]


def test_a_post_deleted_twice_has_one_tombstone(db_session: None) -> None:
    mention = factories.make_mention()

    for _each in range(2):
        with unit_of_work():
            mirror_deletion(mention_id=mention.id, at=NOW)

    assert len(session.scalars(select(Tombstone)).all()) == 1


def test_the_same_number_at_another_account_is_left_alone(db_session: None, log: Path) -> None:
    ours, theirs = factories.make_mention(external_id="77"), factories.make_mention(external_id="77")
    delete(ids=["77"], connection_id=ours.connection_id)
    log_tombstones()

    assert replay() == 0
    assert session.get_one(Mention, theirs.id).text != ""


def test_persons_lie_in_the_log_beside_posts(log: Path) -> None:
    LOG.append([Line(TombstoneKind.PERSON, "x", "1", "5001", NOW.isoformat())])

    assert [each.kind for each in LOG.lines()] == [TombstoneKind.PERSON]


def everything() -> str:
    """Return every value of every table, as text."""
    session.remove()
    with db.engine().connect() as connection:
        return "\n".join(
            str(tuple(row))
            for table in Base.metadata.tables
            for row in connection.execute(text(f"SELECT * FROM {table}"))  # noqa: S608 -- our own tables
        )


def test_what_was_erased_after_the_backup_is_nowhere_after_its_restore(
    settings: Settings, own_database: str, log: Path, tmp_path: Path
) -> None:
    made = house.create_app(replace(settings, database_url=own_database))
    mention = factories.make_mention(text=f"My {NEEDLE} leaks")
    factories.make_verdict(mention, reasons=[["technical.leak", NEEDLE]])
    factories.make_case(mention=mention)
    beside = factories.make_thread_post(mention, text=f"What {NEEDLE}?")
    assert NEEDLE in everything()
    result = made.test_cli_runner().invoke(args=["backup", str(tmp_path)])
    assert result.exit_code == 0, result.output
    delete(ids=[mention.external_id, beside.external_id], connection_id=mention.connection_id)
    log_tombstones()

    restored = made.test_cli_runner().invoke(args=["restore", str(max(tmp_path.glob("*.backup"))), "--into-non-empty"])

    assert restored.exit_code == 0, restored.output
    assert "1 posts" in restored.output
    assert NEEDLE not in everything()
    assert replay() == 0
    assert session.scalars(select(Recovery.replayed_at)).one() is not None


def test_a_restore_that_is_killed_half_way_sends_nothing_and_is_ended_by_the_sweep(
    settings: Settings, own_database: str, log: Path, tmp_path: Path
) -> None:
    made = house.create_app(replace(settings, database_url=own_database))
    mention = factories.make_mention(text=f"My {NEEDLE} leaks")
    assert made.test_cli_runner().invoke(args=["backup", str(tmp_path)]).exit_code == 0
    delete(ids=[mention.external_id], connection_id=mention.connection_id)
    log_tombstones()
    session.remove()
    environment = {
        **os.environ,
        "CRASH_AT": "restore.put_back",
        "OVATION_MODE": "test",
        "OVATION_SECRET_KEY": settings.secret_key,
        "OVATION_ENCRYPTION_KEYS": f"test:{base64.urlsafe_b64encode(KEYS['test']).decode()}",
        "OVATION_TOMBSTONE_LOG": str(log),
        "DATABASE_URL": own_database,
    }
    command = [sys.executable, "-m", "flask", "--app", "wsgi", "restore", str(max(tmp_path.glob("*.backup")))]

    killed = subprocess.run([*command, "--into-non-empty"], cwd=ROOT, env=environment, capture_output=True, check=False)

    assert killed.returncode == -signal.SIGKILL, killed.stderr
    assert NEEDLE in everything()
    assert session.scalar(select(recovering()))
    session.remove()
    reconcile()
    assert NEEDLE not in everything()
