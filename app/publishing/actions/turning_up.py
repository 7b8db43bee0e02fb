"""Replies that turn up on their network although nobody here knew that they had arrived."""

from datetime import datetime
from typing import Any, Final

from sqlalchemy.exc import IntegrityError

from app.channels.types import Receipt, Ref
from app.foundation.clock import believed
from app.foundation.db import session
from app.foundation.events import EventType, announce
from app.foundation.journal import record
from app.foundation.tasks import TaskKind, open_task, settle_tasks
from app.foundation.words import _
from app.publishing import heard, queries
from app.publishing.actions.linking import link
from app.publishing.actions.outcomes import became_public, network_of
from app.publishing.models import Publication, PublicationStatus
from app.publishing.moves import move, settle_unsent
from app.publishing.pasted import Seen

_S = PublicationStatus
#: The moves that were made unknown to us, from where the database says that a sending stands.
_MOVES: Final = {
    _S.READY: ("begin", "deliver"),
    _S.WAITING: ("begin", "deliver"),
    _S.HELD: ("resume", "begin", "deliver"),
    _S.HANDED_OUT: ("link_back",),
    _S.UNKNOWN: ("confirm",),
    _S.ABSENT: ("confirm",),
}


def attach(publication_id: int, proof: Receipt, *, line: str, at: datetime) -> bool:
    """Bring a sending that its network shows to where it stood; False when it is there, or somebody is at it.

    ``line`` is what the journal says of it. A post that is known as another sending proves nothing: a list that lags shows
    what was taken back just now.
    """
    publication = queries.whole(publication_id)
    if queries.is_taken(proof.ref.id, connection_id=publication.connection_id):
        return False
    verbs = _MOVES.get(publication.status, ())
    values = {"external_id": proof.ref.id, "url": proof.url[:300], "sent_at": believed(proof.at, at=at)}
    try:
        with session.begin_nested():
            moved = [move(verb, publication_id, **_values(verb, values)) for verb in verbs]
    except IntegrityError:  # another sending of this account is not settled yet; the next look finds this one again
        return False
    if not moved or not all(moved):
        return False
    publication = queries.whole(publication_id)
    settle_unsent(publication, by_id=None, at=at)
    settle_tasks(TaskKind.UNKNOWN_SEND, publication, by_id=None, at=at)
    record(line, subject=publication, actor_id=None, at=at, external_id=proof.ref.id)
    became_public(publication, at=at)
    return True


def _values(verb: str, proof: dict[str, Any]) -> dict[str, Any]:
    if verb == "resume":
        return {}
    if verb == "begin":
        return {"attempt": Publication.attempt + 1, "worker": "found", "begun_at": proof["sent_at"]}
    return proof | {"last_error": "", "lease_until": None}


def find_posted(*, publication_id: int, at: datetime) -> bool:
    """Note as posted what we heard our account say although nobody brought its link, or knew of it; return whether we did."""
    publication = queries.whole(publication_id)
    post = heard.heard_saying(publication)
    if post is None:
        return False
    if publication.status is _S.HANDED_OUT:
        seen = Seen(post.external_id, posted_at=post.posted_at, url=post.url)
        return link("link_back", publication_id, seen, pasted=post.url, by_id=None, at=at)
    proof = Receipt(Ref(post.external_id), post.url, post.posted_at)
    return attach(publication_id, proof, line="publication.confirmed", at=at)


def tell_double(*, publication_id: int, at: datetime) -> bool:
    """Ask a person to look at a reply that was heard twice; False where it was not. It can only be that we were told wrongly."""
    publication = queries.whole(publication_id)
    post = heard.heard_saying(publication)
    if post is None:
        return False
    message = _(
        "This reply stands on %(network)s twice: the first try had arrived after all. Remove one there: %(url)s",
        network=network_of(publication),
        url=post.url,
    )
    open_task(TaskKind.DOUBLED_SEND, subject=publication, message=message, at=at)
    record("publication.doubled", subject=publication, actor_id=None, at=at, external_id=post.external_id)
    announce(EventType.COUNTS, subject_id=None, at=at)
    return True
