"""X, spoken to through tweepy; or anything that speaks X's API v2 at another address."""

import hashlib
import json
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any, ClassVar, TypeGuard

from app.channels.adapters import x_cost, x_map
from app.channels.adapters.x_cursor import LOOK_BACK
from app.channels.adapters.x_ear import MOST_IDS, POST_FIELDS, USER_FIELDS, XEar
from app.channels.adapters.x_line import missing, next_token, oldest
from app.channels.adapters.x_text import check, repeats, same_words
from app.channels.types import (
    Capability,
    GoingOn,
    Gone,
    IncomingPost,
    Invalid,
    Keep,
    Metrics,
    OutgoingReply,
    Pace,
    PostAuthor,
    PreparedReply,
    Receipt,
    Ref,
    TextCheck,
    TooLong,
    Transient,
)

READ_BACK_PAGES = 5
#: X lists the newest 3,200 posts of an account; with so many there may be more behind them.
OWN_LISTED = 3_100
OWN_PAGES = 33
_OWN_FIELDS: dict[str, Any] = {
    "tweet_fields": ["author_id", "created_at", "entities", "referenced_tweets", "note_tweet"]
}


class XChannel(XEar):
    """One brand account on X, by OAuth 2 user context."""

    kind: ClassVar[str] = "x"
    capabilities: ClassVar[Capability] = (
        Capability.POLL
        | Capability.SEARCH
        | Capability.REPLY_IF_SUMMONED
        | Capability.METRICS
        | Capability.DELETE
        | Capability.READ_BACK
    )
    key_lasts: ClassVar[timedelta | None] = timedelta(0)
    longest_query: ClassVar[int] = 512
    looks_back: ClassVar[timedelta | None] = LOOK_BACK
    #: By the table of rate limits. Another page of the same documents says 200, and the answers themselves count in the end.
    pace: ClassVar[Pace | None] = Pace(100, timedelta(minutes=15))

    def whoami(self) -> PostAuthor:
        body = self._line.call(self._line.client.get_me, user_fields=USER_FIELDS)
        user = body.get("data")
        if not isinstance(user, dict):
            raise Transient("the answer names no account")
        try:
            return self._reader().author(user)
        except ValueError as error:
            raise Transient("the answer names no account") from error

    @staticmethod
    def check(text: str) -> TextCheck:
        return check(text)

    @staticmethod
    def same_words(one: str, other: str) -> bool:
        return same_words(one) == same_words(other)

    def lookup(self, refs: Sequence[Ref], keep: Keep | None = None) -> Mapping[str, IncomingPost | Gone]:
        found = self._looked_up(refs, keep)
        # X shows an edited post under its old id as it was then.
        edited = {asked: post.editions[-1] for asked, post in found.items() if _is_old(post)}
        if edited:
            newest = self._looked_up([Ref(one) for one in dict.fromkeys(edited.values())], keep, further=True)
            found |= {asked: newest[one] for asked, one in edited.items() if one in newest}
        return found

    def _looked_up(
        self, refs: Sequence[Ref], keep: Keep | None, *, further: bool = False
    ) -> dict[str, IncomingPost | Gone]:
        body = self._lookup(refs, keep=keep, further=further, **POST_FIELDS)
        posts, along, _ = self._reader().page(body)
        self._charge(posts, along, x_cost.POST_READ)
        by_any_id = {one: post for post in posts for one in post.editions}
        shown = by_any_id | {post.this.id: post for post in posts}
        found: dict[str, IncomingPost | Gone] = {ref.id: shown[ref.id] for ref in refs if ref.id in shown}
        return missing(refs, body) | found

    def conversation(self, root: Ref, limit: int = 100, keep: Keep | None = None) -> Sequence[IncomingPost]:
        body = self._line.call(
            self._line.client.search_recent_tweets,
            keep=keep,
            query=f"conversation_id:{int(root.id)}",
            max_results=min(max(limit, 10), 100),
            sort_order="recency",
            **POST_FIELDS,
        )
        posts, along, _ = self._reader().page(body)
        self._charge(posts, along, x_cost.POST_READ)
        thread = {post.ref.id: post for post in [*along, *posts] if post.thread_root == root}
        return sorted(thread.values(), key=lambda post: int(post.ref.id))

    def prepare(self, reply: OutgoingReply) -> PreparedReply:
        counted = check(reply.text)
        if not counted.fits:
            raise TooLong(f"{counted.length} of {counted.limit}")
        body = {"text": reply.text, "reply": {"in_reply_to_tweet_id": reply.target.id}}
        canonical = json.dumps(body, sort_keys=True, separators=(",", ":")).encode()
        return PreparedReply(reply.key, body, hashlib.sha256(canonical).hexdigest())

    def send(self, prepared: PreparedReply) -> Receipt:
        body = prepared.body
        answer = self._line.call(
            self._line.client.create_tweet,
            writes=True,
            text=body["text"],
            in_reply_to_tweet_id=body["reply"]["in_reply_to_tweet_id"],
        )
        made = answer.get("data")
        if not isinstance(made, dict) or not isinstance(made.get("id"), str) or not made["id"].isdigit():
            raise Transient("the answer names no post", sent="maybe")
        if not repeats(made.get("text"), body["text"]):
            raise Transient("the answer names a post with other words", sent="maybe")
        linked = "link" in check(body["text"]).warnings
        units = self._line.meter.charge(x_cost.POST_WITH_LINK if linked else x_cost.SUMMONED_REPLY)
        return replace(self._receipt(made["id"], self._now()), cost_units=units)

    def find(self, prepared: PreparedReply, since: datetime) -> Receipt | None:
        for page in self._timeline(since, pages=READ_BACK_PAGES, **_OWN_FIELDS):
            for post in page:
                if self.matches(prepared, post):
                    return self._receipt(post.this.id, post.created_at)
        return None

    def own_posts(self, since: datetime, going_on: GoingOn | None = None) -> Sequence[IncomingPost]:
        pages = self._timeline(since, pages=OWN_PAGES, going_on=going_on, **POST_FIELDS)
        return [post for page in pages for post in page if post.created_at >= since]

    def matches(self, prepared: PreparedReply, post: IncomingPost) -> bool:
        under = post.parent is not None and post.parent.id == prepared.body["reply"]["in_reply_to_tweet_id"]
        return under and same_words(post.text) == same_words(prepared.body["text"])

    def metrics(self, refs: Sequence[Ref]) -> Mapping[str, Metrics | Gone]:
        body = self._lookup(refs, tweet_fields=["public_metrics"])
        now = self._now()
        rows = [row for row in body.get("data") or [] if isinstance(row, dict)]
        counted: dict[str, Metrics | Gone] = {str(row.get("id")): x_map.metrics(row, now) for row in rows}
        self._line.meter.read(x_cost.OWNED_READ, (int(one) for one in counted if one.isdigit()))
        return counted | missing(refs, body)

    def delete(self, ref: Ref) -> None:
        try:
            answer = self._line.call(self._line.client.delete_tweet, id=ref.id, writes=True)
        except Gone:
            return
        told = answer.get("data")
        if isinstance(told, dict) and told.get("deleted") is True:
            self._line.meter.charge(x_cost.POST_DELETE)
        elif told is not None or ref.id not in missing([ref], answer):
            raise Transient("the answer does not say that it is deleted", sent="maybe")

    def _timeline(
        self, since: datetime, *, pages: int, going_on: GoingOn | None = None, **fields: Any
    ) -> Iterator[Sequence[IncomingPost]]:
        """Yield our own posts page by page, the newest first, until one is older than ``since``.

        Whoever says when it is ``going_on`` has time for each page; the others have the time of one question for all of them.

        Raises:
            Transient: some cannot be read, or X does not list them that far back.
        """
        token, listed = None, 0
        for _ in range(pages):
            if going_on and not going_on():
                raise Transient("we were told to stop")
            body = self._line.call(
                self._line.client.get_users_tweets,
                further=token is not None and going_on is None,
                id=self._access.account_id,
                max_results=MOST_IDS,
                pagination_token=token,
                **fields,
            )
            posts, _, unreadable = self._reader().page(body)
            if unreadable:
                raise Transient("our own posts could not all be read")
            self._charge(posts, [], x_cost.OWNED_READ)
            yield posts
            listed += len(body.get("data") or ())
            token = next_token(body, token)
            reached = oldest(posts)
            if (token is None and listed < OWN_LISTED) or (reached is not None and reached < since):
                return
        raise Transient("our own posts do not reach back far enough")

    def _lookup(self, refs: Sequence[Ref], **fields: Any) -> dict[str, Any]:
        if not 0 < len(refs) <= MOST_IDS:
            raise Invalid(f"{len(refs)} ids at once")
        return self._line.call(self._line.client.get_tweets, ids=[ref.id for ref in refs], **fields)

    def _receipt(self, post_id: str, at: datetime) -> Receipt:
        return Receipt(Ref(post_id), f"{self._web_url}/{self._access.handle}/status/{post_id}", at)


def _is_old(post: IncomingPost | Gone) -> TypeGuard[IncomingPost]:
    return isinstance(post, IncomingPost) and not post.is_newest
