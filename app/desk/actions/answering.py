"""Answering a case in public, and undoing that in time."""

from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import or_, select

from app.accounts.permissions import Person
from app.cases.models import Case
from app.desk.actions.handling import live_case, refuse_unanswerable
from app.foundation.db import session
from app.foundation.errors import Conflict
from app.foundation.events import EventType, announce
from app.foundation.journal import record
from app.foundation.words import _
from app.mentions.models import Mention
from app.publishing import actions as publishing
from app.publishing.models import Publication
from app.replies import marks
from app.replies.checks import check_or_refuse
from app.replies.models import Reply, ReplyKind, ReplyStatus, ReplyVersion
from app.reviews.models import Decision, Review, ReviewKind


@dataclass(frozen=True, slots=True)
class Answered:
    """What became of staff's words: out after the undo window, or before a second person."""

    reply: Reply
    needs_second: bool


def answer(
    *,
    case_id: int,
    writer: Person,
    text: str,
    signature: str,
    form_key: str,
    undo_lasts: timedelta,
    at: datetime,
    edition: int = 1,
) -> Answered:
    """Answer a case in public, through the same outbox as everybody's words.

    A sensitive case waits for a second person. ``form_key`` is the form's own: sent twice, it answers once. ``edition``
    is that of the post as it was read.

    Raises:
        Conflict: the case has ended, an answer is on its way, or the post was edited.
        Invalid: the text cannot be said.
    """
    if again := _answered_by(form_key):
        return again
    case = live_case(case_id)
    mention = session.get_one(Mention, case.mention_id)
    refuse_unanswerable(mention)
    if mention.edition != edition:
        raise Conflict(_("The customer edited the post while you wrote. Read it again; what you wrote is still here."))
    check_or_refuse(text, signature=signature)
    reply, version = _written(mention, writer, text, signature, sensitive=case.sensitive, at=at)
    if case.sensitive:
        reply.submit(at=at)
        announce(EventType.REPLY_NEW, subject_id=reply.id, at=at)
    else:
        _issue(reply, version, writer, edition, form_key=form_key, undo_lasts=undo_lasts, at=at)
    case.assign(to_id=writer.id)
    record("case.answered", subject=case, actor_id=writer.id, at=at, reply_id=reply.id)
    announce(EventType.CASE_CHANGED, subject_id=case.id, at=at)
    return Answered(reply, needs_second=case.sensitive)


def _answered_by(form_key: str) -> Answered | None:
    reply = session.scalar(
        select(Reply).join(Publication, Publication.reply_id == Reply.id).where(Publication.approval_key == form_key)
    )
    return None if reply is None else Answered(reply, needs_second=False)


def _written(
    mention: Mention, writer: Person, text: str, signature: str, *, sensitive: bool, at: datetime
) -> tuple[Reply, ReplyVersion]:
    live = (ReplyStatus.SUBMITTED, ReplyStatus.APPROVED)
    if session.scalar(select(Reply.id).where(Reply.mention_id == mention.id, Reply.status.in_(live))):
        raise Conflict(_("An answer to this post is on its way already. What you wrote is still here."))
    _withdraw_unsent(mention, writer, at=at)
    publishing.settle_written_anew(mention_id=mention.id, by_id=writer.id, at=at)
    reply = Reply(mention_id=mention.id, writer_id=writer.id, kind=ReplyKind.STAFF, sensitive=sensitive, started_at=at)
    session.add(reply)
    session.flush()  # the version names the reply
    version = ReplyVersion(
        reply_id=reply.id,
        number=1,
        text=marks.clean(text).strip(),
        signature=signature,
        target_external_id=mention.external_id,
        target_edition=mention.edition,
        editor_id=writer.id,
        saved_at=at,
        sealed_at=at,
    )
    session.add(version)
    session.flush()  # review and publication name the version
    return reply, version


def _withdraw_unsent(mention: Mention, writer: Person, *, at: datetime) -> None:
    """End what this answer takes the place of: one that came back to staff, and the writer's own draft for the crowd."""
    unsent = select(Reply).where(
        Reply.mention_id == mention.id,
        Reply.status.in_((ReplyStatus.DRAFT, ReplyStatus.RETURNED)),
        or_(Reply.kind == ReplyKind.STAFF, Reply.writer_id == writer.id),
    )
    for reply in session.scalars(unsent):
        reply.withdraw()
        record("reply.withdrawn", subject=reply, actor_id=writer.id, at=at)


def _issue(
    reply: Reply,
    version: ReplyVersion,
    writer: Person,
    edition: int,
    *,
    form_key: str,
    undo_lasts: timedelta,
    at: datetime,
) -> None:
    reply.issue(at=at)
    session.add(
        Review(
            reply_id=reply.id,
            reply_version_id=version.id,
            reviewer_id=writer.id,
            writer_id=writer.id,
            kind=ReviewKind.STAFF,
            decision=Decision.APPROVE,
            decided_at=at,
            edition=edition,
        )
    )
    publishing.create_publication(
        reply=reply,
        version=version,
        approver_id=writer.id,
        approval_key=form_key,
        edition=edition,
        at=at,
        undo_lasts=undo_lasts,
    )


def take_back(*, case_id: int, by: Person, at: datetime) -> Reply:
    """Undo one's own answer before it leaves, or before a second person has read it.

    Raises:
        Conflict: it has left, or there is none of this person's.
    """
    case = session.get_one(Case, case_id)
    reply = session.scalar(
        select(Reply).where(
            Reply.mention_id == case.mention_id,
            Reply.writer_id == by.id,
            Reply.kind == ReplyKind.STAFF,
            Reply.status.in_((ReplyStatus.SUBMITTED, ReplyStatus.APPROVED)),
        )
    )
    if reply is None:
        raise Conflict(_("There is nothing to undo: the answer has left."))
    if reply.status is ReplyStatus.APPROVED:
        publishing.cancel(reply_id=reply.id, by_id=by.id, at=at)
    reply.withdraw()
    record("reply.withdrawn", subject=reply, actor_id=by.id, at=at)
    announce(EventType.CASE_CHANGED, subject_id=case.id, at=at)
    announce(EventType.REPLY_DECIDED, subject_id=reply.id, at=at)
    return reply
