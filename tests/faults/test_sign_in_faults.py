"""A sign-in that ended, lost a right, or was put in another account's place: the line waits, and one person is asked once."""

from collections.abc import Callable, Iterator
from datetime import timedelta

import pytest
from sqlalchemy import select, text

from app.channels.models import Connection, ConnectionState
from app.foundation import clock
from app.foundation.db import session, unit_of_work
from app.foundation.tasks import Task, TaskKind
from app.mentions.models import MentionStatus
from app.publishing.models import Publication, PublicationStatus
from app.replies.models import ReplyStatus
from tests.factories import make_connection, make_mention, make_publication, make_reply
from tests.sandbox_server import Sandbox, run_sandbox
from worker.lanes.publishing import drain_publishing


@pytest.fixture(scope="module")
def net(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Sandbox]:
    with run_sandbox(tmp_path_factory.mktemp("sandbox")) as running:
        yield running


@pytest.fixture
def brand(own_database: str, net: Sandbox) -> Connection:
    """A brand account with three approved replies that are due."""
    token = f"token-{clock.now().timestamp()}"
    account = net.add_user("Kettle", token=token)
    made = make_connection(external_id=account, handle="Kettle", base_url=net.base_url, tokens={"access_token": token})
    now = clock.now()
    for number in range(3):
        post_id = net.post_as("ana", f"@Kettle question {number}")
        mention = make_mention(connection=made, external_id=post_id, status=MentionStatus.IN_REVIEW)
        make_publication(
            reply=make_reply(ReplyStatus.APPROVED, mention=mention, text=f"Answer {token} {number}"),
            approved_at=now - timedelta(seconds=20),
            next_try_at=now - timedelta(seconds=10),
            expires_at=now + timedelta(hours=1),
        )
    return made


def revoked(brand: Connection, net: Sandbox) -> None:
    net.fault("create", "401_revoked")


def cut_rights(brand: Connection, net: Sandbox) -> None:
    net.fault("create", "403_scope")


def swapped(brand: Connection, net: Sandbox) -> None:
    other = make_connection(tokens={"access_token": net.token})
    swap = "UPDATE connections SET secrets = (SELECT secrets FROM connections WHERE id = :other) WHERE id = :brand"
    with unit_of_work():
        session.execute(text(swap), {"other": other.id, "brand": brand.id})


@pytest.mark.parametrize("how", [revoked, cut_rights, swapped])
def test_a_sign_in_that_is_no_good_holds_the_line_and_asks_once(
    brand: Connection, net: Sandbox, how: Callable[[Connection, Sandbox], None]
) -> None:
    brand_id, posted = brand.id, len(net.log("post", via="api"))
    how(brand, net)
    session.remove()

    drain_publishing()
    seen = len(net.requests_seen())
    for _ in range(3):
        drain_publishing()

    session.remove()
    statuses = set(session.scalars(select(Publication.status)))
    assert statuses <= {PublicationStatus.READY, PublicationStatus.WAITING}
    assert session.get_one(Connection, brand_id).state is ConnectionState.NEEDS_LOGIN
    assert [task.kind for task in session.scalars(select(Task))] == [TaskKind.RECONNECT]
    assert len(net.log("post", via="api")) == posted
    assert len(net.requests_seen()) == seen

    fresh = f"fresh-{clock.now().timestamp()}"
    net.add_user("Kettle", token=fresh)
    with unit_of_work():
        row = session.get_one(Connection, brand_id)
        row.store_secrets({"access_token": fresh})
        row.state = ConnectionState.CONNECTED
    drain_publishing()

    assert set(session.scalars(select(Publication.status))) == {PublicationStatus.SENT}
    assert len(net.log("post", via="api")) == posted + 3
