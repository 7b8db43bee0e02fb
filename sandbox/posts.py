"""Reading posts: one, many, a timeline, a thread."""

import sqlite3
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from sqlite3 import Connection

SNOWFLAKE_EPOCH_MS = 1_288_834_974_657


def made_ms(post_id: int) -> int:
    """Return the time a post's id tells."""
    return (post_id >> 22) + SNOWFLAKE_EPOCH_MS


@dataclass(frozen=True, slots=True)
class Post:
    """One post; ``prefix`` holds the handles a reply starts with without its author typing them."""

    id: int
    author_id: int
    text: str
    prefix: str
    lang: str
    is_long: bool
    reply_to: int | None
    reply_to_user_id: int | None
    quote_of: int | None
    conversation_id: int
    created_ms: int
    deleted_ms: int | None
    views: int
    likes: int
    reposts: int
    replies: int
    quotes: int

    @property
    def full_text(self) -> str:
        return self.prefix + self.text


@dataclass(frozen=True, slots=True)
class Window:
    """Which part of a list is asked for: ids and times strictly after ``since``, before ``until``."""

    since_id: int | None = None
    until_id: int | None = None
    start_ms: int | None = None
    end_ms: int | None = None

    def sql(self) -> tuple[str, list[int]]:
        limits = (
            ("p.id > ?", self.since_id),
            ("p.id < ?", self.until_id),
            ("p.created_ms >= ?", self.start_ms),
            ("p.created_ms < ?", self.end_ms),
        )
        parts = [(condition, value) for condition, value in limits if value is not None]
        return "".join(f" AND {condition}" for condition, _ in parts), [value for _, value in parts]


_COLUMNS = """SELECT p.id, p.author_id, p.text, p.prefix, p.lang, p.is_long, p.reply_to,
    (SELECT parent.author_id FROM posts parent WHERE parent.id = p.reply_to) AS reply_to_user_id,
    p.quote_of, p.conversation_id, p.created_ms, p.deleted_ms, p.views,
    (SELECT count(*) FROM likes WHERE post_id = p.id) AS likes,
    (SELECT count(*) FROM reposts WHERE post_id = p.id) AS reposts,
    (SELECT count(*) FROM posts r WHERE r.reply_to = p.id AND r.deleted_ms IS NULL
        AND NOT EXISTS (SELECT 1 FROM edits WHERE old_id = r.id)) AS replies,
    (SELECT count(*) FROM posts q WHERE q.quote_of = p.id AND q.deleted_ms IS NULL
        AND NOT EXISTS (SELECT 1 FROM edits WHERE old_id = q.id)) AS quotes"""
_NEWEST = "NOT EXISTS (SELECT 1 FROM edits WHERE old_id = p.id)"
_LIVE = f"{_COLUMNS} FROM posts p WHERE p.deleted_ms IS NULL AND {_NEWEST}"


def find_post(db: Connection, post_id: int, *, even_deleted: bool = False) -> Post | None:
    """Return one post, in whichever version is asked for, or None where there is none or it is deleted."""
    row = db.execute(f"{_COLUMNS} FROM posts p WHERE p.id = ?", (post_id,)).fetchone()
    if row is None or (row["deleted_ms"] is not None and not even_deleted):
        return None
    return _post(row)


def posts_by_ids(db: Connection, post_ids: Iterable[int]) -> dict[int, Post]:
    """Return those of the posts that exist and are not deleted."""
    return {post_id: post for post_id in post_ids if (post := find_post(db, post_id))}


def timeline(db: Connection, user_id: int, window: Window, limit: int, *, replies: bool = True) -> list[Post]:
    """Return an account's own posts, newest first."""
    condition = " AND p.author_id = ?" + ("" if replies else " AND p.reply_to IS NULL")
    return newest_posts(db, window, limit, (condition, [user_id]))


def mentions_of(db: Connection, user_id: int, window: Window, limit: int) -> list[Post]:
    """Return posts that name the account, its own left out, newest first."""
    conditions, values = window.sql()
    rows = db.execute(
        f"""{_COLUMNS} FROM mentions m JOIN posts p ON p.id = m.post_id
        WHERE m.user_id = ? AND p.deleted_ms IS NULL AND {_NEWEST}{conditions.replace("p.id", "m.post_id")}
        ORDER BY m.post_id DESC LIMIT ?""",
        [user_id, *values, limit],
    )
    return [_post(row) for row in rows]


def newest_posts(
    db: Connection, window: Window, limit: int, narrowed: tuple[str, Sequence[object]] = ("", ())
) -> list[Post]:
    """Return everybody's posts, newest first; ``narrowed`` is a further condition with its values."""
    limits, limit_values = window.sql()
    condition, values = narrowed
    rows = db.execute(f"{_LIVE}{condition}{limits} ORDER BY p.id DESC LIMIT ?", [*values, *limit_values, limit])
    return [_post(row) for row in rows]


def thread(db: Connection, conversation_id: int, limit: int = 1000) -> list[Post]:
    """Return a conversation, oldest first, deleted posts included so that their place shows."""
    rows = db.execute(
        f"{_COLUMNS} FROM posts p WHERE p.conversation_id = ? AND {_NEWEST} ORDER BY p.id LIMIT ?",
        (conversation_id, limit),
    )
    return [_post(row) for row in rows]


def nth_newest_id(db: Connection, kind: str, user_id: int, count: int) -> int | None:
    """Return the id behind the newest ``count`` of an account's timeline or mentions, or None."""
    queries = {
        "timeline": "SELECT id FROM posts WHERE author_id = ? ORDER BY id DESC LIMIT 1 OFFSET ?",
        "mentions": "SELECT post_id FROM mentions WHERE user_id = ? ORDER BY post_id DESC LIMIT 1 OFFSET ?",
    }
    row = db.execute(queries[kind], (user_id, count)).fetchone()
    return int(row[0]) if row else None


def _post(row: sqlite3.Row) -> Post:
    fields = {name: row[name] for name in row.keys()}  # noqa: SIM118 - a Row is no mapping
    return Post(**(fields | {"is_long": bool(fields["is_long"])}))
