"""X's JSON into our shapes, in the spelling of its OpenAPI 2.159 and in that of 2.167."""

import json
import re
import unicodedata
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any, Literal

from app.channels.adapters.x_text import clean, expand
from app.channels.types import Attachment, IncomingPost, Metrics, PostAuthor, Ref, ReplyBar

LARGEST_RAW = 16_384
LONGEST_TEXT = 100_000
MOST_FOLLOWERS = 2_147_483_647
CLOCKS_APART = timedelta(minutes=5)
_ID = re.compile(r"[0-9]{1,19}")
_NO_LANGUAGE = {"und", "qme", "qht", "qam", "qct", "qst", "zxx", "art"}
_MEDIA: dict[str, Literal["image", "video", "gif"]] = {"photo": "image", "video": "video", "animated_gif": "gif"}

Json = Mapping[str, Any]


class Unmappable(ValueError):
    """A row without what every post has."""


@dataclass(frozen=True, slots=True)
class Reader:
    """Whose eyes read: our account, what it may do, where people read the network, and the time."""

    account_id: str
    handle: str
    web_url: str
    reply_to_any: bool
    now: datetime

    def page(self, body: Json) -> tuple[list[IncomingPost], list[IncomingPost], list[Json]]:
        """Return the posts of one answer, the posts that came along, and the rows that cannot be read.

        Mere reposts are left out: they are nobody's words.
        """
        includes = _mapping(body.get("includes"))
        along = _both(includes, "tweets", "posts")
        posts, unreadable = self._posts(_rows(body.get("data")), includes, along)
        context, _ = self._posts(_rows(along), includes, along)
        return posts, context, unreadable

    def _posts(self, rows: Iterable[Any], includes: Json, along: object) -> tuple[list[IncomingPost], list[Json]]:
        users = {str(user.get("id")): user for user in _rows(includes.get("users"))}
        media = {str(item.get("media_key")): item for item in _rows(includes.get("media"))}
        writers = {str(row.get("id")): str(row.get("author_id")) for row in _rows(along)}
        posts, unreadable = [], []
        for row in rows:
            if "retweeted" in _references(row) or "reposted" in _references(row):
                continue
            try:
                posts.append(self.post(row, users=users, media=media, writers=writers))
            except (Unmappable, TypeError, ValueError, AttributeError, KeyError):
                unreadable.append(_capped(row))
        return posts, unreadable

    def post(
        self, row: Json, *, users: Mapping[str, Json], media: Mapping[str, Json], writers: Mapping[str, str]
    ) -> IncomingPost:
        """Return one post.

        Raises:
            Unmappable: it has no id, no author or no time.
        """
        post_id, author_id = _id(row.get("id")), _id(row.get("author_id"))
        editions = _editions(row, post_id)
        author = self.author(users.get(author_id, {"id": author_id}))
        references = _references(row)
        long = _both(row, "note_tweet", "note_post")
        said, entities = _said(row, _mapping(long))
        ours = int(author_id) == int(self.account_id)
        summoned = self._summons(row, said, entities, references, writers)
        bar = self._bar(author, ours=ours, summoned=summoned)
        return IncomingPost(
            ref=Ref(editions[0] if editions else post_id),
            author=author,
            text=said,
            created_at=self._moment(row.get("created_at")),
            url=f"{self.web_url}/{author.handle or 'i'}/status/{post_id}",
            thread_root=Ref(_id(row.get("conversation_id") or (editions or (post_id,))[0])),
            parent=_ref(references.get("replied_to")),
            quoted=_ref(references.get("quoted")),
            language=_language(row.get("lang")),
            summoned=summoned,
            ours=ours,
            can_reply=bar is None,
            cannot_reply_why=bar,
            matched=(f"@{self.handle}",) if summoned else (),
            attachments=tuple(_attachments(row, entities, media)),
            metrics=metrics(row, self.now) if row.get("public_metrics") else None,
            raw=_capped(row),
            edition=editions.index(post_id) + 1 if editions else 1,
            editions=editions,
        )

    def author(self, user: Json) -> PostAuthor:
        """Return the writer; one that X told nothing of but the id has no handle and the id for a name."""
        user_id = _id(user.get("id"))
        handle = clean(user.get("username"))[:50]
        followers = _mapping(user.get("public_metrics")).get("followers_count")
        protected = user.get("protected")
        return PostAuthor(
            id=user_id,
            handle=handle,
            name=_visible(clean(user.get("name"))[:200]) or handle or user_id,
            url=f"{self.web_url}/{handle}" if handle else f"{self.web_url}/i/user/{user_id}",
            followers=min(followers, MOST_FOLLOWERS) if isinstance(followers, int) else None,
            avatar_url=_web_address(user.get("profile_image_url")),
            protected=protected if isinstance(protected, bool) else None,
        )

    def _summons(
        self, row: Json, said: str, entities: Json, references: Mapping[str, str], writers: Mapping[str, str]
    ) -> bool:
        """Whether the author called us: by name, by answering a post of ours, or by quoting one."""
        if str(row.get("in_reply_to_user_id") or "") == self.account_id:
            return True
        if self.account_id in {writers.get(referred) for referred in references.values()}:
            return True
        named = [*_rows(entities.get("mentions")), *_rows(_mapping(row.get("entities")).get("mentions"))]
        if any(str(one.get("id")) == self.account_id for one in named):
            return True
        handles = {str(one.get("username")).casefold() for one in named}
        return self.handle.casefold() in handles or (not named and self._is_named_in(said))

    def _is_named_in(self, text: str) -> bool:
        return re.search(rf"(?<![\w@])@{re.escape(self.handle)}(?!\w)", text, re.IGNORECASE) is not None

    def _bar(self, author: PostAuthor, *, ours: bool, summoned: bool) -> ReplyBar | None:
        if ours:
            return ReplyBar.OWN_POST
        if author.protected:
            return ReplyBar.PROTECTED
        return None if summoned or self.reply_to_any else ReplyBar.NOT_SUMMONED

    def _moment(self, told: object) -> datetime:
        """Return an aware UTC time; a network whose clock runs ahead of ours is not believed."""
        if not isinstance(told, str):
            raise Unmappable("no time")
        moment = datetime.fromisoformat(told)
        moment = moment.replace(tzinfo=UTC) if moment.tzinfo is None else moment.astimezone(UTC)
        return self.now if moment > self.now + CLOCKS_APART else moment


def metrics(row: Json, as_of: datetime) -> Metrics:
    """Return the counts under a post, None for each that is not told."""
    told = _mapping(row.get("public_metrics"))

    def count(*names: str) -> int | None:
        return next((told[name] for name in names if isinstance(told.get(name), int)), None)

    return Metrics(
        likes=count("like_count"),
        reposts=count("retweet_count", "repost_count"),
        replies=count("reply_count"),
        quotes=count("quote_count"),
        views=count("impression_count"),
        as_of=as_of,
    )


def entity_urls(row: Json) -> list[Json]:
    """Return the links X found in a post, in all of it where it is long."""
    long = _mapping(_both(row, "note_tweet", "note_post"))
    return [
        *_rows(_mapping(long.get("entities")).get("urls")),
        *_rows(_mapping(row.get("entities")).get("urls")),
    ]


def _said(row: Json, long: Json) -> tuple[str, Json]:
    """Return the whole text with its links as they were written, and the entities found in it."""
    text = long.get("text") or row.get("text")
    entities = _mapping(long.get("entities")) or _mapping(row.get("entities"))
    return expand(clean(text), entity_urls(row))[:LONGEST_TEXT], entities


def _editions(row: Json, post_id: str) -> tuple[str, ...]:
    """Return the ids of a post's editions, the oldest first; none for a post that was never edited."""
    told = _both(row, "edit_history_tweet_ids", "edit_history_post_ids")
    ids = sorted({_id(one) for one in told} | {post_id}, key=int) if isinstance(told, list) else []
    return tuple(ids) if len(ids) > 1 else ()


def _references(row: Json) -> dict[str, str]:
    found = {}
    for reference in _rows(_both(row, "referenced_tweets", "referenced_posts")):
        kind, referred = reference.get("type"), reference.get("id")
        if isinstance(kind, str) and isinstance(referred, str) and _ID.fullmatch(referred):
            found[kind] = referred
    return found


def _attachments(row: Json, entities: Json, media: Mapping[str, Json]) -> Iterable[Attachment]:
    keys = _mapping(row.get("attachments")).get("media_keys")
    for key in keys if isinstance(keys, list) else ():
        item = media.get(str(key), {})
        address = _web_address(item.get("url")) or _web_address(item.get("preview_image_url"))
        if (kind := _MEDIA.get(str(item.get("type")))) and address:
            yield Attachment(kind, address, clean(item.get("alt_text")) or None)
    for link in _rows(entities.get("urls")):
        if (address := _web_address(link.get("expanded_url"))) and not link.get("media_key"):
            yield Attachment("link", address, clean(link.get("title")) or None)


def _visible(name: str) -> str:
    """Return a name in which something can be seen, or nothing: marks of direction and blanks name nobody."""
    return name if any(unicodedata.category(letter)[0] not in "CZM" for letter in name) else ""


def _language(told: object) -> str | None:
    return told[:12] if isinstance(told, str) and told not in _NO_LANGUAGE else None


def _web_address(told: object) -> str | None:
    return clean(told)[:2000] if isinstance(told, str) and told.startswith(("https://", "http://")) else None


def _id(told: object) -> str:
    """Return an id as X writes it: digits in a string; a number may have lost its last ones on the way."""
    if not isinstance(told, str) or not _ID.fullmatch(told):
        raise Unmappable("no id")
    return told


def _ref(post_id: str | None) -> Ref | None:
    return Ref(post_id) if post_id else None


def _both(row: Json, old: str, new: str) -> Any:
    return row.get(old) or row.get(new)


def _mapping(value: object) -> Json:
    return value if isinstance(value, Mapping) else {}


def _rows(value: object) -> Sequence[Json]:
    return [row for row in value if isinstance(row, Mapping)] if isinstance(value, list) else []


def _capped(row: Json) -> Json:
    return row if len(json.dumps(row)) <= LARGEST_RAW else {"id": row.get("id"), "too_large": True}
