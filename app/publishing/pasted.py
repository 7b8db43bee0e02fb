"""Where a link leads that somebody brought as the proof of a reply."""

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from time import monotonic

from app.channels.errors import ChannelError, Gone
from app.channels.registry import open_channel
from app.channels.types import ROW_SECONDS, Channel, IncomingPost, OutgoingReply, Ref


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
            return self.seen_by(open_channel(self.connection_id, ends_at=monotonic() + ROW_SECONDS))
        except ChannelError:
            return Seen(self.external_id)

    def seen_by(self, channel: Channel) -> Seen:
        """Look for it; one network call.

        Raises:
            ChannelError: the network could not be asked.
        """
        found = channel.lookup([Ref(self.external_id)]).get(self.external_id)
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
