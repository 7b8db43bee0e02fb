"""What the posts of the last day are about: why people write, and what most of them say."""

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final

from sqlalchemy import distinct, func, select

from app.accounts.permissions import Person, scoped
from app.cases.queries import kept_from_nobody
from app.foundation.db import session
from app.mentions.models import Mention
from app.mentions.types import Kind, Route
from app.triage.models import Likeness, TriageVerdict
from app.triage.types import Cause

A_DAY: Final = timedelta(days=1)
#: The newest that are looked at, so that the answer takes as long in any crowd.
LOOKED_AT: Final = 20_000
SHOWN: Final = 5
#: What one person alone says tells of one customer, not of what is going on.
FEWEST_PEOPLE: Final = 2
WISHES: Final = (Kind.WANTS_TO_BUY, Kind.IDEA)


@dataclass(frozen=True, slots=True)
class Whys:
    """Why people wrote, as far as anything tells: a post is of one cause, or of one wish, or of neither."""

    posts: int
    causes: Mapping[Cause, int]
    wishes: Mapping[Kind, int]


@dataclass(frozen=True, slots=True)
class Matter:
    """What several people say: ``newest`` is the last post of those that say it."""

    newest: Mention
    posts: int
    people: int


def whys_since(since: datetime) -> Whys:
    """Count why people wrote; what is noise, and where a person overruled triage, tells nothing new.

    A post that was edited counts once for each cause that was seen in it.
    """
    newest = select(TriageVerdict.__table__).order_by(TriageVerdict.id.desc()).limit(LOOKED_AT).subquery()
    of_triage = (newest.c.decided_at >= since, newest.c.decided_by_id.is_(None), newest.c.route != Route.NOISE)
    rows = session.execute(
        select(newest.c.cause, newest.c.kind, func.count(distinct(newest.c.mention_id)))
        .where(*of_triage)
        .group_by(newest.c.cause, newest.c.kind)
    ).all()
    causes: Counter[Cause] = Counter()
    wishes: Counter[Kind] = Counter()
    for cause, kind, posts in rows:
        if cause is not None:
            causes[cause] += posts
        elif kind in WISHES:
            wishes[kind] += posts
    return Whys(sum(posts for _cause, _kind, posts in rows), causes, wishes)


def most_said(person: Person, since: datetime) -> list[Matter]:
    """Return what most people said alike, as far as this person may see their posts; the most people first."""
    newest = (
        select(Likeness.mention_id, Likeness.group_id, Likeness.said_at)
        .order_by(Likeness.mention_id.desc())
        .limit(LOOKED_AT)
        .subquery()
    )
    posts, people = func.count(Mention.id), func.count(distinct(Mention.author_id))
    seen = scoped(select(Mention), person).where(kept_from_nobody(person, Mention.id))
    found = session.execute(
        seen.with_only_columns(func.max(Mention.id).label("newest"), posts.label("posts"), people.label("people"))
        .join(newest, newest.c.mention_id == Mention.id)
        .where(newest.c.said_at >= since)
        .group_by(newest.c.group_id)
        .having(people >= FEWEST_PEOPLE)
        .order_by(people.desc(), posts.desc(), func.max(Mention.id).desc())
        .limit(SHOWN)
    ).all()
    newest_posts = session.scalars(seen.where(Mention.id.in_([row.newest for row in found])))
    by_id = {mention.id: mention for mention in newest_posts}
    return [Matter(by_id[row.newest], row.posts, row.people) for row in found]
