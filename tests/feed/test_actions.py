"""Claims: one holder, two at most, an end that loses nothing."""

from datetime import datetime, timedelta

import pytest
from sqlalchemy import select

from app.advocates.models import Advocate, AdvocateStatus
from app.feed import actions, overdue, queries
from app.feed.models import Claim, ClaimEnd
from app.foundation.db import session, unit_of_work
from app.foundation.errors import Conflict, NotAllowed, NotFound
from app.foundation.events import Event, EventType
from app.foundation.journal import JournalEntry
from app.mentions.models import Mention, MentionStatus
from app.mentions.types import Route
from app.replies.models import Reply, ReplyStatus, ReplyVersion
from tests import factories
from tests.factories import NOW
from tests.races import race


def claim(mention: Mention, advocate: Advocate, **changes: object) -> Claim:
    with unit_of_work():
        return actions.claim(**({"mention_id": mention.id, "advocate_id": advocate.id, "at": NOW} | changes))  # type: ignore[arg-type]


def expire_claims(at: datetime) -> int:
    """End what has lapsed, as the sweep does; return how many."""
    due = overdue.lapsed_claims(at=at, limit=100)
    return sum(actions.expire_claim(claim_id=claim_id, at=at) for claim_id in due)


def status_of(mention: Mention) -> MentionStatus:
    return session.scalars(select(Mention.status).where(Mention.id == mention.id)).one()


@pytest.mark.usefixtures("db_session")
class TestClaiming:
    def test_claim_puts_a_post_into_one_persons_hands_for_ten_minutes(self) -> None:
        ada, post = factories.ada(), factories.make_mention()
        version = post.version

        held = claim(post, ada)

        assert held.expires_at == NOW + timedelta(minutes=10)
        session.refresh(post)
        assert (post.status, post.version) == (MentionStatus.CLAIMED, version + 1)
        assert session.scalars(select(Event.type)).all() == [EventType.POST_CLAIMED]
        line = session.scalars(select(JournalEntry)).one()
        assert (line.action, line.subject_id, line.actor_id) == ("mention.claimed", post.id, ada.user_id)

    def test_claim_is_refused_when_someone_holds_it_and_says_who(self) -> None:
        post = factories.make_mention()
        claim(post, factories.ben())

        with pytest.raises(actions.Taken, match=r"Ben was faster.*free again in 10 min"):
            claim(post, factories.ada())

    @pytest.mark.parametrize(
        ("status", "said"),
        [
            (MentionStatus.IN_REVIEW, "a moderator is looking"),
            (MentionStatus.ANSWERED, "answered already"),
            (MentionStatus.ESCALATED, "with our staff"),
            (MentionStatus.IGNORED, "no longer open"),
        ],
    )
    def test_claim_is_refused_when_the_post_is_not_open(self, status: MentionStatus, said: str) -> None:
        post = factories.make_mention(status=status)

        with pytest.raises(Conflict, match=said):
            claim(post, factories.ada())

    def test_posts_for_staff_are_not_there_for_the_crowd(self) -> None:
        post = factories.make_mention(route=Route.STAFF_ANGRY)

        with pytest.raises(NotFound):
            claim(post, factories.ada())
        assert status_of(post) is MentionStatus.OPEN

    def test_two_posts_are_enough(self) -> None:
        ada = factories.ada()
        claim(factories.make_mention(), ada)
        claim(factories.make_mention(), ada)

        with pytest.raises(NotAllowed, match="You hold 2 posts already"):
            claim(factories.make_mention(), ada)

    def test_a_returned_reply_does_not_count_against_the_two(self) -> None:
        ada = factories.ada()
        factories.make_claim(advocate=ada, counts=False)
        claim(factories.make_mention(), ada)

        assert claim(factories.make_mention(), ada).ended_at is None

    @pytest.mark.parametrize("status", [AdvocateStatus.SUSPENDED, AdvocateStatus.APPLIED, AdvocateStatus.LEFT])
    def test_who_does_not_work_at_present_claims_nothing(self, status: AdvocateStatus) -> None:
        post = factories.make_mention()

        with pytest.raises(NotAllowed):
            claim(post, factories.make_advocate(status))
        assert status_of(post) is MentionStatus.OPEN

    def test_claiming_again_what_one_holds_changes_nothing(self) -> None:
        ada, post = factories.ada(), factories.make_mention()
        first = claim(post, ada)

        again = claim(post, ada, at=NOW + timedelta(minutes=5))

        assert (again.id, again.expires_at) == (first.id, NOW + timedelta(minutes=10))

    def test_the_lease_is_as_long_as_it_is_told(self) -> None:
        held = claim(factories.make_mention(), factories.ada(), lasts=timedelta(minutes=3))

        assert held.expires_at == NOW + timedelta(minutes=3)


@pytest.mark.usefixtures("db_session")
class TestEnding:
    def test_extending_never_shortens(self) -> None:
        held = factories.make_claim(expires_at=NOW + timedelta(minutes=30))

        with unit_of_work():
            actions.extend(claim=held, at=NOW)

        assert held.expires_at == NOW + timedelta(minutes=30)

    def test_an_ended_claim_is_not_extended(self) -> None:
        held = factories.make_claim(ended_at=NOW, ended_because=ClaimEnd.RELEASED)

        with pytest.raises(Conflict, match="Your draft is kept"), unit_of_work():
            actions.extend(claim=held, at=NOW)

    def test_release_opens_the_post_again_once(self) -> None:
        ada, post = factories.ada(), factories.make_mention()
        held = claim(post, ada)

        for minutes in (1, 2):
            with unit_of_work():
                actions.release(
                    claim_id=held.id, advocate_id=ada.id, actor_id=ada.user_id, at=NOW + timedelta(minutes=minutes)
                )

        assert (held.ended_because, held.ended_at) == (ClaimEnd.RELEASED, NOW + timedelta(minutes=1))
        assert status_of(post) is MentionStatus.OPEN
        assert session.scalars(select(Event.type)).all() == [EventType.POST_CLAIMED, EventType.POST_FREED]

    def test_a_post_answered_by_hand_goes_back_to_its_own_lane(self) -> None:
        ada = factories.ada()
        post = factories.make_mention(status=MentionStatus.BY_HAND, can_reply=False)
        held = claim(post, ada)

        with unit_of_work():
            actions.release(claim_id=held.id, advocate_id=ada.id, actor_id=ada.user_id, at=NOW)

        assert status_of(post) is MentionStatus.BY_HAND

    def test_time_that_is_over_frees_posts_and_keeps_drafts(self) -> None:
        ada, post = factories.ada(), factories.make_mention()
        writer = ada.user
        held = claim(post, ada)
        later = claim(factories.make_mention(), ada, at=NOW + timedelta(minutes=1))
        draft = factories.make_reply(ReplyStatus.DRAFT, writer=writer, mention=post, text="Half a word")

        with unit_of_work():
            ended = expire_claims(at=NOW + timedelta(minutes=10))
            again = expire_claims(at=NOW + timedelta(minutes=10))

        assert (ended, again) == (1, 0)
        assert (held.ended_because, later.ended_at) == (ClaimEnd.EXPIRED, None)
        assert status_of(post) is MentionStatus.OPEN
        assert session.get_one(Reply, draft.id).status is ReplyStatus.DRAFT
        assert session.scalars(select(ReplyVersion.text)).all() == ["Half a word"]
        assert claim(post, ada, at=NOW + timedelta(minutes=11)).id != held.id

    def test_an_expired_post_is_claimed_by_somebody_else(self) -> None:
        post = factories.make_mention()
        claim(post, factories.ada())
        with unit_of_work():
            expire_claims(at=NOW + timedelta(minutes=10))

        ben = factories.ben()
        assert claim(post, ben, at=NOW + timedelta(minutes=10)).advocate_id == ben.id

    def test_expiry_leaves_what_has_moved_on_alone(self) -> None:
        post = factories.make_mention(status=MentionStatus.IN_REVIEW)
        factories.make_claim(mention=post)

        with unit_of_work():
            assert expire_claims(at=NOW + timedelta(hours=1)) == 1

        assert status_of(post) is MentionStatus.IN_REVIEW

    def test_whoever_holds_a_post_can_be_ended_for_a_story_above(self) -> None:
        held = factories.make_claim()

        with unit_of_work():
            ended = actions.end_on(mention_id=held.mention_id, because=ClaimEnd.POST_DELETED, at=NOW)
            nobody = actions.end_on(mention_id=held.mention_id, because=ClaimEnd.POST_DELETED, at=NOW)

        assert ended is not None
        assert (ended.id, ended.ended_because, nobody) == (held.id, ClaimEnd.POST_DELETED, None)

    def test_a_reply_that_came_back_puts_its_post_into_the_writers_hands(self) -> None:
        ada = factories.ada()
        post = factories.make_mention(status=MentionStatus.IN_REVIEW)

        with unit_of_work():
            held = actions.hold_for_changes(mention=post, writer_id=ada.user_id, at=NOW)

        assert (held.advocate_id, held.counts) == (ada.id, False)
        assert held.expires_at == NOW + timedelta(minutes=30)
        assert status_of(post) is MentionStatus.CLAIMED


@pytest.mark.race
def test_twenty_people_want_one_post_and_one_gets_it(own_database: str) -> None:
    people = [factories.make_advocate().id for _n in range(20)]
    post = factories.make_mention().id
    session.remove()

    def step(number: int) -> None:
        with unit_of_work():
            actions.claim(mention_id=post, advocate_id=people[number], at=NOW)

    ends = race(20, step)

    assert ends.count(None) == 1
    assert all(end is None or isinstance(end, Conflict) for end in ends), ends
    assert len(session.scalars(select(Claim)).all()) == 1


@pytest.mark.race
def test_one_person_in_many_tabs_holds_two_posts_and_no_more(own_database: str) -> None:
    ada = factories.ada().id
    posts = [factories.make_mention().id for _n in range(8)]
    session.remove()

    def step(number: int) -> None:
        with unit_of_work():
            actions.claim(mention_id=posts[number], advocate_id=ada, at=NOW)

    ends = race(8, step)

    assert ends.count(None) == 2
    assert all(end is None or isinstance(end, NotAllowed) for end in ends), ends
    assert len(queries.live_claims(ada)) == 2


@pytest.mark.race
def test_extending_and_expiring_at_once_agree(own_database: str) -> None:
    held = [factories.make_claim(mention=factories.make_mention(status=MentionStatus.CLAIMED)) for _n in range(6)]
    ids = [(claim.id, claim.mention_id, claim.advocate_id) for claim in held]
    session.remove()
    late = NOW + timedelta(minutes=10)

    def step(number: int) -> None:
        with unit_of_work():
            if number == 0:
                expire_claims(at=late)
            else:
                claim_id, _mention, advocate_id = ids[number - 1]
                actions.add_time(claim_id=claim_id, advocate_id=advocate_id, at=late)

    ends = race(7, step)

    for (claim_id, mention_id, _advocate), end in zip(ids, ends[1:], strict=False):
        lives = session.get_one(Claim, claim_id).ended_at is None
        assert lives == (session.get_one(Mention, mention_id).status is MentionStatus.CLAIMED)
        assert (end is None) == lives
