"""What every decision shares: the reply as it is now, its newest version, and the row that says who decided what."""

from collections.abc import Sequence
from datetime import datetime

from sqlalchemy import select
from sqlalchemy.orm import joinedload, selectinload

from app.accounts.permissions import Person
from app.foundation.db import session
from app.foundation.errors import Conflict, Invalid, NotAllowed
from app.foundation.events import EventType, announce
from app.foundation.words import _
from app.mentions.models import Mention
from app.replies.models import Reply, ReplyStatus, ReplyVersion
from app.reviews import queries
from app.reviews.models import Decision, Review

NOTE_CHARACTERS = 1000


class Overtaken(Conflict):
    """The reply is not any more what the reviewer saw: somebody decided, or there is a newer version."""


class OwnWords(NotAllowed):
    """Somebody would decide on what they wrote themselves."""

    def __init__(self) -> None:
        super().__init__(_("These are your own words. Another moderator decides on them."))


def locked(reply_id: int, by: Person) -> Reply:
    """Return a reply as it is now, and let nobody else decide on it until this decision is made."""
    queries.reply_to_review(by, reply_id)
    session.scalars(select(Reply.id).where(Reply.id == reply_id).with_for_update()).one()
    whole = (
        select(Reply)
        .where(Reply.id == reply_id)
        .options(selectinload(Reply.versions), joinedload(Reply.mention).joinedload(Mention.connection))
    )
    return session.scalars(whole, execution_options={"populate_existing": True}).unique().one()


def others_words(reply_id: int, by: Person) -> Reply:
    """Return a reply that somebody else wrote.

    Raises:
        OwnWords: it is the person's own.
    """
    reply = queries.reply_to_review(by, reply_id)
    if reply.writer_id == by.id:
        raise OwnWords
    return reply


def under_review(reply_id: int, version_id: int, by: Person) -> tuple[Reply, ReplyVersion]:
    """Return a reply that waits for a decision, and the version its reviewer saw.

    Raises:
        Overtaken: somebody decided before, or there is a newer version.
        OwnWords: the reviewer wrote it.
    """
    reply = locked(reply_id, by)
    if reply.writer_id == by.id:
        raise OwnWords
    if reply.status is not ReplyStatus.SUBMITTED:
        raise Overtaken(_("Somebody decided on this reply while you had it open."))
    version = queries.newest_sealed(reply)
    if version.id != version_id:
        raise Overtaken(_("There is a newer version of this reply than the one you saw."))
    return reply, version


def decided(
    reply: Reply,
    version: ReplyVersion,
    decision: Decision,
    by: Person,
    at: datetime,
    *,
    reasons: Sequence[str] = (),
    note: str = "",
    edited: bool = False,
) -> Review:
    """Write a decision down and tell the open pages."""
    review = Review(
        reply_id=reply.id,
        reply_version_id=version.id,
        reviewer_id=by.id,
        writer_id=reply.writer_id,
        decision=decision,
        reasons=list(reasons),
        note=note,
        edited=edited,
        decided_at=at,
        edition=reply.mention.edition,
    )
    with session.begin_nested():  # what the database refuses ends here; and a publication is named after the review
        session.add(review)
    announce(EventType.REPLY_DECIDED, subject_id=reply.id, at=at)
    return review


def mention_of(reply: Reply) -> Mention:
    """Return the post of a reply as it is now."""
    return session.get_one(Mention, reply.mention_id, populate_existing=True)


def checked_note(text: str, when_empty: str, *, field: str = "note") -> str:
    """Return what was written, trimmed.

    Raises:
        Invalid: it is empty, which ``when_empty`` says in words, or too long.
    """
    words = text.strip()
    if not words:
        raise Invalid(when_empty, field=field)
    if len(words) > NOTE_CHARACTERS:
        raise Invalid(_("Keep it to %(n)s characters.", n=NOTE_CHARACTERS), field=field)
    return words
