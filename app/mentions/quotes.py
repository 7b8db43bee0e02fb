"""What people wrote about a post may quote it: each room marks where it keeps such words, and they go with the post."""

from typing import Final

from sqlalchemy import ColumnElement, FromClause, Table, select, update

from app.foundation.db import Base, session
from app.mentions.models import Mention

#: What a column is marked with, as its ``info``; its table names a mention, or a row that does.
MAY_QUOTE: Final = {"may_quote": True}
#: Stands where such words stood, so that it stays known that somebody wrote there.
ERASED: Final = "[…]"


def forget_quotes(mention_id: int) -> None:
    """Erase what people wrote about a post, wherever a room keeps it. A second time changes nothing."""
    session.flush()  # what follows is no statement about classes, for which that would happen by itself
    for table in Base.metadata.sorted_tables:
        for column in table.columns:
            if column.info.get("may_quote"):
                words = update(table).where(_is_about(table, mention_id), column.not_in(("", ERASED)))
                session.execute(words.values({column: ERASED}))


def _is_about(table: Table, mention_id: int) -> ColumnElement[bool]:
    if (named := _mention_in(table)) is not None:
        return named == mention_id
    owners = ((column, key.column) for column in table.columns for key in column.foreign_keys)
    column, owner, named = next(
        (column, owner, named) for column, owner in owners if (named := _mention_in(owner.table)) is not None
    )
    return column.in_(select(owner).where(named == mention_id))


def _mention_in(table: FromClause) -> ColumnElement[int] | None:
    names = (key.parent for key in table.foreign_keys if key.column.table is Mention.__table__)
    return next(names, None)
