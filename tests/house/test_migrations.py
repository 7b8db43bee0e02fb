"""Migrations: one head, nothing missing, every step there and back, on whichever database the run uses."""

from collections.abc import Iterator
from pathlib import Path

import pytest
import sqlalchemy as sa
from alembic import command
from alembic.autogenerate import compare_metadata
from alembic.config import Config
from alembic.runtime.migration import MigrationContext
from alembic.script import ScriptDirectory
from sqlalchemy.engine import Connection

from app import load_models
from app.foundation import db
from app.foundation.db import Base, session
from app.foundation.journal import record
from app.mentions.models import Mention, MentionStatus
from app.publishing.models import Publication, PublicationStatus
from tests import factories, servers
from tests.conftest import DATABASE

ROOT = Path(__file__).parent.parent.parent
CONFIG = Config(toml_file=ROOT / "pyproject.toml")
SCRIPTS = ScriptDirectory.from_config(CONFIG)
STEPS = [script.revision for script in SCRIPTS.walk_revisions()][::-1]


@pytest.fixture
def empty(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Connection]:
    """A connection to a database without a table."""
    is_server = DATABASE == "postgresql"
    server = request.getfixturevalue("postgresql_url") if is_server else ""
    url = servers.create_database(server, "steps") if is_server else f"sqlite:///{tmp_path / 'steps.db'}"
    engine = db.make_engine(url)
    with engine.connect() as connection:
        yield connection
    engine.dispose()
    if is_server:
        servers.drop_database(url)


def go(connection: Connection, way: str, to: str) -> None:
    config = Config(toml_file=ROOT / "pyproject.toml")
    config.attributes["connection"] = connection
    (command.upgrade if way == "up" else command.downgrade)(config, to)
    connection.commit()


def shape(connection: Connection) -> dict[str, object]:
    """Return tables with their columns, keys and indexes, comparable."""
    looked = sa.inspect(connection)
    return {
        table: (
            sorted((column["name"], str(column["type"]), column["nullable"]) for column in looked.get_columns(table)),
            sorted(
                (index["name"] or "", tuple(index["column_names"]), index["unique"])
                for index in looked.get_indexes(table)
            ),
            sorted(str(key["column_names"]) for key in looked.get_unique_constraints(table)),
            sorted(str(key["constrained_columns"]) for key in looked.get_foreign_keys(table)),
            sorted(str(check["name"]) for check in looked.get_check_constraints(table)),
        )
        for table in looked.get_table_names()
        if table != "alembic_version"
    }


def test_there_is_one_head_and_one_line_to_it() -> None:
    assert len(SCRIPTS.get_heads()) == 1
    assert len(STEPS) == len(list((ROOT / "migrations" / "versions").glob("*.py")))


@pytest.mark.parametrize("file", sorted((ROOT / "migrations" / "versions").glob("*.py")), ids=lambda file: file.stem)
def test_no_step_rests_on_the_application(file: Path) -> None:
    text = file.read_text()

    assert "from app" not in text
    assert "import app" not in text
    assert "def downgrade() -> None:\n    pass" not in text


@pytest.mark.database
def test_models_and_head_are_equal(empty: Connection) -> None:
    load_models()
    go(empty, "up", "head")

    context = MigrationContext.configure(empty, opts={"compare_type": True, "render_as_batch": True})
    assert compare_metadata(context, Base.metadata) == []


@pytest.mark.database
def test_each_step_goes_down_and_up_again(empty: Connection) -> None:
    seen = [shape(empty)]
    for step in STEPS:
        go(empty, "up", step)
        seen.append(shape(empty))

    for number in range(len(STEPS), 0, -1):
        go(empty, "down", "-1")
        assert shape(empty) == seen[number - 1], f"below {STEPS[number - 1]}"

    go(empty, "up", "head")
    assert shape(empty) == seen[-1]


@pytest.mark.database
def test_links_that_nobody_could_look_at_are_known_from_the_journal(own_database: str) -> None:
    told, proven = (factories.make_publication(PublicationStatus.SENT, external_id=str(n)) for n in (1, 2))
    record("publication.confirmed_unverified", subject=told, actor_id=None, at=factories.NOW)
    record("publication.confirmed", subject=proven, actor_id=None, at=factories.NOW)
    session.commit()
    ids = told.id, proven.id
    session.remove()

    engine = db.make_engine(own_database)
    with engine.connect() as connection:
        go(connection, "down", "20261122_0045")
        go(connection, "up", "head")
    engine.dispose()

    assert [session.get_one(Publication, each).link_unverified for each in ids] == [True, False]


@pytest.mark.database
def test_what_waits_for_a_listener_is_heard_anew_by_a_release_that_asks_nobody(own_database: str) -> None:
    mention_id = factories.make_doubt().mention_id
    session.remove()

    engine = db.make_engine(own_database)
    with engine.connect() as connection:
        go(connection, "down", "20261122_0048")
        go(connection, "up", "head")
    engine.dispose()

    assert session.get_one(Mention, mention_id).status is MentionStatus.RECEIVED
