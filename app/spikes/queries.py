"""What was counted, which spikes there are, and the posts of one."""

from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Final

from sqlalchemy import ColumnElement, exists, false, func, select, true
from sqlalchemy.orm import aliased, joinedload

from app.accounts.permissions import Permission, Person, may, scoped, visible
from app.cases.queries import kept_from_nobody
from app.foundation.db import session
from app.foundation.errors import NotFound
from app.foundation.words import _
from app.mentions.models import Mention
from app.mentions.types import Route
from app.spikes.models import CountedUpTo, HeardCount, HeardSince, Spike
from app.spikes.sorts import Series, Sort, sorts_of
from app.triage.models import TriageVerdict

#: The one row that says how far counting has come.
ONE: Final = 1
#: A look at a spike's posts goes no further than this.
LOOKED_AT: Final = 400


@visible(Spike)
def _seen_by(person: Person) -> ColumnElement[bool]:
    return true() if may(person, Permission.SEE_STAFF_LANES) else false()


@dataclass(frozen=True, slots=True)
class SortedPost:
    """What of a sorted post is counted; ``is_first`` is false for a post that was sorted, and counted, before."""

    verdict_id: int
    connection_id: int
    posted_at: datetime
    heard_at: datetime
    route: Route
    reasons: Sequence[Sequence[str]]
    topic: str
    is_first: bool


def counted_up_to() -> CountedUpTo | None:
    """Return how far counting has come, for whoever counts next; None while somebody else does."""
    wanted = select(CountedUpTo).where(CountedUpTo.id == ONE).with_for_update(skip_locked=True)
    return session.scalars(wanted).one_or_none()


def sorted_after(verdict_id: int, *, settled_before: datetime, limit: int) -> list[SortedPost]:
    """Return what triage sorted after a verdict, in order, up to the first one that is not settled yet."""
    earlier = aliased(TriageVerdict)
    is_later = exists().where(earlier.mention_id == TriageVerdict.mention_id, earlier.id < TriageVerdict.id)
    rows = session.execute(
        select(
            TriageVerdict.id,
            TriageVerdict.decided_at,
            Mention.connection_id,
            Mention.posted_at,
            Mention.heard_at,
            TriageVerdict.route,
            TriageVerdict.reasons,
            Mention.topic,
            ~is_later,
        )
        .join(Mention, Mention.id == TriageVerdict.mention_id)
        .where(TriageVerdict.id > verdict_id)
        .order_by(TriageVerdict.id)
        .limit(limit)
    )
    found = []
    for number, decided_at, account, posted_at, heard_at, route, reasons, topic, is_first in rows:
        if decided_at > settled_before:
            break
        found.append(SortedPost(number, account, posted_at, heard_at, route, reasons, topic, is_first))
    return found


def judged_at() -> datetime | None:
    """Return when the last minutes were last held against what is usual; None: never yet."""
    return session.scalar(select(CountedUpTo.judged_at).where(CountedUpTo.id == ONE))


def listened_since() -> dict[int, datetime]:
    """Return since when each account has been heard."""
    return {row.connection_id: row.since for row in session.scalars(select(HeardSince))}


Counts = dict[Series, dict[datetime, int]]


def counts_of(minutes: int, *, since: datetime, until: datetime | None = None) -> Counts:
    """Return the counts of every series, by when each stretch began: of each account, and of each sort in all."""
    grouped = (HeardCount.sort, HeardCount.topic, HeardCount.connection_id, HeardCount.from_at)
    wanted = select(*grouped, HeardCount.posts).where(HeardCount.minutes == minutes, HeardCount.from_at >= since)
    if until is not None:
        wanted = wanted.where(HeardCount.from_at < until)
    found: dict[tuple[Sort, str, int | None], dict[datetime, int]] = defaultdict(lambda: defaultdict(int))
    for sort, topic, connection_id, from_at, posts in session.execute(wanted):
        found[sort, topic, None][from_at] += posts
        if sort is Sort.ALL:
            found[sort, topic, connection_id][from_at] += posts
    return {Series(*line): counts for line, counts in found.items()}


def counts_in(series: Series, minutes: int, *, since: datetime, until: datetime) -> dict[datetime, int]:
    """Return the counts of one series, by when each stretch began."""
    of_series = [HeardCount.sort == series.sort, HeardCount.topic == series.topic]
    if series.connection_id is not None:
        of_series.append(HeardCount.connection_id == series.connection_id)
    wanted = select(HeardCount.from_at, func.sum(HeardCount.posts)).where(
        HeardCount.minutes == minutes, HeardCount.from_at >= since, HeardCount.from_at < until, *of_series
    )
    return {begins: int(posts) for begins, posts in session.execute(wanted.group_by(HeardCount.from_at))}


def live_spikes() -> list[Spike]:
    """Return the spikes that have not ended, the newest first."""
    live = select(Spike).where(Spike.ended_at.is_(None)).options(joinedload(Spike.connection))
    return list(session.scalars(live.order_by(Spike.noticed_at.desc(), Spike.id.desc())))


def spikes_of(person: Person, *, live: bool, limit: int) -> list[Spike]:
    """Return the spikes that last, or those that ended, the newest first."""
    wanted = scoped(select(Spike), person).options(joinedload(Spike.connection), joinedload(Spike.dismissed_by))
    wanted = wanted.where(Spike.ended_at.is_(None) if live else Spike.ended_at.is_not(None))
    return list(session.scalars(wanted.order_by(Spike.noticed_at.desc(), Spike.id.desc()).limit(limit)))


def spike_of(person: Person, spike_id: int) -> Spike:
    """Return one spike.

    Raises:
        NotFound: there is none, or not for this person.
    """
    wanted = scoped(select(Spike).where(Spike.id == spike_id), person)
    found = session.scalar(wanted.options(joinedload(Spike.connection), joinedload(Spike.dismissed_by)))
    if found is None:
        raise NotFound(_("There is no such spike."))
    return found


def posts_of(person: Person, series: Series, *, up_to: int | None, limit: int = LOOKED_AT) -> list[Mention]:
    """Return posts of a series among the last that were sorted up to a verdict, the newest first; None: up to now.

    Only ``limit`` posts are looked at, of whatever series, so that the answer takes as long in any crowd.
    """
    sorted_last = select(TriageVerdict.id, TriageVerdict.mention_id, TriageVerdict.route, TriageVerdict.reasons)
    if up_to is not None:
        sorted_last = sorted_last.where(TriageVerdict.id <= up_to)
    newest = sorted_last.order_by(TriageVerdict.id.desc()).limit(limit).subquery()
    wanted = scoped(
        select(Mention, newest.c.route, newest.c.reasons).join(newest, newest.c.mention_id == Mention.id), person
    )
    rows = session.execute(
        wanted.where(kept_from_nobody(person, Mention.id), Mention.text != "")
        .options(joinedload(Mention.author), joinedload(Mention.connection))
        .order_by(newest.c.id.desc())
    ).all()
    found = [row[0] for row in rows if series.holds(sorts_of(row[1], row[2], row[0].topic), row[0].connection_id)]
    return list(_once(found))


def _once(mentions: Iterable[Mention]) -> Iterable[Mention]:
    return {mention.id: mention for mention in mentions}.values()
