"""How many sends an account may make: each try takes one of so many places, and gives it back a window after it ended.

A network counts when a request arrives, which lies between our claim and our answer; so a place is taken from the claim on,
and the window runs from the end.
"""

from datetime import datetime, timedelta

from sqlalchemy import ColumnElement, Select, delete, func, or_, select, update

from app.channels.models import Connection, ConnectionState
from app.foundation.db import session
from app.publishing.models import HeldBecause, Publication, PublicationStatus, Send

#: After a stop, what waited leaves one by one through each account, so that nobody's thread is flooded.
RESUME_EVERY = timedelta(seconds=60)


def free_lines(*, at: datetime) -> Select[int]:
    """Return the connections that may send now: few, and looked up once however many publications wait."""
    sending = Publication.status == PublicationStatus.SENDING
    busy = select(Publication.id).where(Publication.connection_id == Connection.id, sending)
    return select(Connection.id).where(*_speaks(at), ~busy.correlate(Connection).exists(), _has_room(at=at))


def open_line(*, at: datetime) -> ColumnElement[bool]:
    """Return the condition that a publication's network lets us speak now."""
    line = select(Connection.id).where(Connection.id == Publication.connection_id, *_speaks(at))
    return line.correlate(Publication).exists()


def _speaks(at: datetime) -> tuple[ColumnElement[bool], ...]:
    rested = or_(Connection.not_before.is_(None), Connection.not_before <= at)
    return Connection.state == ConnectionState.CONNECTED, rested


def _has_room(*, at: datetime) -> ColumnElement[bool]:
    """Return the condition that a connection, of the statement around it, may make one more send now."""
    taken = select(func.count()).where(Send.connection_id == Connection.id, Send.free_at > at)
    return or_(Connection.send_limit == 0, taken.correlate(Connection).scalar_subquery() < Connection.send_limit)


def has_its_turn(*, at: datetime) -> ColumnElement[bool]:
    """Return the condition that a publication never waited under a cord, or that the one let go before it left a minute ago."""
    paced = select(Connection.id).where(Connection.id == Publication.connection_id, Connection.paced_until > at)
    others = or_(Publication.held_because.is_(None), Publication.held_because != HeldBecause.CORD)
    return or_(others, ~paced.correlate(Publication).exists())


def take_turn(publication: Publication, *, at: datetime) -> None:
    """Let what else waited under a cord wait for a minute more, however long ago its own turn was."""
    if publication.held_because is HeldBecause.CORD:
        line = update(Connection).where(Connection.id == publication.connection_id)
        session.execute(line.values(paced_until=at + RESUME_EVERY), execution_options={"synchronize_session": False})


def senders() -> set[str]:
    """Return the workers that have a send in hand at present."""
    working = select(Publication.worker).where(Publication.status == PublicationStatus.SENDING)
    return {worker for worker in session.scalars(working) if worker}


def lock_line(publication_id: int) -> None:
    """Let nobody else claim on this publication's connection until the transaction ends: a place must not be taken twice."""
    line = select(Connection.id).join(Publication, Publication.connection_id == Connection.id)
    session.execute(line.where(Publication.id == publication_id).with_for_update(key_share=True, of=Connection))


def take_place(publication: Publication, *, attempt: int, until: datetime) -> None:
    """Take a place for a claimed publication, whose connection must be loaded; its try ends at ``until`` at the latest."""
    line = publication.connection
    if line.send_limit:
        free_at = until + timedelta(seconds=line.send_window_seconds)
        session.add(Send(connection_id=line.id, publication_id=publication.id, attempt=attempt, free_at=free_at))


def try_ended(publication: Publication, *, at: datetime) -> None:
    """Let the window of its last try begin, now that the network has answered it; its connection must be loaded."""
    line = publication.connection
    if line.send_limit:
        tried = (Send.publication_id == publication.id, Send.attempt == publication.attempt)
        free_at = at + timedelta(seconds=line.send_window_seconds)
        session.execute(update(Send).where(*tried).values(free_at=free_at))


def forget_places(*, at: datetime) -> None:
    """Delete the places that are free again."""
    session.execute(delete(Send).where(Send.free_at <= at))
