"""The network's pages for people: timeline, thread, account; and the avatars."""

import html
import zlib
from dataclasses import dataclass, replace
from sqlite3 import Connection
from typing import Any

from flask import Blueprint, Response, abort, render_template, request

from sandbox import editions, posts, users, writing
from sandbox.api import network
from sandbox.posts import Post, Window
from sandbox.shapes import timestamp
from sandbox.store import now_ms
from sandbox.users import User

page = Blueprint("page", __name__)

PAGE_SIZE = 40
DEEPEST_INDENT = 4
SHOWN = {"all": "Everything", "brand": "About the brand", "answers": "By the brand"}
DEFAULT_CUSTOMER = "sam_steeps"
IDENTITY_COOKIE = "acting_as"
_HUES = 12
_STEPS = ((86_400, "d"), (3600, "h"), (60, "min"))


@dataclass(frozen=True, slots=True)
class Card:
    """A post as a page shows it; ``under`` is the post it answers, as that is listed now."""

    post: Post
    author: User
    answers: str
    is_brand: bool
    when: str
    ago: str
    edited: bool
    under: int | None
    depth: int = 0


@page.app_context_processor
def common() -> dict[str, Any]:
    """Give every template the brand, who acts, and the accounts to choose from."""
    with network().store.read() as db:
        people = [user for user in users.familiar_users(db) if user.handle != network().brand_handle]
    return {"brand": network().brand_handle, "acting_as": acting_as(), "people": people, "hue_of": hue_of}


@page.get("/")
def home(*, problem: str = "", typed: str = "") -> str:
    shown = request.args.get("show", "all")
    before = request.args.get("before", type=int)
    with network().store.read() as db:
        listed = _listed(db, shown, Window(until_id=before))
        cards = [card_of(db, post) for post in listed[:PAGE_SIZE]]
    return render_template(
        "home.html",
        cards=cards,
        shown=shown if shown in SHOWN else "all",
        tabs=SHOWN,
        older=listed[PAGE_SIZE - 1].id if len(listed) > PAGE_SIZE else None,
        problem=problem,
        typed=typed,
    )


@page.get("/post/<int:post_id>")
def thread(post_id: int) -> str:
    with network().store.write() as db:
        post = posts.find_post(db, post_id, even_deleted=True)
        if post is None:
            abort(404)
        writing.count_views(db, post.conversation_id)
    return thread_page(post_id)


@page.get("/<handle>/status/<int:post_id>")
def status(handle: str, post_id: int) -> str:
    return thread(post_id)


@page.get("/<handle>")
def account(handle: str) -> str:
    with network().store.read() as db:
        user = users.find_user(db, handle)
        if user is None:
            abort(404)
        cards = [card_of(db, post) for post in posts.timeline(db, user.id, Window(), PAGE_SIZE)]
    return render_template("account.html", user=user, cards=cards)


@page.get("/avatar/<handle>.svg")
def avatar(handle: str) -> Response:
    letter = html.escape(handle[:1].upper())
    colour = f"hsl({hue_of(handle) * 360 // _HUES} 45% 40%)"
    picture = (
        '<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 48 48" width="48" height="48">'
        f'<rect width="48" height="48" rx="24" fill="{colour}"/><text x="24" y="32" fill="white" font-size="22" '
        f'font-family="sans-serif" text-anchor="middle">{letter}</text></svg>'
    )
    return Response(picture, mimetype="image/svg+xml", headers={"Cache-Control": "max-age=86400"})


def thread_page(post_id: int, *, problem: str = "", typed: str = "") -> str:
    """Render the thread around a post, without counting it as seen."""
    with network().store.read() as db:
        post = posts.find_post(db, post_id, even_deleted=True)
        if post is None:
            abort(404)
        cards = _indented([card_of(db, each) for each in posts.thread(db, post.conversation_id)])
        focus = editions.newest_of(db, post_id)
    return render_template("thread.html", cards=cards, focus=focus, problem=problem, typed=typed)


@page.get("/post/<int:post_id>/edit")
def edit_form(post_id: int, *, problem: str = "", typed: str = "") -> str:
    with network().store.read() as db:
        post = posts.find_post(db, editions.newest_of(db, post_id))
        if post is None:
            abort(404)
        card = card_of(db, post)
    return render_template("edit.html", card=card, problem=problem, typed=typed or post.text)


def acting_as() -> str:
    """Return the handle chosen last in this browser."""
    return request.cookies.get(IDENTITY_COOKIE, DEFAULT_CUSTOMER)


def hue_of(handle: str) -> int:
    """Return one of twelve colours, always the same for a handle."""
    return zlib.crc32(handle.lower().encode()) % _HUES


def card_of(db: Connection, post: Post) -> Card:
    """Return a post with everything a page says about it."""
    author = users.user_by_id(db, post.author_id)
    answered = users.user_by_id(db, post.reply_to_user_id) if post.reply_to_user_id else None
    assert author is not None  # noqa: S101 - the table says that a post has an author
    return Card(
        post=post,
        author=author,
        answers=answered.handle if answered else "",
        is_brand=author.handle == network().brand_handle,
        when=timestamp(post.created_ms),
        ago=_ago(post.created_ms),
        edited=len(editions.history_of(db, post.id)) > 1,
        under=editions.newest_of(db, post.reply_to) if post.reply_to else None,
    )


def _listed(db: Connection, shown: str, window: Window) -> list[Post]:
    brand = users.find_user(db, network().brand_handle)
    if brand and shown == "brand":
        return posts.mentions_of(db, brand.id, window, PAGE_SIZE + 1)
    if brand and shown == "answers":
        return posts.timeline(db, brand.id, window, PAGE_SIZE + 1)
    return posts.newest_posts(db, window, PAGE_SIZE + 1)


def _indented(cards: list[Card]) -> list[Card]:
    """Put each post under the one it answers, one step further in."""
    children: dict[int | None, list[Card]] = {}
    present = {card.post.id for card in cards}
    for card in cards:
        parent = card.under if card.under in present else None
        children.setdefault(parent, []).append(card)
    ordered: list[Card] = []
    waiting = [(card, 0) for card in reversed(children.get(None, []))]
    while waiting:
        card, depth = waiting.pop()
        shown_depth = min(depth, DEEPEST_INDENT)
        ordered.append(replace(card, depth=shown_depth))
        waiting += [(child, depth + 1) for child in reversed(children.get(card.post.id, []))]
    return ordered


def _ago(created_ms: int) -> str:
    seconds = max(0, (now_ms() - created_ms) // 1000)
    for size, unit in _STEPS:
        if seconds >= size:
            return f"{seconds // size} {unit} ago"
    return "just now"
