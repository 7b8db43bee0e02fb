"""Not letting words out: back to their writer, not at all, or the post to staff."""

from collections.abc import Sequence
from datetime import datetime

from sqlalchemy import select

from app.accounts.permissions import Person
from app.cases import actions as cases
from app.feed import actions as feed
from app.foundation.db import session
from app.foundation.events import EventType, announce
from app.foundation.journal import record
from app.foundation.words import _
from app.replies.models import Reply, ReplyKind, ReplyStatus
from app.reviews.actions.deciding import checked_note, decided, mention_of, under_review
from app.reviews.models import Decision, Review
from app.triage.labelling import say, source_of
from app.triage.types import Said

ESCALATED_PRIORITY = 60
REASONS = ("accuracy", "tone", "long", "source", "promise", "topic")


def return_for_changes(
    *, reply_id: int, version_id: int, reasons: Sequence[str], note: str, by: Person, at: datetime
) -> Review:
    """Ask the writer to change it; the post is theirs for half an hour, outside the two they may hold.

    Raises:
        Overtaken: somebody decided before, or there is a newer version than ``version_id``.
        NotAllowed: these are the person's own words.
        Invalid: nothing says what should change.
    """
    words = checked_note(note, _("Say what should change, so that the writer can act on it."))
    reply, version = under_review(reply_id, version_id, by)
    known = [reason for reason in REASONS if reason in reasons]
    review = decided(reply, version, Decision.RETURN, by, at, reasons=known, note=words)
    reply.return_for_changes(note=words)
    if reply.kind is ReplyKind.COMMUNITY:
        feed.hold_for_changes(mention=mention_of(reply), writer_id=reply.writer_id, at=at)
    record("reply.returned", subject=reply, actor_id=by.id, at=at, version=version.id, reasons=known)
    return review


def reject(*, reply_id: int, version_id: int, note: str, by: Person, at: datetime) -> Review:
    """Say that this will not be said; somebody else may answer the post.

    Raises:
        Overtaken: somebody decided before, or there is a newer version than ``version_id``.
        NotAllowed: these are the person's own words.
        Invalid: the writer is not told why.
    """
    words = checked_note(note, _("Tell the writer why, in a sentence."))
    reply, version = under_review(reply_id, version_id, by)
    review = decided(reply, version, Decision.REJECT, by, at, note=words)
    reply.reject(note=words)
    if reply.kind is ReplyKind.COMMUNITY:
        mention_of(reply).reopen()
        announce(EventType.POST_FREED, subject_id=reply.mention_id, at=at)
    record("reply.rejected", subject=reply, actor_id=by.id, at=at, version=version.id)
    return review


def escalate(*, reply_id: int, version_id: int, note: str, by: Person, at: datetime) -> Review:
    """Hand the post to staff and free its writer; the words are withdrawn and kept.

    Raises:
        Overtaken: somebody decided before, or there is a newer version than ``version_id``.
        NotAllowed: these are the person's own words.
        Invalid: staff are not told why.
    """
    words = checked_note(note, _("Tell staff why this is for them."))
    reply, version = under_review(reply_id, version_id, by)
    review = decided(reply, version, Decision.ESCALATE, by, at, note=words)
    _to_staff(reply, reason=words, part="escalated", by_id=by.id, at=at)
    say(mention_of(reply), Said.STAFF, source=source_of(by), by_id=by.id, at=at)
    record("reply.escalated", subject=reply, actor_id=by.id, at=at, version=version.id)
    return review


def escalate_overdue(*, reply_id: int, at: datetime) -> bool:
    """Hand the post of a reply that nobody reviewed in time to staff; the words are withdrawn and kept.

    Returns False if somebody has decided by now.
    """
    waiting = select(Reply).where(Reply.id == reply_id, Reply.status == ReplyStatus.SUBMITTED).with_for_update()
    reply = session.scalar(waiting, execution_options={"populate_existing": True})
    if reply is None:
        return False
    reason = _("A reply was written, and nobody reviewed it in time.")
    _to_staff(reply, reason=reason, part="overdue", by_id=None, at=at)
    record("reply.overdue", subject=reply, actor_id=None, at=at)
    announce(EventType.REPLY_DECIDED, subject_id=reply.id, at=at)
    return True


def _to_staff(reply: Reply, *, reason: str, part: str, by_id: int | None, at: datetime) -> None:
    reply.withdraw()
    mention = mention_of(reply)
    points = max(mention.priority, ESCALATED_PRIORITY)
    cases.open_case(
        mention=mention,
        reason=reason,
        priority=points,
        parts=[(part, points)],
        opened_by_id=by_id,
        at=at,
        sensitive=reply.sensitive,
    )
