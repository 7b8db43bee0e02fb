"""The one statement behind every move of a publication: it happens only where the row still stands where it should."""

from datetime import datetime
from typing import Any

from sqlalchemy import ColumnElement, update

from app.foundation.db import session
from app.foundation.tasks import TaskKind, settle_tasks
from app.publishing.models import PUBLICATION_LIFECYCLE, Publication


def move(verb: str, publication_id: int, *conditions: ColumnElement[bool], **values: Any) -> bool:
    """Move one row by ``verb`` and write ``values``; return whether it still stood where the verb starts from.

    ``conditions`` lie inside the statement, so that nothing can change between looking and moving.
    """
    froms, to = PUBLICATION_LIFECYCLE.moves[verb]
    return write(publication_id, Publication.status.in_(froms), *conditions, status=to, **values)


def settle_unsent(publication: Publication, *, by_id: int | None, at: datetime) -> None:
    """Close what people were asked about a reply while it was held, or lay in somebody's hands."""
    for kind in (TaskKind.HELD_SEND, TaskKind.MAY_BE_POSTED):
        settle_tasks(kind, publication, by_id=by_id, at=at)


def write(publication_id: int, *conditions: ColumnElement[bool], **values: Any) -> bool:
    """Write ``values`` into one row if it meets ``conditions``; return whether it did."""
    statement = update(Publication).where(Publication.id == publication_id, *conditions).values(values)
    moved: Any = session.execute(statement, execution_options={"synchronize_session": False})
    return bool(moved.rowcount)
