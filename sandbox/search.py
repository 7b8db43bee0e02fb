"""The search language, as far as it is used here.

Words and "phrases", @handle, #tag, from:, to:, conversation_id:, in_reply_to_tweet_id:,
lang:, url:, is:reply|quote|retweet, has:links|mentions|hashtags|media; side by side is
and, OR is or, a minus is not, brackets group.
"""

import re
from collections.abc import Callable
from dataclasses import dataclass, replace
from sqlite3 import Connection

from sandbox.posts import Post, Window, newest_posts
from sandbox.texts import hashtags, links, mentioned_handles
from sandbox.users import user_by_id

LONGEST_QUERY = 512
_TOKEN = re.compile(r'-?"[^"]*"|-?\(|\)|[^\s()]+')
_OPERATOR = re.compile(r"([a-z_]+):(.+)", re.DOTALL)
_WORD = re.compile(r"\w+")
_CHUNK = 500


class BadQuery(ValueError):
    """The network does not understand the query."""


@dataclass(frozen=True, slots=True)
class Seen:
    """A post with what the operators look at."""

    post: Post
    author: str
    answers: str
    words: str


Test = Callable[[Seen], bool]


@dataclass(frozen=True, slots=True)
class Query:
    """A test for each post; ``narrowed`` is what every post that passes fulfils, for the database, with its values."""

    test: Test
    narrowed: tuple[str, tuple[object, ...]] = ("", ())


def parse_query(text: str) -> Query:
    """Read a query.

    Raises:
        BadQuery: it is empty, too long, or not understood.
    """
    if not text.strip() or len(text) > LONGEST_QUERY:
        raise BadQuery(f"a query has 1 to {LONGEST_QUERY} characters")
    parts = _TOKEN.findall(text)
    test, rest = _either(parts)
    if rest:
        raise BadQuery("a closing bracket without an opening one")
    return Query(test, ("", ()) if any(part == "OR" or "(" in part for part in parts) else _narrowed(parts))


def _narrowed(parts: list[str]) -> tuple[str, tuple[object, ...]]:
    """Return what all posts have in common that fulfil every part; to test each post of the network takes seconds."""
    for part in parts:
        if part.startswith("conversation_id:"):
            return " AND p.conversation_id = ?", (_digits(part.partition(":")[2]),)
        if part.startswith("@"):
            return " AND p.prefix || p.text LIKE ?", (f"%{part}%",)
    return "", ()


def search_posts(db: Connection, query: Query, window: Window, limit: int) -> list[Post]:
    """Return the posts that match, newest first."""
    found: list[Post] = []
    handles: dict[int | None, str] = {None: ""}
    while len(found) < limit and (chunk := newest_posts(db, window, _CHUNK, query.narrowed)):
        found += [post for post in chunk if query.test(_seen(db, post, handles))]
        window = replace(window, until_id=chunk[-1].id)
    return found[:limit]


def _seen(db: Connection, post: Post, handles: dict[int | None, str]) -> Seen:
    for user_id in (post.author_id, post.reply_to_user_id):
        if user_id not in handles:
            user = user_by_id(db, user_id) if user_id else None
            handles[user_id] = user.handle.lower() if user else ""
    words = " ".join(_WORD.findall(post.full_text.lower()))
    return Seen(post, handles[post.author_id], handles[post.reply_to_user_id], f" {words} ")


def _either(parts: list[str]) -> tuple[Test, list[str]]:
    first, rest = _all(parts)
    tests = [first]
    while rest and rest[0] == "OR":
        another, rest = _all(rest[1:])
        tests.append(another)
    return (lambda seen: any(test(seen) for test in tests)), rest


def _all(parts: list[str]) -> tuple[Test, list[str]]:
    tests: list[Test] = []
    while parts and parts[0] not in {"OR", ")"}:
        part, parts = parts[0], parts[1:]
        negated = part.startswith("-") and len(part) > 1
        part = part[negated:]
        if part == "(":
            test, parts = _either(parts)
            if not parts:
                raise BadQuery("an opening bracket without a closing one")
            parts = parts[1:]
        else:
            test = _single(part)
        tests.append(_not(test) if negated else test)
    if not tests:
        raise BadQuery("nothing to look for")
    return (lambda seen: all(test(seen) for test in tests)), parts


def _not(test: Test) -> Test:
    return lambda seen: not test(seen)


def _single(part: str) -> Test:
    operator = _OPERATOR.fullmatch(part)
    if operator and not part.startswith(("http:", "https:")):
        return _operator(operator[1], operator[2])
    if part.startswith("@"):
        return lambda seen: part[1:].lower() in {handle.lower() for handle in mentioned_handles(seen.post.full_text)}
    if part.startswith("#"):
        return lambda seen: part[1:].lower() in hashtags(seen.post.text)
    words = " ".join(_WORD.findall(part.strip('"').lower()))
    return lambda seen: f" {words} " in seen.words


def _operator(name: str, value: str) -> Test:
    value = value.strip('"').lower().removeprefix("@")
    if name in {"conversation_id", "in_reply_to_tweet_id"}:
        wanted, column = _digits(value), "conversation_id" if name == "conversation_id" else "reply_to"
        return lambda seen: bool(getattr(seen.post, column) == wanted)
    tests: dict[str, Test] = {
        "from": lambda seen: seen.author == value,
        "to": lambda seen: seen.answers == value,
        "lang": lambda seen: seen.post.lang == value,
        "url": lambda seen: any(value in link.lower() for link in links(seen.post.text)),
        "is:reply": lambda seen: seen.post.reply_to is not None,
        "is:quote": lambda seen: seen.post.quote_of is not None,
        "is:retweet": lambda seen: False,
        "has:links": lambda seen: bool(links(seen.post.text)),
        "has:mentions": lambda seen: bool(mentioned_handles(seen.post.full_text)),
        "has:hashtags": lambda seen: bool(hashtags(seen.post.text)),
        "has:media": lambda seen: False,
    }
    test = tests.get(name) or tests.get(f"{name}:{value}")
    if test is None:
        raise BadQuery(f"no operator {name}:{value}")
    return test


def _digits(value: str) -> int:
    if not (value.isascii() and value.isdecimal()):
        raise BadQuery(f"[{value}] is not an id")
    return int(value)
