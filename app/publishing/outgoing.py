"""What leaves the house: one reply on its way out, and one question whether it arrived."""

from dataclasses import dataclass
from datetime import datetime

from app.channels.errors import ChannelError, Forbidden, Transient
from app.channels.registry import open_channel
from app.channels.types import Capability, OutgoingReply, Receipt, Ref
from app.publishing.models import Publication


def reply_to_send(publication: Publication) -> OutgoingReply:
    """Return what the network is asked to post; mention, conversation and version must be loaded."""
    version = publication.reply_version
    return OutgoingReply(
        key=publication.approval_key,
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

    def say(self) -> Receipt | ChannelError:
        """Make the one network call, outside any transaction; return the proof, or what went wrong instead."""
        try:
            channel = open_channel(self.connection_id)
            return channel.send(channel.prepare(self.reply))
        except ChannelError as error:
            return error


@dataclass(frozen=True, slots=True)
class LookBack:
    """An unknown send, and how to ask the network whether it stands there. ``since`` lies safely before the send."""

    publication_id: int
    connection_id: int
    reply: OutgoingReply
    since: datetime

    def look(self) -> Receipt | ChannelError | None:
        """Read our own posts back; None says that it is not among them yet, an error that nobody can tell."""
        try:
            channel = open_channel(self.connection_id)
            if Capability.READ_BACK not in channel.capabilities:
                return Transient("this network does not let us read our own posts back")
            return channel.find(channel.prepare(self.reply), self.since)
        except ChannelError as error:
            return error


@dataclass(frozen=True, slots=True)
class Removal:
    """One claimed try at removing a reply of ours from its network; harmless to repeat."""

    publication_id: int
    connection_id: int
    external_id: str
    tries: int

    def make(self) -> int | ChannelError:
        """Make the one network call, outside any transaction; return what it cost, or what went wrong instead."""
        try:
            channel = open_channel(self.connection_id)
            if Capability.DELETE not in channel.capabilities:
                return Forbidden("this network does not let us remove our own posts from here")
            channel.delete(Ref(self.external_id))
        except ChannelError as error:
            return error
        return channel.cost_units
