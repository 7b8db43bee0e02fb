"""The network's back door for tests, benchmarks and the replay: posts in bulk, faults, the log."""

import json
import time
from dataclasses import replace
from sqlite3 import Connection
from typing import Any

from flask import Blueprint, Response, request

from sandbox import editions, posts, tokens, users, writing
from sandbox.api import answer, network
from sandbox.faults import Fault
from sandbox.shapes import timestamp
from sandbox.store import now_ms
from sandbox.storms import Storm
from sandbox.writing import Draft, Refused

admin = Blueprint("admin", __name__, url_prefix="/admin")

MOST_POSTS = 5000


class BadOrder(ValueError):
    """The admin call makes no sense; the message says why."""


@admin.errorhandler(ValueError)
@admin.errorhandler(TypeError)
@admin.errorhandler(KeyError)
@admin.errorhandler(Refused)
def refuse(error: Exception) -> Response:
    return answer({"error": str(error) or type(error).__name__}, 400)


@admin.get("/log")
def log() -> Response:
    """Return every accepted write after ``after``, oldest first; ``first_id`` is the post before any edit."""
    after, limit = int(request.args.get("after", 0)), int(request.args.get("limit", 100_000))
    with network().store.read() as db:
        rows = db.execute(
            """SELECT log.*, coalesce(first_id, post_id) AS first_id FROM log LEFT JOIN edits ON new_id = post_id
            WHERE seq > ? ORDER BY seq LIMIT ?""",
            (after, limit),
        ).fetchall()
    keys = ("seq", "at_ms", "action", "actor", "post_id", "first_id", "reply_to", "text", "via")
    entries = [{key: row[key] for key in keys} for row in rows]
    for entry in entries:
        entry["post_id"], entry["first_id"] = str(entry["post_id"]), str(entry["first_id"])
        entry["reply_to"] = str(entry["reply_to"]) if entry["reply_to"] else None
    return answer({"log": entries})


@admin.get("/requests")
def requests_seen() -> Response:
    """Return the API requests seen lately, oldest first, refused ones included."""
    return answer({"requests": network().requests})


@admin.post("/posts")
def add_posts() -> Response:
    """Make posts as anybody: ``{"posts": [{"author", "text", "reply_to"?, ...}]}``.

    Further columns of a post: ``reply_to_key``, ``key`` (a name of the caller's for the
    post; a key that is known already makes nothing new), ``quote_of``, ``lang``, ``name``,
    ``followers``, ``age_seconds``. A reply to something unknown becomes a post of its own.
    """
    wanted = _body().get("posts")
    if not isinstance(wanted, list) or len(wanted) > MOST_POSTS:
        raise BadOrder(f"posts must be a list of at most {MOST_POSTS}")
    with network().store.write() as db:
        made = [_add(db, item) for item in wanted]
    return answer({"ids": [str(post_id) for post_id, _ in made], "new": sum(new for _, new in made)}, 201)


@admin.delete("/posts/<int:post_id>")
def delete_post(post_id: int) -> Response:
    with network().store.write() as db:
        post = posts.find_post(db, post_id)
        author = users.user_by_id(db, post.author_id) if post else None
        if post is None or author is None:
            raise BadOrder("no such post")
        writing.delete_post(db, post, author, via="admin")
    return answer({})


@admin.post("/posts/<int:post_id>/edit")
def edit_post(post_id: int) -> Response:
    """Edit a post as its author: ``{"text"}``; returns the new version's id, and all of them."""
    text = _body()["text"]
    with network().store.write() as db:
        post = posts.find_post(db, post_id)
        author = users.user_by_id(db, post.author_id) if post else None
        if post is None or author is None:
            raise BadOrder("no such post")
        new_id = writing.edit_post(db, post, author, text, via="admin")
        history = editions.history_of(db, new_id)
    return answer({"id": str(new_id), "history": [str(version) for version in history]}, 201)


@admin.post("/likes")
def like() -> Response:
    """Let accounts like a post: ``{"post_id", "handles": [...]}``; new handles are made."""
    return _react("likes")


@admin.post("/reposts")
def repost() -> Response:
    """Let accounts repost a post: ``{"post_id", "handles": [...]}``."""
    return _react("reposts")


@admin.post("/views")
def view() -> Response:
    """Let a post's thread be seen ``count`` times: ``{"post_id", "count"}``."""
    body = _body()
    with network().store.write() as db:
        writing.count_views(db, _live_post(db, body).conversation_id, int(body.get("count", 1)))
    return answer({})


@admin.post("/users")
def add_user() -> Response:
    """Make or change an account: ``{"handle", "name"?, "followers"?, "bio"?, "token"?}``."""
    body = _body()
    with network().store.write() as db:
        user = users.add_user(
            db,
            str(body.get("handle", "")),
            name=body.get("name", ""),
            followers=body.get("followers"),
            bio=body.get("bio", ""),
        )
        if body.get("token"):
            tokens.add_token(db, user.id, access=body["token"], refresh=None, lasts_seconds=None)
    return answer({"id": str(user.id), "handle": user.handle}, 201)


@admin.post("/tokens/revoke")
def revoke_token() -> Response:
    with network().store.write() as db:
        tokens.revoke(db, str(_body().get("token", "")))
    return answer({})


@admin.get("/faults")
def list_faults() -> Response:
    return answer({"faults": network().faults.waiting()})


@admin.post("/faults")
def order_fault() -> Response:
    """Order a fault: ``{"endpoint", "kind", "count"?, "seconds"?}``."""
    body = _body()
    try:
        network().faults.order(Fault(**body))
    except (TypeError, ValueError) as error:
        raise BadOrder(str(error)) from None
    return list_faults()


@admin.delete("/faults")
def clear_faults() -> Response:
    network().faults.clear()
    return list_faults()


@admin.get("/storm")
def current_storm() -> Response:
    storm = network().faults.storm
    return answer({"storm": storm.told() if storm else None})


@admin.post("/storm")
def start_storm() -> Response:
    """Start a storm: ``{"seed", "rates": {ENDPOINT: {KIND: CHANCE}}, "late_seconds"?, "lag_seconds"?, "seconds"?}``."""
    network().faults.storm = Storm(**_body())
    return current_storm()


@admin.delete("/storm")
def end_storm() -> Response:
    """End the storm; what it took to be done late is still done."""
    network().faults.storm = None
    return current_storm()


@admin.post("/settings")
def change_settings() -> Response:
    """Turn a switch: ``{"summoned_only": false}``, ``{"refuse_duplicates": false}``."""
    try:
        network().switches = replace(network().switches, **_body())
    except TypeError as error:
        raise BadOrder(str(error)) from None
    return answer({})


@admin.post("/limits")
def change_limits() -> Response:
    """Change limits: ``{"mode": "x", "window_seconds": 5, "mentions": 3}``."""
    body = _body()
    try:
        network().limits.change(body.pop("mode", network().limits.mode), body.pop("window_seconds", None), **body)
    except TypeError as error:
        raise BadOrder(str(error)) from None
    return answer({"limits": network().limits.limits})


@admin.get("/health")
def health() -> Response:
    with network().store.read() as db:
        count = db.execute("SELECT count(*) FROM posts").fetchone()[0]
    return answer(
        {"ok": True, "brand": network().brand_handle, "posts": count, "at": timestamp(int(time.time() * 1000))}
    )


def _add(db: Connection, item: dict[str, Any]) -> tuple[int, bool]:
    key = item.get("key")
    known = db.execute("SELECT id FROM posts WHERE source_key = ?", (key,)).fetchone() if key else None
    if known:
        return int(known[0]), False
    author = users.find_user(db, item["author"]) if "name" not in item else None
    if author is None:
        author = users.add_user(db, item["author"], name=item.get("name", ""), followers=item.get("followers"))
    age = item.get("age_seconds")
    draft = Draft(
        author=author,
        text=item["text"],
        reply_to=_parent(db, item),
        quote_of=int(item["quote_of"]) if item.get("quote_of") else None,
        lang=item.get("lang", ""),
        at_ms=now_ms() - int(age * 1000) if age else None,
        source_key=key,
    )
    return writing.add_post(db, draft, via=item.get("via", "admin")), True


def _parent(db: Connection, item: dict[str, Any]) -> int | None:
    if item.get("reply_to"):
        return int(item["reply_to"])
    row = db.execute(
        "SELECT id FROM posts WHERE source_key = ? AND deleted_ms IS NULL", (item.get("reply_to_key"),)
    ).fetchone()
    return int(row[0]) if row else None


def _react(table: str) -> Response:
    body = _body()
    react = {"likes": writing.like, "reposts": writing.repost}[table]
    with network().store.write() as db:
        post = _live_post(db, body)
        for handle in body.get("handles", []):
            react(db, post, users.find_user(db, handle) or users.add_user(db, handle), via="admin")
    return answer({})


def _live_post(db: Connection, body: dict[str, Any]) -> posts.Post:
    post = posts.find_post(db, int(body.get("post_id", 0)))
    if post is None:
        raise BadOrder("no such post")
    return post


def _body() -> dict[str, Any]:
    body = json.loads(request.get_data() or b"{}")
    if not isinstance(body, dict):
        raise BadOrder("the body must be a JSON object")
    return body
