"""What came of a send, written down only by the worker whose claim it still is."""

import logging
import secrets
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy.orm import joinedload

from app.channels.actions import record_cost, record_failure
from app.channels.errors import (
    AuthExpired,
    BudgetSpent,
    ChannelError,
    Forbidden,
    Gone,
    Invalid,
    RateLimited,
    TooLong,
    Transient,
)
from app.channels.types import Receipt
from app.foundation.clock import believed
from app.foundation.db import ring_after_commit
from app.foundation.events import EventType, announce
from app.foundation.journal import record
from app.foundation.lanes import Lane
from app.foundation.tasks import TaskKind, open_task
from app.foundation.words import _
from app.publishing import queries
from app.publishing.actions.deleting import mirror_deletion
from app.publishing.limits import try_ended
from app.publishing.models import SHOWN_WITHIN, Publication
from app.publishing.moves import move
from app.replies.models import REPLY_LIFECYCLE

FIRST_RETRY_SECONDS = 5
LONGEST_RETRY = timedelta(minutes=5)
LONGEST_WISH = timedelta(hours=1)
#: An unknown send is looked for on the network so long after it was lost; from then on every half hour.
LOOKS_AFTER = (timedelta(seconds=10), timedelta(seconds=30), timedelta(seconds=60), SHOWN_WITHIN)

#: What is told of a delivery; it is the common case, and the rest would cost as much again.
_TOLD = (joinedload(Publication.reply), joinedload(Publication.mention), joinedload(Publication.connection))

log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class _Claimed:
    """A row as its worker claimed it."""

    publication_id: int
    attempt: int
    worker: str

    def move(self, verb: str, **values: Any) -> bool:
        """Move it if it is still this worker's."""
        return move(
            verb,
            self.publication_id,
            Publication.attempt == self.attempt,
            Publication.worker == self.worker,
            lease_until=None,
            **values,
        )


def record_outcome(
    outcome: Receipt | ChannelError, *, publication_id: int, attempt: int, worker: str, at: datetime
) -> bool:
    """Write down what the network answered; False, and nothing is changed, when the claim is no longer this worker's."""
    claimed = _Claimed(publication_id, attempt, worker)
    if isinstance(outcome, Receipt):
        publication = _deliver(claimed, outcome, at)
    else:
        publication = _verb_for(outcome)(claimed, outcome, at)
    if publication is None:
        log.error("publication %s was overtaken: attempt %s of %s changes nothing", publication_id, attempt, worker)
        return False
    try_ended(publication, at=at)
    return True


def _verb_for(error: ChannelError) -> Callable[[_Claimed, ChannelError, datetime], Publication | None]:
    """Return what follows from an error. Only what proves that nothing was posted allows anything but UNKNOWN."""
    if error.sent != "no":
        return _lose
    match error:
        case RateLimited() | BudgetSpent() | Transient() | AuthExpired():
            return _postpone
        case Gone():
            return _drop
        case Forbidden() | TooLong() | Invalid():
            return _refuse
        case _:
            return _lose


def _deliver(claimed: _Claimed, receipt: Receipt, at: datetime) -> Publication | None:
    values = {
        "external_id": receipt.ref.id,
        "url": receipt.url,
        "sent_at": believed(receipt.at, at=at),
        "last_error": "",
    }
    if not claimed.move("deliver", **values):
        return None
    publication = queries.whole(claimed.publication_id, *_TOLD)
    record_cost(connection_id=publication.connection_id, units=receipt.cost_units, at=at)
    record("publication.delivered", subject=publication, actor_id=None, at=at, attempt=claimed.attempt)
    became_public(publication, at=at)
    return publication


def became_public(publication: Publication, *, at: datetime) -> None:
    """Tell reply, mention and the rewards that a publication stands on the network; it must be loaded whole."""
    reply = publication.reply
    if REPLY_LIFECYCLE.can("publish", reply.status):
        reply.publish(url=publication.url, at=publication.sent_at or at)
    else:  # the world moved on while it was under way: the words are out all the same, and a person must know
        message = _("A reply went out although it was no longer wanted. Look whether it should be taken back.")
        open_task(TaskKind.REFUSED_SEND, subject=publication, message=message, at=at)
    publication.mention.answer(at=at)
    announce(EventType.REPLY_DECIDED, subject_id=reply.id, at=at)
    announce(EventType.COUNTS, subject_id=None, at=at)
    ring_after_commit(Lane.REWARDS)


def _postpone(claimed: _Claimed, error: ChannelError, at: datetime) -> Publication | None:
    if not claimed.move(
        "postpone", next_try_at=next_try(error, tries=claimed.attempt, at=at), last_error=said_by(error)
    ):
        return None
    publication = queries.whole(claimed.publication_id)
    record_failure(connection_id=publication.connection_id, error=error, at=at)
    record("publication.postponed", subject=publication, actor_id=None, at=at, because=error.code)
    return publication


def next_try(error: ChannelError, *, tries: int, at: datetime) -> datetime:
    """Return when to try again: when the network wishes, otherwise the later the more ``tries`` there were."""
    if isinstance(error, AuthExpired):
        return at  # its connection is closed until somebody signs in again
    if error.retry_at is not None:
        return min(max(error.retry_at, at), at + LONGEST_WISH)
    if isinstance(error, RateLimited | BudgetSpent):
        return at + LONGEST_WISH
    doubled = timedelta(seconds=FIRST_RETRY_SECONDS * 2 ** min(tries - 1, 10))
    return at + min(doubled, LONGEST_RETRY) + timedelta(milliseconds=secrets.randbelow(1000))


def _drop(claimed: _Claimed, error: ChannelError, at: datetime) -> Publication | None:
    """The customer took the post away: nothing was said, and nothing of it is kept."""
    if not claimed.move("postpone", last_error=said_by(error)) or not move("cancel", claimed.publication_id):
        return None
    publication = queries.whole(claimed.publication_id)
    record("publication.cancelled", subject=publication, actor_id=None, at=at, because=error.code)
    mirror_deletion(mention_id=publication.mention_id, at=at)
    return publication


def _refuse(claimed: _Claimed, error: ChannelError, at: datetime) -> Publication | None:
    if not claimed.move("refuse", last_error=said_by(error)):
        return None
    publication = queries.whole(claimed.publication_id)
    because = _("%(network)s did not accept the reply: %(why)s", network=network_of(publication), why=said_by(error))
    if REPLY_LIFECYCLE.can("fail", publication.reply.status):
        publication.reply.fail(because=because)
    open_task(TaskKind.REFUSED_SEND, subject=publication, message=because, at=at)
    record("publication.refused", subject=publication, actor_id=None, at=at, because=error.code)
    announce(EventType.REPLY_DECIDED, subject_id=publication.reply_id, at=at)
    announce(EventType.COUNTS, subject_id=None, at=at)
    return publication


def _lose(claimed: _Claimed, error: ChannelError, at: datetime) -> Publication | None:
    if not claimed.move("lose", lost_at=at, looks=0, next_try_at=at + LOOKS_AFTER[0], last_error=said_by(error)):
        return None
    publication = queries.whole(claimed.publication_id)
    went_missing(publication, because=error.code, at=at)
    return publication


def went_missing(publication: Publication, *, because: str, at: datetime) -> None:
    """Ask a person to settle a send of which nobody knows whether it arrived; it must be loaded whole."""
    message = _(
        "We cannot know whether this reply reached %(network)s. It is not sent again until you have looked.",
        network=network_of(publication),
    )
    open_task(TaskKind.UNKNOWN_SEND, subject=publication, message=message, at=at)
    record("publication.lost", subject=publication, actor_id=None, at=at, because=because)
    announce(EventType.COUNTS, subject_id=None, at=at)
    announce(EventType.REPLY_DECIDED, subject_id=publication.reply_id, at=at)


def network_of(publication: Publication) -> str:
    """Return the network's name as people say it."""
    return publication.connection.kind.capitalize()


def said_by(error: ChannelError) -> str:
    """Return what the network said, or what kind of trouble it was."""
    return error.detail or error.code
