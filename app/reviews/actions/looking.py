"""Having a reply on the screen, and telling the other reviewers something about it."""

from datetime import datetime

from sqlalchemy import select
from sqlalchemy.exc import IntegrityError

from app.accounts.permissions import Person
from app.foundation.db import session
from app.foundation.events import EventType, announce
from app.foundation.journal import record
from app.foundation.words import _
from app.reviews import queries
from app.reviews.actions.deciding import checked_note, others_words
from app.reviews.models import Opening, ReviewNote


def open_item(*, reply_id: int, by: Person, at: datetime) -> None:
    """Note that a reviewer has a reply on the screen; the others are told once."""
    reply = others_words(reply_id, by)
    opening = session.scalars(
        select(Opening).where(Opening.reply_id == reply.id, Opening.reviewer_id == by.id)
    ).one_or_none()
    if opening is None:
        try:
            with session.begin_nested():
                session.add(Opening(reply_id=reply.id, reviewer_id=by.id, opened_at=at))
        except IntegrityError:  # the same person's other tab
            return
        announce(EventType.REPLY_VIEWING, subject_id=reply.id, at=at)
        return
    if opening.opened_at <= at - queries.GONE_AFTER:
        announce(EventType.REPLY_VIEWING, subject_id=reply.id, at=at)
    opening.opened_at = at


def add_note(*, reply_id: int, text: str, by: Person, at: datetime) -> ReviewNote:
    """Tell the other reviewers something about a reply.

    Raises:
        Invalid: there is nothing in it, or too much.
        OwnWords: it is about their own reply, on which the others write without them.
    """
    words = checked_note(text, _("There is nothing in this note yet."), field="text")
    reply = others_words(reply_id, by)
    note = ReviewNote(reply_id=reply.id, author_id=by.id, text=words, written_at=at)
    session.add(note)
    record("reply.noted", subject=reply, actor_id=by.id, at=at)
    return note
