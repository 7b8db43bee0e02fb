"""Whoever deleted a post is not named beside it any more."""

from datetime import datetime

from sqlalchemy import select, update

from app.foundation.db import session
from app.foundation.upsert import insert_new
from app.mentions.models import Author, Mention

#: Stands for the network's id of everybody who is not named any more.
NOBODY = ""


def forget_author(mention: Mention, *, at: datetime) -> None:
    """Leave it to nobody who wrote a post; of a person of whom no other post stands, keep the network's id at most."""
    wrote, mention.author_id = mention.author_id, _nobody(mention.connection_id, at=at)
    session.flush()  # the next statement asks for whose posts stand
    others = select(Mention.id).where(Mention.author_id == Author.id).exists()
    unnamed = {"handle": "", "name": "", "url": "", "followers": None}
    forgotten = update(Author).where(Author.id == wrote, ~others).values(unnamed)
    session.execute(forgotten.execution_options(synchronize_session=False))


def _nobody(connection_id: int, *, at: datetime) -> int:
    key = {"connection_id": connection_id, "external_id": NOBODY}
    blank = {"handle": "", "name": "", "url": "", "followers": None, "seen_at": at}
    insert_new(Author, [key | blank])
    return session.scalars(select(Author.id).filter_by(**key)).one()
