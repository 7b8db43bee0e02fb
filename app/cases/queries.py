"""Cases: whom they are shown to, and the one that lives on a mention."""

from sqlalchemy import ColumnElement, exists, false, select, true
from sqlalchemy.orm import InstrumentedAttribute

from app.accounts.permissions import Permission, Person, may, scoped, visible
from app.cases.models import Case, CaseNote, CaseStatus
from app.foundation.db import session
from app.foundation.errors import NotFound
from app.foundation.words import _


@visible(Case)
def _seen_by(person: Person) -> ColumnElement[bool]:
    if may(person, Permission.SEE_SAFETY_CASES):
        return true()
    return Case.safety.is_(False) if may(person, Permission.SEE_STAFF_LANES) else false()


@visible(CaseNote)
def _notes_seen_by(person: Person) -> ColumnElement[bool]:
    if not may(person, Permission.NOTE_CASE):
        return false()
    return CaseNote.case_id.in_(select(Case.id).where(_seen_by(person)))


def kept_from_nobody(person: Person, mention_id: InstrumentedAttribute[int]) -> ColumnElement[bool]:
    """Return the condition that no case keeps a post from this person: safety is for staff and admins only."""
    if may(person, Permission.SEE_SAFETY_CASES):
        return true()
    return ~exists().where(Case.mention_id == mention_id, Case.safety)


def case_of(person: Person, case_id: int) -> Case:
    """Return one case.

    Raises:
        NotFound: there is none, or not for this person.
    """
    found = session.scalar(scoped(select(Case).where(Case.id == case_id), person))
    if found is None:
        raise NotFound(_("There is no such case."))
    return found


def live_case_on(mention_id: int) -> Case | None:
    """Return the case staff have open on a mention, or None."""
    live = (CaseStatus.OPEN, CaseStatus.ASSIGNED)
    return session.scalar(select(Case).where(Case.mention_id == mention_id, Case.status.in_(live)))


def care_for(mention_id: int) -> tuple[bool, bool]:
    """Return whether any case of a post was sensitive, and whether any was about safety: neither wears off."""
    rows = session.execute(select(Case.sensitive, Case.safety).where(Case.mention_id == mention_id)).all()
    return any(row.sensitive for row in rows), any(row.safety for row in rows)
