"""Sends of which nobody knows whether they arrived: looked for by us, settled by people."""

from collections.abc import Collection
from datetime import datetime, timedelta

from sqlalchemy import ColumnElement, or_, select

from app.accounts.permissions import Permission, Person
from app.accounts.queries import another_may
from app.channels.errors import ChannelError
from app.channels.types import Receipt
from app.foundation import stumbles
from app.foundation.db import ring_after_commit, session
from app.foundation.errors import Conflict, NotAllowed
from app.foundation.events import EventType, announce
from app.foundation.journal import record
from app.foundation.lanes import Lane
from app.foundation.tasks import TaskKind, settle_tasks
from app.foundation.words import _
from app.publishing import queries
from app.publishing.actions.outcomes import LOOKS_AFTER, went_missing
from app.publishing.actions.stopping import give_back
from app.publishing.actions.sweeping import each_of, may_be_swept
from app.publishing.actions.turning_up import attach
from app.publishing.limits import try_ended
from app.publishing.models import SHOWN_WITHIN, Publication, PublicationStatus
from app.publishing.moves import move, write
from app.replies.models import ReplyKind, ReplyStatus

#: What is settled by a look.
SEEN_KINDS = (
    TaskKind.REFUSED_SEND,
    TaskKind.DOUBLED_SEND,
    TaskKind.POISON,
    TaskKind.WANTS_REMOVAL,
    TaskKind.STUCK_REMOVAL,
)
WATCH_EVERY = timedelta(minutes=30)


def lose_overdue(*, at: datetime, gone: Collection[str] = ()) -> int:
    """Call unknown what its worker has not come back from, or what one of the ``gone`` had in hand; return how many.

    Their words may be public.
    """
    overdue = or_(Publication.lease_until < at, Publication.worker.in_(gone))
    due = queries.ids_of(Publication.status == PublicationStatus.SENDING, overdue, may_be_swept(at=at))
    return len(each_of(due, lambda publication_id: _lose(publication_id, overdue, at=at), at=at))


def _lose(publication_id: int, overdue: ColumnElement[bool], *, at: datetime) -> bool:
    lost = {"lease_until": None, "lost_at": at, "looks": 0, "next_try_at": at + LOOKS_AFTER[0]}
    if not move("lose", publication_id, overdue, **lost):
        return False
    publication = queries.whole(publication_id)
    try_ended(publication, at=at)
    went_missing(publication, because="lease_over", at=at)
    return True


def record_look(found: Receipt | ChannelError | None, *, publication_id: int, at: datetime) -> bool:
    """Write down what our own posts on the network showed; return whether the reply was among them."""
    if isinstance(found, Receipt) and attach(publication_id, found, line="publication.confirmed", at=at):
        return True
    publication = queries.whole(publication_id)
    if publication.status not in queries.UNSETTLED or publication.lost_at is None:
        return False
    looks = publication.looks + 1
    due = LOOKS_AFTER[looks] if looks < len(LOOKS_AFTER) else None
    values = {
        "looks": looks,
        "looked_at": at,
        "next_try_at": max(publication.lost_at + due, at) if due else at + WATCH_EVERY,
        "last_error": found.detail if isinstance(found, ChannelError) else publication.last_error,
    }
    # Somebody may settle it, or send it again, at this very moment: then its time is no longer ours to set.
    as_it_was = (Publication.status == publication.status, Publication.lost_at == publication.lost_at)
    write(publication_id, *as_it_was, **values)
    session.expire(publication)
    return False


def settle_as_absent(*, publication_id: int, by: Person, at: datetime) -> None:
    """A person has looked and it is not there. It stays watched, and ``is_second`` says who may send it again.

    Raises:
        Conflict: it was settled before, or the network may still show it: sent again, it would then stand there twice.
    """
    publication = queries.publication_of(by, publication_id)
    shown_by_now = Publication.lost_at <= at - SHOWN_WITHIN
    if not move("find_absent", publication_id, shown_by_now, absent_by_id=by.id):
        if publication.status is PublicationStatus.UNKNOWN and not publication.may_be_called_absent(at=at):
            raise Conflict(_("The network may still show it. Look again once five minutes have passed."))
        raise Conflict(_("This has been settled already."))
    publication = queries.whole(publication_id)
    record("publication.found_absent", subject=publication, actor_id=by.id, at=at)
    announce(EventType.COUNTS, subject_id=None, at=at)


def send_again(*, publication_id: int, by: Person, at: datetime) -> bool:
    """Let go out once more what is not on the network, by the word of a second person; return whether it leaves.

    Whoever said that it is absent may say this too, alone, while nobody else has the right. One whose approval is too
    old goes back to those who decide instead.

    Raises:
        NotAllowed: the same person said that it is absent.
        Conflict: it is not settled as absent.
    """
    publication = queries.publication_of(by, publication_id)
    alone = publication.absent_by_id == by.id
    if not is_second(publication, by):
        raise NotAllowed(_("You said that it is not there. A second person must say that it is sent again."))
    if not move("send_again", publication_id, next_try_at=at, lost_at=None, looks=0, absent_by_id=None):
        raise Conflict(_("This is no longer settled as absent."))
    publication = queries.whole(publication_id)
    settle_tasks(TaskKind.UNKNOWN_SEND, publication, by_id=by.id, at=at)
    if move("expire", publication_id, Publication.expires_at <= at):
        record("publication.expired", subject=publication, actor_id=by.id, at=at)
        announce(EventType.COUNTS, subject_id=None, at=at)
        give_back(publication, at=at)
        return False
    line = "publication.sent_again_alone" if alone else "publication.sent_again"
    record(line, subject=publication, actor_id=by.id, at=at, alone=alone)
    ring_after_commit(Lane.PUBLISHING)
    return True


def is_second(publication: Publication, by: Person) -> bool:
    """Say whether somebody else said that it is absent, or nobody else has the right to say the next thing."""
    return publication.absent_by_id != by.id or not another_may(Permission.SETTLE_AS_ABSENT, by_id=by.id)


def return_refused(*, publication_id: int, by: Person, at: datetime) -> None:
    """Let the moderators look again at a reply of the crowd that its network refused.

    Raises:
        Conflict: it is not refused, is staff's own, or was taken up before.
    """
    publication = queries.publication_of(by, publication_id)
    if publication.status is not PublicationStatus.REFUSED:
        raise Conflict(_("This was not refused."))
    if publication.kind is ReplyKind.STAFF:
        raise Conflict(_("This is staff's own answer. They write it anew on its case."))
    publication.reply.retry()
    settle_tasks(TaskKind.REFUSED_SEND, publication, by_id=by.id, at=at)
    record("reply.retried", subject=publication.reply, actor_id=by.id, at=at)
    announce(EventType.REPLY_NEW, subject_id=publication.reply_id, at=at)


def settle_as_seen(*, publication_id: int, by: Person, at: datetime) -> None:
    """Say that a refused or unwanted sending, or a removal, was looked into, where nothing else is to be decided.

    Raises:
        Conflict: it asks for nothing any more, or for more than a look.
    """
    publication = queries.publication_of(by, publication_id)
    if must_be_decided(publication):
        raise Conflict(_("A customer still waits for this reply. Return it to the review queue instead."))
    # What was set aside is tried again: where somebody has removed it by hand, that ends the wish.
    stumbles.forget(queries.REMOVING, Publication.__tablename__, [publication.id])
    settled = [settle_tasks(kind, publication, by_id=by.id, at=at) for kind in SEEN_KINDS]
    if not any(settled):
        raise Conflict(_("This has been settled already."))
    record("publication.looked_into", subject=publication, actor_id=by.id, at=at)
    announce(EventType.COUNTS, subject_id=None, at=at)


def must_be_decided(publication: Publication) -> bool:
    """Say whether a refused reply of the crowd holds its post back from everybody else; loaded whole."""
    failed = publication.kind is ReplyKind.COMMUNITY and publication.reply.status is ReplyStatus.FAILED
    return failed and publication.mention.is_live


def settle_written_anew(*, mention_id: int, by_id: int, at: datetime) -> None:
    """Staff have written another answer: what became of the refused one need not be looked at any more."""
    refused = select(Publication).where(
        Publication.mention_id == mention_id,
        Publication.kind == ReplyKind.STAFF,
        Publication.status == PublicationStatus.REFUSED,
    )
    for publication in session.scalars(refused):
        settle_tasks(TaskKind.REFUSED_SEND, publication, by_id=by_id, at=at)
