"""Advocates, looked up."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import ColumnElement, or_, select, true
from sqlalchemy.orm import joinedload, selectinload

from app.accounts.models import Role, RoleGrant, User
from app.accounts.permissions import Grade, Permission, Person, may, register_standing, scoped, visible
from app.advocates.models import Advocate, NotAnAdvocate, Skill, SkillKind
from app.foundation.db import session
from app.foundation.errors import NotFound
from app.foundation.journal import JournalEntry
from app.foundation.words import _

_RAISED = ("advocate.confirmed", "advocate.promoted", "advocate.reinstated")
_topics: Callable[[], list[str]] = list


def register_topics(topics: Callable[[], list[str]]) -> None:
    """Let the room that sorts posts say which topics the brand has."""
    global _topics  # noqa: PLW0603 -- joined once, when the rooms are
    _topics = topics


def known_topics() -> list[str]:
    """Return the brand's topics, and those that advocates named before, by name."""
    named = session.scalars(select(Skill.value).where(Skill.kind == SkillKind.TOPIC).distinct())
    return sorted({*_topics(), *named})


@visible(Advocate)
def visible_advocates(person: Person) -> ColumnElement[bool]:
    """Everybody for those who look after people, oneself for everybody."""
    return true() if may(person, Permission.SEE_PEOPLE) else Advocate.user_id == person.id


def standing_of(user_id: int) -> Grade | None:
    """Return the column of the permission table that counts for this user as an advocate, or None."""
    advocate = session.scalar(select(Advocate).where(Advocate.user_id == user_id))
    return None if advocate is None else advocate.grade


def has_raised(*, by_id: int, user_id: int, since: datetime) -> bool:
    """Say whether somebody has raised this user's standing as an advocate since then, as the journal tells."""
    raised = select(JournalEntry.id).where(
        JournalEntry.subject_type == Advocate.__tablename__,
        JournalEntry.subject_id == select(Advocate.id).where(Advocate.user_id == user_id).scalar_subquery(),
        JournalEntry.action.in_(_RAISED),
        JournalEntry.actor_id == by_id,
        JournalEntry.at > since,
    )
    return session.scalar(raised.limit(1)) is not None


def advocate_of(person: Person) -> Advocate:
    """Return the person's own advocate row, skills loaded.

    Raises:
        NotAllowed: the person is none.
    """
    found = advocate_of_user(person.id)
    if found is None:
        raise NotAnAdvocate
    return found


def advocate_by_id(person: Person, advocate_id: int) -> Advocate:
    """Return an advocate the person may know of, the user loaded.

    Raises:
        NotFound: there is none for this person.
    """
    wanted = select(Advocate).where(Advocate.id == advocate_id).options(joinedload(Advocate.user))
    found = session.scalar(scoped(wanted, person))
    if found is None:
        raise NotFound(_("We know no such advocate."))
    return found


def advocate_of_user(user_id: int) -> Advocate | None:
    """Return the advocate row of a user, skills loaded, or None."""
    wanted = select(Advocate).where(Advocate.user_id == user_id).options(joinedload(Advocate.skills))
    return session.scalars(wanted).unique().one_or_none()


@dataclass(frozen=True, slots=True)
class Row:
    """One line of the list of people."""

    user: User
    advocate: Advocate | None


def people(person: Person, *, words: str = "", role: Role | None = None, after: str = "", limit: int = 50) -> list[Row]:
    """Return whom the person may know of, by handle, after the handle ``after``; roles loaded.

    ``words`` must occur in name or handle, or in the address for those who see addresses.
    """
    wanted = (
        scoped(select(User, Advocate), person)
        .outerjoin(Advocate, Advocate.user_id == User.id)
        .options(selectinload(User.grants))
        .where(User.handle > after)
    )
    if words:
        columns = [User.name, User.handle, *([User.email] if may(person, Permission.GRANT_ROLES) else [])]
        wanted = wanted.where(or_(*(column.icontains(words.replace("\0", ""), autoescape=True) for column in columns)))
    if role is not None:
        wanted = wanted.where(User.id.in_(select(RoleGrant.user_id).where(RoleGrant.role == role)))
    return [Row(user, advocate) for user, advocate in session.execute(wanted.order_by(User.handle).limit(limit))]


register_standing(standing_of)
