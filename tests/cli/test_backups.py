"""Backups that can be trusted: whole while others write, refused where they do harm, marked as recovering at once."""

import json
import threading
import zipfile
from collections.abc import Iterator
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import pytest
from flask import Flask
from sqlalchemy import func, inspect, select, text

import app as house
from app.accounts.models import SignIn, User
from app.cli import databases
from app.cli.archive import Broken, name_of, read_manifest, unpack
from app.foundation import clock, db
from app.foundation.config import Settings
from app.foundation.db import session
from app.foundation.recovery import Recovery
from app.mentions.models import Mention
from app.privacy.log import LOG
from tests import factories

SECRET = "token-that-is-sealed"


@pytest.fixture
def installation(settings: Settings, own_database: str, tmp_path: Path) -> Iterator[Flask]:
    """A whole installation on a database of its own, with its tombstone log beside it."""
    LOG.keep_in(str(tmp_path / "tombstones.log"))
    yield house.create_app(replace(settings, database_url=own_database))
    LOG.keep_in("")


def run(app: Flask, *words: str) -> tuple[int, str]:
    session.remove()
    result = app.test_cli_runner().invoke(args=list(words))
    assert result.exception is None or isinstance(result.exception, SystemExit), result.exception
    return result.exit_code, result.output


def back_up(app: Flask, folder: Path, *words: str) -> Path:
    code, said = run(app, "backup", str(folder), *words)
    assert code == 0, said
    return max(folder.glob("*.backup"))


def test_what_was_backed_up_comes_back(installation: Flask, tmp_path: Path) -> None:
    mention = factories.make_mention(text="Is it safe?")
    kept = back_up(installation, tmp_path / "backups")
    session.get_one(Mention, mention.id).text = "changed"
    factories.make_user()
    session.commit()

    code, said = run(installation, "restore", str(kept), "--into-non-empty")

    assert code == 0, said
    assert "Recovery mode is on" in said
    assert session.get_one(Mention, mention.id).text == "Is it safe?"
    assert session.scalar(select(func.count()).select_from(User)) == 0
    recovery = session.scalars(select(Recovery)).one()
    assert recovery.ended_at is None
    assert recovery.replayed_at is not None
    assert recovery.lost_from == read_manifest(kept).taken_at
    factories.make_user()  # and rows are numbered on from there


def test_nobody_is_signed_in_after_a_restore(installation: Flask, tmp_path: Path) -> None:
    factories.make_sign_in(factories.make_user())
    kept = back_up(installation, tmp_path)

    run(installation, "restore", str(kept), "--into-non-empty")

    assert session.scalars(select(SignIn)).all() == []


def test_a_backup_is_whole_while_others_write(installation: Flask, tmp_path: Path) -> None:
    stop = threading.Event()

    def write() -> None:
        while not stop.is_set():
            session.add_all([factories_user(), factories_user()])
            session.commit()
        session.remove()

    numbers = iter(range(10_000))

    def factories_user() -> User:
        n = next(numbers)
        return User(email=f"w{n}@x.org", handle=f"w{n}", name="W", password_hash="!", created_at=clock.now())

    writer = threading.Thread(target=write)
    writer.start()
    try:
        kept = back_up(installation, tmp_path)
    finally:
        stop.set()
        writer.join()

    assert run(installation, "restore", str(kept), "--into-non-empty")[0] == 0
    assert session.scalar(select(func.count()).select_from(User)) % 2 == 0


def test_a_database_in_use_is_not_replaced_unasked(installation: Flask, tmp_path: Path) -> None:
    kept = back_up(installation, tmp_path)
    somebody = factories.make_user()

    code, said = run(installation, "restore", str(kept))

    assert code == 1
    assert "--into-non-empty" in said
    assert session.get(User, somebody.id) is not None


def test_a_backup_with_a_wrong_hash_is_refused(installation: Flask, tmp_path: Path) -> None:
    somebody = factories.make_user()
    kept = back_up(installation, tmp_path)
    with zipfile.ZipFile(kept) as archive:
        told, content = json.loads(archive.read("manifest.json")), archive.read("content")
    with zipfile.ZipFile(kept, "w") as archive:
        archive.writestr("content", content[:-1] + b"?")
        archive.writestr("manifest.json", json.dumps(told))

    code, said = run(installation, "restore", str(kept), "--into-non-empty")

    assert code == 1
    assert "hash" in said
    assert session.get(User, somebody.id) is not None


@pytest.mark.parametrize("harm", ["cut", "flipped", "no backup"])
def test_a_damaged_file_is_refused_in_one_line(installation: Flask, tmp_path: Path, harm: str) -> None:
    kept = back_up(installation, tmp_path)
    whole = kept.read_bytes()
    middle = len(whole) // 2
    harmed = {"cut": whole[:middle], "flipped": whole[:middle] + b"????" + whole[middle + 4 :], "no backup": b"words"}
    kept.write_bytes(harmed[harm])

    code, said = run(installation, "restore", str(kept), "--into-non-empty")

    assert code == 1
    assert len(said.strip().splitlines()) == 1


def test_a_backup_of_a_newer_release_is_refused(installation: Flask, tmp_path: Path) -> None:
    with db.engine().begin() as connection:
        connection.execute(text("UPDATE alembic_version SET version_num = '20991231_0001'"))
    kept = back_up(installation, tmp_path)

    code, said = run(installation, "restore", str(kept), "--into-non-empty")

    assert code == 1
    assert "newer release" in said


def test_a_backup_of_an_older_release_is_brought_to_this_one(installation: Flask, tmp_path: Path) -> None:
    from alembic import command
    from alembic.config import Config

    from tests.conftest import ROOT

    with db.engine().connect() as connection:
        config = Config(toml_file=ROOT / "pyproject.toml")
        config.attributes["connection"] = connection
        head = connection.execute(text("SELECT version_num FROM alembic_version")).scalar_one()
        command.downgrade(config, OLDEST_WITH_RECOVERY)
        connection.commit()
    kept = back_up(installation, tmp_path)
    assert read_manifest(kept).revision == OLDEST_WITH_RECOVERY

    code, said = run(installation, "restore", str(kept), "--into-non-empty")

    assert code == 0, said
    with db.engine().connect() as connection:
        assert connection.execute(text("SELECT version_num FROM alembic_version")).scalar_one() == head


OLDEST_WITH_RECOVERY = "20261122_0029"


def test_a_restore_that_fails_changes_nothing(
    installation: Flask, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    kept = back_up(installation, tmp_path)
    somebody = factories.make_user()
    monkeypatch.setattr(databases, "FORGOTTEN", ("no_such_table",))

    code, said = run(installation, "restore", str(kept), "--into-non-empty")

    assert code == 1
    assert "no_such_table" in said
    assert session.get(User, somebody.id) is not None
    assert inspect(db.engine()).has_table("publications")


def test_a_backup_restored_twice_leaves_no_trace_of_the_first(installation: Flask, tmp_path: Path) -> None:
    kept = back_up(installation, tmp_path / "one")
    run(installation, "restore", str(kept), "--into-non-empty")
    again = back_up(installation, tmp_path / "two")

    code, said = run(installation, "restore", str(again), "--into-non-empty")

    assert code == 0, said


def test_the_keys_are_not_in_a_backup(installation: Flask, tmp_path: Path) -> None:
    factories.make_connection(tokens={"access_token": SECRET})
    kept = back_up(installation, tmp_path)
    unpack(kept, tmp_path / "content")

    held = (tmp_path / "content").read_bytes()

    assert SECRET.encode() not in held
    assert kept.stat().st_mode & 0o077 == 0


def test_only_what_is_older_than_asked_is_deleted(installation: Flask, tmp_path: Path) -> None:
    old, young = (tmp_path / name_of(clock.now() - timedelta(days=days)) for days in (31, 29))
    foreign = tmp_path / "letters.backup"
    for file in (old, young, foreign):
        file.touch()

    new = back_up(installation, tmp_path, "--keep", "30d")

    assert sorted(tmp_path.glob("*.backup")) == sorted([young, foreign, new])


def test_nothing_half_written_stays_when_the_copy_fails(
    installation: Flask, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def fail(self: object, target: Path) -> None:
        raise databases.Failed("The disk is full.")

    for kind in (databases.SqliteDatabase, databases.PostgresqlDatabase):
        monkeypatch.setattr(kind, "copy_out", fail)

    code, said = run(installation, "backup", str(tmp_path / "backups"))

    assert code == 1
    assert "The disk is full" in said
    assert list((tmp_path / "backups").iterdir()) == []


def test_an_empty_database_is_not_backed_up(settings: Settings, tmp_path: Path) -> None:
    db.bind(db.make_engine(f"sqlite:///{tmp_path / 'empty.db'}"))
    made = house.create_app(replace(settings, database_url=f"sqlite:///{tmp_path / 'empty.db'}"))

    code, said = run(made, "backup", str(tmp_path))

    assert code == 1
    assert "nothing to back up" in said


def test_programs_that_are_missing_are_named(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setattr(databases, "POSTGRESQL_HOMES", tmp_path)
    monkeypatch.setenv("PATH", str(tmp_path))

    with pytest.raises(databases.Failed, match="pg_dump was not found"):
        databases.find_program("pg_dump")


def test_a_server_that_cannot_be_reached_is_told_in_one_line(tmp_path: Path) -> None:
    nowhere = databases.database_of("postgresql+psycopg://ovation:hush@127.0.0.1:1/ovation")

    with pytest.raises(databases.Failed) as refused:
        nowhere.copy_out(tmp_path / "content")

    assert "\n" not in str(refused.value)
    assert "hush" not in str(refused.value)


def test_a_file_that_is_not_there_is_named(tmp_path: Path) -> None:
    with pytest.raises(Broken, match="There is no file"):
        read_manifest(tmp_path / "none.backup")
