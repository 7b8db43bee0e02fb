"""The rewards lane against the sandbox network: posted, thanked, reposted."""

from datetime import timedelta

import pytest
from sqlalchemy import select, update

from app.channels.models import Connection
from app.foundation import clock
from app.foundation.db import session
from app.mentions.models import MentionStatus
from app.publishing.models import Publication, PublicationStatus
from app.replies.models import Reply, ReplyStatus
from app.rewards.models import PointEntry, Rule
from tests import factories
from tests.channels.conftest import Brand
from tests.sandbox_server import Sandbox
from tests.worker.test_listening import connect
from worker.lanes.rewards import drain_rewards, is_thanks

pytestmark = pytest.mark.usefixtures("db_session")


@pytest.fixture
def connection_row(db_session: None, brand: Brand) -> Connection:
    return connect(brand, impact_counts=True)


@pytest.fixture
def posted(network: Sandbox, brand: Brand, connection_row: Connection) -> Publication:
    """A reply of ours that stands on the network, under a customer's question."""
    asked = network.post_as("dilly_brews", f"@{brand.handle} how do I descale the K2?")
    answered = network.post_as(brand.handle, "Equal parts of vinegar and water. Ada, Crew volunteer", reply_to=asked)
    mention = factories.make_mention(connection=connection_row, external_id=asked, status=MentionStatus.ANSWERED)
    reply = factories.make_reply(ReplyStatus.PUBLISHED, mention=mention, published_at=clock.now())
    return factories.make_publication(PublicationStatus.SENT, reply=reply, external_id=answered, sent_at=clock.now())


def rules() -> list[Rule]:
    return list(session.scalars(select(PointEntry.rule).order_by(PointEntry.id)))


def test_a_repost_of_our_reply_earns_reach(network: Sandbox, posted: Publication) -> None:
    external_id = posted.external_id or ""
    drain_rewards()
    assert Rule.REACH not in rules()
    network.repost(external_id, "fan_one")
    network.like(external_id, "fan_one", "fan_two")
    _look_again()

    drain_rewards()

    assert rules()[-1] is Rule.REACH


def test_no_reach_is_looked_up_where_the_network_forbids_to_pay_for_it(
    network: Sandbox, posted: Publication, connection_row: Connection
) -> None:
    session.get_one(Connection, connection_row.id).impact_counts = False
    session.commit()
    network.repost(posted.external_id or "", "fan_one")
    before = len(network.requests_seen())

    drain_rewards()

    assert Rule.REACH not in rules()
    assert len(network.requests_seen()) == before


def test_the_askers_thanks_are_heard_once(posted: Publication) -> None:
    _say_thanks(posted)

    drain_rewards()
    drain_rewards()

    assert rules().count(Rule.THANKED) == 1
    assert session.scalar(select(Reply.thanked_at)) is not None


def test_a_strangers_thanks_earn_nothing(posted: Publication) -> None:
    _say_thanks(posted, by_asker=False)

    drain_rewards()

    assert Rule.THANKED not in rules()


def test_thanks_are_heard_behind_any_number_of_other_words(
    posted: Publication, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("worker.lanes.rewards.BATCH", 2)
    for _n in range(5):
        _say(posted, "@NorthwindKettles and how often should I do that?")
    _say_thanks(posted)

    drain_rewards()

    assert rules().count(Rule.THANKED) == 1


def test_what_was_read_for_thanks_is_not_read_again(posted: Publication, monkeypatch: pytest.MonkeyPatch) -> None:
    _say(posted, "@NorthwindKettles and how often should I do that?")
    drain_rewards()
    read = list[str]()
    monkeypatch.setattr("worker.lanes.rewards.is_thanks", lambda text: bool(read.append(text)))

    drain_rewards()

    assert read == []


def test_a_reply_that_is_gone_takes_its_points_with_it(network: Sandbox, posted: Publication) -> None:
    drain_rewards()
    network.delete(posted.external_id or "")
    _look_again()

    drain_rewards()
    drain_rewards()

    assert sum(session.scalars(select(PointEntry.points))) == 0
    assert session.get_one(Publication, posted.id).status is PublicationStatus.GONE


def test_looking_up_reach_is_charged_to_the_connection(posted: Publication) -> None:
    connection_id = posted.connection_id

    drain_rewards()

    assert session.get_one(Connection, connection_id).cost_today > 0


def test_a_network_that_does_not_answer_is_not_asked_again_at_once(network: Sandbox, posted: Publication) -> None:
    network.fault("lookup", "500_before", count=1)
    drain_rewards()
    before = len(network.requests_seen())

    drain_rewards()

    assert len(network.requests_seen()) == before
    assert session.get_one(Publication, posted.id).look_up_at > clock.now()


def test_a_network_that_is_down_costs_no_points_that_are_owed(network: Sandbox, posted: Publication) -> None:
    network.fault("lookup", "500_before", count=5)

    drain_rewards()

    assert Rule.POSTED in rules()


@pytest.mark.parametrize(
    ("text", "thanks"),
    [
        ("@NorthwindKettles that worked, thank you so much!", True),
        ("@NorthwindKettles muchas gracias", True),
        ("@NorthwindKettles it still clicks off", False),
        ("@NorthwindKettles thanks for nothing, you useless idiots", False),
    ],
)
def test_thanks_are_told_from_other_words(text: str, thanks: bool) -> None:
    assert is_thanks(text) is thanks


def _say_thanks(posted: Publication, *, by_asker: bool = True) -> None:
    _say(posted, "@NorthwindKettles that worked, thank you so much!", by_asker=by_asker)


def _say(posted: Publication, text: str, *, by_asker: bool = True) -> None:
    mention = session.get_one(factories.Mention, posted.mention_id)
    connection = session.get_one(Connection, posted.connection_id)
    author = session.get_one(factories.Author, mention.author_id) if by_asker else None
    overrides = {"author": author} if author else {}
    factories.make_mention(
        connection=connection,
        parent_external_id=posted.external_id,
        text=text,
        status=MentionStatus.IGNORED,
        **overrides,
    )


def _look_again() -> None:
    """Let the next look-up be due at once."""
    session.execute(update(Publication).values(look_up_at=clock.now() - timedelta(minutes=1)))
    session.commit()
