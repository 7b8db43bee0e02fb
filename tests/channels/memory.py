"""A network in memory with an adapter of its own: as unlike X as the contract allows.

It lists oldest first, keeps our key, and shows nobody their own posts, so that nothing can be read back.
"""

import hashlib
import itertools
import json
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime, time, timedelta
from typing import Any, ClassVar

from app.channels.types import (
    Access,
    AuthExpired,
    Batch,
    BudgetSpent,
    Capability,
    ChannelError,
    Forbidden,
    Gap,
    GoingOn,
    Gone,
    IncomingPost,
    Invalid,
    Keep,
    Metrics,
    Now,
    OutgoingReply,
    Pace,
    PostAuthor,
    PreparedReply,
    RateLimited,
    Receipt,
    Ref,
    ReplyBar,
    TextCheck,
    TooLong,
    Transient,
)
from sandbox.faults import AT_ONCE

LIMIT = 300
_REFUSALS: Mapping[str, Callable[[datetime], ChannelError]] = {
    "401": lambda now: AuthExpired("no"),
    "403": lambda now: Forbidden("no"),
    "429": lambda now: RateLimited("slowly", retry_at=now + timedelta(minutes=5)),
}


class Lost(Exception):
    """No answer that can be read."""


@dataclass
class MemoryNetwork:
    """The network itself, with the handles by which tests pull at the sandbox."""

    base_url: str = "memory://network"
    posts: dict[str, dict[str, Any]] = field(default_factory=dict)
    by_key: dict[str, str] = field(default_factory=dict)
    entries: list[dict[str, Any]] = field(default_factory=list)
    calls: list[dict[str, str]] = field(default_factory=list)
    orders: list[dict[str, Any]] = field(default_factory=list)
    ids: "itertools.count[int]" = field(default_factory=lambda: itertools.count(1000))

    def post_as(self, handle: str, text: str, reply_to: str | None = None, **columns: Any) -> str:
        post_id = str(next(self.ids))
        root = self.posts[reply_to]["root"] if reply_to in self.posts else post_id
        made = {"id": post_id, "by": handle, "text": text, "reply_to": reply_to, "root": root, "gone": False}
        self.posts[post_id] = made | {"likes": set(), "reposts": set(), "views": 0}
        via = columns.get("via", "admin")
        self.entries.append({"action": "post", "post_id": post_id, "reply_to": reply_to, "text": text, "via": via})
        return post_id

    def post_many(self, posts: Sequence[Mapping[str, Any]]) -> list[str]:
        return [self.post_as(post["author"], post["text"], post.get("reply_to")) for post in posts]

    def delete(self, post_id: str) -> None:
        if post_id in self.posts:
            self.posts[post_id]["gone"] = True

    def like(self, post_id: str, *handles: str) -> None:
        self.posts[post_id]["likes"] |= set(handles)

    def repost(self, post_id: str, *handles: str) -> None:
        self.posts[post_id]["reposts"] |= set(handles)

    def view(self, post_id: str, count: int = 1) -> None:
        self.posts[post_id]["views"] += count

    def log(self, action: str | None = None, via: str | None = None) -> list[dict[str, Any]]:
        return [entry for entry in self.entries if action in {None, entry["action"]} and via in {None, entry["via"]}]

    def requests_seen(self) -> list[dict[str, str]]:
        return self.calls

    def fault(self, endpoint: str, kind: str, count: int = 1, seconds: float = 60.0) -> None:
        self.orders += [{"endpoint": endpoint, "kind": kind}] * count

    def clear_faults(self) -> None:
        self.orders.clear()

    def settings(self, **switches: bool) -> None:
        pass

    def shown(self, post_id: str) -> dict[str, Any] | None:
        post = self.posts.get(post_id)
        return post if post and not post["gone"] else None

    def call(self, endpoint: str, work: Callable[[], Any]) -> tuple[int, Any]:
        """Do the work of one request, unless something bad is on order; return a status and a body.

        Raises:
            Lost: nothing that can be read came back.
        """
        self.calls.append({"method": "POST" if endpoint == "create" else "GET", "endpoint": endpoint})
        order = next((order for order in self.orders if order["endpoint"] in {endpoint, "*"}), None)
        if order is None:
            return 200, work()
        self.orders.remove(order)
        if order["kind"] == "403_scope":
            return 401, None
        if order["kind"][:3] in _REFUSALS:
            return int(order["kind"][:3]), None
        if order["kind"] not in AT_ONCE:
            work()
        raise Lost(order["kind"])


class MemoryChannel:
    """The adapter for it."""

    kind: ClassVar[str] = "memory"
    capabilities: ClassVar[Capability] = (
        Capability.POLL
        | Capability.SEARCH
        | Capability.REPLY_TO_ANY
        | Capability.METRICS
        | Capability.DELETE
        | Capability.KEEPS_OUR_KEY
    )
    key_lasts: ClassVar[timedelta | None] = None
    longest_query: ClassVar[int] = 100
    pace: ClassVar[Pace | None] = None
    looks_back: ClassVar[timedelta | None] = None
    networks: ClassVar[dict[str, MemoryNetwork]] = {}

    def __init__(self, access: Access, *, now: Now) -> None:
        self._access = access
        self._now = now
        self._spent = access.spent_today

    @property
    def cost_units(self) -> int:
        return self._spent - self._access.spent_today

    def whoami(self) -> PostAuthor:
        return self._call("me", lambda: self._author(self._access.handle))

    @staticmethod
    def check(text: str) -> TextCheck:
        return TextCheck(length=len(text.strip()), limit=LIMIT)

    @staticmethod
    def same_words(one: str, other: str) -> bool:
        return one.strip() == other.strip()

    def poll(self, cursor: str | None, limit: int = 100, keep: Keep | None = None) -> Batch:
        own = self._access.handle
        return self._page("mentions", cursor, limit, lambda row: f"@{own}" in row["text"] or row["by"] == own, keep)

    def search(self, query: str, cursor: str | None, limit: int = 100, keep: Keep | None = None) -> Batch:
        self._allow()
        if not 0 < len(query) <= self.longest_query or ")" in query:
            raise Invalid("no such query")
        return self._page("search", cursor, limit, lambda row: query in row["text"], keep)

    def look_back(self, gap: Gap, cursor: str | None, limit: int = 100, keep: Keep | None = None) -> Batch:
        raise Invalid("this network does not look back")

    def read(self, raw: bytes) -> None:
        json.loads(raw)

    def _page(
        self,
        endpoint: str,
        cursor: str | None,
        limit: int,
        wanted: Callable[[Mapping[str, Any]], bool],
        keep: Keep | None,
    ) -> Batch:
        floor = int(cursor or 0)
        found = self._call(endpoint, lambda: self._listed(floor, limit + 1, wanted))
        page = found[:limit]
        raw = json.dumps([{"id": post.ref.id, "text": post.text} for post in page]).encode()
        if keep is not None and not keep(raw):
            unread = [{"id": post.ref.id} for post in page]
            high = page[-1].ref.id if page else str(floor)
            return Batch((), cursor=high, more=len(found) > limit, unreadable=unread, raw=raw)
        self._spent += len(page)
        high = page[-1].ref.id if page else str(floor)
        return Batch(events=page, cursor=high, more=len(found) > limit, cost_units=len(page))

    def lookup(self, refs: Sequence[Ref], keep: Keep | None = None) -> Mapping[str, IncomingPost | Gone]:
        found = self._call("lookup", lambda: {ref.id: self._seen(ref.id) for ref in refs})
        self._show(found.values(), keep)
        return found

    def conversation(self, root: Ref, limit: int = 100, keep: Keep | None = None) -> Sequence[IncomingPost]:
        rows = self._network.posts.values()
        found = self._call(
            "search", lambda: [self._post(row) for row in rows if row["root"] == root.id and not row["gone"]][-limit:]
        )
        self._show(found, keep)
        return found

    @staticmethod
    def _show(found: Iterable[IncomingPost | Gone], keep: Keep | None) -> None:
        if keep is not None:
            keep(json.dumps([post.text for post in found if isinstance(post, IncomingPost)]).encode())

    def prepare(self, reply: OutgoingReply) -> PreparedReply:
        if not self.check(reply.text).fits:
            raise TooLong("too long")
        body = {"text": reply.text, "target": reply.target.id, "key": reply.key}
        return PreparedReply(reply.key, body, hashlib.sha256(json.dumps(body, sort_keys=True).encode()).hexdigest())

    def send(self, prepared: PreparedReply) -> Receipt:
        made: str | None = self._call("create", lambda: self._create(prepared.body), writes=True)
        if made is None:
            raise Gone("nobody to answer")
        return Receipt(Ref(made), f"{self._access.base_url}/{made}", self._now())

    def find(self, prepared: PreparedReply, since: datetime) -> Receipt | None:
        self._allow()
        raise Transient("this network shows nobody their own posts")

    def own_posts(self, since: datetime, going_on: GoingOn | None = None) -> Sequence[IncomingPost]:
        self._allow()
        raise Transient("this network shows nobody their own posts")

    def matches(self, prepared: PreparedReply, post: IncomingPost) -> bool:
        return post.parent == Ref(prepared.body["target"]) and post.text == prepared.body["text"]

    def metrics(self, refs: Sequence[Ref]) -> Mapping[str, Metrics | Gone]:
        return self._call("lookup", lambda: {ref.id: self._counted(ref.id) for ref in refs})

    def delete(self, ref: Ref) -> None:
        self._call("delete", lambda: self._network.delete(ref.id), writes=True)

    @property
    def _network(self) -> MemoryNetwork:
        return self.networks[self._access.base_url]

    def _allow(self) -> None:
        budget, now = self._access.daily_budget, self._now()
        if budget is not None and self._spent >= budget:
            midnight = datetime.combine(now.date() + timedelta(days=1), time(), tzinfo=UTC)
            raise BudgetSpent("spent", retry_at=midnight)

    def _call(self, endpoint: str, work: Callable[[], Any], *, writes: bool = False) -> Any:
        self._allow()
        if self._access.base_url not in self.networks:
            raise Transient("there is no such network")
        try:
            status, body = self._network.call(endpoint, work)
        except Lost as lost:
            raise Transient(str(lost), sent="maybe" if writes else "no") from lost
        if status != 200:
            raise _REFUSALS[str(status)](self._now())
        return body

    def _create(self, body: Mapping[str, str]) -> str | None:
        if self._network.shown(body["target"]) is None:
            return None
        if body["key"] not in self._network.by_key:
            made = self._network.post_as(self._access.handle, body["text"], body["target"], via="api")
            self._network.by_key[body["key"]] = made
        return self._network.by_key[body["key"]]

    def _listed(self, floor: int, limit: int, wanted: Callable[[Mapping[str, Any]], bool]) -> list[IncomingPost]:
        rows = (row for row in self._network.posts.values() if wanted(row))
        return [self._post(row) for row in rows if int(row["id"]) > floor and not row["gone"]][:limit]

    def _seen(self, post_id: str) -> IncomingPost | Gone:
        row = self._network.shown(post_id)
        return self._post(row) if row else Gone("gone")

    def _counted(self, post_id: str) -> Metrics | Gone:
        row = self._network.shown(post_id)
        if row is None:
            return Gone("gone")
        return Metrics(len(row["likes"]), len(row["reposts"]), None, None, row["views"], self._now())

    def _author(self, handle: str) -> PostAuthor:
        own = handle == self._access.handle
        return PostAuthor(self._access.account_id if own else handle, handle, handle, f"memory://{handle}")

    def _post(self, row: Mapping[str, Any]) -> IncomingPost:
        ours = row["by"] == self._access.handle
        return IncomingPost(
            ref=Ref(row["id"]),
            author=self._author(row["by"]),
            text=row["text"].replace("\x00", "").encode("utf-16", "surrogatepass").decode("utf-16", "replace"),
            created_at=self._now(),
            url=f"{self._access.base_url}/{row['id']}",
            thread_root=Ref(row["root"]),
            parent=Ref(row["reply_to"]) if row["reply_to"] else None,
            quoted=None,
            language=None,
            summoned=f"@{self._access.handle}" in row["text"],
            ours=ours,
            can_reply=not ours,
            cannot_reply_why=ReplyBar.OWN_POST if ours else None,
        )
