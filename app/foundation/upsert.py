"""Writing many rows at once, of which some may be there already, in each database's fastest words."""

import json
from collections.abc import Sequence
from datetime import datetime
from functools import cache
from typing import Any, cast

from sqlalchemy import JSON, Dialect, Table, TableValuedAlias, Text, Update, bindparam, column, func, select, update
from sqlalchemy import cast as as_type
from sqlalchemy.dialects import postgresql, sqlite

from app.foundation.db import Base, session

Rows = Sequence[dict[str, Any]]
Insert = postgresql.Insert | sqlite.Insert


def insert_all(model: type[Base], rows: Rows) -> None:
    """Insert the rows. All have the same columns."""
    if rows:
        session.execute(*_insert(model, rows))


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


def insert_or_add(model: type[Base], rows: Rows, *, key: Sequence[str], adding: str) -> None:
    """Insert the rows; where one with the same ``key`` is there, what the new one has in ``adding`` is added to it."""
    if not rows:
        return
    statement, values = _insert(model, rows)
    added = cast(Table, model.__table__).c[adding] + statement.excluded[adding]
    session.execute(statement.on_conflict_do_update(index_elements=list(key), set_={adding: added}), values)


def update_all(model: type[Base], rows: Rows) -> None:
    """Write the columns of each row, found by its ``id``, and count up its ``version`` where it has one."""
    if not rows:
        return
    table, names = cast(Table, model.__table__), tuple(rows[0])
    if _takes_json():
        session.execute(_update_from_json(table, names), {"given": _as_json(table, names, rows)})
    else:
        values = [{f"all_{name}": row[name] for name in names} for row in rows]
        session.connection().execute(_update_one(table, names), values)


def _insert(model: type[Base], rows: Rows) -> tuple[Insert, Any]:
    """Return the statement and its values."""
    table = cast(Table, model.__table__)
    if not _takes_json():
        return sqlite.insert(table), list(rows)
    names = tuple(rows[0])
    return _insert_from_json(table, names), {"given": _as_json(table, names, rows)}


def _takes_json() -> bool:
    """PostgreSQL takes all rows as one JSON text: it costs us half of what an array for each column does."""
    return session.get_bind().dialect.name == "postgresql"


def _as_json(table: Table, names: tuple[str, ...], rows: Rows) -> str:
    written = _writers(table, names, session.get_bind().dialect)
    return json.dumps(
        [{name: row[name] if write is None else write(row[name]) for name, write in written} for row in rows],
        ensure_ascii=False,
        default=_moment,
    )


@cache
def _writers(table: Table, names: tuple[str, ...], dialect: Dialect) -> list[tuple[str, Any]]:
    """Return each column with what makes a value ready for the database, or None where it goes as it is."""
    types = {name: table.c[name].type.dialect_impl(dialect) for name in names}
    return [(name, None if isinstance(kind, JSON) else kind.bind_processor(dialect)) for name, kind in types.items()]


def _moment(value: Any) -> str:
    if isinstance(value, datetime):
        return value.isoformat()
    raise TypeError(f"{type(value).__name__} cannot be written in bulk")


def _given(table: Table, names: tuple[str, ...]) -> TableValuedAlias:
    columns = [column(name, table.c[name].type) for name in names]
    rows = func.json_to_recordset(as_type(bindparam("given", type_=Text()), JSON()))
    return rows.table_valued(*columns).render_derived(name="given", with_types=True)


@cache
def _insert_from_json(table: Table, names: tuple[str, ...]) -> postgresql.Insert:
    return postgresql.insert(table).from_select(list(names), select(*_given(table, names).c))


@cache
def _update_from_json(table: Table, names: tuple[str, ...]) -> Update:
    given = _given(table, names)
    changed: dict[str, Any] = {name: given.c[name] for name in names if name != "id"}
    return update(table).where(table.c.id == given.c.id).values(changed | _counted_up(table))


@cache
def _update_one(table: Table, names: tuple[str, ...]) -> Update:
    changed: dict[str, Any] = {name: bindparam(f"all_{name}") for name in names if name != "id"}
    return update(table).where(table.c.id == bindparam("all_id")).values(changed | _counted_up(table))


def _counted_up(table: Table) -> dict[str, Any]:
    return {"version": table.c.version + 1} if "version" in table.c else {}
