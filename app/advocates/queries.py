"""Advocates, looked up."""

from sqlalchemy import select
from sqlalchemy.orm import selectinload

from app.accounts.permissions import Grade, Person, register_standing
from app.advocates.models import Advocate
from app.foundation.db import session
from app.foundation.errors import NotAllowed
from app.foundation.words import _


def standing_of(user_id: int) -> Grade | None:
    """Return the column of the permission table that counts for this user as an advocate, or None."""
    advocate = session.scalar(select(Advocate).where(Advocate.user_id == user_id))
    return None if advocate is None else advocate.grade


def advocate_of(person: Person) -> Advocate:
    """Return the person's own advocate row, skills loaded.

    Raises:
        NotAllowed: the person is none.
    """
    found = session.scalar(select(Advocate).where(Advocate.user_id == person.id).options(selectinload(Advocate.skills)))
    if found is None:
        raise NotAllowed(_("This is for advocates. A moderator can invite you to become one."))
    return found


register_standing(standing_of)
