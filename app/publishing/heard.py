"""What our own account was heard to say: the very words of a reply, where no sending accounts for them."""

from datetime import datetime

from sqlalchemy import ColumnElement, and_, or_, select
from sqlalchemy.orm import aliased

from app.channels.registry import CHANNELS
from app.foundation.db import session
from app.foundation.lanes import Lane
from app.foundation.stumbles import may_be_taken
from app.foundation.tasks import Task, TaskKind
from app.mentions.models import Mention, ThreadPost
from app.publishing import queries
from app.publishing.models import Publication, PublicationStatus

_S = PublicationStatus
#: Where a reply may stand that is public although nothing here says so.
_UNPROVEN = (_S.READY, _S.WAITING, _S.HELD, _S.UNKNOWN, _S.ABSENT)


def heard_saying(publication: Publication) -> ThreadPost | None:
    """Return the post of ours that says this very reply under its post, and that no sending accounts for.

    Mention, version and connection must be loaded.
    """
    under_it = select(ThreadPost).where(
        ThreadPost.connection_id == publication.connection_id,
        ThreadPost.parent_external_id == publication.mention.external_id,
        _is_unaccounted(),
    )
    words, same_words = publication.reply_version.posted_text, CHANNELS[publication.connection.kind].same_words
    said = session.scalars(under_it.order_by(ThreadPost.posted_at, ThreadPost.id))
    return next((post for post in said if same_words(post.text, words)), None)


def may_have_been_posted(*, at: datetime) -> list[int]:
    """Return what may be public unknown to us and lies under a post that our account has answered."""
    tried = and_(Publication.status.in_(_UNPROVEN), Publication.attempt > 0)
    return queries.ids_of(or_(Publication.status == _S.HANDED_OUT, tried), _answered(), _may_be_taken(at))


def may_stand_twice(*, since: datetime, at: datetime) -> list[int]:
    """Return what is public and was tried more than once, unless somebody was asked to look at it before."""
    earlier = aliased(Publication)
    tried_before = select(earlier.id).where(
        earlier.mention_id == Publication.mention_id, earlier.id < Publication.id, earlier.attempt > 0
    )
    asked = select(Task.id).where(
        Task.kind == TaskKind.DOUBLED_SEND,
        Task.subject_type == Publication.__tablename__,
        Task.subject_id == Publication.id,
    )
    return queries.ids_of(
        Publication.status == _S.SENT,
        Publication.next_try_at > since,
        or_(Publication.attempt > 1, tried_before.exists()),
        ~asked.exists(),
        _answered(),
        _may_be_taken(at),
    )


def _may_be_taken(at: datetime) -> ColumnElement[bool]:
    return may_be_taken(Lane.SWEEPS, Publication.id, at=at)


def _answered() -> ColumnElement[bool]:
    under_it = select(ThreadPost.id).join(Mention, Mention.external_id == ThreadPost.parent_external_id)
    of_one = (Mention.id == Publication.mention_id, ThreadPost.connection_id == Publication.connection_id)
    return under_it.where(*of_one, _is_unaccounted()).correlate(Publication).exists()


def _is_unaccounted() -> ColumnElement[bool]:
    sending = aliased(Publication)
    accounts = select(sending.id).where(
        sending.connection_id == ThreadPost.connection_id, sending.external_id == ThreadPost.external_id
    )
    return and_(ThreadPost.ours, ~accounts.correlate(ThreadPost).exists())
