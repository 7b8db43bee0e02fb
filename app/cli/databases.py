"""Copying a database out and putting it back: SQLite by its online backup, PostgreSQL by its own programs."""

import os
import shutil
import sqlite3
import subprocess
from contextlib import closing
from datetime import datetime
from pathlib import Path
from typing import Final, Protocol

from sqlalchemy import URL, inspect, text
from sqlalchemy.engine import make_url

from app.foundation import db

POSTGRESQL_HOMES: Final = Path("/usr/lib/postgresql")
#: What must not come back with a backup: ended sign-ins, used links, events numbered by another server, dead processes.
FORGOTTEN: Final = ("sign_ins", "one_time_links", "events", "heartbeats")
_BEFORE = "before_restore"
_SAID_AT_MOST = 300
_PARAMETERS = {"host": "PGHOST", "port": "PGPORT", "user": "PGUSER", "password": "PGPASSWORD", "dbname": "PGDATABASE"}


class Failed(Exception):
    """It did not work; the message says why, in one line."""


class Database(Protocol):
    """A database as backups see it."""

    kind: str

    def copy_out(self, target: Path) -> None:
        """Write everything, as it is at one moment, to ``target``, while others go on working."""

    def put_back(self, content: Path, *, started_at: datetime, lost_from: datetime) -> None:
        """Replace everything by ``content``, marked as recovering, in one step: all of it, or nothing is changed."""


def database_of(url: str) -> Database:
    """Return the database at ``url``."""
    parts = make_url(url)
    return SqliteDatabase(parts) if parts.get_backend_name() == "sqlite" else PostgresqlDatabase(parts)


def holds_people() -> bool:
    """Say whether the installation's database is in use: somebody has an account in it."""
    with db.engine().connect() as connection:
        if not inspect(connection).has_table("users"):
            return False
        return connection.execute(text("SELECT 1 FROM users LIMIT 1")).first() is not None


def revision_here() -> str:
    """Return the migration the installation's database stands at; empty for a database without tables."""
    with db.engine().connect() as connection:
        if not inspect(connection).has_table("alembic_version"):
            return ""
        return str(connection.execute(text("SELECT version_num FROM alembic_version")).scalar() or "")


def _mark(started_at: datetime, lost_from: datetime) -> list[str]:
    """Return the statements that make a database put back a recovering one; the times are ours, not people's."""
    moments = ", ".join(f"'{moment.strftime('%Y-%m-%d %H:%M:%S.%f')}'" for moment in (started_at, lost_from))
    marked = f"INSERT INTO recoveries (started_at, lost_from) VALUES ({moments})"  # noqa: S608 -- two moments
    return [*(f"DELETE FROM {table}" for table in FORGOTTEN), marked]  # noqa: S608 -- names from above


class SqliteDatabase:
    """A database in one file."""

    kind = "sqlite"

    def __init__(self, url: URL) -> None:
        self._path = url.database or ""

    def copy_out(self, target: Path) -> None:
        with closing(self._open(self._path)) as source, closing(sqlite3.connect(target)) as copy:
            source.backup(copy)

    def put_back(self, content: Path, *, started_at: datetime, lost_from: datetime) -> None:
        try:
            with closing(sqlite3.connect(content)) as copy, closing(self._open(self._path)) as target:
                with copy:
                    for statement in _mark(started_at, lost_from):
                        copy.execute(statement)
                copy.backup(target)
        except sqlite3.Error as error:
            raise Failed(f"SQLite could not put the backup back: {error}") from error

    def _open(self, path: str) -> sqlite3.Connection:
        return sqlite3.connect(path, timeout=10)


class PostgresqlDatabase:
    """A database on a server, reached as the application reaches it."""

    kind = "postgresql"

    def __init__(self, url: URL) -> None:
        given = {"host": url.host, "port": url.port, "user": url.username, "password": url.password}
        named = {name: str(value) for name, value in given.items() if value} | {"dbname": url.database or ""}
        named |= {name: str(value) for name, value in url.query.items()}
        # By the environment and not as arguments: everybody on the machine can read those.
        self._environment = {_PARAMETERS.get(name, f"PG{name.upper()}"): value for name, value in named.items()}

    def copy_out(self, target: Path) -> None:
        self._run("pg_dump", "--format=custom", "--schema=public", "--no-owner", "--no-privileges", f"--file={target}")

    def put_back(self, content: Path, *, started_at: datetime, lost_from: datetime) -> None:
        script = content.with_suffix(".sql")
        self._run("pg_restore", "--schema=public", "--no-owner", "--no-privileges", f"--file={script}", str(content))
        utc = "SET LOCAL timezone = 'UTC'; SET LOCAL search_path = public"
        steps = [
            *("-c", f"ALTER SCHEMA public RENAME TO {_BEFORE}", "-c", "CREATE SCHEMA public", "-f", str(script)),
            *("-c", "; ".join([utc, *_mark(started_at, lost_from)]), "-c", f"DROP SCHEMA {_BEFORE} CASCADE"),
        ]
        try:
            self._run("psql", "-X", "-q", "-o", os.devnull, "-v", "ON_ERROR_STOP=1", "--single-transaction", *steps)
        finally:
            script.unlink(missing_ok=True)

    def _run(self, program: str, *arguments: str) -> None:
        environment = {**os.environ, **self._environment, "PGOPTIONS": "--client-min-messages=warning"}
        command = [find_program(program), *arguments]
        done = subprocess.run(command, env=environment, capture_output=True, text=True, check=False)  # noqa: S603
        if done.returncode:
            said = " ".join(done.stderr.split())[:_SAID_AT_MOST] or f"it ended with {done.returncode}"
            raise Failed(f"{program} did not do it: {said}")


def find_program(name: str) -> str:
    """Return the path of one of PostgreSQL's programs, the newest there is.

    Raises:
        Failed: there is none.
    """
    homes = [home for home in POSTGRESQL_HOMES.glob("*/bin") if home.parent.name.isdigit() and (home / name).exists()]
    if homes:
        return str(max(homes, key=lambda home: int(home.parent.name)) / name)
    if found := shutil.which(name):
        return found
    raise Failed(f"{name} was not found. Install PostgreSQL's client programs (Debian: postgresql-client).")
