"""Letting words out: as they stand, in the reviewer's own wording, and taking that back in time."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import select, update
from sqlalchemy.exc import IntegrityError

from app.accounts.permissions import Permission, Person, may
from app.advocates.queries import has_raised
from app.foundation.db import session
from app.foundation.errors import Conflict, Invalid, NotAllowed
from app.foundation.events import EventType, announce
from app.foundation.journal import record
from app.foundation.words import _
from app.publishing import actions as publishing
from app.publishing.models import Publication
from app.replies import marks
from app.replies.checks import check_or_refuse
from app.replies.models import Reply, ReplyStatus, ReplyVersion
from app.reviews import queries
from app.reviews.actions.deciding import Overtaken, decided, locked, under_review
from app.reviews.models import Decision, Review
from app.reviews.second_look import know_hosts

#: Nobody lifts an advocate up and lets their words out in one go.
RAISED_LATELY = timedelta(days=1)


@dataclass(frozen=True, slots=True)
class Approval:
    """What an approval led to; without a publication a second person must approve too."""

    review: Review
    publication: Publication | None


def approve(
    *, reply_id: int, version_id: int, by: Person, at: datetime, undo_lasts: timedelta, edition: int = 1
) -> Approval:
    """Let a reply out as it stands, or, where two must, count as the first of them.

    ``edition`` is that of the post as it was read.

    Raises:
        Overtaken: somebody decided before, there is a newer version than ``version_id``, or the post was edited.
        NotAllowed: these are the person's own words, or they approved them before.
        Conflict: the first approval is not theirs to give.
        Invalid: it may not be said as it stands; it can still be edited, returned, rejected or escalated.
    """
    reply, version = under_review(reply_id, version_id, by)
    _refuse_unread(reply, edition)
    _refuse_what_may_not_be_said(reply, version)
    earlier = [review for review in queries.approvals_of(version.id) if review.reviewer_id != by.id]
    if not earlier and not may(by, Permission.REVIEW):
        raise Conflict(_("A moderator gives the first approval; you may give the second."))
    return _approve(reply, version, by, at, undo_lasts, earlier=earlier)


def _refuse_unread(reply: Reply, edition: int) -> None:
    """An answer to words that the reviewer has not seen is nobody's to approve."""
    if reply.mention.edition != edition:
        raise Overtaken(_("The customer edited the post while you had it open. Read it again before you decide."))


def _refuse_what_may_not_be_said(reply: Reply, version: ReplyVersion) -> None:
    """Check once more: the writer's checks may be older than the list of links, or have been passed by."""
    try:
        check_or_refuse(version.text, signature=version.signature, network=reply.mention.connection.kind)
    except Invalid as found:
        said = _("%(why)s Nothing was approved: edit it, return it, or escalate it to staff.", why=found.message)
        raise Invalid(said) from found


def approve_edited(
    *, reply_id: int, version_id: int, text: str, by: Person, at: datetime, undo_lasts: timedelta, edition: int = 1
) -> Approval:
    """Save the reviewer's own wording and let it out in one act; unchanged words are a plain approval.

    Where more than half of the words are new the reviewer is their writer, and a second person must approve.

    Raises:
        Overtaken: somebody decided before, there is a newer version than ``version_id``, or the post was edited.
        NotAllowed: these are the person's own words.
        Invalid: the text may not be said.
    """
    reply, seen = under_review(reply_id, version_id, by)
    _refuse_unread(reply, edition)
    words = marks.clean(text)
    if words == seen.text:
        return approve(reply_id=reply_id, version_id=version_id, by=by, at=at, undo_lasts=undo_lasts, edition=edition)
    check_or_refuse(words, signature=seen.signature, network=reply.mention.connection.kind)
    version = ReplyVersion(
        reply_id=reply.id,
        number=max(each.number for each in reply.versions) + 1,
        text=words,
        signature=seen.signature,
        target_external_id=seen.target_external_id,
        target_edition=edition,
        editor_id=by.id,
        saved_at=at,
        sealed_at=at,
    )
    reply.versions.append(version)
    session.flush()  # the approval names the version
    record("reply.edited", subject=reply, actor_id=by.id, at=at, version=version.id)
    return _approve(reply, version, by, at, undo_lasts)


def _approve(
    reply: Reply,
    version: ReplyVersion,
    by: Person,
    at: datetime,
    undo_lasts: timedelta,
    *,
    earlier: Sequence[Review] = (),
) -> Approval:
    if has_raised(by_id=by.id, user_id=reply.writer_id, since=at - RAISED_LATELY):
        raise NotAllowed(
            _("You raised this writer's standing today. Until tomorrow somebody else approves their replies.")
        )
    edited = version.editor_id != reply.writer_id
    mine_lapsed = (*queries.given_to(version.id), Review.reviewer_id == by.id, queries.has_lapsed())
    session.execute(update(Review).where(*mine_lapsed).values(undone_at=at))
    try:
        review = decided(reply, version, Decision.APPROVE, by, at, edited=edited)
    except IntegrityError as error:
        raise NotAllowed(_("You approved this already. A second person must approve it too.")) from error
    must_be_two = bool(queries.two_because(reply))
    if must_be_two and not earlier:
        record("reply.approved_by_one", subject=reply, actor_id=by.id, at=at, version=version.id, review=review.id)
        return Approval(review, None)
    reply.approve()
    know_hosts(version)
    publication = publishing.create_publication(
        reply=reply,
        version=version,
        approver_id=by.id,
        approval_key=f"review:{review.id}",
        first_approver_id=earlier[0].reviewer_id if must_be_two else None,
        edition=review.edition,
        at=at,
        undo_lasts=undo_lasts,
    )
    record("reply.approved", subject=reply, actor_id=by.id, at=at, version=version.id, review=review.id)
    return Approval(review, publication)


def undo(*, reply_id: int, by: Person, at: datetime) -> Review:
    """Take one's own approval back before anything has left; the reply waits for a decision again.

    Raises:
        Conflict: there is nothing to undo, or the reply is on its way.
    """
    reply = locked(reply_id, by)
    mine = select(Review).where(
        Review.reply_id == reply.id,
        Review.reviewer_id == by.id,
        Review.decision == Decision.APPROVE,
        Review.undone_at.is_(None),
    )
    review = session.scalars(mine.order_by(Review.id.desc()).limit(1)).one_or_none()
    if review is None or reply.status not in {ReplyStatus.APPROVED, ReplyStatus.SUBMITTED}:
        raise Conflict(_("There is nothing to undo here any more."))
    if reply.status is ReplyStatus.APPROVED:
        publishing.cancel(reply_id=reply.id, by_id=by.id, at=at)
        reply.take_back()
    review.undone_at = at
    record("reply.approval_undone", subject=reply, actor_id=by.id, at=at, review=review.id)
    announce(EventType.REPLY_NEW, subject_id=reply.id, at=at)
    return review
