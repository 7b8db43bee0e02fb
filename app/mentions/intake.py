"""Heard posts as rows; pure."""

from collections.abc import Iterable, Mapping
from dataclasses import replace
from datetime import datetime
from typing import Any

from app.channels.models import Destination
from app.channels.types import IncomingPost, Ref
from app.foundation.clock import believed

UNKNOWN_LANGUAGE = "und"


def newest_editions(posts: Iterable[IncomingPost]) -> dict[str, IncomingPost]:
    """Return each post once, as its author left it last, by the id it is known by."""
    newest: dict[str, IncomingPost] = {}
    for post in posts:
        if post.ref.id not in newest or post.edition >= newest[post.ref.id].edition:
            newest[post.ref.id] = post
    return newest


def edition_rows(posts: Iterable[IncomingPost], *, connection_id: int) -> list[dict[str, Any]]:
    """Return one row for each id that a later edition of these posts bears."""
    later = {one: post.ref.id for post in posts for one in post.editions if one != post.ref.id}
    return [
        {"connection_id": connection_id, "external_id": one, "of_external_id": first}
        for one, first in sorted(later.items())
    ]


def known_as(posts: Iterable[IncomingPost], first_ids: Mapping[str, str]) -> list[IncomingPost]:
    """Return the posts with the posts they answer, and their threads, named as they are known here."""

    def named(ref: Ref) -> Ref:
        return Ref(first_ids[ref.id], ref.token) if ref.id in first_ids else ref

    return [
        replace(post, parent=named(post.parent) if post.parent else None, thread_root=named(post.thread_root))
        for post in posts
    ]


def author_rows(posts: Iterable[IncomingPost], *, connection_id: int, at: datetime) -> list[dict[str, Any]]:
    """Return one row for each author, in one order for every process, so that two of them never wait for each other."""
    authors = {post.author.id: post.author for post in posts}
    return [
        {
            "connection_id": connection_id,
            "external_id": author.id,
            "handle": author.handle[:200],
            "name": author.name[:400],
            "followers": author.followers,
            "url": author.url[:300],
            "seen_at": at,
        }
        for _, author in sorted(authors.items())
    ]


def conversation_rows(posts: Iterable[IncomingPost], *, connection_id: int, at: datetime) -> list[dict[str, Any]]:
    """Return one row for each thread; one that begins with what we heard has nothing to be fetched yet."""
    begun = {post.thread_root.id: post.parent is None for post in posts}
    return [
        {"connection_id": connection_id, "external_id": root, "fetched_at": at if complete else None}
        for root, complete in sorted(begun.items())
    ]


def mention_row(
    post: IncomingPost,
    *,
    connection_id: int,
    author_id: int,
    conversation_id: int,
    destination: Destination | None,
    at: datetime,
) -> dict[str, Any]:
    """Return the row of a post about the brand; ``destination`` is for one that does not call us."""
    return {
        "connection_id": connection_id,
        "external_id": post.ref.id,
        "edition": post.edition,
        "edition_external_id": post.this.id if post.editions else None,
        "author_id": author_id,
        "conversation_id": conversation_id,
        "parent_external_id": post.parent.id if post.parent else None,
        "text": post.text,
        "url": post.url[:300],
        "language": (post.language or UNKNOWN_LANGUAGE)[:12],
        "posted_at": believed(post.created_at, at=at),
        "heard_at": at,
        "waits_since": at,
        "checked_at": at,
        "summoned": post.summoned,
        "destination": None if post.summoned else destination,
        "can_reply": post.can_reply,
        "cannot_reply_why": post.cannot_reply_why,
    }


def thread_row(post: IncomingPost, *, connection_id: int, conversation_id: int, at: datetime) -> dict[str, Any]:
    """Return the row of a post that stands beside mentions in their thread."""
    return {
        "connection_id": connection_id,
        "conversation_id": conversation_id,
        "external_id": post.ref.id,
        "parent_external_id": post.parent.id if post.parent else None,
        "author_handle": post.author.handle[:200],
        "author_name": post.author.name[:400],
        "text": post.text,
        "edition": post.edition,
        "url": post.url[:300],
        "posted_at": believed(post.created_at, at=at),
        "heard_at": at,
        "checked_at": at,
        "ours": post.ours,
    }
