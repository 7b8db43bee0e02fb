"""What was decided so far: on one reply, on one writer's replies, by everybody."""

from dataclasses import dataclass

from sqlalchemy import and_, exists, func, select
from sqlalchemy.orm import joinedload

from app.accounts.permissions import Permission, Person, may, scoped
from app.cases.models import Case
from app.foundation.db import session
from app.mentions.models import Mention
from app.replies.models import Reply
from app.reviews.models import Decision, Review, ReviewNote
from app.reviews.queries import for_reviewers


def decisions_on(reply_id: int) -> list[Review]:
    """Return what was decided on a reply, the oldest first, with who decided and what they saw."""
    made = select(Review).where(Review.reply_id == reply_id).order_by(Review.id)
    return list(session.scalars(made.options(joinedload(Review.reviewer), joinedload(Review.reply_version))))


def notes_on(reply_id: int) -> list[ReviewNote]:
    """Return the reviewers' notes on a reply, the oldest first."""
    written = select(ReviewNote).where(ReviewNote.reply_id == reply_id).order_by(ReviewNote.id)
    return list(session.scalars(written.options(joinedload(ReviewNote.author))))


@dataclass(frozen=True, slots=True)
class Record:
    """What a writer's replies came to so far; ``approved_as_sent`` and ``approved`` are of the last 100 decisions."""

    decided: int
    approved_as_sent: int
    returned: int
    thanked: int


def record_of(writer_id: int) -> Record:
    """Return how a writer's replies fared."""
    last = session.execute(
        select(Review.decision, Review.edited)
        .where(Review.writer_id == writer_id, Review.undone_at.is_(None))
        .order_by(Review.id.desc())
        .limit(100)
    ).all()
    thanked = session.scalar(select(func.count()).where(Reply.writer_id == writer_id, Reply.thanked_at.is_not(None)))
    return Record(
        decided=len(last),
        approved_as_sent=sum(row.decision is Decision.APPROVE and not row.edited for row in last),
        returned=sum(row.decision is Decision.RETURN for row in last),
        thanked=thanked or 0,
    )


def decided(person: Person, *, before: int | None = None, limit: int = 50) -> list[Review]:
    """Return decisions, the newest first; ``before`` is the id the page before ended with."""
    made = scoped(select(Review), person).where(for_reviewers(person))
    if not may(person, Permission.SEE_SAFETY_CASES):
        unsafe = exists().where(and_(Reply.id == Review.reply_id, Case.mention_id == Reply.mention_id, Case.safety))
        made = made.where(~unsafe)
    if before is not None:
        made = made.where(Review.id < before)
    made = made.options(
        joinedload(Review.reviewer),
        joinedload(Review.reply_version),
        joinedload(Review.reply).options(
            joinedload(Reply.writer), joinedload(Reply.mention).joinedload(Mention.connection)
        ),
    )
    return list(session.scalars(made.order_by(Review.id.desc()).limit(limit)).unique().all())
