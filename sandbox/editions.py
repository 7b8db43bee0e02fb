"""Edited posts, X's way: each edit is a post with an id of its own, and all of them know each other."""

from sqlite3 import Connection

from sandbox.posts import Post

MOST_EDITS = 5
EDITABLE_MS = 3600 * 1000


def history_of(db: Connection, post_id: int) -> list[int]:
    """Return the ids of all versions of a post, the first one first; any of them may be asked for."""
    row = db.execute("SELECT first_id FROM edits WHERE new_id = ? OR old_id = ?", (post_id, post_id)).fetchone()
    if row is None:
        return [post_id]
    first = int(row[0])
    later = db.execute("SELECT new_id FROM edits WHERE first_id = ? ORDER BY new_id", (first,)).fetchall()
    return [first, *(int(each[0]) for each in later)]


def newest_of(db: Connection, post_id: int) -> int:
    """Return the id under which a post is listed now."""
    return history_of(db, post_id)[-1]


def note_edit(db: Connection, old: Post, new_id: int) -> None:
    """Let a new post stand in place of an old one."""
    first = history_of(db, old.id)[0]
    db.execute("INSERT INTO edits (new_id, old_id, first_id) VALUES (?, ?, ?)", (new_id, old.id, first))
