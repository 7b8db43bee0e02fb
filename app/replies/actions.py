"""From the first word to the moderators: start, keep, send, take back, hand over."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum

from sqlalchemy import select
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import selectinload

from app.advocates.models import Advocate
from app.cases import actions as cases
from app.cases.models import Case
from app.feed import actions as feed
from app.feed import queries as feed_queries
from app.feed.models import Claim, ClaimEnd
from app.foundation.db import session
from app.foundation.errors import Conflict, Invalid, NotAllowed, NotFound
from app.foundation.events import EventType, announce
from app.foundation.journal import record
from app.foundation.words import _
from app.mentions.models import Mention
from app.replies import drafts, queries
from app.replies.checks import Checked, check
from app.replies.drafts import Target, Typed
from app.replies.models import Reply, ReplyKind, ReplyStatus, ReplyVersion
from app.triage.labelling import say
from app.triage.types import Said, Source

#: A click on "Undo" takes a moment to arrive.
UNDO_GRACE = timedelta(seconds=3)
_WRITABLE = (ReplyStatus.DRAFT, ReplyStatus.RETURNED)


class Hurdle(StrEnum):
    """Why a reply was kept and not sent."""

    BLOCKED = "blocked"
    CLAIM_ENDED = "claim_ended"
    OTHER_TAB = "other_tab"
    EDITED = "edited"


@dataclass(frozen=True, slots=True)
class Kept:
    """What became of the words: always kept in ``version``; ``other_tab`` says that another page holds newer ones."""

    reply: Reply
    version: ReplyVersion
    other_tab: bool = False


@dataclass(frozen=True, slots=True)
class Sent:
    """What became of a reply that was to be sent; without a hurdle it is with the moderators."""

    reply: Reply
    hurdle: Hurdle | None = None
    checked: Checked | None = None


def signature_of(advocate: Advocate, *, role: str) -> str:
    """Return what stands below every reply of this advocate: a name, and in plain words what they are."""
    return f"{advocate.signs_as}, {role}" if advocate.signs_as else ""


def start(*, mention_id: int, advocate: Advocate, at: datetime) -> Reply:
    """Return the advocate's reply for a post which they hold or have held, begun if there is none.

    Raises:
        NotAllowed: they never held it.
    """
    under_way = queries.live_reply_on(mention_id=mention_id, writer_id=advocate.user_id)
    if under_way is not None:
        return _locked(under_way.id)
    if not feed_queries.has_held(mention_id=mention_id, advocate_id=advocate.id):
        raise NotAllowed(_("Claim the post first; then it is yours to answer."))
    reply = Reply(mention_id=mention_id, writer_id=advocate.user_id, started_at=at)
    try:
        with session.begin_nested():
            session.add(reply)
    except IntegrityError as error:
        raise Conflict(_("You began this reply in another tab. Load the page again; nothing is lost.")) from error
    record("reply.started", subject=reply, actor_id=advocate.user_id, at=at, mention=mention_id)
    return _locked(reply.id)


def _locked(reply_id: int) -> Reply:
    """Return a reply and its versions as they are now, and let nobody else move it until this is over."""
    wanted = select(Reply).where(Reply.id == reply_id).options(selectinload(Reply.versions))
    found = session.scalar(wanted.with_for_update().execution_options(populate_existing=True))
    if found is None:
        raise NotFound(_("There is no such reply."))
    return found


def own_reply(*, reply_id: int, writer_id: int) -> Reply:
    """Return one's own reply to a post of the crowd's, locked.

    Raises:
        NotFound: it is not theirs.
        Conflict: they wrote it as staff, for a case.
    """
    reply = _locked(reply_id)
    if reply.writer_id != writer_id:
        raise NotFound(_("There is no such reply."))
    if reply.kind is ReplyKind.STAFF:
        raise Conflict(_("This is staff's answer. It is changed or taken back on its case."))
    return reply


def save_draft(
    *, reply: Reply, advocate: Advocate, typed: Typed, signature: str, at: datetime, lasts: timedelta = feed.CLAIM_LASTS
) -> Kept:
    """Keep what was typed, whether the claim still lives or not; typing keeps a living claim alive.

    Raises:
        Conflict: the reply is with the moderators already, or has ended.
    """
    if reply.status not in _WRITABLE:
        raise Conflict(_("This reply has been sent already. What you typed here stays on this page."))
    version, other_tab = _write(reply, advocate, typed, signature, at)
    claim = _live_claim(reply, advocate)
    if claim is not None:
        feed.extend(claim=claim, at=at, lasts=lasts)
    return Kept(reply, version, other_tab)


def _write(reply: Reply, advocate: Advocate, typed: Typed, signature: str, at: datetime) -> tuple[ReplyVersion, bool]:
    mention = session.get_one(Mention, reply.mention_id)
    target = Target(mention.external_id, mention.edition)
    return drafts.write(reply, typed, target=target, signature=signature, editor_id=advocate.user_id, at=at)


def _live_claim(reply: Reply, advocate: Advocate) -> Claim | None:
    held = feed_queries.live_claims(advocate.id)
    return next((claim for claim in held if claim.mention_id == reply.mention_id), None)


def submit(*, reply: Reply, advocate: Advocate, typed: Typed, signature: str, network: str, at: datetime) -> Sent:
    """Send a reply to the moderators, or keep it and say what stands in the way. A form sent twice changes nothing."""
    if reply.status not in _WRITABLE:
        return Sent(reply)
    version, other_tab = _write(reply, advocate, typed, signature, at)
    checked = check(version.text, signature=signature, network=network)
    if other_tab:
        return Sent(reply, Hurdle.OTHER_TAB, checked)
    if not checked.may_send:
        return Sent(reply, Hurdle.BLOCKED, checked)
    if version.target_edition < session.get_one(Mention, reply.mention_id).edition:
        return Sent(reply, Hurdle.EDITED, checked)
    claim = _live_claim(reply, advocate)
    if claim is None or not feed.end(claim=claim, because=ClaimEnd.SUBMITTED, at=at):
        return Sent(reply, Hurdle.CLAIM_ENDED, checked)
    version.sealed_at = at
    reply.submit(at=at)
    session.get_one(Mention, reply.mention_id, populate_existing=True).submit()
    record("reply.submitted", subject=reply, actor_id=advocate.user_id, at=at, version=version.id)
    announce(EventType.REPLY_NEW, subject_id=reply.id, at=at)
    announce(EventType.POST_CLAIMED, subject_id=reply.mention_id, at=at)
    return Sent(reply, None, checked)


def recall(*, reply: Reply, at: datetime, undo_lasts: timedelta, claim_lasts: timedelta = feed.CLAIM_LASTS) -> Reply:
    """Take a reply back right after sending it: it is a draft again, and its post in the writer's hands.

    Raises:
        Conflict: a moderator has decided, or the moment has passed.
    """
    if reply.status is ReplyStatus.DRAFT:
        return reply
    if reply.submitted_at is None or at > reply.submitted_at + undo_lasts + UNDO_GRACE:
        raise Conflict(_("It is too late to undo. You can still withdraw the reply while no moderator has decided."))
    newest = queries.newest_version(reply)
    reply.recall()
    if newest is not None:
        reply.versions.append(
            ReplyVersion(
                number=newest.number + 1,
                text=newest.text,
                signature=newest.signature,
                target_external_id=newest.target_external_id,
                target_edition=newest.target_edition,
                editor_id=reply.writer_id,
                saved_at=at,
                saved_from=newest.saved_from,
            )
        )
    mention = session.get_one(Mention, reply.mention_id, populate_existing=True)
    feed.hold_for_changes(mention=mention, writer_id=reply.writer_id, at=at, lasts=claim_lasts, counts=True)
    record("reply.recalled", subject=reply, actor_id=reply.writer_id, at=at)
    announce(EventType.REPLY_DECIDED, subject_id=reply.id, at=at)
    return reply


def withdraw(*, reply: Reply, advocate: Advocate, at: datetime) -> None:
    """Give a reply up: its post goes back to the others. A second time changes nothing.

    Raises:
        Conflict: it has been approved, and only a moderator can still stop it.
    """
    if reply.status is ReplyStatus.WITHDRAWN:
        return
    if reply.status is ReplyStatus.APPROVED:
        raise Conflict(_("It has been approved and is about to be posted. A moderator can still stop it."))
    was_in_review = reply.status is ReplyStatus.SUBMITTED
    reply.withdraw()
    record("reply.withdrawn", subject=reply, actor_id=advocate.user_id, at=at)
    if was_in_review:
        session.get_one(Mention, reply.mention_id, populate_existing=True).reopen()
        announce(EventType.REPLY_DECIDED, subject_id=reply.id, at=at)
        announce(EventType.POST_FREED, subject_id=reply.mention_id, at=at)
    elif (claim := _live_claim(reply, advocate)) is not None:
        feed.release(claim_id=claim.id, advocate_id=advocate.id, actor_id=advocate.user_id, at=at)


class HandOverReason(StrEnum):
    """Why a post is for staff."""

    UNHAPPY = "unhappy"
    ORDER = "order"
    SAFETY = "safety"
    LEGAL = "legal"
    TECHNICAL = "technical"
    OTHER = "other"


_SAID = {
    HandOverReason.UNHAPPY: Said.STAFF_ANGRY,
    HandOverReason.ORDER: Said.STAFF_SENSITIVE,
    HandOverReason.SAFETY: Said.STAFF_SENSITIVE,
    HandOverReason.LEGAL: Said.STAFF_SENSITIVE,
    HandOverReason.TECHNICAL: Said.STAFF_TECHNICAL,
    HandOverReason.OTHER: Said.STAFF,
}
_SENSITIVE = frozenset({HandOverReason.ORDER, HandOverReason.SAFETY, HandOverReason.LEGAL})
_PRIORITY = {HandOverReason.SAFETY: 90, HandOverReason.LEGAL: 70, HandOverReason.ORDER: 60, HandOverReason.UNHAPPY: 60}
_USUAL_PRIORITY = 50


def hand_over(*, claim_id: int, advocate: Advocate, reason: HandOverReason, note: str, at: datetime) -> Case:
    """Give a claimed post to staff: the claim ends, the draft is withdrawn, a case is opened.

    Raises:
        Conflict: the claim has ended.
        Invalid: there is no word on why.
        NotFound: the claim is not theirs.
    """
    if not note.strip():
        raise Invalid(_("Say in a word why staff should have it."), field="note")
    claim = feed.own_claim(claim_id=claim_id, advocate_id=advocate.id)
    if not feed.end(claim=claim, because=ClaimEnd.HANDED_OVER, at=at):
        raise feed.Ended
    draft = queries.live_reply_on(mention_id=claim.mention_id, writer_id=advocate.user_id)
    if draft is not None and draft.status in _WRITABLE:
        draft.withdraw()
        record("reply.withdrawn", subject=draft, actor_id=advocate.user_id, at=at)
    mention = session.get_one(Mention, claim.mention_id, populate_existing=True)
    points = _PRIORITY.get(reason, _USUAL_PRIORITY)
    case = cases.open_case(
        mention=mention,
        reason=note.strip(),
        tags=[reason.value],
        priority=points,
        parts=[("handed_over", points)],
        opened_by_id=advocate.user_id,
        at=at,
        sensitive=reason in _SENSITIVE,
        safety=reason is HandOverReason.SAFETY,
    )
    say(mention, _SAID[reason], source=Source.ADVOCATE, by_id=advocate.user_id, at=at)
    record("mention.handed_over", subject=mention, actor_id=advocate.user_id, at=at, reason=reason.value)
    announce(EventType.POST_CLAIMED, subject_id=mention.id, at=at)
    return case
