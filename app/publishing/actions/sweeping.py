"""Publications that are looked after together: one on which our own code fails keeps none of the others back."""

import logging
from collections.abc import Callable, Iterable
from datetime import datetime

from sqlalchemy import ColumnElement

from app.foundation import stumbles
from app.foundation.db import session
from app.foundation.faults import is_the_rows
from app.foundation.lanes import Lane
from app.publishing.models import Publication

log = logging.getLogger(__name__)


def may_be_swept(*, at: datetime) -> ColumnElement[bool]:
    """Return the condition that a publication is neither set aside nor left alone for a while."""
    return stumbles.may_be_taken(Lane.SWEEPS, Publication.id, at=at)


def each_of(ids: Iterable[int], work: Callable[[int], bool], *, at: datetime) -> list[int]:
    """Do ``work`` on each publication within the transaction at hand; return those on which it did something.

    One on which it fails stays as it was, is counted, and set aside for a person in the end. What is the database's
    trouble, or the end of a job's time, is raised.
    """
    done = []
    for publication_id in ids:
        try:
            with session.begin_nested():
                did = work(publication_id)
        except Exception as error:
            if not is_the_rows(error):
                raise
            log.exception("the sweep stumbled over publication %s", publication_id)
            stumbles.note_error(Lane.SWEEPS, session.get_one(Publication, publication_id), at=at)
        else:
            done += [publication_id] if did else []
    return done
