"""The admin role, which two admins give together where there are two."""

from datetime import datetime

from sqlalchemy import select, update
from sqlalchemy.exc import IntegrityError

from app.accounts import queries
from app.accounts.actions.people import grant
from app.accounts.models import AdminRequest, Role
from app.accounts.permissions import Permission
from app.foundation.db import session
from app.foundation.errors import Conflict
from app.foundation.journal import record
from app.foundation.words import _


def give_admin(*, user_id: int, by_id: int, at: datetime) -> bool:
    """Make somebody an admin, or ask a second admin to agree; return whether they are one now.

    Raises:
        Conflict: they are an admin, their account is closed, or this admin asked before and a second one must agree.
    """
    user = queries.user_with_roles(user_id)
    user.check_may_get(Role.ADMIN)
    request = _open_request(user_id)
    if not queries.needs_second_admin(Permission.GRANT_ADMIN, by_id=by_id):
        if request is not None:
            _settle(request, by_id=by_id, at=at)
        grant(user, Role.ADMIN, by_id=by_id, at=at)
        return True
    if request is None:
        _ask(user_id=user_id, by_id=by_id, at=at)
        return False
    if request.asked_by_id == by_id:
        raise Conflict(_("You have asked for this. A second admin must agree."))
    _settle(request, by_id=by_id, at=at)
    if not queries.is_active_admin(request.asked_by_id):
        _ask(user_id=user_id, by_id=by_id, at=at)
        return False
    grant(user, Role.ADMIN, by_id=by_id, at=at, asked_by_id=request.asked_by_id)
    return True


def withdraw_request(*, user_id: int, by_id: int, at: datetime) -> None:
    """Let a request fall, one's own or another admin's.

    Raises:
        Conflict: there is none any more.
    """
    request = _open_request(user_id)
    if request is None:
        raise Conflict(_("Nobody asks for this any more."))
    _settle(request, by_id=by_id, at=at)
    record("admin_request.withdrawn", subject=request, actor_id=by_id, at=at)


def _open_request(user_id: int) -> AdminRequest | None:
    return session.scalar(
        select(AdminRequest).where(AdminRequest.user_id == user_id, AdminRequest.settled_at.is_(None))
    )


def _ask(*, user_id: int, by_id: int, at: datetime) -> None:
    request = AdminRequest(user_id=user_id, asked_by_id=by_id, asked_at=at)
    try:
        with session.begin_nested():
            session.add(request)
    except IntegrityError as error:
        raise Conflict(_("Another admin asked for this at the same moment. Look again.")) from error
    record("admin_request.made", subject=request, actor_id=by_id, at=at)


def _settle(request: AdminRequest, *, by_id: int, at: datetime) -> None:
    """Close a request, whoever else tries at the same moment."""
    settled = session.execute(
        update(AdminRequest)
        .where(AdminRequest.id == request.id, AdminRequest.settled_at.is_(None))
        .values(settled_at=at, settled_by_id=by_id)
    )
    if settled.rowcount != 1:  # type: ignore[attr-defined]
        raise Conflict(_("This has been settled already."))
