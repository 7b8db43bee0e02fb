"""What is heard on X: mentions, our own posts, and what a search finds; page by page."""

import json
import logging
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from typing import Any

import requests
import tweepy  # noqa: TID251 the one place that may

from app.channels.adapters import x_cost
from app.channels.adapters.x_cursor import Cursor, Stage
from app.channels.adapters.x_line import Line, ids_in, next_token, oldest, rows_in
from app.channels.adapters.x_map import Reader
from app.channels.adapters.x_search import SEARCHED_FROM, SearchPlace
from app.channels.adapters.x_transport import last_answer, open_session
from app.channels.types import WHOLE_PAGE, Access, Batch, Forbidden, Gap, IncomingPost, Invalid, Keep, Now

MOST_IDS = 100
WEB_URL = "https://x.com"
USER_FIELDS = ["name", "username", "public_metrics", "profile_image_url", "protected"]
POST_FIELDS: dict[str, Any] = {
    "tweet_fields": [
        "attachments",
        "author_id",
        "conversation_id",
        "created_at",
        "edit_history_tweet_ids",
        "entities",
        "in_reply_to_user_id",
        "lang",
        "note_tweet",
        "public_metrics",
        "referenced_tweets",
    ],
    "user_fields": USER_FIELDS,
    "media_fields": ["alt_text", "preview_image_url", "type", "url"],
    "expansions": ["author_id", "referenced_tweets.id", "referenced_tweets.id.author_id", "attachments.media_keys"],
}

log = logging.getLogger(__name__)


class XEar:
    """One brand account on X, as far as it listens."""

    def __init__(self, access: Access, *, now: Now) -> None:
        self._access = access
        self._now = now
        self._web_url = (access.web_url or WEB_URL).rstrip("/")
        client = tweepy.Client(return_type=requests.Response, wait_on_rate_limit=False)
        client.session = open_session(access.base_url, now=now)
        self._line = Line(client, access, now=now)

    @property
    def cost_units(self) -> int:
        return self._line.meter.charged

    def poll(self, cursor: str | None, limit: int = MOST_IDS, keep: Keep | None = None) -> Batch:
        now = self._now()
        place = Cursor.load(cursor) if cursor else Cursor.first(now, connected_at=self._access.connected_at)
        try:
            body = self._listing(place, limit, keep)
        except Invalid as error:
            return self._recovered(place, error)
        except Forbidden:
            if place.stage is not Stage.SEARCH:
                raise
            moved, lost = place.without_search(now)
            return Batch((), moved.dump(), more=True, gap=Gap(*lost) if lost else None)
        posts, along, unreadable = self._read(body)
        walk = place.walk.read(_ids(posts, unreadable), next_token(body, None), oldest(posts))
        moved, more = place.after(walk, now)
        lost = place.lost_by(walk, oldest(posts), now)
        return Batch(
            events=posts,
            cursor=moved.dump(),
            more=more,
            cost_units=self._charge(posts, along, x_cost.OWNED_READ),
            context=along,
            unreadable=unreadable,
            gap=Gap(*lost) if lost else None,
            raw=last_answer(self._line.client.session),
        )

    def search(self, query: str, cursor: str | None, limit: int = MOST_IDS, keep: Keep | None = None) -> Batch:
        place = SearchPlace.load(cursor) if cursor else SearchPlace.first(self._now())
        return self._searched(query, place, limit, keep)

    def look_back(self, gap: Gap, cursor: str | None, limit: int = MOST_IDS, keep: Keep | None = None) -> Batch:
        place = SearchPlace.load(cursor) if cursor else SearchPlace.between(gap.start, gap.end)
        return self._searched(self._naming_us, place, limit, keep)

    def read(self, raw: bytes) -> None:
        body = json.loads(raw)
        if isinstance(body, dict):
            self._read(body)

    def _searched(self, query: str, place: SearchPlace, limit: int, keep: Keep | None) -> Batch:
        now = self._now()
        place, lost = place.begun(now)
        if place.ends_at is not None and place.ends_at <= place.since:
            return Batch((), place.dump(), more=False, gap=Gap(*lost) if lost else None)
        try:
            body = self._search(query, place, limit, keep)
        except Invalid:
            if not place.walk.page_token:
                raise
            return Batch((), place.again().dump(), more=True)
        posts, along, unreadable = self._read(body)
        walk = place.walk.read(_ids(posts, unreadable), next_token(body, None), oldest(posts))
        lost = lost or place.lost_by(walk, told_more=bool(next_token(body, None)), oldest=oldest(posts), at=now)
        return Batch(
            events=posts,
            cursor=place.after(walk).dump(),
            more=not walk.done,
            cost_units=self._charge(posts, along, x_cost.POST_READ),
            context=along,
            unreadable=unreadable,
            gap=Gap(*lost) if lost else None,
            raw=last_answer(self._line.client.session),
        )

    def _search(self, query: str, place: SearchPlace, limit: int, keep: Keep | None) -> dict[str, Any]:
        end = place.ends_at
        return self._line.call(
            self._line.client.search_recent_tweets,
            keep=keep,
            query=query,
            next_token=place.walk.page_token,
            max_results=min(max(limit, 10), MOST_IDS),
            sort_order="recency",
            start_time=place.since,
            end_time=min(end, self._now() - SEARCHED_FROM) if end else None,
            **POST_FIELDS,
        )

    @property
    def _naming_us(self) -> str:
        return f"@{self._access.handle} -is:retweet"

    def _read(
        self, body: Mapping[str, Any]
    ) -> tuple[Sequence[IncomingPost], Sequence[IncomingPost], Sequence[Mapping[str, Any]]]:
        """Return the posts of a page, what came along, and what cannot be read: all of it, where our own reading fails."""
        try:
            return self._reader().page(body)
        # What it failed on is kept for a person, and what is behind it must be heard.
        except Exception:
            log.exception("a page could not be read at all")
            return [], [], rows_in(body) or ([{"id": WHOLE_PAGE}] if body.get("data") else [])

    def _listing(self, place: Cursor, limit: int, keep: Keep | None) -> dict[str, Any]:
        walk, client = place.walk, self._line.client
        listing = client.get_users_mentions
        named: dict[str, Any] = {"id": self._access.account_id, "pagination_token": walk.page_token}
        if place.stage in (Stage.OWN, Stage.OWN_OVERLAP):
            listing = client.get_users_tweets
        elif place.stage is Stage.SEARCH:
            listing = client.search_recent_tweets
            named = {"query": self._naming_us, "next_token": walk.page_token}
        since = datetime.fromtimestamp(walk.since, UTC) if walk.since is not None else None
        return self._line.call(
            listing,
            keep=keep,
            **named,
            max_results=min(max(limit, 10), MOST_IDS),
            since_id=str(walk.floor) if walk.floor else None,
            until_id=str(walk.until) if walk.until else None,
            start_time=since,
            **POST_FIELDS,
        )

    def _recovered(self, place: Cursor, error: Invalid) -> Batch:
        """Begin again where X refuses our place in its list: a page it forgot, or an id too old for it."""
        if place.walk.page_token:
            return Batch((), place.with_walk(place.walk.again()).dump(), more=True)
        if not (place.walk.floor and "since_id" in error.detail) and not place.is_too_old(self._now()):
            raise error
        moved, lost = place.reopened(self._now())
        return Batch((), moved.dump(), more=True, gap=Gap(*lost) if lost else None)

    def _charge(self, posts: Sequence[IncomingPost], along: Sequence[IncomingPost], price: int) -> int:
        users = {int(post.author.id) for post in [*posts, *along] if not post.ours and post.author.handle}
        return (
            self._line.meter.read(price, (int(post.this.id) for post in posts))
            + self._line.meter.read(x_cost.POST_READ, (int(post.this.id) for post in along if not post.ours))
            + self._line.meter.read(x_cost.USER_READ, users)
        )

    def _reader(self) -> Reader:
        access = self._access
        return Reader(access.account_id, access.handle, self._web_url, access.reply_to_any, self._now())


def _ids(posts: Sequence[IncomingPost], unreadable: Sequence[Mapping[str, Any]]) -> list[int]:
    return [int(post.this.id) for post in posts] + ids_in(unreadable)
