"""Flask-Login behind one typed face: who is signed in, by a row in the database and a random key in the browser."""

import hashlib
import logging
from collections.abc import Callable
from datetime import timedelta
from urllib.parse import urlsplit

import flask_login  # noqa: TID251 -- the one place that may
from flask import Flask, Request, Response, current_app, g, has_request_context, redirect, request, url_for
from flask.typing import ResponseReturnValue
from sqlalchemy import select
from sqlalchemy.exc import DBAPIError, SQLAlchemyError
from sqlalchemy.orm import joinedload, selectinload

from app.accounts.models import Role, SignIn, User
from app.accounts.permissions import Person, grades_of
from app.foundation import clock
from app.foundation.addresses import parts_of
from app.foundation.db import session, unit_of_work

COOKIE = "ovation"
SECURE_COOKIE = "__Host-ovation"
IDLE_ADVOCATE = timedelta(hours=8)
IDLE_STAFF = timedelta(minutes=30)
LASTS_ADVOCATE = timedelta(days=7)
LASTS_STAFF = timedelta(hours=12)
FRESH_FOR = timedelta(minutes=10)
#: A sign-in's last use is written down at most this often, so that reading a page is not a write.
SEEN_EVERY = timedelta(minutes=1)
#: Asked for on every request, so in one statement.
_WITH_PERSON = (joinedload(SignIn.user).joinedload(User.grants),)

login_manager = flask_login.LoginManager()
log = logging.getLogger(__name__)


def hash_of(key: str) -> str:
    """Return what is kept of a random key: it has 256 bits, so a plain SHA-256 cannot be guessed back."""
    return hashlib.sha256(key.encode()).hexdigest()


def cookie_name() -> str:
    """Return the cookie's name: the ``__Host-`` one demands TLS, which the demo on loopback has not."""
    return SECURE_COOKIE if current_app.config["SETTINGS"].secure_cookies else COOKIE


def idle_limit(roles: frozenset[Role]) -> timedelta:
    """Return how long a browser may be left alone: shorter for those who can do more harm."""
    return IDLE_ADVOCATE if roles <= {Role.ADVOCATE} else IDLE_STAFF


def lasting(roles: frozenset[Role]) -> timedelta:
    """Return how long a sign-in may last at all."""
    return LASTS_ADVOCATE if roles <= {Role.ADVOCATE} else LASTS_STAFF


def sign_in_of(key: str) -> SignIn | None:
    """Return the sign-in that a browser's key opens, its user and roles loaded; or None."""
    wanted = select(SignIn).where(SignIn.key_hash == hash_of(key)).options(*_WITH_PERSON)
    return session.scalars(wanted).unique().one_or_none()


def person_of(user: User, *, sign_in: SignIn | None = None) -> Person:
    """Return the value that stands for ``user`` at the edge; ``user.grants`` must be loaded."""
    fresh = sign_in is None or clock.now() - sign_in.started_at <= FRESH_FOR
    return Person(
        id=user.id,
        handle=user.handle,
        name=user.name,
        email=user.email,
        language=user.language,
        roles=user.roles,
        grades=grades_of(user.id, user.roles),
        sign_in_id=None if sign_in is None else sign_in.id,
        signed_in_freshly=fresh,
    )


def user_by_id(user_id: int) -> User | None:
    """Return a user with the roles loaded, or None."""
    return session.scalar(select(User).where(User.id == user_id).options(selectinload(User.grants)))


def _load(incoming: Request) -> Person | None:
    key = incoming.cookies.get(cookie_name())
    if not key:
        return None
    found = sign_in_of(key)
    now = clock.now()
    if found is None or not found.user.is_active or not found.is_live(at=now, idle=idle_limit(found.user.roles)):
        return None
    if now - found.seen_at >= SEEN_EVERY and _is_somebodys_act(incoming):
        g.seen_sign_in_id = found.id
    return person_of(found.user, sign_in=found)


def _is_somebodys_act(incoming: Request) -> bool:
    """Say whether a person did this: what pages fetch by themselves must not keep a browser signed in for ever."""
    fetched = incoming.headers.get("HX-Request") or incoming.blueprint == "live"
    return not (fetched and incoming.method == "GET")


def note_seen() -> None:
    """Write down that this browser was used, after the guard has looked and before the view works."""
    sign_in_id = g.pop("seen_sign_in_id", None)
    if sign_in_id is None:
        return
    try:
        with unit_of_work():
            session.get_one(SignIn, sign_in_id).seen_at = clock.now()
    except DBAPIError as error:
        log.warning("a sign-in's use was not written down: %s", type(error).__name__)


def signed_in() -> Person:
    """Return who is signed in; only behind a guard."""
    person = flask_login.current_user._get_current_object()
    if not isinstance(person, Person):
        raise RuntimeError("nobody is signed in here: the view has no guard")
    return person


def signed_in_or_none() -> Person | None:
    """Return who is signed in, or None."""
    person = flask_login.current_user._get_current_object()
    return person if isinstance(person, Person) else None


def chosen_language() -> str | None:
    """Return the language to answer in: the person's own, else the best of what the browser asks for."""
    offered = list(current_app.config["LANGUAGES"])
    try:
        person = signed_in_or_none()
    except SQLAlchemyError:  # the page that says so must not fail over its language
        person = None
    if person is not None and person.language in offered:
        return person.language
    return request.accept_languages.best_match(offered) if has_request_context() else None


def safe_path(target: str | None) -> str | None:
    """Return ``target`` if it is a path on this site, or None: browsers read back-slashes and control signs freely."""
    if not target or not target.startswith("/") or target[1:2] in {"/", "\\"}:
        return None
    if any(sign == "\\" or sign <= " " or sign == "\x7f" for sign in target):
        return None
    parts = urlsplit(target)
    return None if parts.scheme or parts.netloc else target


def _page_to_come_back_to() -> str | None:
    """Return the page the reader is on: a form's target is none, so for a form it is the page it stood on."""
    if request.method in {"GET", "HEAD"}:
        return request.full_path.rstrip("?")
    came_from = parts_of(request.referrer or "")
    return f"{came_from.path}?{came_from.query}".rstrip("?") if came_from.netloc == request.host else None


def ask_to_sign_in() -> ResponseReturnValue:
    """Send the reader to the sign-in page and, after it, back; there, who sent a form is told that it was not taken."""
    unsent = None if request.method in {"GET", "HEAD"} else "y"
    return redirect(url_for("accounts.sign_in", next=_page_to_come_back_to(), unsent=unsent), code=303)


def ask_again() -> ResponseReturnValue:
    """Send somebody whose sign-in is not fresh to prove who they are, and then back."""
    return redirect(url_for("accounts.confirm", next=_page_to_come_back_to()), code=303)


def give_key(response: Response, key: str, roles: frozenset[Role]) -> None:
    """Let the browser hold a sign-in's key, out of reach of scripts and of other sites' forms."""
    response.set_cookie(
        cookie_name(),
        key,
        max_age=lasting(roles),
        secure=current_app.config["SETTINGS"].secure_cookies,
        httponly=True,
        samesite="Lax",
    )


def take_key(response: Response) -> None:
    """Let the browser forget its key."""
    secure = current_app.config["SETTINGS"].secure_cookies
    response.delete_cookie(cookie_name(), secure=secure, httponly=True, samesite="Lax")


def join(app: Flask) -> None:
    """Put Flask-Login into ``app``."""
    login_manager.init_app(app)
    loader: Callable[[Request], Person | None] = _load
    login_manager.request_loader(loader)
