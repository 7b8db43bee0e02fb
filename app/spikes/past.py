"""Which hours of the past may stand for an hour, by the brand's own clock, and what is usual by their counts; pure.

Hours are known by the moment they begin, in UTC, and are matched by the weekday and hour they had on the brand's clock. So the day
on which that clock is changed has an hour twice, or one not at all, and no week is off by an hour after it.
"""

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta, tzinfo
from functools import lru_cache
from typing import Final

from app.spikes.usual import Usual, learn, plain

HOUR: Final = timedelta(hours=1)
LEARNT_FROM: Final = timedelta(weeks=8)
#: With less than this behind us, the busiest hour so far is what counts; with less than a day nothing does.
ENOUGH_HOURS: Final = 14 * 24
FEWEST_HOURS: Final = 24
#: An hour of the week with fewer posts in all its samples is learnt from more hours: of every day, or all of them.
ENOUGH_POSTS: Final = 24
_FEWEST_SAMPLES: Final = 4

Hours = Mapping[datetime, int]


@dataclass(frozen=True, slots=True)
class Past:
    """The hours that were heard before one: those of the same weekday and hour, those of the same hour, and every one."""

    week: tuple[datetime, ...]
    day: tuple[datetime, ...]
    every: tuple[datetime, ...]


def hour_of(at: datetime) -> datetime:
    """Return when the hour of a moment began."""
    return at.replace(minute=0, second=0, microsecond=0)


def past_of(hour: datetime, *, since: datetime, zone: tzinfo) -> Past:
    """Return the past of the hour that begins at ``hour``; before ``since`` nobody listened."""
    heard_from = hour_of(since) + HOUR
    first = max(heard_from, hour - LEARNT_FROM)
    every = tuple(first + n * HOUR for n in range(math.floor((hour - first) / HOUR)))
    weekday, of_day = _slot(hour, zone)
    day = tuple(each for each in every if _slot(each, zone)[1] == of_day)
    return Past(tuple(each for each in day if _slot(each, zone)[0] == weekday), day, every)


@lru_cache(maxsize=8192)
def _slot(hour: datetime, zone: tzinfo) -> tuple[int, int]:
    """Return the weekday and the hour of the day by the brand's clock."""
    there = hour.astimezone(zone)
    return there.weekday(), there.hour


def usual_in(counts: Hours, past: Past) -> Usual | None:
    """Return what is usual in the hour with this past; None while too little was heard to say anything.

    ``counts`` holds no entry for an hour in which nothing was heard.
    """
    if len(past.every) < FEWEST_HOURS:
        return None
    if len(past.every) < ENOUGH_HOURS:
        return plain(max(counts.get(each, 0) for each in past.every))
    for pool in (past.week, past.day):
        samples = [counts.get(each, 0) for each in pool]
        if len(pool) >= _FEWEST_SAMPLES and sum(samples) >= ENOUGH_POSTS:
            return learn(samples)
    return learn([counts.get(each, 0) for each in past.every])


def blend(parts: Sequence[tuple[Usual, float]]) -> Usual:
    """Return what is usual in a window that lies in several hours, of each so many minutes."""
    whole = sum(minutes for _usual, minutes in parts)
    return Usual(
        mean=sum(usual.mean * minutes for usual, minutes in parts) / whole,
        spread=sum(usual.spread * minutes for usual, minutes in parts) / whole,
        samples=min(usual.samples for usual, _minutes in parts),
        is_plain=any(usual.is_plain for usual, _minutes in parts),
    )
