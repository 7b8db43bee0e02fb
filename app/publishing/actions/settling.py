"""Sends of which nobody knows whether they arrived: looked for by us, settled by people."""

import re
from collections.abc import Collection
from datetime import datetime, timedelta
from urllib.parse import urlsplit

from sqlalchemy import or_, select

from app.accounts.permissions import Person
from app.channels.errors import ChannelError
from app.channels.types import Receipt
from app.foundation.clock import believed
from app.foundation.db import ring_after_commit, session
from app.foundation.errors import Conflict, Invalid, NotAllowed
from app.foundation.events import EventType, announce
from app.foundation.journal import record
from app.foundation.lanes import Lane
from app.foundation.tasks import TaskKind, settle_tasks
from app.foundation.words import _
from app.publishing import queries
from app.publishing.actions.outcomes import LOOKS_AFTER, became_public, network_of, went_missing
from app.publishing.limits import try_ended
from app.publishing.models import Publication, PublicationStatus
from app.publishing.moves import move
from app.replies.models import ReplyKind, ReplyStatus

#: What is settled by a look.
SEEN_KINDS = (TaskKind.REFUSED_SEND, TaskKind.POISON, TaskKind.WANTS_REMOVAL, TaskKind.STUCK_REMOVAL)
WATCH_EVERY = timedelta(minutes=30)
_POST_PATH = re.compile(r"^/[^/]+/status/(\d{1,25})/?$")
_PUBLIC_HOSTS = frozenset({"x.com", "www.x.com", "twitter.com", "mobile.twitter.com"})


def lose_overdue(*, at: datetime, gone: Collection[str] = ()) -> int:
    """Call unknown what its worker has not come back from, or what one of the ``gone`` had in hand; return how many.

    Their words may be public.
    """
    lost = 0
    overdue = or_(Publication.lease_until < at, Publication.worker.in_(gone))
    for publication_id in queries.ids_of(Publication.status == PublicationStatus.SENDING, overdue):
        if move(
            "lose", publication_id, overdue, lease_until=None, lost_at=at, looks=0, next_try_at=at + LOOKS_AFTER[0]
        ):
            publication = queries.whole(publication_id)
            try_ended(publication, at=at)
            went_missing(publication, because="lease_over", at=at)
            lost += 1
    return lost


def record_look(found: Receipt | ChannelError | None, *, publication_id: int, at: datetime) -> bool:
    """Write down what our own posts on the network showed; return whether the reply was among them."""
    if isinstance(found, Receipt):
        sent_at = believed(found.at, at=at)
        return _confirm(publication_id, external_id=found.ref.id, url=found.url, sent_at=sent_at, by_id=None, at=at)
    publication = queries.whole(publication_id)
    if publication.status not in queries.UNSETTLED or publication.lost_at is None:
        return False
    publication.looks += 1
    publication.looked_at = at
    due = LOOKS_AFTER[publication.looks] if publication.looks < len(LOOKS_AFTER) else None
    publication.next_try_at = max(publication.lost_at + due, at) if due else at + WATCH_EVERY
    if isinstance(found, ChannelError):
        publication.last_error = found.detail
    return False


def _confirm(
    publication_id: int, *, external_id: str, url: str, sent_at: datetime, by_id: int | None, at: datetime
) -> bool:
    if not move("confirm", publication_id, external_id=external_id, url=url, sent_at=sent_at, last_error=""):
        return False
    publication = queries.whole(publication_id)
    record("publication.confirmed", subject=publication, actor_id=by_id, at=at, external_id=external_id)
    settle_tasks(TaskKind.UNKNOWN_SEND, publication, by_id=None, at=at)
    became_public(publication, at=at)
    return True


def settle_as_posted(*, publication_id: int, link: str, by: Person, at: datetime) -> None:
    """A person found it on the network: take the link as the proof.

    Raises:
        Invalid: that is no link to a post of this network, or it belongs to another reply.
        Conflict: it was settled before.
    """
    publication = queries.publication_of(by, publication_id)
    external_id = post_in(link, publication)
    sent_at = publication.begun_at or at
    if not _confirm(publication_id, external_id=external_id, url=link.strip(), sent_at=sent_at, by_id=by.id, at=at):
        raise Conflict(_("This has been settled already."))


def post_in(link: str, publication: Publication) -> str:
    """Return the id of the post a link names; only links to the connection's own network do.

    Raises:
        Invalid: it is no such link, or its post is known as another one.
    """
    connection = publication.connection
    hosts = {urlsplit(address).netloc for address in (connection.page_url, connection.base_url) if address}
    try:
        parts = urlsplit(link.strip())
    except ValueError:
        parts = urlsplit("")
    found = _POST_PATH.match(parts.path)
    if parts.scheme not in {"http", "https"} or parts.netloc not in hosts | _PUBLIC_HOSTS or found is None:
        message = _("Paste the link of our reply on %(network)s.", network=network_of(publication))
        raise Invalid(message, field="link")
    external_id = found[1]
    taken = select(Publication.id).where(
        Publication.connection_id == publication.connection_id, Publication.external_id == external_id
    )
    if external_id == publication.mention.external_id or session.scalar(taken.limit(1)) is not None:
        raise Invalid(_("That link belongs to another post. Open our own reply and copy its link."), field="link")
    return external_id


def settle_as_absent(*, publication_id: int, by: Person, at: datetime) -> None:
    """A person has looked and it is not there. It stays watched, and a second person may send it again.

    Raises:
        Conflict: it was settled before.
    """
    queries.publication_of(by, publication_id)
    if not move("find_absent", publication_id, absent_by_id=by.id):
        raise Conflict(_("This has been settled already."))
    publication = queries.whole(publication_id)
    record("publication.found_absent", subject=publication, actor_id=by.id, at=at)
    announce(EventType.COUNTS, subject_id=None, at=at)


def send_again(*, publication_id: int, by: Person, at: datetime) -> None:
    """Let go out once more what is not on the network, by the word of a second person.

    Raises:
        NotAllowed: the same person said that it is absent.
        Conflict: it is not settled as absent, or its approval is too old.
    """
    publication = queries.publication_of(by, publication_id)
    if publication.absent_by_id == by.id:
        raise NotAllowed(_("You said that it is not there. A second person must say that it is sent again."))
    if publication.expires_at <= at:
        raise Conflict(_("Its approval is more than a day old. Return it to the queue instead."))
    if not move("send_again", publication_id, next_try_at=at, lost_at=None, looks=0, absent_by_id=None):
        raise Conflict(_("This is no longer settled as absent."))
    publication = queries.whole(publication_id)
    settle_tasks(TaskKind.UNKNOWN_SEND, publication, by_id=by.id, at=at)
    record("publication.sent_again", subject=publication, actor_id=by.id, at=at)
    ring_after_commit(Lane.PUBLISHING)


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
