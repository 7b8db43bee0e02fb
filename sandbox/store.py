"""The network's own SQLite file: its tables, and one connection behind a lock."""

import sqlite3
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

SCHEMA = """
CREATE TABLE IF NOT EXISTS users (
    id INTEGER PRIMARY KEY AUTOINCREMENT, handle TEXT NOT NULL UNIQUE COLLATE NOCASE, name TEXT NOT NULL,
    followers INTEGER NOT NULL DEFAULT 0, bio TEXT NOT NULL DEFAULT '', joined_ms INTEGER NOT NULL);
CREATE TABLE IF NOT EXISTS posts (
    id INTEGER PRIMARY KEY, author_id INTEGER NOT NULL REFERENCES users, text TEXT NOT NULL,
    prefix TEXT NOT NULL, lang TEXT NOT NULL, is_long INTEGER NOT NULL, reply_to INTEGER, quote_of INTEGER,
    conversation_id INTEGER NOT NULL, created_ms INTEGER NOT NULL, deleted_ms INTEGER,
    views INTEGER NOT NULL DEFAULT 0, source_key TEXT UNIQUE);
CREATE INDEX IF NOT EXISTS posts_by_author ON posts (author_id, id);
CREATE INDEX IF NOT EXISTS posts_by_conversation ON posts (conversation_id, id);
CREATE INDEX IF NOT EXISTS posts_by_parent ON posts (reply_to) WHERE reply_to IS NOT NULL;
CREATE INDEX IF NOT EXISTS posts_by_quoted ON posts (quote_of) WHERE quote_of IS NOT NULL;
CREATE TABLE IF NOT EXISTS edits (
    new_id INTEGER PRIMARY KEY, old_id INTEGER NOT NULL UNIQUE, first_id INTEGER NOT NULL);
CREATE INDEX IF NOT EXISTS edits_by_first ON edits (first_id, new_id);
CREATE TABLE IF NOT EXISTS mentions (
    user_id INTEGER NOT NULL, post_id INTEGER NOT NULL, PRIMARY KEY (user_id, post_id)) WITHOUT ROWID;
CREATE TABLE IF NOT EXISTS likes (
    post_id INTEGER NOT NULL, user_id INTEGER NOT NULL, PRIMARY KEY (post_id, user_id)) WITHOUT ROWID;
CREATE TABLE IF NOT EXISTS reposts (
    post_id INTEGER NOT NULL, user_id INTEGER NOT NULL, PRIMARY KEY (post_id, user_id)) WITHOUT ROWID;
CREATE TABLE IF NOT EXISTS tokens (
    access TEXT PRIMARY KEY, refresh TEXT UNIQUE, user_id INTEGER, expires_ms INTEGER);
CREATE TABLE IF NOT EXISTS codes (
    code TEXT PRIMARY KEY, user_id INTEGER NOT NULL, redirect_uri TEXT NOT NULL, challenge TEXT NOT NULL,
    method TEXT NOT NULL, expires_ms INTEGER NOT NULL);
CREATE TABLE IF NOT EXISTS progress (name TEXT PRIMARY KEY, turn INTEGER NOT NULL, place INTEGER NOT NULL);
CREATE TABLE IF NOT EXISTS log (
    seq INTEGER PRIMARY KEY AUTOINCREMENT, at_ms INTEGER NOT NULL, action TEXT NOT NULL, actor TEXT NOT NULL,
    post_id INTEGER NOT NULL, reply_to INTEGER, text TEXT, via TEXT NOT NULL);
"""


def now_ms() -> int:
    """Return the time in milliseconds since 1970."""
    return time.time_ns() // 1_000_000


class Store:
    """One SQLite file, used by one thread at a time."""

    def __init__(self, path: Path) -> None:
        path.parent.mkdir(parents=True, exist_ok=True)
        self._lock = threading.RLock()
        self._connection = sqlite3.connect(path, check_same_thread=False, isolation_level=None)
        self._connection.row_factory = sqlite3.Row
        for pragma in ("journal_mode=WAL", "synchronous=NORMAL", "busy_timeout=10000", "foreign_keys=ON"):
            self._connection.execute(f"PRAGMA {pragma}")
        self._connection.executescript(SCHEMA)

    @contextmanager
    def read(self) -> Iterator[sqlite3.Connection]:
        """Hold the connection while reading."""
        with self._lock:
            yield self._connection

    @contextmanager
    def write(self) -> Iterator[sqlite3.Connection]:
        """Hold the connection in one transaction, kept only if the block succeeds."""
        with self._lock:
            self._connection.execute("BEGIN IMMEDIATE")
            try:
                yield self._connection
            except BaseException:
                self._connection.execute("ROLLBACK")
                raise
            self._connection.execute("COMMIT")

    def close(self) -> None:
        with self._lock:
            self._connection.close()
