"""What X's answers mean, in one table."""

import secrets
from collections.abc import Callable, Mapping
from datetime import UTC, datetime, timedelta
from typing import Any

from app.channels.types import (
    AuthExpired,
    ChannelError,
    Duplicate,
    Forbidden,
    Gone,
    Invalid,
    RateLimited,
    TooLong,
    Transient,
)

UNSTATED_WAIT = timedelta(minutes=15)
LONGEST_WAIT = timedelta(hours=1)

#: X's own words, in the types of its problems, for a post that is not shown, or not to us.
GONE_PROBLEMS = ("resource-not-found", "not-authorized-for-resource", "resource-unavailable")

# X gives a 403 no code of its own: its words are all there is. The first one found decides.
_REFUSALS: tuple[tuple[str, Callable[[str], ChannelError]], ...] = (
    ("duplicate content", Duplicate),
    ("deleted or not visible", Gone),
    ("too long", TooLong),
    ("have not been mentioned", lambda detail: Forbidden(detail, reason="not_summoned")),
    ("summon", lambda detail: Forbidden(detail, reason="not_summoned")),
    ("suspended", lambda detail: Forbidden(detail, reason="suspended")),
    ("protected", lambda detail: Forbidden(detail, reason="protected")),
    ("blocked", lambda detail: Forbidden(detail, reason="blocked")),
    ("who can reply", lambda detail: Forbidden(detail, reason="reply_closed")),
    # A right was taken from our sign-in: nothing can be said before somebody signs in anew.
    ("scope", AuthExpired),
    ("permissions", AuthExpired),
)
_BY_STATUS: dict[int, Callable[[str], ChannelError]] = {
    400: Invalid,
    401: AuthExpired,
    404: Gone,
    410: Gone,
    413: TooLong,
    415: Invalid,
    422: Invalid,
}


def error_of(
    status: int, headers: Mapping[str, str], body: Mapping[str, Any], *, writes: bool, now: datetime
) -> ChannelError:
    """Return what an answer other than 2xx means. ``writes`` says whether the request would have changed anything."""
    detail = _detail(body) or f"status {status}"
    if status == 429:
        return RateLimited(detail, retry_at=_reset(headers, now))
    if status in (400, 403) and (refusal := _refusal(detail, plain=status == 403)):
        return refusal
    if writes and status in (404, 410) and not _names_what_is_gone(body):
        # A way that is broken says it of everything, and what is said of a post has it erased here.
        return Transient(detail, retry_at=_retry_after(headers, now))
    if known := _BY_STATUS.get(status):
        return known(detail)
    return Transient(detail, sent="maybe" if writes else "no", retry_at=_retry_after(headers, now))


def _names_what_is_gone(body: Mapping[str, Any]) -> bool:
    errors = body.get("errors")
    problems = [body, *(errors if isinstance(errors, list) else ())]
    return any(isinstance(one, Mapping) and str(one.get("type")).endswith(GONE_PROBLEMS) for one in problems)


def _refusal(detail: str, *, plain: bool) -> ChannelError | None:
    words = detail.casefold()
    for phrase, make in _REFUSALS:
        if phrase in words:
            return make(detail)
    return Forbidden(detail) if plain else None


def _detail(body: Mapping[str, Any]) -> str:
    """Return X's words about what went wrong, from any of the three shapes it uses."""
    errors = body.get("errors")
    first = errors[0] if isinstance(errors, list) and errors and isinstance(errors[0], dict) else {}
    said = [
        body.get("detail"),
        first.get("message"),
        first.get("detail"),
        body.get("error_description"),
        body.get("title"),
    ]
    return " / ".join(dict.fromkeys(word for word in said if isinstance(word, str) and word))


def _reset(headers: Mapping[str, str], now: datetime) -> datetime:
    try:
        told = datetime.fromtimestamp(int(headers["x-rate-limit-reset"]), UTC)
    except (KeyError, ValueError, OverflowError, OSError):
        told = now + UNSTATED_WAIT
    jitter = timedelta(milliseconds=1000 + secrets.randbelow(2000))
    return min(max(told, now), now + LONGEST_WAIT) + jitter


def _retry_after(headers: Mapping[str, str], now: datetime) -> datetime | None:
    try:
        seconds = int(headers["retry-after"])
    except (KeyError, ValueError):
        return None
    return now + min(timedelta(seconds=max(seconds, 0)), LONGEST_WAIT)
