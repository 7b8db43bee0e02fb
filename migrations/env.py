"""How Alembic reaches the database: the URL comes from the caller or from DATABASE_URL, the models from the app."""

import os
from typing import Any

import sqlalchemy as sa
from alembic import context
from sqlalchemy.engine import Connection

from app import load_models
from app.foundation.db import Base, UtcDateTime, make_engine
from app.foundation.secrets import EncryptedText


def spell(kind: str, item: Any, autogen: Any) -> str | bool:
    """Write our column types as SQLAlchemy's own, so that no migration imports the application."""
    if kind != "type":
        return False
    if isinstance(item, UtcDateTime):
        return "sa.DateTime(timezone=True)"
    if isinstance(item, EncryptedText):
        return "sa.Text()"
    if isinstance(item, sa.Enum) and not item.create_constraint:
        return f"sa.String(length={item.length})"
    if isinstance(item, sa.Enum):
        names = ", ".join(repr(word) for word in item.enums)
        return f"sa.Enum({names}, name={item.name!r}, native_enum=False, create_constraint=True, length={item.length})"
    if isinstance(item, sa.BigInteger):
        return 'sa.BigInteger().with_variant(sa.Integer(), "sqlite")'
    return False


load_models()


def run(connection: Connection) -> None:
    context.configure(
        connection=connection,
        target_metadata=Base.metadata,
        render_as_batch=True,
        render_item=spell,
        compare_type=True,
        transaction_per_migration=True,
    )
    with context.begin_transaction():
        context.run_migrations()


given = context.config.attributes.get("connection")
if given is not None:
    run(given)
else:
    with make_engine(os.environ["DATABASE_URL"]).connect() as opened:
        run(opened)
        opened.commit()
