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

from sqlalchemy import Row, String, Text, exists, func, select
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
#: So much of what does not hold is told in words.
TOLD: Final = 10


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
    #: How much does not hold so far, and the first of it in words.
    faults: Mapped[int]
    said: Mapped[str] = mapped_column(Text)
    ended_at: Mapped[datetime | None]

    def note(self, faults: Sequence[str]) -> None:
        """Count what does not hold, and keep the first few sentences."""
        room = max(0, TOLD - self.faults)
        self.said = " ".join([*([self.said] if self.said else []), *faults[:room]])
        self.faults += len(faults)


@dataclass(frozen=True, slots=True)
class Place:
    """One place in the chain: the number of a seal and its digest; number 0 is before the first."""

    number: int = 0
    digest: str = BEGINNING


@dataclass(frozen=True, slots=True)
class Checked:
    """One stretch of the chain that was checked: where it ended, and what does not hold, a sentence each."""

    place: Place
    faults: Sequence[str] = ()


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
    begun = {"id": 1, "began_at": at, "number": 0, "digest": BEGINNING, "faults": 0, "said": "", "ended_at": None}
    insert_or_update(JournalCheck, [begun], key=("id",))


def check(after: Place, *, limit: int) -> Checked:
    """Check up to ``limit`` seals behind ``after``; it ends at ``after`` where the chain does.

    Behind what does not hold it goes on from what stands there: one broken line must not hide the next.
    """
    rows = session.execute(
        select(JournalSeal.id.label("number"), JournalSeal.digest, JournalSeal.entry_id, *_LINE)
        .outerjoin(JournalEntry, JournalEntry.id == JournalSeal.entry_id)
        .where(JournalSeal.id > after.number)
        .order_by(JournalSeal.id)
        .limit(limit)
    )
    place, faults = after, []
    for row in rows:
        if row.number != place.number + 1:
            faults.append(_("Seal %(number)s of the journal is missing.", number=place.number + 1))
        elif row.id is None:
            faults.append(_("Line %(line)s of the journal was taken out.", line=row.entry_id))
        elif digest_of(row, after=place) != row.digest:
            faults.append(_("Line %(line)s of the journal is not what it was when it was sealed.", line=row.id))
        place = Place(row.number, row.digest)
    return Checked(place, faults)


def missed(places: Collection[Place]) -> list[str]:
    """Return, a sentence each, which of these places, written down outside the database, the chain does not go through."""
    numbers = [place.number for place in places]
    kept = select(JournalSeal.id, JournalSeal.digest).where(JournalSeal.id.in_(numbers))
    found = {row.id: row.digest for row in session.execute(kept)}
    faults = []
    for place in places:
        if place.number not in found:
            faults.append(_("The journal once had %(count)s seals, and the last of them is gone.", count=place.number))
        elif found[place.number] != place.digest:
            said = _("Seal %(number)s of the journal is not the one that was written down.", number=place.number)
            faults.append(said)
    return faults
