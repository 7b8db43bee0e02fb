"""What every test may ask for: a database, a Redis, the application and a way in."""

import math
import os
import shutil
from collections.abc import Iterator
from pathlib import Path
from typing import cast

import pytest
from alembic import command
from alembic.config import Config
from flask import Flask
from flask.testing import FlaskClient
from jinja2.bccache import Bucket, BytecodeCache
from playwright.sync_api import Browser, sync_playwright
from sqlalchemy import Engine, event
from sqlalchemy.engine import Connection

import app as house
from app.accounts.login import COOKIE
from app.accounts.models import User
from app.foundation import bell, db, terms
from app.foundation.config import Mode, Settings
from app.foundation.secrets import KEYRING
from app.foundation.terms import Terms
from tests import factories, servers

ROOT = Path(__file__).parent.parent
KEYS = {"test": b"k" * 32}
TERMS = Terms(first_replies=0, asked_a_day=0)
DATABASE = os.environ.get("OVATION_TEST_DATABASE", "sqlite")


class _Compiled(BytecodeCache):
    """Templates compiled once a run: each test has an application of its own, and compiling took most of their time."""

    def __init__(self) -> None:
        self._kept: dict[str, bytes] = {}

    def load_bytecode(self, bucket: Bucket) -> None:
        if (code := self._kept.get(bucket.key + bucket.checksum)) is not None:
            bucket.bytecode_from_string(code)

    def dump_bytecode(self, bucket: Bucket) -> None:
        self._kept[bucket.key + bucket.checksum] = bucket.bytecode_to_string()


Flask.jinja_options = {"bytecode_cache": _Compiled()}


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Mark what touches the database or Redis by the fixtures it asks for, and trials, so that nobody has to remember."""
    for item in items:
        fixtures = set(getattr(item, "fixturenames", ()))
        if fixtures & {"database_url", "own_database_url", "db_session"}:
            item.add_marker(pytest.mark.database)
        if "redis_url" in fixtures:
            item.add_marker(pytest.mark.redis)
        if ROOT / "tests" / "trials" in item.path.parents:
            item.add_marker(pytest.mark.trial)


def make_engine(url: str) -> Engine:
    """Return an engine that does not wait for the disk: tests kill processes, and cut no power."""
    engine = db.make_engine(url)
    if url.startswith("sqlite"):
        event.listen(
            engine, "connect", lambda connection, _record: connection.execute("PRAGMA synchronous=OFF").close()
        )
    return engine


def migrate(url: str) -> None:
    """Bring the database at ``url`` to head."""
    engine = make_engine(url)
    with engine.connect() as connection:
        config = Config(toml_file=ROOT / "pyproject.toml")
        config.attributes["connection"] = connection
        command.upgrade(config, "head")
        connection.commit()
    engine.dispose()


@pytest.fixture(scope="session")
def postgresql_url() -> Iterator[str]:
    """A PostgreSQL server for this run."""
    try:
        with servers.postgresql_server() as url:
            yield url
    except servers.ServerMissing as error:
        servers.missing("postgresql", str(error))


@pytest.fixture(scope="session")
def database_url(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> str:
    """The database of the room tests, migrated; each test's rows are rolled back."""
    if DATABASE == "postgresql":
        url = servers.create_database(request.getfixturevalue("postgresql_url"), "rooms")
    else:
        url = f"sqlite:///{tmp_path_factory.mktemp('database') / 'rooms.db'}"
    migrate(url)
    return url


@pytest.fixture(scope="session")
def pattern_url(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> str:
    """A migrated database that nobody uses, for others to be copied from."""
    if DATABASE == "postgresql":
        return cast("str", request.getfixturevalue("postgresql_pattern"))
    file = tmp_path_factory.mktemp("pattern") / "pattern.db"
    migrate(f"sqlite:///{file}")
    return f"sqlite:///{file}"


@pytest.fixture(scope="session")
def postgresql_pattern(postgresql_url: str) -> str:
    """A migrated database of PostgreSQL, for others to be copied from, whatever the rooms run on."""
    url = servers.create_database(postgresql_url, "pattern")
    migrate(url)
    return url


@pytest.fixture
def own_database_url(request: pytest.FixtureRequest, tmp_path: Path, pattern_url: str) -> Iterator[str]:
    """A migrated database of this test's own, for races, workers and whole installations."""
    if DATABASE != "postgresql":
        file = tmp_path / "own.db"
        shutil.copyfile(pattern_url.removeprefix("sqlite:///"), file)
        yield f"sqlite:///{file}"
        return
    url = servers.create_database(pattern_url, f"own_{abs(hash(request.node.nodeid))}", pattern="pattern")
    yield url
    db.bind(db.make_engine("sqlite://"))
    servers.drop_database(url)


@pytest.fixture(scope="session")
def redis_url() -> Iterator[str]:
    """A real Redis server for this run."""
    try:
        with servers.redis_server() as url:
            yield url
    except servers.ServerMissing as error:
        servers.missing("redis", str(error))


@pytest.fixture(scope="session")
def engine(database_url: str) -> Iterator[Engine]:
    made = make_engine(database_url)
    yield made
    made.dispose()


@pytest.fixture
def connection(engine: Engine) -> Iterator[Connection]:
    """One connection with an outer transaction that is rolled back, whatever the test commits."""
    with engine.connect() as opened:
        outer = opened.begin()
        yield opened
        outer.rollback()


@pytest.fixture(autouse=True)
def house_terms() -> None:
    """One person approves what a new advocate writes; that two do elsewhere has tests of its own."""
    terms.choose(TERMS)


@pytest.fixture
def settings(database_url: str) -> Settings:
    return Settings(
        mode=Mode.TEST,
        secret_key="s" * 32,
        encryption_keys=KEYS,
        database_url=database_url,
        brand_name="Northwind Kettles",
        link_hosts=("northwindkettles.example",),
    )


@pytest.fixture
def db_session(connection: Connection) -> Iterator[None]:
    """The application's session, inside the outer transaction."""
    KEYRING.load(KEYS)
    bell.BELL.hang("")
    house.join_rooms()
    db.bind(connection, join_transaction_mode="create_savepoint")
    yield
    db.session.remove()


@pytest.fixture
def own_database(own_database_url: str) -> Iterator[str]:
    """The application's session, on a database of this test's own where what is committed is seen by all threads; its address."""
    KEYRING.load(KEYS)
    bell.BELL.hang("")
    house.join_rooms()
    engine = make_engine(own_database_url)
    db.bind(engine)
    yield own_database_url
    db.session.remove()
    engine.dispose()


@pytest.fixture
def app(settings: Settings, db_session: None) -> Flask:
    """The web application. Forms need no token here; that they do elsewhere has tests of its own."""
    made = house.create_app(settings)
    made.config.update(TESTING=True, WTF_CSRF_ENABLED=False, RATELIMIT_ENABLED=False)
    # Requests of one test see one another's rows, and the test sees theirs.
    made.teardown_appcontext_funcs.clear()
    without_other_processes(made)
    return made


def without_other_processes(app: Flask) -> None:
    """Let an application that runs alone not miss the listener and the clock, however long its test takes."""
    app.extensions["ovation-health"]._started = math.inf


@pytest.fixture
def client(app: Flask) -> FlaskClient:
    return app.test_client()


def sign_in(client: FlaskClient, user: User) -> FlaskClient:
    """Let ``client`` be ``user`` from now on, without a password."""
    client.set_cookie(COOKIE, factories.make_sign_in(user))
    return client


@pytest.fixture(scope="session")
def browser() -> Iterator[Browser]:
    """Debian's Chromium; the sandbox is off because it cannot work for root in a container."""
    executable = servers.find_chromium()
    if executable is None:
        servers.missing("chromium", "no chromium on PATH")
    with sync_playwright() as playwright:
        started = playwright.chromium.launch(executable_path=executable, args=["--no-sandbox"])
        yield started
        started.close()
