"""PostgreSQL restarted, in order or at once, while a reply is sent and while a form is: nothing is lost, doubled or typed twice."""

import signal
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from datetime import timedelta
from typing import Any

import pytest
from flask import Flask
from sqlalchemy import event, select
from sqlalchemy.exc import DBAPIError

from app.foundation import clock, db
from app.foundation.db import session
from app.publishing.models import PublicationStatus
from app.replies.models import Reply, ReplyStatus, ReplyVersion
from tests import factories, servers
from tests.conftest import migrate, sign_in
from tests.faults.conftest import join_house, leave_house, offered, web_application
from tests.worker.test_publishing import Network, due_publications, statuses
from worker.lanes.publishing import drain_publishing

WAYS = {"in order": signal.SIGINT, "at once": signal.SIGQUIT}
GOOD = "Fill it with equal parts of vinegar and water, boil once, rinse twice."


@pytest.fixture(scope="module")
def postgresql() -> Iterator[servers.Server]:
    """A PostgreSQL that may be restarted."""
    try:
        with servers.own_postgresql() as server:
            server.url = servers.create_database(server.url, "restarted")
            migrate(server.url)
            yield server
    except servers.ServerMissing as error:
        servers.missing("postgresql", str(error))


@pytest.fixture
def restart(postgresql: servers.Server, request: pytest.FixtureRequest) -> Iterator[Callable[[], None]]:
    """Restart the application's database; how, is the test's parameter."""
    join_house(postgresql.url)

    def restart() -> None:
        postgresql.stop(WAYS[request.node.callspec.params["how"]])
        postgresql.start()

    yield restart
    session.remove()
    with db.engine().begin() as connection:
        tables = ", ".join(table.name for table in db.Base.metadata.sorted_tables)
        connection.exec_driver_sql(f"TRUNCATE {tables} CASCADE")
    leave_house()


@pytest.mark.parametrize("how", WAYS)
def test_what_was_being_sent_is_sent_once_and_the_rest_as_well(
    restart: Callable[[], None], network: Network, how: str
) -> None:
    keys = due_publications(4, one_line=False)
    network.pause = lambda: restart() if len(network.posted) == 2 else None

    drain_until_quiet()

    assert sorted(network.posted) == sorted(keys)
    assert statuses() == [PublicationStatus.SENT] * 4


def drain_until_quiet() -> None:
    for _round in range(3):
        with suppress(DBAPIError):
            drain_publishing()
        session.remove()


@pytest.fixture
def web(restart: Callable[[], None]) -> Flask:
    return web_application()


@contextmanager
def before(words: str, do: Callable[[], None]) -> Iterator[list[str]]:
    """Do something once, in the middle of whatever sends a statement with these words; return where it was done."""
    done: list[str] = []

    def look(_connection: Any, _cursor: Any, statement: str, *_rest: Any) -> None:
        if words in statement and not done:
            done.append(statement)
            do()

    event.listen(db.engine(), "before_cursor_execute", look)
    try:
        yield done
    finally:
        event.remove(db.engine(), "before_cursor_execute", look)


@pytest.mark.parametrize("words", ["FROM sign_ins", "INSERT INTO reply_versions", "INSERT INTO journal_entries"])
@pytest.mark.parametrize("how", WAYS)
def test_a_form_asks_for_one_more_try_at_most_and_nothing_is_typed_twice(
    restart: Callable[[], None], web: Flask, how: str, words: str
) -> None:
    now = clock.now()
    advocate = factories.make_advocate()
    claimed = factories.make_claim(advocate=advocate, claimed_at=now, expires_at=now + timedelta(minutes=10))
    her, address = sign_in(web.test_client(), advocate.user), f"/feed/{claimed.mention_id}/reply"
    session.remove()

    with before(words, restart) as done:
        answer = her.post(address, data={"text": GOOD, "page": "a"})
    assert done
    if answer.status_code == 503:
        assert "Please try again" in answer.text
        assert "sending it again does nothing twice" in answer.text
        action, fields = offered(answer.text)
        assert fields == {"text": GOOD, "page": "a"}
        answer = her.post(action, data=fields)

    assert answer.status_code == 303
    session.remove()
    assert [reply.status for reply in session.scalars(select(Reply))] == [ReplyStatus.SUBMITTED]
    assert session.scalars(select(ReplyVersion.text)).all() == [GOOD]
