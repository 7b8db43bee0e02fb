"""The feed's statements: index ranges over open posts, merged. Never an OFFSET, never a count of everything."""

from collections.abc import Sequence
from typing import Any

from sqlalchemy import ColumnElement, Select, exists, select, text, tuple_, union_all

from app.accounts.permissions import Person, scoped
from app.feed.models import PassedOver
from app.feed.ranking import Cursor, Filters, Range, Sort, Tastes, languages_read, tiers
from app.foundation.db import session
from app.mentions.models import Mention

#: Spelt out, since a database uses a partial index only where it can see the very condition.
_OPEN = text("mentions.status = 'OPEN'")

Place = tuple[int, int, int]
"""Tier, priority, mention id."""


def _open_posts(person: Person, advocate_id: int | None, *columns: Any) -> Select[Any]:
    wanted = scoped(select(*columns), person).where(_OPEN)
    if advocate_id is None:
        return wanted
    passed = exists().where(PassedOver.advocate_id == advocate_id, PassedOver.mention_id == Mention.id)
    return wanted.where(~passed)


def _within(each: Range) -> list[ColumnElement[bool]]:
    conditions = [Mention.feed_lane == each.lane]
    if each.language is not None:
        conditions.append(Mention.language == each.language)
    if each.topic is not None:
        conditions.append(Mention.topic == each.topic)
    if each.without:
        conditions.append(Mention.topic.not_in(each.without))
    return conditions


def _merged(ranges: Sequence[Range], *, wanted: Select[Any], after: Cursor | None, limit: int) -> list[tuple[int, int]]:
    if after is not None:
        wanted = wanted.where(tuple_(Mention.priority, Mention.id) < (after.priority, after.id))
    best_first = (Mention.priority.desc(), Mention.id.desc())
    parts = [wanted.where(*_within(each)).order_by(*best_first).limit(limit) for each in ranges]
    if len(parts) == 1:
        return [(row.priority, row.id) for row in session.execute(parts[0])]
    merged = union_all(*(select(part.subquery()) for part in parts)).subquery()
    rows = session.execute(select(merged).order_by(merged.c.priority.desc(), merged.c.id.desc()).limit(limit))
    return [(row.priority, row.id) for row in rows]


def best_places(
    filters: Filters, tastes: Tastes, *, person: Person, advocate_id: int | None, after: Cursor | None, limit: int
) -> list[Place]:
    """Return the next places in the order of fit, tier after tier, until ``limit`` is reached."""
    wanted = _open_posts(person, advocate_id, Mention.id, Mention.priority)
    found: list[Place] = []
    for number, ranges in enumerate(tiers(filters, tastes)):
        if after is not None and number < after.tier:
            continue
        start = after if after is not None and number == after.tier else None
        rows = _merged(ranges, wanted=wanted, after=start, limit=limit - len(found))
        found += [(number, priority, mention_id) for priority, mention_id in rows]
        if len(found) >= limit:
            break
    return found


def _matching(filters: Filters, tastes: Tastes) -> list[ColumnElement[bool]]:
    """The same posts as the tiers', as one condition."""
    conditions: list[ColumnElement[bool]] = [Mention.feed_lane.in_(filters.lanes)]
    languages = [language for language in languages_read(filters, tastes) if language is not None]
    if languages:
        conditions.append(Mention.language.in_(languages))
    if filters.topic:
        conditions.append(Mention.topic == filters.topic)
    return conditions


def places_by_age(
    filters: Filters, tastes: Tastes, *, person: Person, advocate_id: int | None, after: Cursor | None, limit: int
) -> list[Place]:
    """Return the next places by age alone: newest first, or those that wait longest."""
    wanted = _open_posts(person, advocate_id, Mention.id, Mention.priority).where(*_matching(filters, tastes))
    oldest_first = filters.sort is Sort.WAITING
    if after is not None:
        wanted = wanted.where(Mention.id > after.id if oldest_first else Mention.id < after.id)
    ordered = wanted.order_by(Mention.id if oldest_first else Mention.id.desc()).limit(limit)
    return [(0, row.priority, row.id) for row in session.execute(ordered)]


def matching_ids(
    filters: Filters, tastes: Tastes, *, person: Person, advocate_id: int | None, limit: int, newer_than: int = 0
) -> Select[Any]:
    """Return a statement for up to ``limit`` ids, in no order, to be counted."""
    wanted = _open_posts(person, advocate_id, Mention.id).where(*_matching(filters, tastes))
    return (wanted.where(Mention.id > newer_than) if newer_than else wanted).limit(limit)
