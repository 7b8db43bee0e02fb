"""What a migration writes into rows that were there before it."""

from pathlib import Path

from alembic import command
from alembic.config import Config
from sqlalchemy import select

from app.foundation import db
from app.foundation.db import session
from app.publishing.models import Publication, PublicationStatus
from tests import factories
from tests.factories import NOW

ROOT = Path(__file__).parent.parent.parent


def test_replies_posted_before_they_were_followed_are_looked_up_next(own_database: str) -> None:
    rewarded, owed = (
        factories.make_publication(PublicationStatus.SENT, sent_at=NOW, rewarded_at=at).id for at in (NOW, None)
    )
    session.remove()

    _go("downgrade", "20261122_0020")
    _go("upgrade", "head")

    rows = session.execute(select(Publication.id, Publication.look_up_at).order_by(Publication.id))
    assert [tuple(row) for row in rows] == [(rewarded, NOW), (owed, None)]


def _go(way: str, to: str) -> None:
    with db.engine().connect() as connection:
        config = Config(toml_file=ROOT / "pyproject.toml")
        config.attributes["connection"] = connection
        getattr(command, way)(config, to)
        connection.commit()
