"""Roles given and taken, accounts closed and opened again, and what people say of themselves."""

from datetime import datetime

from app.accounts import queries
from app.accounts.actions.signing_in import end_others
from app.accounts.models import Role, RoleGrant, User
from app.foundation.db import session
from app.foundation.errors import Conflict, NotAllowed
from app.foundation.journal import record
from app.foundation.words import _


def give_role(*, user_id: int, role: Role, by_id: int, at: datetime) -> User:
    """Give somebody a role other than admin; they are signed out everywhere, and sign in with their new rights.

    Raises:
        Conflict: they hold it, or their account is closed.
        NotAllowed: it is the admin role, which takes a second admin.
    """
    if role is Role.ADMIN:
        raise NotAllowed(_("The admin role is asked for by one admin and agreed to by a second."))
    user = queries.user_with_roles(user_id)
    user.check_may_get(role)
    grant(user, role, by_id=by_id, at=at)
    return user


def grant(user: User, role: Role, *, by_id: int, at: datetime, **agreed: int) -> None:
    """Put a role into somebody's hands; whether that is right was asked before."""
    alone = _is_alone(by_id)  # before there is one more
    user.grants.append(RoleGrant(user_id=user.id, role=role, granted_at=at, granted_by_id=by_id))
    end_others(user_id=user.id, but=None, at=at)
    record("role.given", subject=user, actor_id=by_id, at=at, role=role.value, alone=alone, **agreed)


def take_role(*, user_id: int, role: Role, by_id: int, at: datetime) -> None:
    """Take a role from somebody; they are signed out everywhere.

    Raises:
        Conflict: they do not hold it.
        NotAllowed: it is one's own admin role, which another admin must take.
    """
    user = queries.user_with_roles(user_id)
    grant = next((grant for grant in user.grants if grant.role is role), None)
    if grant is None:
        raise Conflict(_("They do not hold this role."))
    if role is Role.ADMIN and user_id == by_id:
        raise NotAllowed(_("You cannot take the admin role from yourself. Another admin can."))
    user.grants.remove(grant)
    session.delete(grant)
    end_others(user_id=user.id, but=None, at=at)
    record("role.taken", subject=user, actor_id=by_id, at=at, role=role.value, alone=_is_alone(by_id))


def deactivate(*, user_id: int, by_id: int, at: datetime) -> None:
    """Close an account at once: its browsers are signed out, and nobody signs in to it.

    Raises:
        Conflict: it is closed already.
        NotAllowed: it is one's own.
    """
    user = queries.user_with_roles(user_id)
    if user_id == by_id:
        raise NotAllowed(_("You cannot close your own account here. Another admin can."))
    if not user.is_active:
        raise Conflict(_("This account is closed already."))
    user.is_active = False
    end_others(user_id=user.id, but=None, at=at)
    record("user.deactivated", subject=user, actor_id=by_id, at=at)


def reactivate(*, user_id: int, by_id: int, at: datetime) -> None:
    """Open a closed account again.

    Raises:
        Conflict: it is open.
    """
    user = queries.user_with_roles(user_id)
    if user.is_active:
        raise Conflict(_("This account is open."))
    user.is_active = True
    record("user.reactivated", subject=user, actor_id=by_id, at=at)


def change_profile(*, user_id: int, name: str, language: str, at: datetime) -> None:
    """Let somebody say what they are called and which language they read."""
    user = session.get_one(User, user_id)
    user.name, user.language = name, language
    record("user.changed", subject=user, actor_id=user_id, at=at)


def _is_alone(user_id: int) -> bool:
    """Say whether there is no second admin who could have agreed."""
    return queries.other_active_admins(user_id) == 0
