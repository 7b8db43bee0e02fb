"""Posts that wait for a listener, looked up."""

from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta

from sqlalchemy import ColumnElement, Select, case, exists, func, or_, select
from sqlalchemy.orm import joinedload

from app.accounts.permissions import Permission, Person, may
from app.foundation.db import session
from app.foundation.journal import JournalEntry, Subject
from app.foundation.lanes import Lane
from app.foundation.stumbles import may_be_taken
from app.foundation.terms import chosen
from app.mentions.models import Mention, MentionStatus
from app.triage.doubting import room_for
from app.triage.models import Doubt
from app.triage.types import DoubtEnd, Worth

A_DAY = timedelta(days=1)


def _waiting() -> Select[int]:
    """Return the doubts whose post still waits: one that was edited, deleted or handed over meanwhile does not."""
    wanted = select(Doubt.id).join(Mention, Mention.id == Doubt.mention_id)
    return wanted.where(Doubt.ended_at.is_(None), Mention.status == MentionStatus.UNSURE)


def is_free(*, at: datetime) -> ColumnElement[bool]:
    """Return the condition that no listener has it on the screen."""
    return or_(Doubt.held_until.is_(None), Doubt.held_until <= at)


def line(*, for_id: int, at: datetime, limit: int) -> Sequence[int]:
    """Return the doubts that this listener may be given, the first first; what they left to others comes last."""
    passed = case((Doubt.passed_by_id == for_id, 1), else_=0)
    return session.scalars(
        _waiting().where(is_free(at=at)).order_by(passed, Doubt.worth, Doubt.asked_at, Doubt.id).limit(limit)
    ).all()


def in_hand(listener_id: int) -> Doubt | None:
    """Return what this listener was given and nobody else has taken since, or None."""
    given = _waiting().where(Doubt.held_by_id == listener_id, Doubt.held_until.is_not(None))
    return session.scalars(
        select(Doubt).where(Doubt.id.in_(given)).order_by(Doubt.held_until.desc(), Doubt.id).limit(1)
    ).one_or_none()


def newest_on(mention_id: int) -> Doubt | None:
    """Return the newest doubt about a post, open or not, with whoever has or had it on the screen."""
    wanted = select(Doubt).where(Doubt.mention_id == mention_id).order_by(Doubt.id.desc()).limit(1)
    return session.scalars(wanted.options(joinedload(Doubt.held_by))).one_or_none()


def last_said(listener_id: int, *, since: datetime) -> Doubt | None:
    """Return what this listener decided last, if it was after ``since``."""
    said = select(Doubt).where(
        Doubt.held_by_id == listener_id, Doubt.ended_because == DoubtEnd.SAID, Doubt.ended_at > since
    )
    return session.scalars(said.order_by(Doubt.ended_at.desc(), Doubt.id.desc()).limit(1)).one_or_none()


def is_touched(row: Subject, *, since: datetime) -> bool:
    """Say whether anything has happened to a row after that moment."""
    later = exists().where(
        JournalEntry.subject_type == row.__tablename__, JournalEntry.subject_id == row.id, JournalEntry.at > since
    )
    return bool(session.scalar(select(later)))


def to_ask(wanted: Mapping[int, Worth], *, at: datetime) -> dict[int, Worth]:
    """Return those of the posts, each with its worth, for which the last 24 hours have left room."""
    a_day = chosen().asked_a_day
    if not wanted or not a_day:
        return {}
    lately = select(func.count()).select_from(Doubt).where(Doubt.asked_at > at - A_DAY)
    asked, taken = session.scalar(lately) or 0, {}
    for mention_id, worth in sorted(wanted.items(), key=lambda pair: (pair[1], pair[0])):
        if room_for(worth, asked=asked, a_day=a_day):
            taken[mention_id] = worth
            asked += 1
    return taken


def overdue(*, since: datetime, at: datetime, limit: int) -> Sequence[int]:
    """Return what has waited for a listener since before ``since`` and is on nobody's screen, the oldest first."""
    return session.scalars(
        select(Doubt.id)
        .where(
            Doubt.ended_at.is_(None),
            Doubt.asked_at <= since,
            is_free(at=at),
            may_be_taken(Lane.SWEEPS, Doubt.id, at=at),
        )
        .order_by(Doubt.asked_at, Doubt.id)
        .limit(limit)
    ).all()


def count_waiting(person: Person) -> int:
    """Return how many posts wait for a listener."""
    if not may(person, Permission.LISTEN):
        return 0
    return session.scalar(_waiting().with_only_columns(func.count())) or 0
