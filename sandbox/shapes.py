"""Posts and users as X's API shows them."""

from collections.abc import Iterable, Sequence
from datetime import UTC, datetime
from sqlite3 import Connection
from typing import Any

from sandbox import editions, texts
from sandbox.params import Wanted
from sandbox.posts import Post, made_ms, posts_by_ids
from sandbox.problems import missing
from sandbox.users import User, ids_of_handles, users_by_ids

Shape = dict[str, Any]


def timestamp(milliseconds: int) -> str:
    """Write a time the way X does, with milliseconds."""
    moment = datetime.fromtimestamp(milliseconds / 1000, UTC)
    return moment.strftime("%Y-%m-%dT%H:%M:%S.") + f"{milliseconds % 1000:03d}Z"


def user_shape(user: User, wanted: Wanted, base_url: str) -> Shape:
    """Return an account with the fields asked for."""
    every = {
        "id": str(user.id),
        "name": user.name,
        "username": user.handle,
        "created_at": timestamp(user.joined_ms),
        "description": user.bio,
        "profile_image_url": f"{base_url}avatar/{user.handle}.svg",
        "protected": False,
        "verified": False,
        "verified_type": "none",
        "url": "",
        "public_metrics": {
            "followers_count": user.followers,
            "following_count": 0,
            "tweet_count": user.posts,
            "listed_count": 0,
        },
    }
    return {field: value for field, value in every.items() if field in wanted.user}


def post_shape(db: Connection, post: Post, wanted: Wanted) -> Shape:
    """Return a post with the fields asked for."""
    shown = texts.shortened(post.full_text)
    fields = wanted.tweet | {name for name in ("author_id", "in_reply_to_user_id") if name in wanted.expansions}
    if any(name.startswith("referenced_tweets") for name in wanted.expansions):
        fields |= {"referenced_tweets"}
    text = texts.cut(shown) if post.is_long else shown
    history = editions.history_of(db, post.id)
    every: Shape = {
        "id": str(post.id),
        "text": texts.escaped(text),
        "edit_history_tweet_ids": [str(version) for version in history],
        "edit_controls": _edit_controls(history),
        "author_id": str(post.author_id),
        "conversation_id": str(post.conversation_id),
        "created_at": timestamp(post.created_ms),
        "display_text_range": [min(len(post.prefix), len(text)), len(text)],
        "lang": post.lang,
        "possibly_sensitive": False,
        "reply_settings": "everyone",
        "source": "Sandbox",
        "public_metrics": {
            "retweet_count": post.reposts,
            "reply_count": post.replies,
            "like_count": post.likes,
            "quote_count": post.quotes,
            "bookmark_count": 0,
            "impression_count": post.views,
        },
    }
    if post.reply_to_user_id is not None:
        every["in_reply_to_user_id"] = str(post.reply_to_user_id)
    every |= _optional(db, post, shown, text, fields)
    return {field: value for field, value in every.items() if field in fields}


def _edit_controls(history: Sequence[int]) -> Shape:
    return {
        "edits_remaining": max(0, editions.MOST_EDITS - len(history) + 1),
        "is_edit_eligible": True,
        "editable_until": timestamp(made_ms(history[0]) + editions.EDITABLE_MS),
    }


def _optional(db: Connection, post: Post, shown: str, text: str, fields: frozenset[str]) -> Shape:
    parts: Shape = {}
    references = [("replied_to", post.reply_to), ("quoted", post.quote_of)]
    if any(target for _, target in references):
        parts["referenced_tweets"] = [{"type": kind, "id": str(target)} for kind, target in references if target]
    if fields & {"entities", "note_tweet"}:
        user_ids = ids_of_handles(db, texts.mentioned_handles(shown))
        written = texts.links(post.full_text)
        if found := texts.entities(text, user_ids, written):
            parts["entities"] = found
        if post.is_long:
            parts["note_tweet"] = {"text": texts.escaped(shown)}
            if found := texts.entities(shown, user_ids, written):
                parts["note_tweet"]["entities"] = found
    return parts


def with_includes(db: Connection, posts: Sequence[Post], wanted: Wanted, base_url: str) -> Shape:
    """Return ``includes`` and the ``errors`` met on the way, each only where there is something."""
    tweets: dict[int, Post] = {}
    errors: list[Shape] = []
    if wanted.expansions & {"referenced_tweets.id", "referenced_tweets.id.author_id"}:
        referenced = dict.fromkeys(target for post in posts for target in (post.reply_to, post.quote_of) if target)
        tweets = posts_by_ids(db, referenced)
        errors = [
            missing("tweet", "referenced_tweets.id", str(target)) for target in referenced if target not in tweets
        ]
    if "edit_history_tweet_ids" in wanted.expansions:
        tweets |= posts_by_ids(db, (version for post in posts for version in editions.history_of(db, post.id)))
    users = users_by_ids(db, _people(db, posts, tweets.values(), wanted.expansions))
    includes: Shape = {
        "users": [user_shape(user, wanted, base_url) for user in users.values()],
        "tweets": [post_shape(db, post, wanted) for post in tweets.values()],
    }
    includes = {kind: entries for kind, entries in includes.items() if entries}
    return ({"includes": includes} if includes else {}) | ({"errors": errors} if errors else {})


def _people(
    db: Connection, posts: Sequence[Post], referenced: Iterable[Post], expansions: frozenset[str]
) -> dict[int, None]:
    people: list[int] = []
    if "author_id" in expansions:
        people += [post.author_id for post in posts]
    if "referenced_tweets.id.author_id" in expansions:
        people += [post.author_id for post in referenced]
    if "in_reply_to_user_id" in expansions:
        people += [post.reply_to_user_id for post in posts if post.reply_to_user_id]
    if "entities.mentions.username" in expansions:
        people += [
            found for post in posts for found in ids_of_handles(db, texts.mentioned_handles(post.full_text)).values()
        ]
    return dict.fromkeys(people)


def listed(db: Connection, posts: Sequence[Post], wanted: Wanted, base_url: str, next_token: str | None) -> Shape:
    """Return a page of posts with its ``meta``."""
    body: Shape = {"data": [post_shape(db, post, wanted) for post in posts]} if posts else {}
    body |= with_includes(db, posts, wanted, base_url)
    meta: Shape = {"result_count": len(posts)}
    if posts:
        meta |= {"newest_id": str(posts[0].id), "oldest_id": str(posts[-1].id)}
    if next_token:
        meta["next_token"] = next_token
    return body | {"meta": meta}
