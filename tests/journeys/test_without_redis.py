"""Redis is stopped in the middle: posts go on being heard and sorted, what was approved is still said, only later."""

import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from redis import Redis
from sqlalchemy import select

from app.accounts.models import Role
from app.channels.models import Connection
from app.foundation import clock, db
from app.foundation.db import session, unit_of_work
from app.foundation.secrets import KEYRING
from app.mentions.models import Mention, MentionStatus
from app.publishing import actions as publishing
from app.publishing.models import Publication, PublicationStatus
from app.replies.models import ReplyStatus, ReplyVersion
from tests import factories, servers
from tests.journeys.installation import Installation, encryption_keys, run_installation

pytestmark = [pytest.mark.journey, pytest.mark.timeout(240)]

#: With no Redis at all, from approved to posted.
SENT_WITHIN_SECONDS = 35


@pytest.fixture
def installation(tmp_path: Path) -> Iterator[Installation]:
    try:
        with servers.redis_server() as redis_url:
            url = f"sqlite:///{tmp_path / 'without.db'}"
            with run_installation(tmp_path, database_url=url, redis_url=redis_url) as running:
                running.warm_up()
                Redis.from_url(redis_url).shutdown(nosave=True)
                KEYRING.load(encryption_keys())
                # Rows are read and written in one go while the installation writes too: SQLite must know at once.
                db.bind(db.make_engine(url).execution_options(ovation_writes=True))
                yield running
                session.remove()
    except servers.ServerMissing as error:
        servers.missing("redis", str(error))


def wait_for(what: Callable[[], bool], *, seconds: float, installation: Installation) -> None:
    deadline = time.monotonic() + seconds
    while not what():
        assert time.monotonic() < deadline, installation.said()
        session.rollback()
        time.sleep(0.2)


def status_of(external_id: str) -> MentionStatus | None:
    return session.scalar(select(Mention.status).where(Mention.external_id == external_id))


def test_everything_goes_on_without_redis(installation: Installation) -> None:
    asked = installation.network.post_as("dilly_brews", "@NorthwindKettle how do I descale the K2?")

    wait_for(lambda: status_of(asked) is MentionStatus.OPEN, seconds=30, installation=installation)

    approved = _approve_a_reply_to(asked)

    def is_sent() -> bool:
        sent = select(Publication.status).where(Publication.id == approved)
        return session.scalar(sent) is PublicationStatus.SENT

    wait_for(is_sent, seconds=SENT_WITHIN_SECONDS, installation=installation)
    said = [post for post in installation.network.log("post") if post["reply_to"] == asked]
    assert [post["text"] for post in said] == ["Vinegar and water, then boil twice.\nAda, Crew volunteer"]


def _approve_a_reply_to(external_id: str) -> int:
    """Put an approved reply into the outbox, as a moderator's approval does; return its publication."""
    with unit_of_work():  # the processes of the installation write at the same time
        mention = session.scalars(select(Mention).where(Mention.external_id == external_id)).one()
        mention.claim()
        session.flush()  # the database knows no move that skips one
        mention.submit()
    reply = factories.make_reply(
        ReplyStatus.APPROVED,
        mention=mention,
        writer=factories.ada().user,
        text="Vinegar and water, then boil twice.",
    )
    moderator = factories.make_user(Role.MODERATOR)
    version = session.scalars(select(ReplyVersion).where(ReplyVersion.reply_id == reply.id)).one()
    now = clock.now()
    assert session.scalar(select(Connection.id)) == mention.connection_id
    with unit_of_work():
        publication = publishing.create_publication(
            reply=reply,
            version=version,
            approver_id=moderator.id,
            approval_key="review:1",
            edition=1,
            at=now,
            undo_lasts=now - now,
        )
    return publication.id
