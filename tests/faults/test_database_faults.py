"""The connection to PostgreSQL ends in the middle of a commit: the tables say what became of it, and nothing is doubled."""

from collections.abc import Iterator
from datetime import timedelta

import pytest
import sqlalchemy as sa
from flask import Flask
from sqlalchemy import func, select
from sqlalchemy.exc import OperationalError

from app.feed import actions as feed
from app.feed.models import Claim
from app.foundation import clock
from app.foundation.db import session, unit_of_work
from app.mentions.models import Mention, MentionStatus
from app.replies.models import Reply, ReplyStatus
from tests import factories, servers
from tests.chaos import Way, chaos
from tests.conftest import sign_in
from tests.faults.conftest import join_house, leave_house, offered, web_application


@pytest.fixture
def way(postgresql_pattern: str) -> Iterator[Way]:
    """A way to PostgreSQL that can be made bad, with the application's session at its end."""
    own = servers.create_database(postgresql_pattern, "cut", pattern="pattern")
    url = sa.make_url(own)
    with chaos(f"{url.query['host']}/.s.PGSQL.{url.port or 5432}") as made:
        join_house(str(url.set(host=made.host, port=made.port, query={})))
        yield made
        leave_house()
    servers.drop_database(own)


def claim(mention_id: int, advocate_id: int) -> None:
    with unit_of_work():
        feed.claim(mention_id=mention_id, advocate_id=advocate_id, at=clock.now())


@pytest.mark.parametrize("swallows", [False, True])
def test_a_claim_whose_commit_was_cut_stands_once_or_not_at_all(way: Way, swallows: bool) -> None:
    mention_id, advocate_id = factories.make_mention().id, factories.make_advocate().id
    session.remove()

    def claim_and_be_cut() -> None:
        with unit_of_work():
            feed.claim(mention_id=mention_id, advocate_id=advocate_id, at=clock.now())
            way.cut_at(b"COMMIT", swallows=swallows)

    with pytest.raises(OperationalError):
        claim_and_be_cut()
    session.remove()
    kept = session.scalar(select(func.count()).select_from(Claim))
    claim(mention_id, advocate_id)

    assert way.cuts == 1
    assert kept == (0 if swallows else 1)
    assert session.scalar(select(func.count()).select_from(Claim)) == 1
    assert session.get_one(Mention, mention_id).status is MentionStatus.CLAIMED


def test_a_connection_that_was_reset_is_replaced_by_the_next_one(way: Way) -> None:
    mention_id, advocate_id = factories.make_mention().id, factories.make_advocate().id
    session.remove()
    way.reset()

    ends: list[str] = []
    for _ in range(2):
        try:
            claim(mention_id, advocate_id)
        except OperationalError:
            session.remove()
            ends.append("lost")
        else:
            ends.append("claimed")
            break

    assert ends[-1] == "claimed"
    assert session.scalar(select(func.count()).select_from(Claim)) == 1


def test_a_slow_way_to_the_database_is_no_fault(way: Way) -> None:
    mention_id, advocate_id = factories.make_mention().id, factories.make_advocate().id
    session.remove()
    way.delay(0.02)

    claim(mention_id, advocate_id)

    assert session.get_one(Mention, mention_id).status is MentionStatus.CLAIMED
    assert timedelta() < session.scalars(select(Claim)).one().expires_at - clock.now()


GOOD = "Fill it with equal parts of vinegar and water, boil once, rinse twice."


@pytest.fixture
def web(way: Way) -> Flask:
    """The web application at the end of the bad way."""
    return web_application()


def test_a_form_over_which_the_database_was_lost_comes_back_and_is_done_once(way: Way, web: Flask) -> None:
    for cut in range(1, 20):
        now = clock.now()
        advocate = factories.make_advocate()
        claimed = factories.make_claim(advocate=advocate, claimed_at=now, expires_at=now + timedelta(minutes=10))
        her, mention_id = sign_in(web.test_client(), advocate.user), claimed.mention_id
        session.remove()
        way.cut_at(b"COMMIT", nth=cut)
        cuts = way.cuts

        answer = her.post(f"/feed/{mention_id}/reply", data={"text": GOOD, "page": "a"})
        way.heal()
        if way.cuts == cuts:
            break
        assert (answer.status_code, GOOD in answer.text) == (503, True)
        action, fields = offered(answer.text)
        assert action == f"/feed/{mention_id}/reply"
        assert fields == {"text": GOOD, "page": "a"}

        again = her.post(action, data=fields)

        assert again.status_code < 500
        session.remove()
        replies = session.scalars(select(Reply).where(Reply.mention_id == mention_id)).all()
        assert [reply.status for reply in replies] == [ReplyStatus.SUBMITTED]
    assert cut > 1
    assert answer.status_code == 303
