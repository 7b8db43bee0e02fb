"""Inserting rows that may be there already, in both databases' words."""

from collections.abc import Sequence
from typing import Any

from sqlalchemy.dialects import postgresql, sqlite

from app.foundation.db import Base, session

Insert = postgresql.Insert | sqlite.Insert


def insert_into(model: type[Base]) -> Insert:
    """Return an INSERT that knows ON CONFLICT."""
    if session.get_bind().dialect.name == "postgresql":
        return postgresql.insert(model)
    return sqlite.insert(model)


def insert_new(model: type[Base], rows: Sequence[dict[str, Any]]) -> None:
    """Insert those of the rows that are not there yet; a row that is there stays as it is."""
    if rows:
        session.execute(insert_into(model).on_conflict_do_nothing(), list(rows))
