"""Unknown sends on a network that keeps our key: the very same request is sent again, by the lane itself."""

from datetime import timedelta
from typing import Any, ClassVar

import pytest
from sqlalchemy import select, update

from app.accounts.models import Role
from app.channels.errors import Transient
from app.channels.types import Capability, PreparedReply, Receipt, Ref
from app.cord import actions as cord
from app.cord.models import HoldScope
from app.foundation import clock
from app.foundation.db import session, unit_of_work
from app.foundation.tasks import Task, TaskKind
from app.mentions.models import Mention, MentionStatus
from app.publishing import outgoing
from app.publishing.models import Publication, PublicationStatus
from app.replies.models import ReplyStatus
from tests.factories import make_mention, make_publication, make_reply, make_user, person
from worker.lanes.publishing import drain_publishing, look_back


class Keeper:
    """Makes one post of all calls with one key, and is told which answers get lost."""

    capabilities = Capability.KEEPS_OUR_KEY
    key_lasts: ClassVar[timedelta | None] = None

    def __init__(self) -> None:
        self.calls: list[PreparedReply] = []
        self.posts: dict[str, str] = {}
        self.prepared = 0
        self.loses_before = self.loses_after = 0

    def prepare(self, reply: Any) -> PreparedReply:
        self.prepared += 1
        return PreparedReply(reply.key, {"text": reply.text, "made": self.prepared}, "f")

    def send(self, prepared: PreparedReply) -> Receipt:
        self.calls.append(prepared)
        if self.loses_before:
            self.loses_before -= 1
            raise Transient("reset", sent="maybe")
        self.posts.setdefault(prepared.key, prepared.body["text"])
        if self.loses_after:
            self.loses_after -= 1
            raise Transient("reset", sent="maybe")
        return Receipt(Ref("4711"), "https://keeper.example/4711", clock.now())


@pytest.fixture
def network(own_database: str, monkeypatch: pytest.MonkeyPatch) -> Keeper:
    keeper = Keeper()
    monkeypatch.setattr(outgoing, "open_channel", lambda *_asked, **_named: keeper)
    now = clock.now()
    make_publication(
        reply=make_reply(ReplyStatus.APPROVED, mention=make_mention(status=MentionStatus.IN_REVIEW)),
        approved_at=now - timedelta(seconds=20),
        next_try_at=now - timedelta(seconds=10),
        expires_at=now + timedelta(hours=1),
    )
    session.remove()
    return keeper


def status() -> PublicationStatus:
    session.rollback()
    return session.scalars(select(Publication.status)).one()


def look() -> None:
    with unit_of_work():
        session.execute(update(Publication).values(next_try_at=clock.now()))
    look_back()


@pytest.mark.parametrize("lost", ["loses_before", "loses_after"])
def test_the_same_request_is_sent_again_until_it_is_answered(network: Keeper, lost: str) -> None:
    setattr(network, lost, 2)
    drain_publishing()
    assert status() is PublicationStatus.UNKNOWN

    look()
    assert status() is PublicationStatus.UNKNOWN
    look()

    assert status() is PublicationStatus.SENT
    assert len(network.posts) == 1
    assert network.calls == [network.calls[0]] * 3
    assert session.scalars(select(Task.kind).where(Task.settled_at.is_(None))).all() == []


def test_a_key_that_the_network_has_forgotten_is_not_used_again(
    network: Keeper, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(Keeper, "key_lasts", timedelta(minutes=30))
    network.loses_before = 1
    drain_publishing()
    with unit_of_work():
        session.execute(update(Publication).values(begun_at=clock.now() - timedelta(minutes=26)))

    look()

    assert status() is PublicationStatus.UNKNOWN
    assert len(network.calls) == 1
    assert session.scalars(select(Task.kind).where(Task.settled_at.is_(None))).all() == [TaskKind.UNKNOWN_SEND]


def test_nothing_is_said_again_while_the_cord_is_pulled(network: Keeper) -> None:
    network.loses_before = 1
    drain_publishing()
    puller = person(make_user(Role.MODERATOR))
    with unit_of_work():
        cord.pull(scope=HoldScope.EVERYTHING, reason="Recall", by=puller, at=clock.now())

    look()

    assert status() is PublicationStatus.UNKNOWN
    assert len(network.calls) == 1


def test_nothing_is_said_again_after_its_post_was_edited(network: Keeper) -> None:
    network.loses_after = 1
    drain_publishing()
    with unit_of_work():
        session.execute(update(Mention).values(edition=2))

    look()

    assert status() is PublicationStatus.UNKNOWN
    assert len(network.calls) == 1
