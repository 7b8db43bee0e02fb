"""What leaves the house: one reply on its way out, and one question whether it arrived."""

import logging
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from time import monotonic

from app.channels.errors import ChannelError, Forbidden, Transient
from app.channels.registry import open_channel
from app.channels.types import ROW_SECONDS, Capability, Channel, OutgoingReply, PreparedReply, Receipt, Ref
from app.publishing.models import Publication
from app.publishing.pasted import Doubt, PastedLink, Seen

#: The network's clock and ours may differ.
LOOK_BACK_MARGIN = timedelta(minutes=5)
#: A process that was stopped right after its claim must not speak when it goes on: by then the claim may be another's.
#: What is left of its time is enough for the call; and all of it ends before the lease.
BEGINS_WITHIN_SECONDS = 20.0
#: So much of what was approved goes into the key by which a network knows a reply.
KEY_HASH_CHARACTERS = 32

Found = Receipt | ChannelError | None

log = logging.getLogger(__name__)


def key_of(publication: Publication) -> str:
    """Return the key by which a network knows this reply, and no other one.

    After a restore an approval may be numbered as a forgotten one was; what was approved tells them apart.
    """
    return f"{publication.approval_key}.{publication.approval_hash[:KEY_HASH_CHARACTERS]}"


def reply_to_send(publication: Publication) -> OutgoingReply:
    """Return what the network is asked to post; mention, conversation and version must be loaded."""
    version = publication.reply_version
    return OutgoingReply(
        key=key_of(publication),
        target=Ref(publication.target_external_id or version.target_external_id),
        root=Ref(publication.mention.conversation.external_id),
        text=version.posted_text,
    )


@dataclass(frozen=True, slots=True)
class Outgoing:
    """A claimed publication: the only thing that may be said, by the only worker that may say it."""

    publication_id: int
    attempt: int
    worker: str
    connection_id: int
    reply: OutgoingReply
    #: In the seconds of ``monotonic``.
    claimed_at: float = field(default_factory=monotonic, compare=False)

    def say(self, *, keep: "Keep") -> Receipt | ChannelError:
        """Make the one network call, outside any transaction; return the proof, or what went wrong instead.

        Where the network must get the very same request again, ``keep`` stores it first.
        """
        try:
            channel = open_channel(self.connection_id, ends_at=self.claimed_at + ROW_SECONDS)
            prepared = channel.prepare(self.reply)
            if Capability.KEEPS_OUR_KEY in channel.capabilities and not keep(self, prepared):
                return Transient("somebody else has it in hand")
            if monotonic() - self.claimed_at > BEGINS_WITHIN_SECONDS:
                return Transient("it was claimed too long ago")
            return channel.send(prepared)
        except ChannelError as error:
            return error
        # Whatever our own code met, it may have met it after the words were out.
        except Exception as fault:
            log.exception("sending publication %s failed", self.publication_id)
            return Transient(f"our own program failed: {type(fault).__name__}", sent="maybe")


Keep = Callable[[Outgoing, PreparedReply], bool]


@dataclass(frozen=True, slots=True)
class LookBack:
    """An unknown send, and how to ask the network whether it stands there. ``said_at`` is when it was claimed.

    ``prepared`` is the very request, where its network keeps our key.
    """

    publication_id: int
    connection_id: int
    reply: OutgoingReply
    said_at: datetime
    prepared: PreparedReply | None = None

    def look(self, *, repeat: Callable[[], bool] = lambda: False, at: datetime | None = None) -> Found:
        """Say the same with the same key once more, or read our own posts back.

        None says that it is not among them yet, an error that nobody can tell. As long as the network remembers our key
        it makes one post of both calls; ``repeat`` claims the second one, and may refuse it.
        """
        try:
            channel = open_channel(self.connection_id, ends_at=monotonic() + ROW_SECONDS)
            if self.prepared is not None and at is not None and self._is_remembered(channel, at):
                return channel.send(self.prepared) if repeat() else None
            if Capability.READ_BACK not in channel.capabilities:
                return Transient("this network does not let us read our own posts back")
            return channel.find(channel.prepare(self.reply), self.said_at - LOOK_BACK_MARGIN)
        except ChannelError as error:
            return error

    def _is_remembered(self, channel: Channel, at: datetime) -> bool:
        if Capability.KEEPS_OUR_KEY not in channel.capabilities:
            return False
        return channel.key_lasts is None or at + LOOK_BACK_MARGIN < self.said_at + channel.key_lasts


def look_back_at(row: Publication) -> LookBack:
    """Return how to ask for an unknown send; mention, conversation and version must be loaded."""
    prepared = PreparedReply(**row.prepared) if row.prepared else None
    return LookBack(row.id, row.connection_id, reply_to_send(row), row.begun_at or row.approved_at, prepared)


@dataclass(frozen=True, slots=True)
class Removal:
    """One claimed try at removing a reply of ours from its network; harmless to repeat.

    ``unproven`` is its link, where nobody could look at it when it was brought: it may name any post of ours.
    """

    publication_id: int
    connection_id: int
    external_id: str
    tries: int
    unproven: PastedLink | None = None

    def make(self) -> int | ChannelError | Seen:
        """Have it removed, outside any transaction; return what it cost, what went wrong, or what stands there instead."""
        try:
            channel = open_channel(self.connection_id, ends_at=monotonic() + ROW_SECONDS)
            if Capability.DELETE not in channel.capabilities:
                return Forbidden("this network does not let us remove our own posts from here")
            seen = self.unproven.seen_by(channel) if self.unproven else Seen(self.external_id)
            if seen.doubt is None:
                channel.delete(Ref(self.external_id))
            elif seen.doubt is not Doubt.NOT_THERE:  # what is not there needs no removing
                return seen
        except ChannelError as error:
            return error
        return channel.cost_units
