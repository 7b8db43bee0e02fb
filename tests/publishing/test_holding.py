"""What waits under a hold, and what becomes of it when two admins let go."""

from datetime import timedelta

import pytest

from app.accounts.models import Role
from app.accounts.permissions import Person
from app.channels.types import Receipt, Ref
from app.cord import actions as cord
from app.cord.models import HoldScope, ResumeOffer
from app.foundation.db import session, unit_of_work
from app.mentions.models import Mention, MentionStatus
from app.publishing import actions, queries, waiting
from app.publishing.actions import Resumed
from app.publishing.models import Publication, PublicationStatus
from app.replies.models import Reply, ReplyKind, ReplyStatus
from tests.factories import (
    NOW,
    ana,
    make_connection,
    make_mention,
    make_publication,
    make_reply,
    make_user,
    person,
    sol,
)


@pytest.fixture(autouse=True)
def _database(db_session: None) -> None:
    pass


def pull(scope: HoldScope = HoldScope.EVERYTHING) -> int:
    puller = person(make_user(Role.MODERATOR))
    with unit_of_work():
        return cord.pull(scope=scope, reason="Recall", by=puller, at=NOW).id


def through_one_account(many: int) -> list[Publication]:
    connection = make_connection()
    mentions = [make_mention(connection=connection, status=MentionStatus.IN_REVIEW) for _ in range(many)]
    return [make_publication(reply=make_reply(ReplyStatus.APPROVED, mention=mention)) for mention in mentions]


def test_what_a_hold_covers_is_set_aside_and_let_go_one_by_one() -> None:
    publications = through_one_account(3)
    hold_id, admin = pull(), person(ana())
    with unit_of_work():
        assert actions.hold_covered(at=NOW) == 3
    assert queries.waiting_under_hold() == 3

    with unit_of_work():
        assert actions.release_cord(hold_id=hold_id, offer=ResumeOffer.SEND_FRESH, by=admin, at=NOW) == Resumed(
            leaving=3
        )

    for publication in publications:
        session.refresh(publication)
    assert {publication.status for publication in publications} == {PublicationStatus.READY}
    starts = [publication.next_try_at - NOW for publication in publications]
    assert starts == [timedelta(0), timedelta(minutes=1), timedelta(minutes=2)]


def test_turns_that_nobody_took_leave_one_a_minute_all_the_same() -> None:
    first, second, third = through_one_account(3)
    hold_id, admin = pull(), person(ana())
    let_go(hold_id, admin, ResumeOffer.SEND_ALL)
    never_held = make_publication(
        reply=make_reply(
            ReplyStatus.APPROVED, mention=make_mention(connection=first.connection, status=MentionStatus.IN_REVIEW)
        )
    )

    assert begins(first, minutes=10)
    assert begins(never_held, minutes=10)
    assert not begins(second, minutes=10.9)
    assert session.scalar(queries.next_ready(at=NOW + timedelta(minutes=10.9))) is None
    assert begins(second, minutes=11)
    assert not begins(third, minutes=11.9)
    assert begins(third, minutes=12)


def begins(publication: Publication, minutes: float) -> bool:
    """Send it if it may leave so long after the release; say whether it did."""
    at = NOW + timedelta(minutes=minutes)
    session.get_one(Mention, publication.mention_id).checked_at = at
    session.commit()
    with unit_of_work():
        outgoing = actions.begin(publication_id=publication.id, worker="one", at=at)
    if outgoing is None:
        return False
    receipt = Receipt(Ref(str(7000 + publication.id)), "https://x.com/n/status/1", at)
    with unit_of_work():
        actions.record_outcome(receipt, publication_id=publication.id, attempt=outgoing.attempt, worker="one", at=at)
    return True


def test_what_was_approved_long_before_the_release_is_looked_at_again() -> None:
    publication = make_publication(approved_at=NOW - timedelta(minutes=31))
    hold_id, admin = pull(), person(ana())
    with unit_of_work():
        actions.hold_covered(at=NOW)

    with unit_of_work():
        assert actions.release_cord(hold_id=hold_id, offer=ResumeOffer.SEND_FRESH, by=admin, at=NOW) == Resumed(
            returned=1
        )

    session.refresh(publication)
    assert publication.status is PublicationStatus.CANCELLED
    assert session.get_one(Reply, publication.reply_id).status is ReplyStatus.SUBMITTED


def test_what_another_hold_still_covers_stays_held() -> None:
    publication = make_publication()
    everything, admin = pull(), person(ana())
    pull(HoldScope.CROWD)
    with unit_of_work():
        actions.hold_covered(at=NOW)

    with unit_of_work():
        actions.release_cord(hold_id=everything, offer=ResumeOffer.SEND_FRESH, by=admin, at=NOW)

    session.refresh(publication)
    assert publication.status is PublicationStatus.HELD


def let_go(hold_id: int, admin: Person, offer: ResumeOffer, minutes: float = 0) -> Resumed | None:
    with unit_of_work():
        at = NOW + timedelta(minutes=minutes)
        return actions.release_cord(hold_id=hold_id, offer=offer, by=admin, at=at)


def standing(publication: Publication) -> tuple[PublicationStatus, float]:
    """Return the state of a publication, and after how many minutes it may leave."""
    session.refresh(publication)
    return publication.status, (publication.next_try_at - NOW) / timedelta(minutes=1)


READY, CANCELLED, HELD = PublicationStatus.READY, PublicationStatus.CANCELLED, PublicationStatus.HELD


@pytest.mark.parametrize(
    ("offer", "old", "new"),
    [
        (ResumeOffer.SEND_ALL, READY, READY),
        (ResumeOffer.SEND_FRESH, CANCELLED, READY),
        (ResumeOffer.REVIEW_ALL, CANCELLED, CANCELLED),
    ],
)
def test_what_waited_goes_the_way_that_was_chosen(
    offer: ResumeOffer, old: PublicationStatus, new: PublicationStatus
) -> None:
    long_ago, lately = make_publication(approved_at=NOW - timedelta(minutes=31)), make_publication()
    hold_id, admin = pull(), person(ana())
    kept = waiting.kept_by(hold_id, at=NOW)

    resumed = let_go(hold_id, admin, offer)

    ends = [standing(long_ago)[0], standing(lately)[0]]
    assert ends == [old, new]
    assert resumed == Resumed(leaving=ends.count(READY), returned=ends.count(CANCELLED))
    assert (kept.total, kept.leaving(offer)) == (2, ends.count(READY))


def test_what_no_sweep_had_set_aside_leaves_one_by_one_too() -> None:
    publications = through_one_account(3)
    hold_id, admin = pull(), person(ana())

    let_go(hold_id, admin, ResumeOffer.SEND_ALL)

    assert [standing(each) for each in publications] == [(READY, 0), (READY, 1), (READY, 2)]


def test_each_account_has_its_own_turns() -> None:
    one, other = through_one_account(2), through_one_account(2)
    hold_id, admin = pull(), person(ana())

    let_go(hold_id, admin, ResumeOffer.SEND_ALL)

    assert [standing(each) for each in one + other] == [(READY, 0), (READY, 1), (READY, 0), (READY, 1)]


def test_a_reply_that_may_still_be_taken_back_keeps_its_time() -> None:
    publication = make_publication(next_try_at=NOW + timedelta(seconds=6))
    hold_id, admin = pull(), person(ana())

    let_go(hold_id, admin, ResumeOffer.SEND_ALL)

    assert standing(publication) == (READY, 0.1)


def test_a_second_stop_keeps_the_rest_and_a_second_release_takes_up_the_turns() -> None:
    publications = through_one_account(3)
    first, admin = pull(), person(ana())
    let_go(first, admin, ResumeOffer.SEND_ALL)
    with unit_of_work():
        assert actions.begin(publication_id=publications[0].id, worker="w", at=NOW) is not None
    second = pull(HoldScope.CROWD)

    with unit_of_work():
        assert actions.begin(publication_id=publications[1].id, worker="w", at=NOW + timedelta(minutes=1)) is None
    let_go(second, admin, ResumeOffer.SEND_ALL, minutes=0.5)

    assert [standing(each) for each in publications[1:]] == [(READY, 1), (READY, 2)]


def test_the_sweep_follows_what_was_chosen_when_the_last_hold_over_a_reply_ended() -> None:
    publication = make_publication()
    crowd, everything, admin = pull(HoldScope.CROWD), pull(), person(ana())
    with unit_of_work():
        actions.hold_covered(at=NOW)
    with unit_of_work():
        cord.release(hold_id=crowd, offer=ResumeOffer.SEND_ALL, by=admin, at=NOW)
    with unit_of_work():
        cord.release(hold_id=everything, offer=ResumeOffer.REVIEW_ALL, by=admin, at=NOW + timedelta(seconds=1))

    with unit_of_work():
        assert actions.resume_uncovered(by_id=None, at=NOW + timedelta(seconds=2)) == Resumed(returned=1)

    assert standing(publication)[0] is CANCELLED


def test_nothing_is_let_go_while_a_second_admin_must_agree() -> None:
    publication = make_publication()
    hold_id, one, other = pull(), person(ana()), person(make_user(Role.ADMIN))
    with unit_of_work():
        actions.hold_covered(at=NOW)

    assert let_go(hold_id, one, ResumeOffer.SEND_ALL) is None
    assert standing(publication)[0] is HELD
    assert let_go(hold_id, other, ResumeOffer.SEND_ALL) == Resumed(leaving=1)
    assert standing(publication)[0] is READY


def test_what_would_wait_is_counted_for_each_scope() -> None:
    make_publication()
    make_publication(reply=make_reply(ReplyStatus.APPROVED, kind=ReplyKind.STAFF), approver=sol())
    make_publication(PublicationStatus.SENT)

    would_wait = waiting.would_wait()

    assert (would_wait.everything, would_wait.crowd) == (2, 1)
    assert would_wait.by_topic == {"descaling": 2}
    assert sum(would_wait.by_connection.values()) == 2
