"""People, their browsers and their links, looked up."""

from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import ColumnElement, false, func, select, true
from sqlalchemy.orm import InstrumentedAttribute, joinedload, selectinload

from app.accounts import throttle
from app.accounts.login import hash_of, idle_limit
from app.accounts.models import AdminRequest, LinkPurpose, OneTimeLink, Role, RoleGrant, SignIn, User, WrongPassword
from app.accounts.permissions import TABLE, Grade, Permission, Person, may, roles_with, scoped, visible
from app.foundation.db import session
from app.foundation.errors import NotFound
from app.foundation.words import _

#: So long the word of a new admin does not count where two must agree.
NEW_ADMIN_WAITS = timedelta(hours=24)


@visible(User)
def visible_users(person: Person) -> ColumnElement[bool]:
    """Everybody for those who look after people, oneself for everybody."""
    return true() if may(person, Permission.SEE_PEOPLE) else User.id == person.id


@visible(SignIn)
def visible_sign_ins(person: Person) -> ColumnElement[bool]:
    """One's own browsers."""
    return SignIn.user_id == person.id


@visible(OneTimeLink)
def visible_links(person: Person) -> ColumnElement[bool]:
    """Invitations, for those who may invite; resets are nobody's business."""
    return OneTimeLink.purpose == LinkPurpose.INVITATION if may(person, Permission.GRANT_ROLES) else false()


@visible(AdminRequest)
def visible_admin_requests(person: Person) -> ColumnElement[bool]:
    """All, for those who may agree."""
    return true() if may(person, Permission.GRANT_ADMIN) else false()


@dataclass(frozen=True, slots=True)
class Credentials:
    """What a password is compared with."""

    user_id: int
    password_hash: str
    roles: frozenset[Role]


def plain_email(email: str) -> str:
    """Return an address as it is stored and looked for."""
    return email.strip().lower()


def credentials_of(who: str) -> Credentials | None:
    """Return what belongs to an address or a handle, with or without its @; None for nobody and for the deactivated."""
    name = who.strip().lower()
    column = User.email if "@" in name[1:] else User.handle
    found = session.scalar(
        select(User).where(column == name.removeprefix("@"), User.is_active).options(selectinload(User.grants))
    )
    return None if found is None else Credentials(found.id, found.password_hash, found.roles)


def wrong_passwords(key_hash: str, *, at: datetime) -> tuple[int, datetime | None]:
    """Return how many wrong tries lie within the throttle's window, and when the last one was."""
    counted = select(func.count(), func.max(WrongPassword.at)).where(
        WrongPassword.key_hash == key_hash, WrongPassword.at > at - throttle.WINDOW
    )
    wrong, newest = session.execute(counted).one()
    return wrong, newest


def user_of(person: Person, user_id: int) -> User:
    """Return a user the person may know of, roles loaded.

    Raises:
        NotFound: there is none for this person.
    """
    wanted = select(User).where(User.id == user_id).options(selectinload(User.grants))
    found = session.scalar(scoped(wanted, person))
    if found is None:
        raise NotFound(_("We know nobody here by that number."))
    return found


def user_with_roles(user_id: int) -> User:
    """Return a user with the roles loaded, for an action.

    Raises:
        NoResultFound: there is none.
    """
    return session.scalars(select(User).where(User.id == user_id).options(selectinload(User.grants))).one()


def active_user_with_email(email: str) -> User | None:
    """Return whom an address belongs to, unless deactivated."""
    return session.scalar(select(User).where(User.email == plain_email(email), User.is_active))


def is_taken(column: InstrumentedAttribute[str], value: str) -> bool:
    """Say whether somebody has this address or handle already."""
    return session.scalar(select(select(User).where(column == value).exists())) or False


def other_active_admins(user_id: int) -> int:
    """Return how many active admins there are besides this person."""
    return session.scalar(
        select(func.count())
        .select_from(RoleGrant)
        .join(User, User.id == RoleGrant.user_id)
        .where(RoleGrant.role == Role.ADMIN, User.is_active, User.id != user_id)
    ) or 0  # fmt: skip


def is_active_admin(user_id: int) -> bool:
    """Say whether this person is an admin with an open account."""
    return (
        session.scalar(
            select(
                select(User)
                .join(User.grants)
                .where(User.id == user_id, User.is_active, RoleGrant.role == Role.ADMIN)
                .exists()
            )
        )
        or False
    )


def needs_second_admin(permission: Permission, *, by_id: int) -> bool:
    """Say whether the table asks an admin for a second one here, and there is one."""
    return TABLE[permission][Grade.ADMIN].second_person and other_active_admins(by_id) > 0


def people_with(*roles: Role) -> list[User]:
    """Return who holds one of these roles, with an open account."""
    holders = select(RoleGrant.user_id).where(RoleGrant.role.in_(roles))
    return list(session.scalars(select(User).where(User.is_active, User.id.in_(holders)).order_by(User.id)))


def another_may(permission: Permission, *, by_id: int) -> bool:
    """Say whether somebody else with an open account may by their role, where it takes a second person."""
    return any(user.id != by_id for user in people_with(*roles_with(permission)))


def agreeing_admins(*, at: datetime) -> list[int]:
    """Return the active admins whose word counts where two must agree, the longest serving first.

    A new admin waits for a day, so that an account in wrong hands cannot make its own second; the first one has nobody
    to wait for.
    """
    rows = session.execute(
        select(RoleGrant.user_id, RoleGrant.granted_at)
        .join(User, User.id == RoleGrant.user_id)
        .where(RoleGrant.role == Role.ADMIN, User.is_active)
        .order_by(RoleGrant.granted_at, RoleGrant.id)
    ).all()
    return [row.user_id for n, row in enumerate(rows) if n == 0 or row.granted_at <= at - NEW_ADMIN_WAITS]


def admin_requests(person: Person) -> list[AdminRequest]:
    """Return the open requests the person may agree to, the oldest first; who is meant and who asked are loaded."""
    return list(
        session.scalars(
            scoped(select(AdminRequest), person)
            .where(AdminRequest.settled_at.is_(None))
            .options(joinedload(AdminRequest.user), joinedload(AdminRequest.asked_by))
            .order_by(AdminRequest.id)
        )
    )


def browsers_of(person: Person, *, at: datetime) -> list[SignIn]:
    """Return the person's live sign-ins, the latest used first."""
    idle = idle_limit(person.roles)
    return list(
        session.scalars(
            scoped(select(SignIn), person)
            .where(SignIn.ended_at.is_(None), SignIn.expires_at > at, SignIn.seen_at > at - idle)
            .order_by(SignIn.seen_at.desc(), SignIn.id.desc())
        )
    )


def browser_of(person: Person, sign_in_id: int) -> SignIn:
    """Return one of the person's own sign-ins.

    Raises:
        NotFound: it is none of theirs.
    """
    found = session.scalar(scoped(select(SignIn).where(SignIn.id == sign_in_id), person))
    if found is None:
        raise NotFound(_("That browser is not one of yours."))
    return found


def link_of(key: str, purpose: LinkPurpose, *, at: datetime) -> OneTimeLink:
    """Return the usable link that ``key`` opens.

    Raises:
        NotFound: there is none, it was used, or it is too old.
    """
    found = session.scalar(
        select(OneTimeLink).where(OneTimeLink.key_hash == hash_of(key), OneTimeLink.purpose == purpose)
    )
    if found is None or not found.is_usable(at=at):
        raise NotFound(_("This link was used before or has run out. Ask for a new one."))
    return found


def invitation_of(person: Person, link_id: int) -> OneTimeLink:
    """Return an invitation the person may withdraw.

    Raises:
        NotFound: there is none for this person.
    """
    found = session.scalar(scoped(select(OneTimeLink).where(OneTimeLink.id == link_id), person))
    if found is None:
        raise NotFound(_("That invitation is not there any more."))
    return found


def open_invitations(person: Person, *, at: datetime, limit: int = 50) -> list[OneTimeLink]:
    """Return invitations that still open something, the newest first."""
    return list(
        session.scalars(
            scoped(select(OneTimeLink), person)
            .where(OneTimeLink.used_at.is_(None), OneTimeLink.expires_at > at)
            .order_by(OneTimeLink.created_at.desc(), OneTimeLink.id.desc())
            .limit(limit)
        )
    )
