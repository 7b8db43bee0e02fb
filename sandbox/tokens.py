"""Access tokens: one per user, or of the app alone, long-lived or for two hours."""

import base64
import binascii
import hashlib
import hmac
import re
import secrets
from dataclasses import dataclass
from sqlite3 import Connection

from sandbox.store import now_ms

ACCESS_LASTS_SECONDS = 7200
CODE_LASTS_SECONDS = 30
_OAUTH1_TOKEN = re.compile(r'oauth_token="([^"]*)"')


@dataclass(frozen=True, slots=True)
class Caller:
    """Who a request speaks for; ``user_id`` is None for the app alone."""

    token: str
    user_id: int | None


@dataclass(frozen=True, slots=True)
class Issued:
    """A fresh pair of tokens; the app alone gets no refresh token."""

    access: str
    refresh: str | None


def add_token(
    db: Connection, user_id: int | None, *, access: str, refresh: str | None, lasts_seconds: int | None
) -> None:
    """Keep a pair of tokens; a starter pair that is there already stays, used up or not."""
    expires_ms = None if lasts_seconds is None else now_ms() + lasts_seconds * 1000
    db.execute(
        "INSERT OR IGNORE INTO tokens (access, refresh, user_id, expires_ms) VALUES (?, ?, ?, ?)",
        (access, refresh, user_id, expires_ms),
    )


def issue(db: Connection, user_id: int | None, lasts_seconds: int = ACCESS_LASTS_SECONDS) -> Issued:
    """Make and keep fresh tokens for an account, or for the app alone."""
    issued = Issued(secrets.token_urlsafe(32), secrets.token_urlsafe(32) if user_id else None)
    add_token(db, user_id, access=issued.access, refresh=issued.refresh, lasts_seconds=lasts_seconds)
    return issued


def caller_of(db: Connection, authorization: str) -> Caller | None:
    """Read the Authorization header; OAuth 1.0a signatures are not checked, only the token."""
    kind, _, value = authorization.partition(" ")
    signed = _OAUTH1_TOKEN.search(value) if kind == "OAuth" else None
    access = value.strip() if kind == "Bearer" else signed[1] if signed else ""
    row = db.execute("SELECT user_id, expires_ms FROM tokens WHERE access = ?", (access,)).fetchone()
    if row is None or (row["expires_ms"] is not None and row["expires_ms"] <= now_ms()):
        return None
    return Caller(access, row["user_id"])


def refreshed(db: Connection, refresh: str) -> Issued | None:
    """Exchange a refresh token, once; the access token that came with it ends too."""
    row = db.execute("SELECT access, user_id FROM tokens WHERE refresh = ?", (refresh,)).fetchone()
    if row is None:
        return None
    db.execute("UPDATE tokens SET refresh = NULL, expires_ms = ? WHERE access = ?", (now_ms(), row["access"]))
    return issue(db, row["user_id"])


def revoke(db: Connection, access: str) -> None:
    """End a token: whoever shows it is told 401."""
    db.execute("UPDATE tokens SET expires_ms = 0, refresh = NULL WHERE access = ?", (access,))


def add_code(db: Connection, user_id: int, *, redirect_uri: str, challenge: str, method: str) -> str:
    """Return a code that can be exchanged once, soon, for a user's tokens."""
    code = secrets.token_urlsafe(24)
    db.execute(
        "INSERT INTO codes (code, user_id, redirect_uri, challenge, method, expires_ms) VALUES (?, ?, ?, ?, ?, ?)",
        (code, user_id, redirect_uri, challenge, method, now_ms() + CODE_LASTS_SECONDS * 1000),
    )
    return code


def exchange_code(db: Connection, code: str, *, redirect_uri: str, verifier: str) -> Issued | None:
    """Exchange a code, if the verifier is the one its challenge was made of."""
    row = db.execute("SELECT * FROM codes WHERE code = ?", (code,)).fetchone()
    db.execute("DELETE FROM codes WHERE code = ?", (code,))
    if row is None or row["expires_ms"] <= now_ms() or row["redirect_uri"] != redirect_uri:
        return None
    digest = base64.urlsafe_b64encode(hashlib.sha256(verifier.encode()).digest()).decode().rstrip("=")
    shown = digest if row["method"] == "S256" else verifier
    if not hmac.compare_digest(shown.encode(), row["challenge"].encode()):
        return None
    return issue(db, row["user_id"])


def basic_credentials(authorization: str) -> tuple[str, str] | None:
    """Read a client's id and secret from HTTP Basic."""
    kind, _, value = authorization.partition(" ")
    if kind != "Basic":
        return None
    try:
        client_id, _, secret = base64.b64decode(value, validate=True).decode().partition(":")
    except (binascii.Error, UnicodeDecodeError):
        return None
    return client_id, secret
