"""The journal's seals: a chain of digests over its lines, in which no line can be changed, taken out or slipped in unseen.

A line is written with what it tells of; its seal follows within seconds, by a sweep, so that nobody who writes waits for
anybody else's line. Whoever can change tables and triggers could make the whole chain anew: so its newest digest is
written down outside the database too (``app.foundation.heads``).
"""

import hashlib
import json
from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final

from sqlalchemy import Row, String, exists, func, select
from sqlalchemy.orm import Mapped, mapped_column

from app.foundation.db import Base, BigId, session
from app.foundation.journal import JournalEntry
from app.foundation.upsert import insert_all, insert_or_update
from app.foundation.words import _

#: What the first seal rests on.
BEGINNING: Final = "0" * 64
#: Lines get numbers when they are written and are seen when their transaction ends: so far behind the newest sealed one
#: a round looks for late ones. What is later still is sealed once a day.
LATE: Final = 10_000


#: What of a line is sealed: all of it.
_LINE: Final = (
    JournalEntry.id,
    JournalEntry.at,
    JournalEntry.action,
    JournalEntry.subject_type,
    JournalEntry.subject_id,
    JournalEntry.actor_id,
    JournalEntry.details,
)


class JournalSeal(Base):
    """The seal of one line: ``digest`` is the SHA-256, in hex, of the seal before it, its own number and the line."""

    __tablename__ = "journal_seals"

    #: 1, 2, 3 and so on, without a hole.
    id: Mapped[int] = mapped_column(BigId, primary_key=True, autoincrement=False)
    entry_id: Mapped[int] = mapped_column(BigId, unique=True)
    digest: Mapped[str] = mapped_column(String(64))


class JournalCheck(Base):
    """The daily check, one row: how far it has come, and when it ended; None while it is under way."""

    __tablename__ = "journal_checks"

    id: Mapped[int] = mapped_column(BigId, primary_key=True, autoincrement=False)
    began_at: Mapped[datetime]
    number: Mapped[int] = mapped_column(BigId)
    digest: Mapped[str] = mapped_column(String(64))
    ended_at: Mapped[datetime | None]


@dataclass(frozen=True, slots=True)
class Place:
    """One place in the chain: the number of a seal and its digest; number 0 is before the first."""

    number: int = 0
    digest: str = BEGINNING


class Tampered(Exception):
    """The chain does not hold; the message says where, in one sentence."""


def newest() -> Place:
    """Return where the chain ends."""
    last = session.execute(
        select(JournalSeal.id, JournalSeal.digest).order_by(JournalSeal.id.desc()).limit(1)
    ).one_or_none()
    return Place(last.id, last.digest) if last else Place()


def unsealed(*, limit: int, however_late: bool = False) -> Sequence[Row[Any]]:
    """Return up to ``limit`` lines that have no seal yet, in their order; with ``however_late`` the whole journal is searched."""
    last = session.scalar(select(func.max(JournalSeal.entry_id))) or 0
    since = 0 if however_late else last - LATE
    wanted = select(*_LINE).where(JournalEntry.id > since, ~exists().where(JournalSeal.entry_id == JournalEntry.id))
    return session.execute(wanted.order_by(JournalEntry.id).limit(limit)).all()


def seal(lines: Iterable[Row[Any]]) -> None:
    """Put a seal on each of these lines, behind the newest there is.

    Raises:
        IntegrityError: somebody else sealed meanwhile; nothing was changed.
    """
    place, seals = newest(), []
    for line in lines:
        place = Place(place.number + 1, digest_of(line, after=place))
        seals.append({"id": place.number, "entry_id": line.id, "digest": place.digest})
    insert_all(JournalSeal, seals)
    session.flush()


def digest_of(line: Row[Any], *, after: Place) -> str:
    """Return the digest of a line that follows ``after``, from canonical JSON: sorted keys, no blanks, ASCII."""
    said = [
        *(after.digest, after.number + 1, line.id, line.at.isoformat(), line.action),
        *(line.subject_type, line.subject_id, line.actor_id, line.details),
    ]
    return hashlib.sha256(json.dumps(said, sort_keys=True, separators=(",", ":")).encode()).hexdigest()


def begin_check(*, at: datetime) -> None:
    """Begin the daily check at the first seal."""
    begun = {"id": 1, "began_at": at, "number": 0, "digest": BEGINNING, "ended_at": None}
    insert_or_update(JournalCheck, [begun], key=("id",))


def check(after: Place, *, limit: int) -> Place:
    """Check up to ``limit`` seals behind ``after``; return the last of them, or ``after`` where the chain ends there.

    Raises:
        Tampered: a line was changed or taken out, or a seal was.
    """
    rows = session.execute(
        select(JournalSeal.id.label("number"), JournalSeal.digest, JournalSeal.entry_id, *_LINE)
        .outerjoin(JournalEntry, JournalEntry.id == JournalSeal.entry_id)
        .where(JournalSeal.id > after.number)
        .order_by(JournalSeal.id)
        .limit(limit)
    )
    place = after
    for row in rows:
        if row.number != place.number + 1:
            raise Tampered(_("Seal %(number)s of the journal is missing.", number=place.number + 1))
        if row.id is None:
            raise Tampered(_("Line %(line)s of the journal was taken out.", line=row.entry_id))
        if digest_of(row, after=place) != row.digest:
            raise Tampered(_("Line %(line)s of the journal is not what it was when it was sealed.", line=row.id))
        place = Place(row.number, row.digest)
    return place


def check_places(places: Collection[Place]) -> None:
    """Check that the chain goes through each of these, which were written down outside the database.

    Raises:
        Tampered: it does not; the chain was cut off, or made anew.
    """
    numbers = [place.number for place in places]
    kept = select(JournalSeal.id, JournalSeal.digest).where(JournalSeal.id.in_(numbers))
    found = {row.id: row.digest for row in session.execute(kept)}
    for place in places:
        if place.number not in found:
            raise Tampered(_("The journal once had %(count)s seals, and the last of them is gone.", count=place.number))
        if found[place.number] != place.digest:
            raise Tampered(
                _("Seal %(number)s of the journal is not the one that was written down.", number=place.number)
            )
