"""Pure: the order of the feed, as index ranges to be read one after the other, and why a post is shown to whom."""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum

from app.mentions.types import FeedLane

#: A language nobody could tell fits everybody.
UNDETERMINED = "und"
#: So many of a person's languages and topics are merged into one list; a range costs one look into the index.
LANGUAGES_MERGED = 4
TOPICS_MERGED = 8
WAITING_LONG = timedelta(hours=1)
_CURSOR = re.compile(r"(\d{1,2})\.(-?\d{1,9})\.(\d{1,18})", re.ASCII)


class View(StrEnum):
    """Which posts are listed."""

    FOR_YOU = "for-you"
    ALL = "all"
    HELLO = "hello"
    BY_HAND = "by-hand"
    FOLLOW_UPS = "follow-ups"
    MINE = "mine"


class Sort(StrEnum):
    """In which order."""

    MATCH = "match"
    NEWEST = "newest"
    WAITING = "waiting"


class Fit(StrEnum):
    """Why a post stands in somebody's feed; the first that holds is told."""

    TOPIC = "topic"
    HELLO = "hello"
    WAITING = "waiting"
    LANGUAGE = "language"
    NONE = "none"


@dataclass(frozen=True, slots=True)
class Tastes:
    """What the reader knows and speaks."""

    languages: tuple[str, ...] = ()
    topics: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Filters:
    """What the address asks for; "" asks for everything."""

    view: View = View.FOR_YOU
    sort: Sort = Sort.MATCH
    topic: str = ""
    language: str = ""
    lane: FeedLane | None = None

    @property
    def lanes(self) -> tuple[FeedLane, ...]:
        """The lanes to read, in this order."""
        if self.view is View.HELLO:
            return (FeedLane.HELLO,)
        return (self.lane,) if self.lane else (FeedLane.QUESTIONS, FeedLane.HELLO)


@dataclass(frozen=True, slots=True)
class Range:
    """Posts which lie side by side in an index, the best first; ``without`` are topics read before."""

    lane: FeedLane
    language: str | None = None
    topic: str | None = None
    without: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Cursor:
    """The last post of a page: within a tier the priority falls, then the number."""

    tier: int
    priority: int
    id: int

    def __str__(self) -> str:
        return f"{self.tier}.{self.priority}.{self.id}"


def cursor_from(text: str) -> Cursor | None:
    """Read a cursor from an address; None, the beginning, for what is none."""
    found = _CURSOR.fullmatch(text)
    return Cursor(int(found[1]), int(found[2]), int(found[3])) if found else None


def languages_read(filters: Filters, tastes: Tastes) -> tuple[str | None, ...]:
    """Return the languages listed; None stands for every one."""
    if filters.language:
        return (filters.language,)
    if filters.view is not View.FOR_YOU or not tastes.languages:
        return (None,)
    return (*tastes.languages[:LANGUAGES_MERGED], UNDETERMINED)


def tiers(filters: Filters, tastes: Tastes) -> list[list[Range]]:
    """Return what is read, tier after tier; the ranges of one tier are merged by priority, then by age.

    For you: questions on my topics in my languages, other questions in my languages, hellos in my languages.
    """
    languages = languages_read(filters, tastes)
    known = tastes.topics[:TOPICS_MERGED] if filters.view is View.FOR_YOU and not filters.topic else ()
    found = []
    for lane in filters.lanes:
        if known and lane is FeedLane.QUESTIONS:
            found.append([Range(lane, language, topic) for language in languages for topic in known])
            found.append([Range(lane, language, without=known) for language in languages])
        else:
            found.append([Range(lane, language, filters.topic or None) for language in languages])
    return found


def place(lane: FeedLane, language: str, topic: str, *, in_tiers: Sequence[Sequence[Range]]) -> int | None:
    """Return the tier a post belongs to; None when it is not listed."""
    for number, ranges in enumerate(in_tiers):
        for each in ranges:
            if (
                each.lane is lane
                and each.language in (None, language)
                and each.topic in (None, topic)
                and topic not in each.without
            ):
                return number
    return None


def fit_of(lane: FeedLane, language: str, topic: str, *, tastes: Tastes, waiting_since: datetime, at: datetime) -> Fit:
    """Return why this post is for this reader."""
    if topic and topic in tastes.topics:
        return Fit.TOPIC
    if lane is FeedLane.HELLO:
        return Fit.HELLO
    speaks_several = len(tastes.languages) > 1
    if speaks_several and language in tastes.languages:
        return Fit.LANGUAGE
    return Fit.WAITING if at - waiting_since >= WAITING_LONG else Fit.NONE
