"""What the forms of the network's pages do."""

from collections.abc import Callable
from sqlite3 import Connection

from flask import redirect, request, url_for
from werkzeug.wrappers import Response

from sandbox import page as pages
from sandbox import posts, users, writing
from sandbox.api import network
from sandbox.page import IDENTITY_COOKIE, page
from sandbox.posts import Post
from sandbox.texts import is_blank
from sandbox.users import BadHandle, User
from sandbox.writing import Draft, Refused

LONGEST_POST = 25_000
THANKS = (
    "Thank you, that did it!",
    "Thanks so much, works again.",
    "Thank you! Solved.",
    "That helped, thanks a lot.",
    "Perfect, thank you.",
)
Answer = Response | tuple[str, int]


@page.post("/posts")
def create_post() -> Answer:
    text = _typed("text")
    reply_to = request.form.get("reply_to", type=int)
    try:
        with network().store.write() as db:
            author = _actor(db, brand_too=reply_to is not None)
            _check(db, author, text, reply_to)
            post_id = writing.add_post(db, Draft(author=author, text=text, reply_to=reply_to), via="page")
    except (Refused, BadHandle) as problem:
        return _again(problem, text, reply_to)
    return _remembering(author, redirect(url_for("page.thread", post_id=post_id, _anchor=f"p{post_id}"), code=303))


@page.post("/post/<int:post_id>/thanks")
def thank(post_id: int) -> Answer:
    """Reply with the first thank-you this customer has not said yet."""
    try:
        with network().store.write() as db:
            author, thanked = _actor(db), posts.find_post(db, post_id)
            said = {post.text for post in posts.thread(db, thanked.conversation_id)} if thanked else set()
            text = next((words for words in THANKS if words not in said), f"Thanks again, {len(said)} times.")
            writing.add_post(db, Draft(author=author, text=text, reply_to=post_id), via="page")
    except (Refused, BadHandle) as problem:
        return _again(problem, "", post_id)
    return _back_to(author, post_id)


@page.post("/post/<int:post_id>/like")
def like(post_id: int) -> Answer:
    return _do(post_id, lambda db, post, actor: writing.like(db, post, actor, via="page"))


@page.post("/post/<int:post_id>/repost")
def repost(post_id: int) -> Answer:
    return _do(post_id, lambda db, post, actor: writing.repost(db, post, actor, via="page"))


@page.post("/post/<int:post_id>/delete")
def delete(post_id: int) -> Answer:
    def remove(db: Connection, post: Post, actor: User) -> None:
        if post.author_id != actor.id:
            raise Refused("Only its author can delete a post.")
        writing.delete_post(db, post, actor, via="page")

    return _do(post_id, remove)


@page.post("/post/<int:post_id>/edit")
def edit(post_id: int) -> Answer:
    text = _typed("text")
    try:
        with network().store.write() as db:
            actor, post = _actor(db), posts.find_post(db, post_id)
            if post is None or post.author_id != actor.id:
                raise Refused("Only its author can edit a post." if post else "This post is gone.")
            _check_words(text)
            new_id = writing.edit_post(db, post, actor, text, via="page")
    except (Refused, BadHandle) as problem:
        return pages.edit_form(post_id, problem=str(problem), typed=text), 422
    return _back_to(actor, new_id)


def _do(post_id: int, act: Callable[[Connection, Post, User], object]) -> Answer:
    try:
        with network().store.write() as db:
            actor, post = _actor(db), posts.find_post(db, post_id)
            if post is None:
                raise Refused("This post is gone.")
            act(db, post, actor)
    except (Refused, BadHandle) as problem:
        return _again(problem, "", post_id)
    return _back_to(actor, post_id)


def _actor(db: Connection, *, brand_too: bool = False) -> User:
    """Return who acts. The brand speaks through Ovation; only what staff post by hand is written here, as a reply."""
    handle = _typed("acting_as").strip().removeprefix("@") or pages.acting_as()
    if _is_brand(handle) and not brand_too:
        raise Refused("The brand speaks through Ovation, or answers a post by hand. Choose a customer.")
    return users.find_user(db, handle) or users.add_user(db, handle)


def _is_brand(handle: str) -> bool:
    return handle.lower() == network().brand_handle.lower()


def _check_words(text: str) -> None:
    if is_blank(text):
        raise Refused("Write something first.")
    if len(text) > LONGEST_POST:
        raise Refused(f"That is {len(text)} characters; {LONGEST_POST} is the most.")


def _check(db: Connection, author: User, text: str, reply_to: int | None) -> None:
    _check_words(text)
    if network().switches.refuse_duplicates:
        writing.check_duplicate(db, Draft(author=author, text=text, reply_to=reply_to))


def _typed(name: str) -> str:
    return request.form.get(name, "").replace("\r\n", "\n")


def _again(problem: Exception, typed: str, post_id: int | None) -> Answer:
    """Show the page the form was on, with what was typed."""
    said = str(problem)
    if isinstance(problem, BadHandle):
        said = "A handle has 1 to 15 letters, digits or underscores."
    if post_id is None:
        return pages.home(problem=said, typed=typed), 422
    return pages.thread_page(post_id, problem=said, typed=typed), 422


def _back_to(actor: User, post_id: int) -> Answer:
    wanted = request.form.get("back") == "home"
    target = (
        url_for("page.home", _anchor=f"p{post_id}")
        if wanted
        else url_for("page.thread", post_id=post_id, _anchor=f"p{post_id}")
    )
    return _remembering(actor, redirect(target, code=303))


def _remembering(actor: User, response: Response) -> Response:
    if not _is_brand(actor.handle):  # the next post is a customer's again
        response.set_cookie(IDENTITY_COOKIE, actor.handle, httponly=True, samesite="Lax", max_age=30 * 86_400)
    return response
