"""A network that answers as a test wishes, in the place of the real channels."""

from collections.abc import Callable
from datetime import datetime

import pytest

from app.channels.errors import ChannelError
from app.channels.types import Capability, OutgoingReply, PreparedReply, Receipt, Ref
from app.publishing import outgoing
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

    def delete(self, ref: Ref) -> None:
        if self.refuses_to_delete is not None:
            raise self.refuses_to_delete
        self.deleted.append(ref.id)


@pytest.fixture
def network(monkeypatch: pytest.MonkeyPatch) -> StubChannel:
    channel = StubChannel()
    monkeypatch.setattr(outgoing, "open_channel", lambda connection_id: channel)
    return channel
