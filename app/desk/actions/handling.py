"""Cases are taken, noted on, ended and given back."""

from datetime import datetime

from sqlalchemy import select

from app.accounts.permissions import Person
from app.cases.actions import open_case
from app.cases.models import Case, CaseNote
from app.channels.models import Connection
from app.channels.words import why_no_reply
from app.foundation.db import session
from app.foundation.errors import Conflict, Invalid
from app.foundation.events import EventType, announce
from app.foundation.journal import record
from app.foundation.tasks import TaskKind, settle_tasks
from app.foundation.words import _
from app.mentions.models import IgnoredBecause, Mention, MentionStatus
from app.mentions.types import FeedLane, Route
from app.publishing.models import Publication, PublicationStatus
from app.replies.models import Reply, ReplyStatus
from app.triage.labelling import say, source_of
from app.triage.types import Said

_MAY_STILL_BE_SAID = (
    PublicationStatus.READY,
    PublicationStatus.WAITING,
    PublicationStatus.HELD,
    PublicationStatus.HANDED_OUT,
    PublicationStatus.SENDING,
    PublicationStatus.UNKNOWN,
    PublicationStatus.ABSENT,
)


def live_case(case_id: int) -> Case:
    """Return a case that staff still have.

    Raises:
        Conflict: it has ended.
    """
    case = session.get_one(Case, case_id)
    if not case.is_live:
        raise Conflict(
            _("This case has been ended meanwhile. What you wrote is still here; reload to see what happened.")
        )
    return case


def refuse_unanswerable(mention: Mention) -> None:
    """Let nobody write what neither we nor a person may post.

    Raises:
        Conflict: the network does not let us answer, and it is not answered by hand.
    """
    connection = session.get_one(Connection, mention.connection_id)
    if not mention.can_reply and not connection.wants_by_hand(mention.cannot_reply_why):
        raise Conflict(why_no_reply(mention.cannot_reply_why))


def assign(*, case_id: int, to: Person, at: datetime) -> Case:
    """Put a case into a person's hands, from nobody's or another's.

    Raises:
        Conflict: it has ended.
    """
    case = live_case(case_id)
    case.assign(to_id=to.id)
    record("case.assigned", subject=case, actor_id=to.id, at=at)
    announce(EventType.CASE_CHANGED, subject_id=case.id, at=at)
    return case


def add_note(*, case_id: int, author: Person, text: str, at: datetime) -> CaseNote:
    """Tell the others something about a case, ended or not.

    Raises:
        Invalid: there are no words.
    """
    if not text.strip():
        raise Invalid(_("Write the note first."), field="text")
    case = session.get_one(Case, case_id)
    note = CaseNote(case_id=case.id, author_id=author.id, text=text.strip(), written_at=at)
    session.add(note)
    record("case.noted", subject=case, actor_id=author.id, at=at)
    announce(EventType.CASE_CHANGED, subject_id=case.id, at=at)
    return note


def resolve(*, case_id: int, by: Person, at: datetime) -> Case:
    """End a case; a post that nobody answered in public is closed with it.

    Raises:
        Conflict: it has ended, or an answer is still on its way.
    """
    case = live_case(case_id)
    mention = _nothing_under_way(case)
    case.resolve(at=at)
    if mention.status is MentionStatus.ESCALATED:
        mention.close()
        record("mention.closed", subject=mention, actor_id=by.id, at=at)
    record("case.resolved", subject=case, actor_id=by.id, at=at)
    announce(EventType.CASE_CHANGED, subject_id=case.id, at=at)
    return case


def return_to_feed(*, case_id: int, by: Person, brief: str, at: datetime) -> Mention:
    """Let the crowd answer after all; ``brief`` stays a staff note.

    Raises:
        Conflict: it has ended, is answered, or an answer is on its way.
    """
    case = live_case(case_id)
    mention = _nothing_under_way(case)
    case.return_to_feed(at=at)
    _open_to_crowd(mention, by=by, at=at)
    if brief.strip():
        session.add(CaseNote(case_id=case.id, author_id=by.id, text=brief.strip(), written_at=at))
    record("case.returned", subject=case, actor_id=by.id, at=at)
    announce(EventType.CASE_CHANGED, subject_id=case.id, at=at)
    return mention


def _open_to_crowd(mention: Mention, *, by: Person, at: datetime) -> None:
    if mention.masked_text is None:
        raise Conflict(
            _("Triage could not read this post, so its personal data is not hidden. Only staff can answer it.")
        )
    refuse_unanswerable(mention)
    mention.reopen()
    mention.route = Route.COMMUNITY
    mention.waits_since = at
    mention.feed_lane = mention.feed_lane or FeedLane.QUESTIONS
    say(mention, Said.COMMUNITY, source=source_of(by), by_id=by.id, at=at)
    record("mention.reopened", subject=mention, actor_id=by.id, at=at)
    announce(EventType.POST_NEW, subject_id=mention.id, at=at)


def _nothing_under_way(case: Case) -> Mention:
    waiting = session.scalar(
        select(Publication.id).where(
            Publication.mention_id == case.mention_id, Publication.status.in_(_MAY_STILL_BE_SAID)
        )
    )
    submitted = session.scalar(
        select(Reply.id).where(Reply.mention_id == case.mention_id, Reply.status == ReplyStatus.SUBMITTED)
    )
    if waiting or submitted:
        raise Conflict(_("An answer is on its way. Wait for it, or undo it, then end the case."))
    return session.get_one(Mention, case.mention_id)


def put_on_feed(*, mention_id: int, by: Person, at: datetime) -> Mention:
    """Let the crowd answer what triage had set aside.

    Raises:
        Conflict: it is not set aside any more, or the network does not let us answer.
    """
    mention = session.get_one(Mention, mention_id)
    _nothing_but_words(mention)
    if mention.status is not MentionStatus.IGNORED:
        raise Conflict(_("This post is not set aside any more. Reload to see where it is now."))
    _open_to_crowd(mention, by=by, at=at)
    return mention


def _nothing_but_words(mention: Mention) -> None:
    if mention.is_erased:
        raise Conflict(_("Its author removed this post. Nothing of it is kept."))


def answer_anew(*, mention_id: int, by: Person, at: datetime) -> Case:
    """Put a post whose reply no longer stands into staff's hands, to be answered once more.

    Raises:
        Conflict: its reply still stands, or somebody has taken it up before.
    """
    mention = session.get_one(Mention, mention_id)
    _nothing_but_words(mention)
    stands = (*_MAY_STILL_BE_SAID, PublicationStatus.SENT)
    standing = select(Publication.id).where(Publication.mention_id == mention.id, Publication.status.in_(stands))
    if mention.status is not MentionStatus.ANSWERED or session.scalar(standing.limit(1)):
        raise Conflict(_("Its reply still stands, or somebody has taken the post up before. Reload to see."))
    mention.take_up_again()
    record("mention.taken_up_again", subject=mention, actor_id=by.id, at=at)
    return open_case(mention=mention, reason="", priority=mention.priority, opened_by_id=by.id, at=at)


def let_be(*, mention_id: int, by: Person, at: datetime) -> Mention:
    """Say that a post which triage could not read needs no answer.

    Raises:
        Conflict: somebody has taken it up before.
    """
    mention = session.get_one(Mention, mention_id)
    if mention.status is not MentionStatus.QUARANTINED:
        raise Conflict(_("Somebody has taken this post up before. Reload to see where it is now."))
    mention.ignore(IgnoredBecause.LET_BE)
    settle_tasks(TaskKind.POISON, mention, by_id=by.id, at=at)
    record("mention.ignored", subject=mention, actor_id=by.id, at=at)
    return mention


def make_case(*, mention_id: int, by: Person, reason: str, at: datetime) -> Case:
    """Put a post into staff's hands: one on the feed that nobody has claimed, one set aside, one triage could not read.

    Raises:
        Conflict: somebody is working on it, or it has ended.
    """
    mention = session.get_one(Mention, mention_id)
    _nothing_but_words(mention)
    if mention.status is MentionStatus.CLAIMED or mention.status is MentionStatus.IN_REVIEW:
        raise Conflict(_("An advocate is working on it. A moderator can end the claim first."))
    if mention.status is MentionStatus.IGNORED:
        mention.reopen()
    settle_tasks(TaskKind.POISON, mention, by_id=by.id, at=at)
    say(mention, Said.STAFF, source=source_of(by), by_id=by.id, at=at)
    record("mention.escalated", subject=mention, actor_id=by.id, at=at)
    return open_case(mention=mention, reason=reason.strip(), priority=mention.priority, opened_by_id=by.id, at=at)
