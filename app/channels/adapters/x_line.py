"""One call to X at a time: the meter before it, new tokens where they are due, and the parts every answer has."""

import math
import re
from collections.abc import Callable, Mapping, Sequence
from datetime import datetime
from time import monotonic
from typing import Any

import requests

from app.channels.adapters import x_transport
from app.channels.adapters.x_auth import Signer
from app.channels.adapters.x_cost import Meter
from app.channels.adapters.x_errors import GONE_PROBLEMS
from app.channels.adapters.x_transport import last_answer, way_of
from app.channels.types import Access, AuthExpired, Garbled, Gone, IncomingPost, Keep, Now, Ref, Transient

#: Every post lists the ids of its editions, and nothing else on a page does.
_EDITIONS = re.compile(rb'"edit_history_(?:tweet|post)_ids"\s*:\s*\[([0-9",\s]*)\]')
_NEXT_TOKEN = re.compile(rb'"next_token"\s*:\s*"([A-Za-z0-9_-]{1,200})"')


class Line:
    """A tweepy client with what belongs around each of its calls."""

    def __init__(self, client: Any, access: Access, *, now: Now) -> None:
        self.client = client
        self.meter = Meter(daily_budget=access.daily_budget, spent_today=access.spent_today, now=now)
        self._signer = Signer(access, client.session, now=now)
        self._way = way_of(client.session)
        self._row_ends_at = access.ends_at

    def call(
        self,
        method: Callable[..., Any],
        *,
        writes: bool = False,
        further: bool = False,
        keep: Keep | None = None,
        **arguments: Any,
    ) -> dict[str, Any]:
        """Call one endpoint, with new tokens where the old ones are no longer taken; return its JSON object.

        An answer that ``keep`` does not let be read is only skimmed. A call that was answered 401 did nothing, so it is made
        once more with new tokens, even where it writes. All of it has one time; a ``further`` call has what is left of that.
        """
        self.meter.allow()
        try:
            return self._taken(method, writes=writes, further=further, keep=keep, **arguments)
        except AuthExpired as error:
            error.refused = self._signer.tokens.fingerprint
            raise

    def _taken(self, method: Callable[..., Any], *, further: bool, **arguments: Any) -> dict[str, Any]:
        if not further or self._way.ends_at is None:
            self._way.ends_at = min(monotonic() + x_transport.WHOLE_SECONDS, self._row_ends_at or math.inf)
        if self._signer.runs_out:
            self._renew()
        try:
            return self._once(method, **arguments)
        except AuthExpired:
            self._renew()
            return self._once(method, **arguments)

    def _renew(self) -> None:
        """Take new tokens, where there is the time for it: whoever borrows the old ones keeps others waiting."""
        self._way.check_time()
        self._signer.renew()

    def _once(self, method: Callable[..., Any], *, writes: bool, keep: Keep | None, **arguments: Any) -> dict[str, Any]:
        self.client.bearer_token = self._signer.tokens.access_token
        answer = self._readable(lambda: method(user_auth=False, **arguments), writes=writes)
        if keep is not None and not keep(answer.content):
            return skimmed(answer.content)
        body = self._readable(answer.json, writes=writes)
        if not isinstance(body, dict):
            raise self._garbled("the answer is no object", writes=writes)
        return body

    def _readable(self, part: Callable[[], Any], *, writes: bool) -> Any:
        try:
            return part()
        except (requests.RequestException, ValueError, TypeError, RecursionError) as error:
            raise self._garbled("the answer could not be read", writes=writes) from error

    def _garbled(self, detail: str, *, writes: bool) -> Garbled:
        return Garbled(detail, sent="maybe" if writes else "no", raw=last_answer(self.client.session))


def skimmed(raw: bytes) -> dict[str, Any]:
    """Return the ids of the posts on a page that must not be read, and the token of the page behind it."""
    listed = raw.partition(b'"includes"')[0]  # what only came along is older, and says nothing of our place
    ids = [found.rpartition(b",")[2].strip(b'" \t\r\n').decode() for found in _EDITIONS.findall(listed)]
    token = _NEXT_TOKEN.search(raw)
    told = {"next_token": token[1].decode()} if token else {}
    return {"data": [{"id": one} for one in dict.fromkeys(ids) if one], "meta": told}


def next_token(body: Mapping[str, Any], used: str | None) -> str | None:
    """Return the token of the page after this one, None on the last.

    Raises:
        Transient: it is the one that was ``used`` for this page.
    """
    meta = body.get("meta")
    token = meta.get("next_token") if isinstance(meta, dict) else None
    if token is not None and token == used:
        raise Transient("the network gives the same page again and again")
    return token if isinstance(token, str) else None


def missing(refs: Sequence[Ref], body: Mapping[str, Any]) -> dict[str, Gone]:
    """Return what a look-up that succeeded does not show.

    Raises:
        Transient: it failed in part, and so proves nothing.
    """
    problems = body.get("errors")
    for problem in problems if isinstance(problems, list) else ():
        if not (isinstance(problem, dict) and str(problem.get("type")).endswith(GONE_PROBLEMS)):
            raise Transient("the look-up failed in part")
    rows = body.get("data")
    shown = {str(row.get("id")) for row in (rows if isinstance(rows, list) else ()) if isinstance(row, dict)}
    return {ref.id: Gone("not shown any more") for ref in refs if ref.id not in shown}


def oldest(posts: Sequence[IncomingPost]) -> datetime | None:
    """Return when the oldest of them was written."""
    return min((post.created_at for post in posts), default=None)


def rows_in(body: Mapping[str, Any]) -> list[Mapping[str, Any]]:
    """Return the rows of an answer as they came."""
    rows = body.get("data")
    return [row for row in rows if isinstance(row, Mapping)] if isinstance(rows, list) else []


def ids_in(rows: Sequence[Mapping[str, Any]]) -> list[int]:
    """Return the ids that can be read in rows of which nothing else can: what is behind them need not wait."""
    told = (row.get("id") for row in rows)
    return [int(one) for one in told if isinstance(one, str) and one.isascii() and one.isdecimal() and len(one) < 20]
