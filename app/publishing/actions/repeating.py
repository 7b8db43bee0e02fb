"""Networks that keep our key: the very request is stored before it is sent, and sent again where its outcome is unknown."""

from datetime import datetime

from app.channels.types import PreparedReply
from app.foundation.journal import record
from app.publishing import queries
from app.publishing.actions.sending import LEASE
from app.publishing.approval import objection_to
from app.publishing.limits import lock_line, take_place
from app.publishing.models import Publication, PublicationStatus
from app.publishing.moves import write
from app.publishing.outgoing import Outgoing


def keep_prepared(prepared: PreparedReply, *, outgoing: Outgoing) -> bool:
    """Store the request of a claimed send, before its first byte leaves; False when the claim is another's by now."""
    return write(
        outgoing.publication_id,
        Publication.status == PublicationStatus.SENDING,
        Publication.attempt == outgoing.attempt,
        Publication.worker == outgoing.worker,
        prepared={"key": prepared.key, "body": dict(prepared.body), "fingerprint": prepared.fingerprint},
    )


def begin_again(*, publication_id: int, at: datetime) -> bool:
    """Claim the repetition of an unknown send; False where nothing may be said now, or what was approved no longer holds.

    It stays unknown whatever comes of it but a receipt, since the first call may have arrived.
    """
    queries.close_the_door()
    lock_line(publication_id)
    unknown = Publication.status == PublicationStatus.UNKNOWN
    if objection_to(queries.whole(publication_id)) is not None:
        return False
    if not write(publication_id, unknown, *queries.due(at=at), next_try_at=at + LEASE):
        return False
    publication = queries.whole(publication_id)
    take_place(publication, attempt=publication.attempt, until=at + LEASE)
    record("publication.repeated", subject=publication, actor_id=None, at=at)
    return True
