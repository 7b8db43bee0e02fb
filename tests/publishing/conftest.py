"""A network that answers as a test wishes, in the place of the real channels."""

from collections.abc import Callable, Mapping, Sequence
from datetime import datetime

import pytest

from app.channels.errors import ChannelError, Gone
from app.channels.types import Capability, IncomingPost, OutgoingReply, PreparedReply, Receipt, Ref
from app.publishing import outgoing, pasted
from tests.factories import NOW

Answer = Receipt | ChannelError | None


class StubChannel:
    """Says what it was told to say, and remembers what it was asked."""

    capabilities = Capability.READ_BACK | Capability.DELETE
    cost_units = 10

    def __init__(self) -> None:
        self.sent: list[str] = []
        self.answer: Answer | Callable[[PreparedReply], Answer] = Receipt(
            Ref("777"), "http://127.0.0.1:1/n/status/777", NOW
        )
        self.found: Answer = None
        self.deleted: list[str] = []
        self.shows: dict[str, IncomingPost | Gone] = {}
        self.cannot_look: ChannelError | None = None
        self.refuses_to_delete: ChannelError | None = None

    def prepare(self, reply: OutgoingReply) -> PreparedReply:
        return PreparedReply(reply.key, {"text": reply.text, "target": reply.target.id}, "")

    def send(self, prepared: PreparedReply) -> Receipt:
        self.sent.append(prepared.body["text"])
        answer = self.answer(prepared) if callable(self.answer) else self.answer
        if isinstance(answer, ChannelError):
            raise answer
        assert isinstance(answer, Receipt)
        return answer

    def find(self, prepared: PreparedReply, since: datetime) -> Receipt | None:
        if isinstance(self.found, ChannelError):
            raise self.found
        return self.found

    def lookup(self, refs: Sequence[Ref]) -> Mapping[str, IncomingPost | Gone]:
        if self.cannot_look is not None:
            raise self.cannot_look
        return {ref.id: self.shows[ref.id] for ref in refs}

    @staticmethod
    def same_words(one: str, other: str) -> bool:
        return one.split() == other.split()

    def delete(self, ref: Ref) -> None:
        if self.refuses_to_delete is not None:
            raise self.refuses_to_delete
        self.deleted.append(ref.id)


@pytest.fixture
def network(monkeypatch: pytest.MonkeyPatch) -> StubChannel:
    channel = StubChannel()
    monkeypatch.setattr(outgoing, "open_channel", lambda *_asked, **_named: channel)
    return channel


@pytest.fixture
def at_hand(network: StubChannel, monkeypatch: pytest.MonkeyPatch) -> StubChannel:
    """The network that is asked where a pasted link leads."""
    monkeypatch.setattr(pasted, "open_channel", lambda *_asked, **_named: network)
    return network
