"""Inserting many rows of which some may be there already: one statement, whatever their number, on both databases."""

from collections.abc import Sequence
from functools import cache
from typing import Any, cast

from sqlalchemy import Table, bindparam, column, func, select
from sqlalchemy.dialects import postgresql, sqlite

from app.foundation.db import Base, session

Rows = Sequence[dict[str, Any]]
Insert = postgresql.Insert | sqlite.Insert


def insert_new(model: type[Base], rows: Rows) -> None:
    """Insert those of the rows that are not there yet; a row that is there stays as it is. All have the same columns."""
    if rows:
        statement, values = _insert(model, rows)
        session.execute(statement.on_conflict_do_nothing(), values)


def insert_or_update(model: type[Base], rows: Rows, *, key: Sequence[str]) -> None:
    """Insert the rows; where one with the same ``key`` is there, its other columns follow the new one."""
    if not rows:
        return
    statement, values = _insert(model, rows)
    changed = {name: statement.excluded[name] for name in rows[0] if name not in key}
    session.execute(statement.on_conflict_do_update(index_elements=list(key), set_=changed), values)


def _insert(model: type[Base], rows: Rows) -> tuple[Insert, Any]:
    """Return the statement and its values. PostgreSQL takes a column as an array: a third of the work of row by row."""
    table = cast(Table, model.__table__)
    if session.get_bind().dialect.name != "postgresql":
        return sqlite.insert(table), list(rows)
    names = tuple(rows[0])
    return _from_arrays(table, names), {f"all_{name}": [row[name] for row in rows] for name in names}


@cache
def _from_arrays(table: Table, names: tuple[str, ...]) -> postgresql.Insert:
    arrays = [bindparam(f"all_{name}", type_=postgresql.ARRAY(table.c[name].type)) for name in names]
    columns = [column(name, table.c[name].type) for name in names]
    given = func.unnest(*arrays).table_valued(*columns).render_derived(name="given")
    return postgresql.insert(table).from_select(list(names), select(*given.c))
