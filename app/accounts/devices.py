"""Browsers that an account was used from before: a stranger's guessing must not slow their owner down."""

import secrets
from datetime import timedelta

from flask import Response, current_app, request
from itsdangerous import BadSignature, URLSafeTimedSerializer

from app.accounts.login import hash_of

REMEMBERED = timedelta(days=365)
NONCE_BYTES = 16


def _cookie() -> str:
    return "__Host-ovation_browser" if current_app.config["SETTINGS"].secure_cookies else "ovation_browser"


def _signer() -> URLSafeTimedSerializer:
    return URLSafeTimedSerializer(current_app.config["SETTINGS"].secret_key, salt="known browser")


def _nonce_for(user_id: int) -> str | None:
    """Return this browser's own number, if it was handed to it for this very person."""
    try:
        owner, nonce = _signer().loads(request.cookies.get(_cookie(), ""), max_age=int(REMEMBERED.total_seconds()))
    except (BadSignature, TypeError, ValueError):
        return None
    return str(nonce) if owner == user_id else None


def throttle_key(user_id: int | None, who: str) -> str:
    """Return what wrong passwords are counted by: this browser if it is known, else the account as strangers see it.

    ``who`` is what was typed, for an account that does not exist: it is slowed down just the same.
    """
    if user_id is None:
        return hash_of(f"nobody:{who.strip().lower().removeprefix('@')}")
    nonce = _nonce_for(user_id)
    return hash_of(f"browser:{nonce}" if nonce else f"account:{user_id}")


def remember_browser(response: Response, user_id: int) -> None:
    """Let this browser be known as one of the person's."""
    nonce = _nonce_for(user_id) or secrets.token_urlsafe(NONCE_BYTES)
    response.set_cookie(
        _cookie(),
        _signer().dumps([user_id, nonce]),
        max_age=int(REMEMBERED.total_seconds()),
        secure=current_app.config["SETTINGS"].secure_cookies,
        httponly=True,
        samesite="Lax",
    )
