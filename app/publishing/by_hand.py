"""What staff post on the network themselves: what waits for it, and what the link they bring back leads to."""

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from sqlalchemy import ColumnElement, func, select, text

from app.accounts.permissions import Permission, Person, may, scoped
from app.channels.errors import ChannelError, Gone
from app.channels.registry import open_channel
from app.channels.types import Channel, IncomingPost, OutgoingReply, Ref
from app.foundation.db import session
from app.foundation.recovery import recovering
from app.foundation.slots import register_count
from app.publishing import queries
from app.publishing.models import Publication, PublicationStatus

COUNTED_TO = 100
_WAITS: ColumnElement[bool] = text(  # type: ignore[assignment]
    "publications.by_hand AND publications.status IN ('READY', 'HELD', 'HANDED_OUT')"
)


def to_hand_out(*, at: datetime) -> list[ColumnElement[bool]]:
    """Return every condition under which a reply may be handed out; they stand inside the statement that does so."""
    return [
        _WAITS,
        Publication.status == PublicationStatus.READY,
        Publication.next_try_at <= at,
        Publication.expires_at > at,
        ~queries.held_back(),
        ~recovering(),
    ]


def next_to_hand_out(*, at: datetime) -> int | None:
    """Return the reply that has waited longest to be handed out, or None."""
    due = select(Publication.id).where(*to_hand_out(at=at)).order_by(Publication.id)
    return session.scalar(due.limit(1))


def waiting(person: Person, *, limit: int = 200) -> list[Publication]:
    """Return what is to be posted by hand, what a pause keeps back among it, the longest waiting first."""
    wanted = scoped(select(Publication), person).where(_WAITS).options(*queries.EVERYTHING)
    return list(session.scalars(wanted.order_by(Publication.id).limit(limit)).unique().all())


def _count(person: Person) -> int:
    if not may(person, Permission.POST_BY_HAND):
        return 0
    some = scoped(select(Publication.id).select_from(Publication), person).where(_WAITS).limit(COUNTED_TO)
    return session.scalar(select(func.count()).select_from(some.subquery())) or 0


register_count("by-hand", _count)


class Doubt(StrEnum):
    """Why a post is not the approved reply."""

    NOT_THERE = "not there"
    NOT_OURS = "not ours"
    OTHER_POST = "other post"
    OTHER_WORDS = "other words"


@dataclass(frozen=True, slots=True)
class Seen:
    """What a pasted link leads to. Without a doubt and without a time, the network could not be asked."""

    external_id: str
    doubt: Doubt | None = None
    posted_at: datetime | None = None
    url: str = ""
    cost_units: int = 0


@dataclass(frozen=True, slots=True)
class PastedLink:
    """A link somebody brought back, and the reply it should lead to; ``under`` are the ids of the post it answers."""

    connection_id: int
    external_id: str
    reply: OutgoingReply
    under: frozenset[str]

    def look(self) -> Seen:
        """Ask the network, outside any transaction, whether our approved words stand there."""
        try:
            channel = open_channel(self.connection_id)
            found = channel.lookup([Ref(self.external_id)]).get(self.external_id)
        except ChannelError:
            return Seen(self.external_id)
        if found is None or isinstance(found, Gone):
            return Seen(self.external_id, Doubt.NOT_THERE, cost_units=channel.cost_units)
        doubt = self._doubt(found, channel)
        return Seen(self.external_id, doubt, found.created_at, found.url, channel.cost_units)

    def _doubt(self, found: IncomingPost, channel: Channel) -> Doubt | None:
        if not found.ours:
            return Doubt.NOT_OURS
        if found.parent is None or found.parent.id not in self.under:
            return Doubt.OTHER_POST
        return None if channel.same_words(found.text, self.reply.text) else Doubt.OTHER_WORDS
