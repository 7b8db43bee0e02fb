"""From an approval to a claimed sending."""

from datetime import datetime, timedelta

from sqlalchemy.exc import IntegrityError

from app.channels.models import Connection
from app.channels.words import why_no_reply
from app.foundation.db import ring_after_commit, session
from app.foundation.errors import Conflict
from app.foundation.journal import record
from app.foundation.lanes import Lane
from app.foundation.terms import chosen
from app.foundation.words import _
from app.mentions.models import Mention
from app.publishing import queries
from app.publishing.actions.poison import put_down
from app.publishing.actions.stopping import call_off
from app.publishing.approval import approval_hash, objection_to
from app.publishing.limits import lock_line, take_place, take_turn
from app.publishing.models import Publication
from app.publishing.moves import move, settle_unsent
from app.publishing.outgoing import Outgoing, reply_to_send
from app.replies.models import Reply, ReplyVersion

#: All that is asked for one row (40 s) plus a good margin; whoever has not come back by then is given up.
LEASE = timedelta(seconds=90)


def create_publication(
    *,
    reply: Reply,
    version: ReplyVersion,
    approver_id: int,
    approval_key: str,
    edition: int,
    at: datetime,
    undo_lasts: timedelta,
    first_approver_id: int | None = None,
) -> Publication:
    """Put an approved version into the outbox; it may leave once ``undo_lasts`` is over.

    ``edition`` is that of the post which the approver saw; ``first_approver_id``: who approved before, where two must.

    Raises:
        Conflict: the post has another reply that is or may become public, or may not be answered, not even by hand.
    """
    mention = session.get_one(Mention, reply.mention_id)
    connection = session.get_one(Connection, mention.connection_id)
    if not mention.can_reply and not connection.wants_by_hand(mention.cannot_reply_why):
        raise Conflict(why_no_reply(mention.cannot_reply_why))
    expires_at = at + chosen().approval
    publication = Publication(
        approval_key=approval_key,
        approval_hash=approval_hash(
            version=version, connection_id=mention.connection_id, edition=edition, expires_at=expires_at
        ),
        edition=edition,
        target_external_id=mention.target_external_id,
        approved_by_id=approver_id,
        first_approved_by_id=first_approver_id,
        approved_at=at,
        expires_at=expires_at,
        kind=reply.kind,
        mention_id=mention.id,
        reply_id=reply.id,
        reply_version_id=version.id,
        connection_id=mention.connection_id,
        next_try_at=at + undo_lasts,
        by_hand=not mention.can_reply,
    )
    try:
        with session.begin_nested():
            session.add(publication)
    except IntegrityError as error:
        raise Conflict(_("This post has a reply already, or one on its way.")) from error
    record("publication.created", subject=publication, actor_id=approver_id, at=at, reply_id=reply.id)
    ring_after_commit(Lane.PUBLISHING)
    return publication


def begin(*, publication_id: int, worker: str, at: datetime) -> Outgoing | None:
    """Claim one publication for ``worker``; None when it is not to be sent now, or not at all any more.

    What was approved is read again once nobody else can change the row; if it is no longer right, the sending is called
    off. The claim is one statement that looks at state, time, holds and the line itself.

    Raises:
        IntegrityError: another publisher speaks for this account at this very moment.
    """
    queries.close_the_door()
    lock_line(publication_id)
    publication = queries.locked(publication_id)
    objection = objection_to(publication)
    if objection is not None or not _claim(publication_id, worker, at):
        put_down(publication_id=publication_id)
        if objection is not None and queries.may_begin(publication_id, at=at):
            call_off(publication_id=publication_id, objection=objection, at=at)
        return None
    attempt = publication.attempt + 1
    take_place(publication, attempt=attempt, until=at + LEASE)
    take_turn(publication, at=at)
    record("publication.begun", subject=publication, actor_id=None, at=at, attempt=attempt, worker=worker)
    return Outgoing(
        publication_id=publication.id,
        attempt=attempt,
        worker=worker,
        connection_id=publication.connection_id,
        reply=reply_to_send(publication),
    )


def _claim(publication_id: int, worker: str, at: datetime) -> bool:
    return move(
        "begin",
        publication_id,
        *queries.sendable(at=at),
        attempt=Publication.attempt + 1,
        worker=worker,
        lease_until=at + LEASE,
        begun_at=at,
        taken_at=None,
        deaths=0,
        faults=0,
    )


def cancel(*, reply_id: int, by_id: int | None, at: datetime) -> Publication:
    """Stop an approved reply that has not begun to be sent; what becomes of the reply is the caller's to say.

    Raises:
        Conflict: it is on its way already, or has arrived.
    """
    publication = queries.live_publication_of(reply_id)
    if publication is None or not move("cancel", publication.id):
        raise Conflict(_("It is on its way already. If it must go, take it back from the network."))
    settle_unsent(publication, by_id=by_id, at=at)
    record("publication.cancelled", subject=publication, actor_id=by_id, at=at)
    session.refresh(publication)
    return publication
