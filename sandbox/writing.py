"""Everything that changes the network's posts, and the log that says what was accepted."""

from collections.abc import Collection
from dataclasses import dataclass
from sqlite3 import Connection

from sandbox.editions import history_of, newest_of, note_edit
from sandbox.posts import SNOWFLAKE_EPOCH_MS, Post, find_post
from sandbox.store import now_ms
from sandbox.texts import fits, is_long, language_by_script, mentioned_handles, well_formed
from sandbox.users import User, ids_of_handles, user_by_id

MOST_CARRIED_HANDLES = 8
DUPLICATES_WITHIN_MS = 24 * 3600 * 1000


class Refused(Exception):
    """The network does not take this; the message is in X's words."""


class TooLong(Refused):
    """More than 280 weighted characters, none at all, or characters the network forbids."""


@dataclass(frozen=True, slots=True)
class Draft:
    """A post that somebody wants to make.

    ``excluded`` are accounts a reply shall not start with. ``at_ms`` backdates it. ``edits`` is
    the post in whose place it shall stand.
    """

    author: User
    text: str
    reply_to: int | None = None
    quote_of: int | None = None
    lang: str = ""
    excluded: Collection[int] = ()
    at_ms: int | None = None
    source_key: str | None = None
    edits: Post | None = None

    def __post_init__(self) -> None:
        object.__setattr__(self, "text", well_formed(self.text))


def check_length(text: str) -> None:
    """Refuse what X would not take from the API.

    Raises:
        TooLong: it is empty, too long, or holds forbidden characters.
    """
    if not fits(text):
        raise TooLong("Your Tweet text is too long, empty or holds invalid characters.")


def check_summoned(db: Connection, author: User, reply_to: int) -> None:
    """Refuse a reply to somebody who neither named the account nor quoted a post of it.

    Raises:
        Refused: they did not.
    """
    parent = find_post(db, reply_to)
    if parent is None or parent.author_id == author.id:
        return
    named = db.execute("SELECT 1 FROM mentions WHERE user_id = ? AND post_id = ?", (author.id, parent.id)).fetchone()
    quoted = find_post(db, parent.quote_of, even_deleted=True) if parent.quote_of else None
    if not named and not (quoted and quoted.author_id == author.id):
        raise Refused(
            "Reply to this conversation is not allowed because you have not been mentioned or otherwise engaged "
            "by the author of the post you are replying to."
        )


def check_duplicate(db: Connection, draft: Draft) -> None:
    """Refuse the same words to the same people from the same account within a day.

    Raises:
        Refused: they are there already.
    """
    parent = find_post(db, draft.reply_to, even_deleted=True) if draft.reply_to else None
    row = db.execute(
        "SELECT 1 FROM posts WHERE author_id = ? AND id > ? AND prefix || text = ? AND deleted_ms IS NULL",
        (draft.author.id, lowest_id(now_ms() - DUPLICATES_WITHIN_MS), _prefix(db, draft, parent) + draft.text),
    ).fetchone()
    if row:
        raise Refused("You are not allowed to create a Tweet with duplicate content.")


def add_post(db: Connection, draft: Draft, *, via: str) -> int:
    """Make a post and return its id; the checks above are the caller's choice.

    Raises:
        Refused: the post it answers is deleted or never was.
    """
    parent = find_post(db, draft.reply_to) if draft.reply_to else None
    if draft.reply_to and parent is None:
        raise Refused("You attempted to reply to a Tweet that is deleted or not visible to you.")
    prefix = draft.edits.prefix if draft.edits else _prefix(db, draft, parent)
    begun_by = draft.edits or parent
    at_ms = draft.at_ms if draft.at_ms is not None else now_ms()
    post_id = _next_id(db, at_ms, live=draft.at_ms is None)
    db.execute(
        """INSERT INTO posts (id, author_id, text, prefix, lang, is_long, reply_to, quote_of, conversation_id,
        created_ms, source_key) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)""",
        (
            post_id,
            draft.author.id,
            draft.text,
            prefix,
            draft.lang or language_by_script(draft.text),
            is_long(draft.text),
            draft.reply_to,
            draft.quote_of,
            begun_by.conversation_id if begun_by else post_id,
            at_ms,
            draft.source_key,
        ),
    )
    named = ids_of_handles(db, mentioned_handles(prefix + draft.text))
    db.executemany(
        "INSERT OR IGNORE INTO mentions (user_id, post_id) VALUES (?, ?)",
        [(user_id, post_id) for user_id in named.values() if user_id != draft.author.id],
    )
    if draft.edits:
        note_edit(db, draft.edits, post_id)
    action = "edit" if draft.edits else "post"
    _record(db, action, draft.author, post_id, via, reply_to=draft.reply_to, text=draft.text)
    return post_id


def edit_post(db: Connection, post: Post, actor: User, text: str, *, via: str) -> int:
    """Put other words in place of a post, whichever of its versions is named; return the new version's id."""
    old = find_post(db, newest_of(db, post.id))
    draft = Draft(actor, text, post.reply_to, post.quote_of, edits=old or post)
    return add_post(db, draft, via=via)


def delete_post(db: Connection, post: Post, actor: User, *, via: str) -> None:
    """Take a post from everybody's sight, with all its versions; its place in the thread stays."""
    versions = [(now_ms(), version) for version in history_of(db, post.id)]
    db.executemany("UPDATE posts SET deleted_ms = ? WHERE id = ?", versions)
    _record(db, "delete", actor, post.id, via)


def like(db: Connection, post: Post, actor: User, *, via: str) -> bool:
    """Like a post, or take the like back; return whether it is liked now."""
    return _toggle(db, "likes", "like", post, actor, via)


def repost(db: Connection, post: Post, actor: User, *, via: str) -> bool:
    """Repost a post, or take the repost back; return whether it is reposted now."""
    return _toggle(db, "reposts", "repost", post, actor, via)


def count_views(db: Connection, conversation_id: int, views: int = 1) -> None:
    """Note that somebody opened a thread and saw all its posts."""
    db.execute("UPDATE posts SET views = views + ? WHERE conversation_id = ?", (views, conversation_id))


def _toggle(db: Connection, table: str, action: str, post: Post, actor: User, via: str) -> bool:
    taken = db.execute(f"DELETE FROM {table} WHERE post_id = ? AND user_id = ?", (post.id, actor.id)).rowcount
    if not taken:
        db.execute(f"INSERT INTO {table} (post_id, user_id) VALUES (?, ?)", (post.id, actor.id))
    _record(db, f"un{action}" if taken else action, actor, post.id, via)
    return not taken


def _prefix(db: Connection, draft: Draft, parent: Post | None) -> str:
    """Return the handles X puts before a reply: whom it answers, and whom that post names."""
    if parent is None:
        return ""
    author = user_by_id(db, parent.author_id)
    spoken_to = ([author.handle] if author else []) + mentioned_handles(parent.full_text)[:MOST_CARRIED_HANDLES]
    typed = {handle.lower() for handle in mentioned_handles(draft.text)} | {draft.author.handle.lower()}
    ids = ids_of_handles(db, spoken_to)
    handles = {
        handle.lower(): handle
        for handle in spoken_to
        if handle.lower() in ids and handle.lower() not in typed and ids[handle.lower()] not in draft.excluded
    }
    return "".join(f"@{handle} " for handle in handles.values())


def lowest_id(at_ms: int) -> int:
    """Return the lowest id a post of this moment can have."""
    return max(0, at_ms - SNOWFLAKE_EPOCH_MS) << 22


def _next_id(db: Connection, at_ms: int, *, live: bool) -> int:
    """Return a free id that tells the time; a live post's is above all there are."""
    lowest = lowest_id(at_ms)
    condition, values = ("", ()) if live else (" WHERE id BETWEEN ? AND ?", (lowest, lowest + (1 << 22) - 1))
    newest = db.execute(f"SELECT max(id) FROM posts{condition}", values).fetchone()[0]
    return max(lowest, (newest or 0) + 1)


def _record(
    db: Connection,
    action: str,
    actor: User,
    post_id: int,
    via: str,
    *,
    reply_to: int | None = None,
    text: str | None = None,
) -> None:
    db.execute(
        "INSERT INTO log (at_ms, action, actor, post_id, reply_to, text, via) VALUES (?, ?, ?, ?, ?, ?, ?)",
        (now_ms(), action, actor.handle, post_id, reply_to, text, via),
    )
