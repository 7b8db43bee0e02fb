"""The accounts of the network."""

import sqlite3
from collections.abc import Iterable
from dataclasses import dataclass
from sqlite3 import Connection

from sandbox.store import now_ms
from sandbox.texts import HANDLE, well_formed


class BadHandle(ValueError):
    """The network does not take this as a handle."""


@dataclass(frozen=True, slots=True)
class User:
    """One account."""

    id: int
    handle: str
    name: str
    followers: int
    bio: str
    joined_ms: int
    posts: int = 0


_USER = "SELECT id, handle, name, followers, bio, joined_ms FROM users"


def add_user(
    db: Connection,
    handle: str,
    *,
    name: str = "",
    followers: int | None = None,
    bio: str = "",
    joined_ms: int | None = None,
) -> User:
    """Create an account, or change the one with this handle where something new is said.

    Raises:
        BadHandle: it is not 1 to 15 of A-Z, a-z, 0-9 and the underscore.
    """
    handle, name, bio = handle.strip().removeprefix("@"), well_formed(name), well_formed(bio)
    if not HANDLE.fullmatch(handle):
        raise BadHandle(handle)
    db.execute(
        """INSERT INTO users (handle, name, followers, bio, joined_ms) VALUES (?, ?, ?, ?, ?)
        ON CONFLICT (handle) DO UPDATE SET name = CASE WHEN ? THEN excluded.name ELSE name END,
        followers = CASE WHEN ? THEN excluded.followers ELSE followers END,
        bio = CASE WHEN ? THEN excluded.bio ELSE bio END""",
        (
            handle,
            name or handle,
            followers or 0,
            bio,
            joined_ms or now_ms(),
            bool(name),
            followers is not None,
            bool(bio),
        ),
    )
    user = find_user(db, handle)
    assert user is not None  # noqa: S101 - it was written one line above
    return user


def find_user(db: Connection, handle: str) -> User | None:
    """Return the account with this handle, in any spelling, or None."""
    row = db.execute(f"{_USER} WHERE handle = ?", (handle,)).fetchone()
    return _user(db, row) if row else None


def user_by_id(db: Connection, user_id: int) -> User | None:
    """Return an account, or None."""
    row = db.execute(f"{_USER} WHERE id = ?", (user_id,)).fetchone()
    return _user(db, row) if row else None


def users_by_ids(db: Connection, user_ids: Iterable[int]) -> dict[int, User]:
    """Return those of the accounts that exist."""
    return {user_id: user for user_id in user_ids if (user := user_by_id(db, user_id))}


def ids_of_handles(db: Connection, handles: Iterable[str]) -> dict[str, int]:
    """Return the ids of those handles that exist, by lower-case handle."""
    found = {}
    for handle in handles:
        row = db.execute("SELECT id FROM users WHERE handle = ?", (handle,)).fetchone()
        if row:
            found[handle.lower()] = int(row[0])
    return found


def familiar_users(db: Connection) -> list[User]:
    """Return the oldest accounts and those who posted lately, by handle."""
    rows = db.execute(
        f"""{_USER} WHERE id IN (SELECT id FROM users ORDER BY id LIMIT 60)
        OR id IN (SELECT author_id FROM posts ORDER BY id DESC LIMIT 200)"""
    ).fetchall()
    return sorted((_user(db, row, count=False) for row in rows), key=lambda user: user.handle.lower())


def _user(db: Connection, row: sqlite3.Row, *, count: bool = True) -> User:
    posts = 0
    if count:
        posts = db.execute(
            """SELECT count(*) FROM posts WHERE author_id = ? AND deleted_ms IS NULL
            AND id NOT IN (SELECT old_id FROM edits)""",
            (row["id"],),
        ).fetchone()[0]
    return User(row["id"], row["handle"], row["name"], row["followers"], row["bio"], row["joined_ms"], posts)
