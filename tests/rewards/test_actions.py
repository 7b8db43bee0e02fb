from datetime import timedelta

import pytest
from sqlalchemy import select

from app.channels.models import Connection
from app.channels.types import Metrics
from app.foundation.db import session, unit_of_work
from app.foundation.journal import JournalEntry
from app.publishing.models import Publication, PublicationStatus
from app.replies.models import Reply, ReplyKind, ReplyStatus
from app.reviews.models import Decision, Review
from app.rewards import actions, queries, scoring, standings
from app.rewards.models import PointEntry, Rule
from tests import factories
from tests.factories import NOW

pytestmark = pytest.mark.usefixtures("db_session")


def posted(**overrides: object) -> Publication:
    values = {"sent_at": NOW, "external_id": "1900", "url": "http://x.example/1900"}
    return factories.make_publication(PublicationStatus.SENT, **(values | overrides))


def posted_on(connection: Connection, **overrides: object) -> Publication:
    mention = factories.make_mention(connection=connection)
    return posted(reply=factories.make_reply(ReplyStatus.PUBLISHED, mention=mention), **overrides)


def rewarded(publication: Publication) -> list[Rule]:
    with unit_of_work():
        actions.reward(publication_id=publication.id, at=NOW)
    return sorted(session.scalars(select(PointEntry.rule).where(PointEntry.publication_id == publication.id)))


def balance(user_id: int, season_id: int = 0) -> int:
    return standings.points_of(user_id, season_id=season_id)


def writer_of(publication: Publication) -> int:
    return session.get_one(Reply, publication.reply_id).writer_id


def test_a_posted_reply_earns_for_being_posted_unchanged_and_soon() -> None:
    publication = posted()

    assert rewarded(publication) == [Rule.POSTED, Rule.WITHIN_THE_HOUR, Rule.WITHOUT_CHANGES]
    assert balance(writer_of(publication)) == 15


def test_a_reply_is_rewarded_once_however_often_the_lane_is_drained() -> None:
    publication = posted()
    rewarded(publication)

    assert rewarded(publication) == [Rule.POSTED, Rule.WITHIN_THE_HOUR, Rule.WITHOUT_CHANGES]
    assert balance(writer_of(publication)) == 15
    assert queries.unrewarded(at=NOW, limit=10) == []


@pytest.mark.parametrize("change", [{"decision": Decision.RETURN}, {"decision": Decision.APPROVE, "edited": True}])
def test_a_reply_that_was_changed_earns_nothing_for_being_unchanged(change: dict[str, object]) -> None:
    publication = posted()
    reply = session.get_one(Reply, publication.reply_id)
    reviewer = factories.mo()
    session.add(
        Review(
            reply_id=reply.id,
            reply_version_id=publication.reply_version_id,
            reviewer_id=reviewer.id,
            writer_id=reply.writer_id,
            decided_at=NOW,
            **change,
        )
    )
    session.commit()

    assert Rule.WITHOUT_CHANGES not in rewarded(publication)


def test_a_late_reply_earns_nothing_for_speed() -> None:
    assert Rule.WITHIN_THE_HOUR not in rewarded(posted(sent_at=NOW + timedelta(hours=2)))


def test_what_is_not_posted_earns_nothing() -> None:
    assert rewarded(factories.make_publication(PublicationStatus.UNKNOWN)) == []


def test_staff_earn_no_points() -> None:
    reply = factories.make_reply(ReplyStatus.PUBLISHED, kind=ReplyKind.STAFF, writer=factories.sol())

    assert rewarded(posted(reply=reply)) == []
    assert queries.unrewarded(at=NOW, limit=10) == []


def test_thanks_earn_once() -> None:
    publication = posted()
    for _ in range(2):
        with unit_of_work():
            actions.hear_thanks(publication_id=publication.id, at=NOW)

    assert balance(writer_of(publication)) == scoring.THANKED_POINTS
    assert session.get_one(Reply, publication.reply_id).thanked_at == NOW


def metrics(likes: int, reposts: int) -> Metrics:
    return Metrics(likes=likes, reposts=reposts, replies=0, quotes=0, views=None, as_of=NOW)


def test_growing_reach_earns_only_the_difference() -> None:
    publication = posted()
    for likes in (1, 1, 3, 2):
        with unit_of_work():
            actions.record_impact(publication_id=publication.id, metrics=metrics(likes, 0), at=NOW)

    entries = session.scalars(select(PointEntry.points).where(PointEntry.rule == Rule.REACH).order_by(PointEntry.id))
    assert list(entries) == [3, 3]
    assert balance(writer_of(publication)) == 6


def test_reach_stops_at_the_cap_of_the_day() -> None:
    writer = factories.ada().user
    for n in range(4):
        mention = factories.make_mention()
        reply = factories.make_reply(ReplyStatus.PUBLISHED, writer=writer, mention=mention)
        publication = posted(reply=reply, external_id=f"19{n}")
        with unit_of_work():
            actions.record_impact(publication_id=publication.id, metrics=metrics(10**6, 10**6), at=NOW)

    assert balance(writer.id) == scoring.REACH_A_DAY_AT_MOST


def test_taking_a_reply_back_takes_every_point_with_it_once() -> None:
    season = factories.make_season()
    publication = posted()
    rewarded(publication)
    with unit_of_work():
        actions.record_impact(publication_id=publication.id, metrics=metrics(5, 0), at=NOW)
    for _ in range(2):
        with unit_of_work():
            actions.reverse(publication_id=publication.id, at=NOW + timedelta(days=1))

    writer = writer_of(publication)
    assert balance(writer) == balance(writer, season.id) == 0
    assert compared() == 2
    assert differences() == []


def test_a_reply_gone_from_its_network_takes_its_points_with_it_once() -> None:
    publication = posted()
    rewarded(publication)
    for _ in range(2):
        with unit_of_work():
            actions.follow_removal(publication_id=publication.id, at=NOW + timedelta(days=1))

    reply = session.get_one(Reply, publication.reply_id)
    assert (publication.status, reply.status) == (PublicationStatus.GONE, ReplyStatus.RETRACTED)
    assert balance(reply.writer_id) == 0
    journal = list(session.scalars(select(JournalEntry.action).order_by(JournalEntry.id)))
    assert journal[-4:] == ["publication.vanished"] + ["points.reversed"] * 3


def test_a_reply_gone_from_its_network_earns_nothing_any_more() -> None:
    publication = posted()
    with unit_of_work():
        actions.follow_removal(publication_id=publication.id, at=NOW)

    with unit_of_work():
        thanked = actions.hear_thanks(publication_id=publication.id, at=NOW)
        reach = actions.record_impact(publication_id=publication.id, metrics=metrics(5, 0), at=NOW)

    assert (thanked, reach) == (False, 0)


def test_reach_is_looked_up_again_however_many_newer_replies_there_are() -> None:
    connection = factories.make_connection(impact_counts=True)
    old, *newer = (posted_on(connection, external_id=str(n)) for n in range(8))
    for each in (old, *newer):
        rewarded(each)
    with unit_of_work():
        for each in newer:
            actions.record_impact(publication_id=each.id, metrics=metrics(0, 0), at=NOW)

    due = queries.due_look_ups(at=NOW, limit=1)

    assert [each.publication_id for each in due] == [old.id]


def test_a_look_up_comes_back_after_a_tenth_of_the_replys_age_until_it_is_two_weeks_old() -> None:
    def after(age: timedelta) -> timedelta | None:
        again = scoring.next_look_up(sent_at=NOW, poll_seconds=60, at=NOW + age)
        return again - NOW - age if again else None

    assert after(timedelta(0)) == timedelta(minutes=5)
    assert after(timedelta(days=5)) == timedelta(hours=12)
    assert after(timedelta(days=13)) is None


def test_what_is_followed_no_longer_is_not_looked_up() -> None:
    connection = factories.make_connection(impact_counts=True)
    publication = posted_on(connection)
    rewarded(publication)

    assert queries.due_look_ups(at=NOW + timedelta(days=13), limit=5)
    assert not queries.due_look_ups(at=NOW + timedelta(days=15), limit=5)


def test_a_line_counts_in_its_season_and_for_all_time() -> None:
    season = factories.make_season()
    publication = posted()
    rewarded(publication)

    writer = writer_of(publication)
    assert balance(writer, season.id) == balance(writer) == 15
    assert standings.season_total(season.id) == 15


def compared(days: int = 0) -> int:
    with unit_of_work():
        return actions.compare_balances(at=NOW + timedelta(days=days))


def differences() -> list[str]:
    return [task.message for task in queries.differing_balances(limit=10)]


@pytest.mark.parametrize("of_season", [False, True])
def test_a_balance_that_was_tampered_with_waits_for_a_person_as_it_is(of_season: bool) -> None:
    season = factories.make_season()
    publication = posted()
    rewarded(publication)
    writer, season_id = writer_of(publication), season.id if of_season else 0
    with unit_of_work():
        actions._move_balance(writer, season_id, 100, at=NOW)

    compared()

    [message] = differences()
    assert "115" in message
    assert message.endswith("15.")
    assert balance(writer, season_id) == 115


def test_a_difference_that_somebody_has_cleared_up_is_settled_at_the_next_look() -> None:
    publication = posted()
    rewarded(publication)
    for change in (100, -100):
        with unit_of_work():
            actions._move_balance(writer_of(publication), 0, change, at=NOW)
        compared(days=2 if change < 0 else 0)

    assert differences() == []


def test_each_balance_is_compared_once_a_day() -> None:
    rewarded(posted())

    assert [compared(), compared(), compared(days=2)] == [1, 0, 1]
