"""The one statement behind every move of a publication: it happens only where the row still stands where it should."""

from typing import Any

from sqlalchemy import ColumnElement, update

from app.foundation.db import session
from app.publishing.models import PUBLICATION_LIFECYCLE, Publication


def move(verb: str, publication_id: int, *conditions: ColumnElement[bool], **values: Any) -> bool:
    """Move one row by ``verb`` and write ``values``; return whether it still stood where the verb starts from.

    ``conditions`` lie inside the statement, so that nothing can change between looking and moving.
    """
    froms, to = PUBLICATION_LIFECYCLE.moves[verb]
    return write(publication_id, Publication.status.in_(froms), *conditions, status=to, **values)


def write(publication_id: int, *conditions: ColumnElement[bool], **values: Any) -> bool:
    """Write ``values`` into one row if it meets ``conditions``; return whether it did."""
    statement = update(Publication).where(Publication.id == publication_id, *conditions).values(values)
    moved: Any = session.execute(statement, execution_options={"synchronize_session": False})
    return bool(moved.rowcount)
