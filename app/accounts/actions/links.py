"""Invitations and password resets: a key sent to one address, that works once."""

from collections.abc import Iterable
from datetime import datetime, timedelta

from sqlalchemy import update
from sqlalchemy.exc import IntegrityError

from app.accounts import queries
from app.accounts.actions import signing_in
from app.accounts.login import hash_of
from app.accounts.models import LinkPurpose, OneTimeLink, Role, RoleGrant, User
from app.accounts.permissions import Permission
from app.foundation.db import session
from app.foundation.errors import Conflict, Invalid
from app.foundation.journal import record
from app.foundation.words import _

INVITATION_LASTS = timedelta(hours=48)
RESET_LASTS = timedelta(minutes=30)


def invite(*, email: str, roles: Iterable[Role], key: str, by_id: int | None, at: datetime) -> OneTimeLink:
    """Invite an address to become one of us with these roles; an earlier invitation of it runs out.

    Raises:
        Invalid: no role was chosen, the address belongs to somebody who is here already, or it is the admin role and
            a second admin would have to agree.
    """
    address, chosen = queries.plain_email(email), sorted(set(roles))
    if not chosen:
        raise Invalid(_("Choose at least one role."), field="roles")
    if Role.ADMIN in chosen and by_id is not None and queries.needs_second_admin(Permission.GRANT_ADMIN, by_id=by_id):
        raise Invalid(
            _(
                "Invite them without the admin role. Once they are here, ask for it on their page; a second admin agrees."
            ),
            field="roles",
        )
    if queries.is_taken(User.email, address):
        raise Invalid(
            _("Somebody with this address is here already. Give them a role on their own page."), field="email"
        )
    link = _new_link(LinkPurpose.INVITATION, address, key, by_id=by_id, at=at, lasts=INVITATION_LASTS)
    link.roles = ",".join(chosen)
    record("invitation.sent", subject=link, actor_id=by_id, at=at, roles=link.roles)
    return link


def withdraw_invitation(*, link_id: int, by_id: int, at: datetime) -> None:
    """Let an invitation run out now.

    Raises:
        Conflict: it was used or withdrawn before.
    """
    link = session.get_one(OneTimeLink, link_id)
    _use_up(link, at=at)
    record("invitation.withdrawn", subject=link, actor_id=by_id, at=at)


def accept(*, key: str, name: str, handle: str, password_hash: str, at: datetime) -> User:
    """Let the person with an invitation's key in, with the roles it names; the key is used up.

    Raises:
        Invalid: somebody has the handle, or, meanwhile, the address.
        NotFound: the key opens nothing any more.
        Conflict: it was used at this very moment.
    """
    link = queries.link_of(key, LinkPurpose.INVITATION, at=at)
    _use_up(link, at=at)
    handle = handle.lower()
    if queries.is_taken(User.handle, handle):
        raise _handle_taken()
    user = User(email=link.email, handle=handle, name=name, password_hash=password_hash, created_at=at)
    session.add(user)
    try:
        session.flush()  # the roles need the id, and a name taken at this very moment shows here
    except IntegrityError as error:
        raise _handle_taken() from error
    for role in filter(None, link.roles.split(",")):
        session.add(RoleGrant(user_id=user.id, role=Role(role), granted_at=at, granted_by_id=link.created_by_id))
    session.flush()  # what comes next reads the roles
    record("invitation.accepted", subject=link, actor_id=user.id, at=at, roles=link.roles)
    return queries.user_with_roles(user.id)


def _handle_taken() -> Invalid:
    return Invalid(_("Somebody has this handle already. Choose another one."), field="handle")


def ask_for_reset(*, email: str, key: str, at: datetime) -> User | None:
    """Prepare a new password for the person with this address; None when there is nobody to write to."""
    user = queries.active_user_with_email(email)
    if user is None:
        return None
    link = _new_link(LinkPurpose.PASSWORD_RESET, user.email, key, by_id=None, at=at, lasts=RESET_LASTS)
    record("password.reset_asked", subject=link, actor_id=None, at=at)
    return user


def reset_password(*, key: str, password_hash: str, at: datetime) -> None:
    """Set a new password by a reset's key, which is used up; the person is signed out everywhere.

    Raises:
        NotFound: the key opens nothing any more.
        Conflict: it was used at this very moment.
    """
    link = queries.link_of(key, LinkPurpose.PASSWORD_RESET, at=at)
    _use_up(link, at=at)
    user = queries.active_user_with_email(link.email)
    if user is None:
        raise Conflict(_("This account was closed. An admin can tell you why."))
    signing_in.change_password(user_id=user.id, password_hash=password_hash, keep=None, by_id=user.id, at=at)


def _new_link(
    purpose: LinkPurpose, email: str, key: str, *, by_id: int | None, at: datetime, lasts: timedelta
) -> OneTimeLink:
    """Make a link; those of the same kind for the same address run out, so that one at most works."""
    session.execute(
        update(OneTimeLink)
        .where(OneTimeLink.purpose == purpose, OneTimeLink.email == email, OneTimeLink.used_at.is_(None))
        .values(used_at=at)
    )
    link = OneTimeLink(
        key_hash=hash_of(key), purpose=purpose, email=email, created_at=at, created_by_id=by_id, expires_at=at + lasts
    )
    session.add(link)
    return link


def _use_up(link: OneTimeLink, *, at: datetime) -> None:
    """Use a link up, whoever else tries at the same moment."""
    used = session.execute(
        update(OneTimeLink).where(OneTimeLink.id == link.id, OneTimeLink.used_at.is_(None)).values(used_at=at)
    )
    if used.rowcount != 1:  # type: ignore[attr-defined]
        raise Conflict(_("This link was used before. Ask for a new one."))
