"""Sign-ins: begun, ended, slowed down; and the password they rest on."""

from datetime import datetime

from sqlalchemy import delete, select, update

from app.accounts import queries, throttle
from app.accounts.login import hash_of, lasting
from app.accounts.models import SignIn, User, WrongPassword
from app.foundation.db import session
from app.foundation.errors import Conflict, DomainError
from app.foundation.journal import record
from app.foundation.words import _

BROWSER_CHARACTERS = 200


class TooManyTries(DomainError):
    """Too many wrong passwords; ``seconds`` says how long to wait."""

    status = 429

    def __init__(self, seconds: int) -> None:
        super().__init__(_("That was wrong a few times. Wait %(n)s seconds, then try again.", n=seconds))
        self.seconds = seconds


def check_may_try(*, key_hash: str, at: datetime) -> None:
    """Refuse a try that comes too soon after wrong ones.

    Raises:
        TooManyTries: not yet.
    """
    wrong, newest = queries.wrong_passwords(key_hash, at=at)
    left = throttle.wait(wrong, newest, at=at)
    if left:
        raise TooManyTries(int(left.total_seconds()) + 1)


def note_wrong_password(*, key_hash: str, at: datetime) -> None:
    """Count a wrong try, and forget those that count no more."""
    session.execute(delete(WrongPassword).where(WrongPassword.at < at - throttle.WINDOW))
    session.add(WrongPassword(key_hash=key_hash, at=at))


def begin(*, user_id: int, key: str, browser: str, at: datetime, tried_as: str = "", ends: int | None = None) -> SignIn:
    """Sign one browser in.

    ``key`` is what the browser will hold; ``tried_as`` the throttle's key, whose wrong tries are forgotten; ``ends``
    a sign-in that this one takes the place of, so that a key never outlives the proof of who holds it.

    Raises:
        Conflict: the person was deactivated meanwhile.
    """
    user = queries.user_with_roles(user_id)
    if not user.is_active:
        raise Conflict(_("This account was closed. An admin can tell you why."))
    session.execute(delete(WrongPassword).where(WrongPassword.key_hash == tried_as))
    if ends is not None:
        _end(SignIn.id == ends, at=at)
    begun = SignIn(
        key_hash=hash_of(key),
        user_id=user.id,
        started_at=at,
        seen_at=at,
        expires_at=at + lasting(user.roles),
        browser=browser[:BROWSER_CHARACTERS],
    )
    session.add(begun)
    record("sign_in.begun", subject=begun, actor_id=user.id, at=at)
    return begun


def end(*, sign_in_id: int, by_id: int, at: datetime) -> None:
    """Sign one browser out; a second time changes nothing."""
    ended = session.get_one(SignIn, sign_in_id)
    ended.end(at=at)
    record("sign_in.ended", subject=ended, actor_id=by_id, at=at)


def end_others(*, user_id: int, but: int | None, at: datetime) -> None:
    """Sign a person out in every browser but the one with the sign-in ``but``."""
    condition = SignIn.user_id == user_id
    _end(condition if but is None else condition & (SignIn.id != but), at=at)


def _end(which: object, *, at: datetime) -> None:
    session.execute(update(SignIn).where(which, SignIn.ended_at.is_(None)).values(ended_at=at))  # type: ignore[arg-type]


def change_password(*, user_id: int, password_hash: str, keep: int | None, by_id: int, at: datetime) -> None:
    """Put a new password in the place of the old one; every browser but ``keep`` is signed out."""
    user = session.scalars(select(User).where(User.id == user_id)).one()
    user.password_hash = password_hash
    end_others(user_id=user_id, but=keep, at=at)
    record("password.changed", subject=user, actor_id=by_id, at=at)


def renew_hash(*, user_id: int, password_hash: str) -> None:
    """Keep the same password by a stronger hash."""
    session.get_one(User, user_id).password_hash = password_hash
