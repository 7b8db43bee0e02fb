"""Making a trial's database anew: SQLite's is a file to copy; on PostgreSQL, where a copy costs more than a trial, rows are put back."""

import shutil
import time
from pathlib import Path

import psycopg
import sqlalchemy as sa

#: Not the one that other tests copy.
PATTERN = "trial_pattern"
#: Where the rows with which every trial begins are kept, beside the tables.
_KEPT = "kept"
_TABLES = "SELECT tablename FROM pg_tables WHERE schemaname = %s AND tablename <> 'alembic_version'"
_NUMBERS = "SELECT sequencename AS name, last_value AS last FROM pg_sequences WHERE schemaname = 'public'"
_OTHERS = "FROM pg_stat_activity WHERE datname = current_database() AND pid <> pg_backend_pid()"


def copy_file(pattern: Path, file: Path) -> None:
    """Make SQLite's file anew, with nothing of the last trial beside it."""
    for left in file.parent.glob(file.name + "*"):
        left.unlink()
    shutil.copyfile(pattern, file)


def empty_pattern(server: str) -> str:
    """Make the database that PostgreSQL's trials begin with a copy of; return its address."""
    with _connect(server, "postgres") as connection:
        connection.execute(f"DROP DATABASE IF EXISTS {PATTERN} WITH (FORCE)")
        connection.execute(f"CREATE DATABASE {PATTERN}")
    return sa.make_url(server).set(database=PATTERN).render_as_string(hide_password=False)


def keep_rows(pattern: str) -> None:
    """Keep what is in the pattern's tables now, for ``put_back``."""
    with _connect(pattern) as connection:
        connection.execute(f"CREATE SCHEMA {_KEPT}")
        for (table,) in connection.execute(_TABLES, ["public"]).fetchall():
            connection.execute(f"CREATE TABLE {_KEPT}.{table} AS TABLE public.{table}")
        connection.execute(f"CREATE TABLE {_KEPT}.numbers AS {_NUMBERS}")


def copy_database(url: str) -> None:
    """Make a database of PostgreSQL that is a copy of the pattern."""
    name = sa.make_url(url).database
    with _connect(url, "postgres") as connection:
        connection.execute(f"DROP DATABASE IF EXISTS {name} WITH (FORCE)")
        connection.execute(f"CREATE DATABASE {name} TEMPLATE {PATTERN}")


def put_back(url: str) -> None:
    """Take out what a trial put in, and put back what every trial begins with; rows are numbered as in a new database."""
    with _connect(url) as connection:
        # Who was killed may have left a transaction; a commit that has begun is waited for.
        while connection.execute(f"SELECT pg_terminate_backend(pid) {_OTHERS}").fetchall():
            time.sleep(0.005)
        tables = [table for (table,) in connection.execute(_TABLES, ["public"])]
        deleted = [f"DELETE FROM public.{table};" for table in tables]  # noqa: S608
        inserted = [f"INSERT INTO public.{table} OVERRIDING SYSTEM VALUE TABLE {_KEPT}.{table};" for table in tables]
        numbers = f"SELECT setval('public.' || name, coalesce(last, 1), last IS NOT NULL) FROM {_KEPT}.numbers;"  # noqa: S608
        # One transaction, in which neither foreign keys nor triggers ask about the order.
        words = ["SET LOCAL session_replication_role = replica;", *deleted, *inserted, numbers]
        connection.execute("".join(words))


def _connect(url: str, database: str | None = None) -> "psycopg.Connection[tuple[str, ...]]":
    """Connect to the database of an address, or to another one of its server, as its driver writes it."""
    address = sa.make_url(url).set(drivername="postgresql")
    address = address.set(database=database) if database else address
    return psycopg.connect(address.render_as_string(hide_password=False), autocommit=True)
