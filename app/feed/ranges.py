"""The feed's statements: index ranges over open posts, merged. Never an OFFSET, never a count of everything.

They are made once for each shape and kept, since making one costs more than running it. They find numbers only: what a
person may see of a post is asked where its words are read.
"""

from collections.abc import Sequence
from functools import lru_cache
from typing import Any

from sqlalchemy import (
    BigInteger,
    BindParameter,
    ColumnElement,
    Integer,
    Select,
    TextClause,
    bindparam,
    exists,
    func,
    select,
    text,
    tuple_,
    union_all,
)

from app.feed.models import PassedOver
from app.feed.ranking import Cursor, Filters, Range, Sort, Tastes, languages_read, tiers
from app.foundation.db import session
from app.mentions.models import Mention
from app.mentions.types import FeedLane, Route

#: Spelt out, since a database uses a partial index only where it can see the very condition.
_OPEN = text("mentions.status = 'OPEN'")
_BY_HAND = text("mentions.status = 'BY_HAND'")
_BEST_FIRST = (Mention.priority.desc(), Mention.id.desc())

Place = tuple[int, int, int]
"""Tier, priority, mention id."""
Shape = tuple[bool, bool, bool]
"""Whether a range names its language, its topic, and topics to leave out."""


def _open_posts(*columns: Any, waits: TextClause = _OPEN) -> Select[Any]:
    """Open posts for the crowd, without what the advocate ``:advocate`` has passed over."""
    passed = exists().where(PassedOver.advocate_id == bindparam("advocate"), PassedOver.mention_id == Mention.id)
    return select(*columns).where(waits, Mention.route == Route.COMMUNITY, ~passed)


def _within(number: int, shape: Shape) -> list[ColumnElement[bool]]:
    names_language, names_topic, leaves_out = shape
    conditions = [Mention.feed_lane == bindparam(f"lane_{number}", type_=Mention.feed_lane.type)]
    if names_language:
        conditions.append(Mention.language == bindparam(f"language_{number}"))
    if names_topic:
        conditions.append(Mention.topic == bindparam(f"topic_{number}"))
    if leaves_out:
        conditions.append(Mention.topic.not_in(bindparam(f"without_{number}", expanding=True)))
    return conditions


@lru_cache(maxsize=128)
def _merged(shapes: tuple[Shape, ...], *, goes_on: bool) -> Select[Any]:
    wanted = _open_posts(Mention.id, Mention.priority)
    if goes_on:
        after = tuple_(bindparam("after_priority", type_=Integer()), bindparam("after_id", type_=BigInteger()))
        wanted = wanted.where(tuple_(Mention.priority, Mention.id) < after)
    limit: BindParameter[int] = bindparam("at_most")
    parts = [wanted.where(*_within(n, shape)).order_by(*_BEST_FIRST).limit(limit) for n, shape in enumerate(shapes)]
    if len(parts) == 1:
        return parts[0]
    merged = union_all(*(select(part.subquery()) for part in parts)).subquery()
    return select(merged).order_by(merged.c.priority.desc(), merged.c.id.desc()).limit(limit)


def _values(ranges: Sequence[Range]) -> dict[str, Any]:
    values: dict[str, Any] = {}
    for number, each in enumerate(ranges):
        values[f"lane_{number}"] = each.lane
        if each.language is not None:
            values[f"language_{number}"] = each.language
        if each.topic is not None:
            values[f"topic_{number}"] = each.topic
        if each.without:
            values[f"without_{number}"] = list(each.without)
    return values


def _read(
    ranges: Sequence[Range], *, advocate_id: int | None, after: Cursor | None, limit: int
) -> list[tuple[int, int]]:
    shapes = tuple((each.language is not None, each.topic is not None, bool(each.without)) for each in ranges)
    values = _values(ranges) | {"advocate": advocate_id or 0, "at_most": limit}
    if after is not None:
        values |= {"after_priority": after.priority, "after_id": after.id}
    rows = session.execute(_merged(shapes, goes_on=after is not None), values)
    return [(row.priority, row.id) for row in rows]


def best_places(
    filters: Filters, tastes: Tastes, *, advocate_id: int | None, after: Cursor | None, limit: int
) -> list[Place]:
    """Return the next places in the order of fit, tier after tier, until ``limit`` is reached."""
    found: list[Place] = []
    for number, ranges in enumerate(tiers(filters, tastes)):
        if after is not None and number < after.tier:
            continue
        start = after if after is not None and number == after.tier else None
        rows = _read(ranges, advocate_id=advocate_id, after=start, limit=limit - len(found))
        found += [(number, priority, mention_id) for priority, mention_id in rows]
        if len(found) >= limit:
            break
    return found


def _matching(lanes: Sequence[FeedLane], languages: Sequence[str | None], topic: str) -> list[ColumnElement[bool]]:
    """The same posts as the tiers', as one condition."""
    conditions: list[ColumnElement[bool]] = [Mention.feed_lane.in_(lanes)]
    if named := [language for language in languages if language is not None]:
        conditions.append(Mention.language.in_(named))
    if topic:
        conditions.append(Mention.topic == topic)
    return conditions


def places_by_age(
    filters: Filters, tastes: Tastes, *, advocate_id: int | None, after: Cursor | None, limit: int
) -> list[Place]:
    """Return the next places by age alone: newest first, or those that wait longest."""
    matching = _matching(filters.lanes, languages_read(filters, tastes), filters.topic)
    wanted = _open_posts(Mention.id, Mention.priority).where(*matching)
    oldest_first = filters.sort is Sort.WAITING
    if after is not None:
        wanted = wanted.where(Mention.id > after.id if oldest_first else Mention.id < after.id)
    ordered = wanted.order_by(Mention.id if oldest_first else Mention.id.desc()).limit(limit)
    return [(0, row.priority, row.id) for row in session.execute(ordered, {"advocate": advocate_id or 0})]


def places_by_hand(filters: Filters, *, advocate_id: int | None, after: Cursor | None, limit: int) -> list[Place]:
    """Return the next places among the posts that staff answer on the network itself; few, so read from one index."""
    wanted = _open_posts(Mention.id, Mention.priority, waits=_BY_HAND)
    wanted = wanted.where(*_matching(filters.lanes, (filters.language or None,), filters.topic))
    if filters.sort is Sort.MATCH:
        wanted = wanted.order_by(*_BEST_FIRST)
        if after is not None:
            wanted = wanted.where(tuple_(Mention.priority, Mention.id) < tuple_(after.priority, after.id))
    else:
        oldest_first = filters.sort is Sort.WAITING
        wanted = wanted.order_by(Mention.id if oldest_first else Mention.id.desc())
        if after is not None:
            wanted = wanted.where(Mention.id > after.id if oldest_first else Mention.id < after.id)
    rows = session.execute(wanted.limit(limit), {"advocate": advocate_id or 0})
    return [(0, row.priority, row.id) for row in rows]


@lru_cache(maxsize=2)
def counted_by_hand(*, at_most: int, newer: bool = False) -> Any:
    """Return an expression that counts them, up to ``at_most``; see ``counted``."""
    wanted = _open_posts(Mention.id, waits=_BY_HAND)
    if newer:
        wanted = wanted.where(Mention.id > bindparam("newer_than"))
    some = wanted.order_by(*_BEST_FIRST).limit(at_most)
    return select(func.count()).select_from(some.subquery()).scalar_subquery()


@lru_cache(maxsize=256)
def counted(
    lanes: tuple[FeedLane, ...], languages: tuple[str | None, ...], topic: str, *, at_most: int, newer: bool = False
) -> Any:
    """Return an expression that counts matching posts, up to ``at_most``; ``newer``: those after ``:newer_than`` only.

    ``:advocate`` must be given with it.
    """
    wanted = _open_posts(Mention.id).where(*_matching(lanes, languages, topic))
    if newer:
        wanted = wanted.where(Mention.id > bindparam("newer_than"))
    # In the order of an index: without one a planner may walk the whole table, hoping to meet enough open posts early.
    some = wanted.order_by(Mention.feed_lane).limit(at_most)
    return select(func.count()).select_from(some.subquery()).scalar_subquery()
