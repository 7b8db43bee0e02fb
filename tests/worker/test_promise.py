"""What nobody took in time is woken: questions go to staff, hellos go, and so do posts whose replies nobody reviewed."""

from datetime import timedelta

import pytest
from sqlalchemy import select

from app.cases.models import Case
from app.desk import actions as desk
from app.feed import actions as feed
from app.foundation import clock
from app.foundation.db import session, unit_of_work
from app.foundation.journal import JournalEntry
from app.mentions.models import Mention, MentionStatus
from app.mentions.types import FeedLane
from app.replies.models import Reply, ReplyKind, ReplyStatus, ReplyVersion
from app.reviews import actions as reviews
from tests import factories
from tests.races import race
from worker.lanes import sweeps


def heard(minutes: float, **overrides: object) -> int:
    """Make a post that was heard so many minutes ago."""
    at = clock.now() - timedelta(minutes=minutes)
    return factories.make_mention(heard_at=at, waits_since=at, **overrides).id


def status_of(mention_id: int) -> MentionStatus:
    session.rollback()
    return session.scalars(select(Mention.status).where(Mention.id == mention_id)).one()


@pytest.mark.usefixtures("db_session")
class TestQuestions:
    @pytest.mark.parametrize("status", [MentionStatus.OPEN, MentionStatus.BY_HAND, MentionStatus.UNSURE])
    def test_what_the_crowd_left_lying_becomes_a_case_while_there_is_time(self, status: MentionStatus) -> None:
        asked = heard(91, status=status)

        sweeps.keep_the_promise()

        assert status_of(asked) is MentionStatus.ESCALATED
        case = session.scalars(select(Case).where(Case.mention_id == asked)).one()
        assert case.opened_by_id is None
        assert "in time" in case.reason
        lines = session.scalars(select(JournalEntry.action).where(JournalEntry.subject_type == "mentions"))
        assert list(lines) == ["mention.overdue"]

    def test_the_crowd_has_its_time(self) -> None:
        asked = heard(88)

        sweeps.keep_the_promise()

        assert status_of(asked) is MentionStatus.OPEN

    @pytest.mark.parametrize("status", [MentionStatus.CLAIMED, MentionStatus.IN_REVIEW, MentionStatus.ANSWERED])
    def test_what_somebody_has_in_hand_is_left_to_them(self, status: MentionStatus) -> None:
        asked = heard(600, status=status)

        sweeps.keep_the_promise()

        assert status_of(asked) is status

    def test_what_staff_gave_back_has_its_time_anew(self) -> None:
        asked = heard(600, status=MentionStatus.ESCALATED)
        case = factories.make_case(mention=session.get_one(Mention, asked))
        with unit_of_work():
            desk.return_to_feed(
                case_id=case.id, by=factories.person(factories.sol()), brief="Safe to say", at=clock.now()
            )

        sweeps.keep_the_promise()

        assert status_of(asked) is MentionStatus.OPEN

    def test_what_the_release_before_heard_is_not_forgotten(self) -> None:
        asked = heard(91)
        session.get_one(Mention, asked).waits_since = None
        session.commit()

        sweeps.keep_the_promise()

        assert status_of(asked) is MentionStatus.ESCALATED

    def test_a_second_sweep_changes_nothing(self) -> None:
        heard(91)

        sweeps.keep_the_promise()
        sweeps.keep_the_promise()

        assert len(session.scalars(select(Case)).all()) == 1


@pytest.mark.usefixtures("db_session")
class TestHellos:
    def test_a_hello_that_nobody_returned_goes_and_is_nobodys_case(self) -> None:
        old, fresh = (heard(minutes, feed_lane=FeedLane.HELLO) for minutes in (24 * 60 + 1, 23 * 60))

        sweeps.keep_the_promise()

        assert (status_of(old), status_of(fresh)) == (MentionStatus.EXPIRED, MentionStatus.OPEN)
        assert session.scalars(select(Case)).all() == []


@pytest.mark.usefixtures("db_session")
class TestReviews:
    def submitted(self, minutes: float, **overrides: object) -> Reply:
        return factories.make_reply(submitted_at=clock.now() - timedelta(minutes=minutes), **overrides)

    def test_a_reply_nobody_reviewed_takes_its_post_to_staff_with_its_words(self) -> None:
        late, fresh = self.submitted(61), self.submitted(59)

        sweeps.escalate_unreviewed()

        session.expire_all()
        assert (late.status, fresh.status) == (ReplyStatus.WITHDRAWN, ReplyStatus.SUBMITTED)
        assert status_of(late.mention_id) is MentionStatus.ESCALATED
        case = session.scalars(select(Case)).one()
        assert (case.mention_id, case.opened_by_id) == (late.mention_id, None)

    def test_staffs_own_answer_waits_for_its_second_person_on_its_case(self) -> None:
        answer = self.submitted(600, kind=ReplyKind.STAFF)

        sweeps.escalate_unreviewed()

        session.expire_all()
        assert answer.status is ReplyStatus.SUBMITTED


@pytest.mark.race
def test_claiming_and_handing_over_at_once_agree(own_database: str) -> None:
    asked = heard(91)
    advocate = factories.ada().id
    session.remove()

    def step(number: int) -> None:
        with unit_of_work():
            if number == 0:
                feed.hand_over_unanswered(mention_id=asked, at=clock.now())
            else:
                feed.claim(mention_id=asked, advocate_id=advocate, at=clock.now())

    ends = race(2, step)

    cases = len(session.scalars(select(Case)).all())
    if ends[1] is None:
        assert (status_of(asked), cases) == (MentionStatus.CLAIMED, 0)
    else:
        assert (status_of(asked), cases) == (MentionStatus.ESCALATED, 1)


@pytest.mark.race
def test_reviewing_and_handing_over_at_once_agree(own_database: str) -> None:
    reply = factories.make_reply(submitted_at=clock.now() - timedelta(minutes=61))
    version_id = session.scalars(select(ReplyVersion.id).where(ReplyVersion.reply_id == reply.id)).one()
    reply_id, mention_id, reviewer = reply.id, reply.mention_id, factories.person(factories.mo())
    session.remove()

    def step(number: int) -> None:
        with unit_of_work():
            if number == 0:
                reviews.escalate_overdue(reply_id=reply_id, at=clock.now())
            else:
                reviews.reject(
                    reply_id=reply_id, version_id=version_id, note="Not like this", by=reviewer, at=clock.now()
                )

    race(2, step)

    session.rollback()
    status = session.scalars(select(Reply.status).where(Reply.id == reply_id)).one()
    expected = MentionStatus.OPEN if status is ReplyStatus.REJECTED else MentionStatus.ESCALATED
    assert status in {ReplyStatus.REJECTED, ReplyStatus.WITHDRAWN}
    assert status_of(mention_id) is expected
