"""Mentions: whom they are shown to, their threads, and which of them should be looked up again."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import ColumnElement, and_, exists, false, func, or_, select, true
from sqlalchemy.orm import joinedload

from app.accounts.permissions import Permission, Person, may, scoped, visible
from app.foundation.db import session
from app.foundation.errors import NotFound
from app.foundation.stumbles import may_be_taken
from app.foundation.words import _
from app.mentions.models import Author, Conversation, IgnoredBecause, Mention, MentionStatus, ThreadPost
from app.mentions.types import Route

_LIVE = (
    MentionStatus.UNSURE,
    MentionStatus.OPEN,
    MentionStatus.BY_HAND,
    MentionStatus.CLAIMED,
    MentionStatus.IN_REVIEW,
    MentionStatus.ESCALATED,
)
_SHOWN_TO_CROWD = (
    MentionStatus.OPEN,
    MentionStatus.BY_HAND,
    MentionStatus.CLAIMED,
    MentionStatus.IN_REVIEW,
    MentionStatus.ANSWERED,
    MentionStatus.EXPIRED,
)
LIVE_CHECK_POLLS = 60
#: Under this name the listener stumbles; it has no lane.
LISTENING = "listening"
#: And under this one whoever asks how known posts stand now.
LOOKING_UP = "looking up"
ENDED_CHECK = timedelta(hours=12)


@visible(Mention)
def _seen_by(person: Person) -> ColumnElement[bool]:
    if may(person, Permission.SEE_STAFF_LANES):
        return true()
    if may(person, Permission.SEE_FEED):
        return and_(Mention.route == Route.COMMUNITY, Mention.status.in_(_SHOWN_TO_CROWD))
    return false()


def mention_of(person: Person, mention_id: int) -> Mention:
    """Return one mention with its author and connection.

    Raises:
        NotFound: there is none, or not for this person.
    """
    wanted = select(Mention).where(Mention.id == mention_id)
    mention = session.scalars(
        scoped(wanted, person).options(joinedload(Mention.author), joinedload(Mention.connection))
    ).one_or_none()
    if mention is None:
        raise NotFound(_("There is no such post."))
    return mention


@dataclass(frozen=True, slots=True)
class ThreadLine:
    """One post of a thread, as it is read: ``mention_id`` is None for posts that are no mentions."""

    external_id: str
    parent_external_id: str | None
    author_name: str
    author_handle: str
    text: str
    masked_text: str | None
    url: str
    posted_at: datetime
    ours: bool
    mention_id: int | None = None


def thread_of(person: Person, mention: Mention, *, kept: ColumnElement[bool], limit: int = 100) -> list[ThreadLine]:
    """Return the newest posts of the mention's thread, itself among them, oldest first; erased ones are left out.

    The others are those the person may know of, and of which ``kept`` is true: what a case keeps from somebody, only the
    room of the cases can say.
    """
    lines = [*_beside(mention, limit), *_mentions_in(person, mention, kept, limit)]
    return sorted(lines, key=lambda line: (line.posted_at, len(line.external_id), line.external_id))[-limit:]


def _beside(mention: Mention, limit: int) -> list[ThreadLine]:
    """Return the posts that are no mentions; one that came along first and was heard later is for its mention to show."""
    heard = exists().where(
        Mention.connection_id == ThreadPost.connection_id, Mention.external_id == ThreadPost.external_id
    )
    posts = session.scalars(
        select(ThreadPost)
        .where(ThreadPost.conversation_id == mention.conversation_id, ~heard)
        .order_by(ThreadPost.posted_at.desc(), ThreadPost.id.desc())
        .limit(limit)
    )
    return [
        ThreadLine(
            external_id=post.external_id,
            parent_external_id=post.parent_external_id,
            author_name=post.author_name,
            author_handle=post.author_handle,
            text=post.text,
            masked_text=None,
            url=post.url,
            posted_at=post.posted_at,
            ours=post.ours,
        )
        for post in posts
    ]


def _mentions_in(person: Person, mention: Mention, kept: ColumnElement[bool], limit: int) -> list[ThreadLine]:
    known = scoped(select(Mention.id), person).where(Mention.conversation_id == mention.conversation_id, kept)
    rows = session.execute(
        select(Mention, Author)
        .join(Author, Author.id == Mention.author_id)
        .where(
            Mention.conversation_id == mention.conversation_id,
            or_(Mention.id == mention.id, Mention.id.in_(known.correlate(None))),
            Mention.text != "",
        )
        .order_by(Mention.posted_at.desc(), Mention.id.desc())
        .limit(limit)
    )
    return [
        ThreadLine(
            external_id=post.external_id,
            parent_external_id=post.parent_external_id,
            author_name=author.name,
            author_handle=author.handle,
            text=post.text,
            masked_text=post.masked_text,
            url=post.url,
            posted_at=post.posted_at,
            ours=False,
            mention_id=post.id,
        )
        for post, author in rows
    ]


def to_check(*, connection_id: int, poll_seconds: int, at: datetime, limit: int = 100) -> list[str]:
    """Return the network's ids of posts that should be looked up again, longest unchecked first.

    What waits or is shown comes every 60 polls, at the latest every 12 hours; what has ended or stands beside mentions,
    every 12 hours.
    """
    every = min(ENDED_CHECK, timedelta(seconds=poll_seconds * LIVE_CHECK_POLLS))
    kept = (
        select(func.coalesce(Mention.edition_external_id, Mention.external_id))
        .where(
            Mention.connection_id == connection_id,
            Mention.ignored_because.is_distinct_from(IgnoredBecause.DELETED),
            may_be_taken(LOOKING_UP, Mention.id, at=at),
        )
        .order_by(Mention.checked_at, Mention.id)
    )
    live = kept.where(Mention.status.in_(_LIVE), Mention.checked_at < at - every)
    ended = kept.where(Mention.status.not_in(_LIVE), Mention.checked_at < at - ENDED_CHECK)
    beside = (
        select(ThreadPost.external_id)
        .where(
            ThreadPost.connection_id == connection_id,
            or_(ThreadPost.checked_at.is_(None), ThreadPost.checked_at < at - ENDED_CHECK),
            may_be_taken(LOOKING_UP, ThreadPost.id, at=at),
        )
        .order_by(ThreadPost.checked_at.nulls_first(), ThreadPost.id)
    )
    due: dict[str, None] = {}
    for wanted in (live, ended, beside):
        if len(due) < limit:
            due |= dict.fromkeys(session.scalars(wanted.limit(limit - len(due))))
    return list(due)


def looked_up(external_id: str, *, connection_id: int) -> Mention | ThreadPost | None:
    """Return the post that ``to_check`` names so."""
    named = or_(Mention.external_id == external_id, Mention.edition_external_id == external_id)
    mention = session.scalars(select(Mention).where(Mention.connection_id == connection_id, named)).first()
    return (
        mention
        or session.scalars(select(ThreadPost).filter_by(connection_id=connection_id, external_id=external_id)).first()
    )


def threads_to_fetch(*, connection_id: int, at: datetime, limit: int) -> Sequence[Conversation]:
    """Return threads somebody is about to read of which we know only a part, newest first."""
    return session.scalars(
        select(Conversation)
        .join(Mention, Mention.conversation_id == Conversation.id)
        .where(
            Conversation.connection_id == connection_id,
            Conversation.fetched_at.is_(None),
            Mention.status.in_(_LIVE),
            may_be_taken(LISTENING, Conversation.id, at=at),
        )
        .order_by(Mention.id.desc())
        .limit(limit)
    ).all()
