"""Every route names who may use it; the application refuses to start when one does not."""

from collections.abc import Callable
from functools import wraps
from typing import TypeVar, cast

from flask import Flask

from app.accounts.login import ask_again, ask_to_sign_in, note_seen, signed_in_or_none
from app.accounts.permissions import Permission, asks_fresh, may, who_may
from app.accounts.words import grades_in_words
from app.foundation.errors import NotAllowed
from app.foundation.words import _

View = TypeVar("View", bound=Callable[..., object])

#: Flask's own routes, which carry no secret.
_OPEN_ENDPOINTS = frozenset({"static"})


class Unguarded(Exception):
    """Routes that name nobody; the message lists them."""


class MayNot(NotAllowed):
    """The person's roles do not reach here; ``permission`` says what is missing."""

    def __init__(self, permission: Permission) -> None:
        grades = grades_in_words(who_may(permission))
        super().__init__(_("Your role may not do this. These may: %(grades)s. Ask one of them.", grades=grades))
        self.permission = permission


def requires(permission: Permission) -> Callable[[View], View]:
    """Let only those in who may; others are sent to sign in, or told which role can."""

    def guard(view: View) -> View:
        @wraps(view)
        def guarded(*args: object, **values: object) -> object:
            person = signed_in_or_none()
            if person is None:
                return ask_to_sign_in()
            if not may(person, permission):
                raise MayNot(permission)
            if asks_fresh(person, permission) and not person.signed_in_freshly:
                return ask_again()
            note_seen()
            return view(*args, **values)

        guarded.permission = permission  # type: ignore[attr-defined]
        return cast(View, guarded)

    return guard


def public(view: View) -> View:
    """Say that everybody may see this page."""
    view.permission = None  # type: ignore[attr-defined]
    return view


def permission_of(app: Flask, endpoint: str) -> Permission | None:
    """Return the permission an endpoint asks for; None for a public one.

    Raises:
        Unguarded: it names nobody.
    """
    if endpoint in _OPEN_ENDPOINTS:
        return None
    view = app.view_functions[endpoint]
    if not hasattr(view, "permission"):
        raise Unguarded(endpoint)
    return cast(Permission | None, view.permission)


def check_every_route(app: Flask) -> None:
    """Refuse an application with an unguarded route.

    Raises:
        Unguarded: with every such route.
    """
    bare = [
        rule.endpoint
        for rule in app.url_map.iter_rules()
        if rule.endpoint not in _OPEN_ENDPOINTS and not hasattr(app.view_functions[rule.endpoint], "permission")
    ]
    if bare:
        raise Unguarded(", ".join(sorted(set(bare))))
