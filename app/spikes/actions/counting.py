"""Counting what was sorted, a batch at a time, beside the lane that sorts; the counts can be made anew from the posts."""

from collections import Counter
from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Final

from sqlalchemy import delete

from app.foundation.db import session
from app.foundation.upsert import insert_new, insert_or_add
from app.spikes import queries
from app.spikes.judging import STEP_MINUTES, step_of
from app.spikes.models import CountedUpTo, HeardCount, HeardSince
from app.spikes.past import LEARNT_FROM, hour_of
from app.spikes.sorts import sorts_of

BATCH: Final = 2_000
#: Verdicts are counted in the order of their numbers, and PostgreSQL may show a higher number first; by then it shows both.
SETTLED_AFTER: Final = timedelta(seconds=15)
HOUR_MINUTES: Final = 60
#: Five-minute counts are for the windows of the watch; what is usual is learnt from hours.
STEPS_KEPT: Final = timedelta(hours=26)
HOURS_KEPT: Final = LEARNT_FROM + timedelta(days=2)
_KEY = ("minutes", "from_at", "connection_id", "sort", "topic")


def count_sorted(*, at: datetime, limit: int = BATCH) -> bool:
    """Count the posts that triage has sorted since the last time, by when they were posted; return whether more wait.

    A post counts once, by its first verdict, so that what is heard late after a stop of ours swells no other hour than its
    own. Where somebody else counts already, nothing is done.
    """
    insert_new(CountedUpTo, [{"id": queries.ONE, "verdict_id": 0, "judged_at": None}])
    counted = queries.counted_up_to()
    if counted is None:
        return False
    fresh = queries.sorted_after(counted.verdict_id, settled_before=at - SETTLED_AFTER, limit=limit)
    if not fresh:
        return False
    insert_new(HeardSince, _since(fresh))
    insert_or_add(HeardCount, _rows(fresh, at=at), key=_KEY, adding="posts")
    counted.verdict_id = fresh[-1].verdict_id
    return len(fresh) == limit


def _since(fresh: Sequence[queries.SortedPost]) -> list[dict[str, object]]:
    since: dict[int, datetime] = {}
    for post in fresh:
        since[post.connection_id] = min(post.heard_at, since.get(post.connection_id, post.heard_at))
    return [{"connection_id": account, "since": first} for account, first in sorted(since.items())]


def _rows(fresh: Sequence[queries.SortedPost], *, at: datetime) -> list[dict[str, object]]:
    counts: Counter[tuple[object, ...]] = Counter()
    for post in fresh:
        if not post.is_first or post.posted_at < at - HOURS_KEPT:
            continue
        spans = [(HOUR_MINUTES, hour_of(post.posted_at))]
        if post.posted_at >= at - STEPS_KEPT:
            spans.append((STEP_MINUTES, step_of(post.posted_at)))
        for sort, topic in sorts_of(post.route, post.reasons, post.topic):
            counts.update((minutes, begins, post.connection_id, sort, topic) for minutes, begins in spans)
    return [dict(zip(_KEY, place, strict=True)) | {"posts": posts} for place, posts in sorted(counts.items())]


def forget_old(*, at: datetime) -> None:
    """Delete counts that nobody looks at any more."""
    for minutes, kept in ((STEP_MINUTES, STEPS_KEPT), (HOUR_MINUTES, HOURS_KEPT)):
        session.execute(delete(HeardCount).where(HeardCount.minutes == minutes, HeardCount.from_at < at - kept))


def forget_counts() -> None:
    """Forget every count, so that they are made anew from the posts that are still there."""
    for table in (HeardCount, HeardSince, CountedUpTo):
        session.execute(delete(table))
