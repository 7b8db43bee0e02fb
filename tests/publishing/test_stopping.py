"""An approved reply whose post was edited or answered meanwhile: held, looked at by a person, given back."""

from datetime import timedelta

import pytest
from flask.testing import FlaskClient
from sqlalchemy import select

from app.cord import actions as cord
from app.cord.models import HoldScope, ResumeOffer
from app.foundation.db import session, unit_of_work
from app.foundation.errors import Conflict
from app.foundation.tasks import Task, TaskKind
from app.mentions.models import MentionStatus
from app.publishing import actions
from app.publishing.actions import Resumed
from app.publishing.models import HeldBecause, Publication, PublicationStatus
from app.replies.models import Reply, ReplyKind, ReplyStatus
from tests.conftest import sign_in
from tests.factories import NOW, ana, make_mention, make_publication, make_reply, mo, person, sol

BOTH = pytest.mark.parametrize("because", [HeldBecause.EDITED, HeldBecause.ANSWERED])


@pytest.fixture(autouse=True)
def _database(db_session: None) -> None:
    pass


def hold_for(publication: Publication, because: HeldBecause = HeldBecause.EDITED) -> bool:
    with unit_of_work():
        held = actions.hold_for(mention_id=publication.mention_id, because=because, at=NOW)
    session.refresh(publication)
    return held


def open_tasks() -> list[TaskKind]:
    return list(session.scalars(select(Task.kind).where(Task.settled_at.is_(None)).order_by(Task.id)))


def reply_status(publication: Publication) -> ReplyStatus:
    return session.get_one(Reply, publication.reply_id, populate_existing=True).status


@BOTH
@pytest.mark.parametrize("waiting", [PublicationStatus.READY, PublicationStatus.WAITING])
def test_what_waits_is_held_and_a_person_is_asked(because: HeldBecause, waiting: PublicationStatus) -> None:
    publication = make_publication(waiting)

    assert hold_for(publication, because)

    assert (publication.status, publication.held_because) == (PublicationStatus.HELD, because)
    assert open_tasks() == [TaskKind.HELD_SEND]
    with unit_of_work():
        assert actions.begin(publication_id=publication.id, worker="one", at=NOW) is None


def test_a_second_edit_asks_nobody_twice() -> None:
    publication = make_publication()
    hold_for(publication)

    assert not hold_for(publication)

    assert open_tasks() == [TaskKind.HELD_SEND]


@pytest.mark.parametrize(
    "status",
    [PublicationStatus.SENDING, PublicationStatus.UNKNOWN, PublicationStatus.ABSENT, PublicationStatus.SENT],
)
def test_what_is_or_may_be_public_is_left_to_its_outcome(status: PublicationStatus) -> None:
    publication = make_publication(status)

    assert not hold_for(publication)

    assert publication.status is status
    assert open_tasks() == []


def test_no_sweep_and_no_release_of_the_cord_lets_it_go() -> None:
    publication, puller, admin = make_publication(), person(mo()), person(ana())
    with unit_of_work():
        hold_id = cord.pull(scope=HoldScope.EVERYTHING, reason="Recall", by=puller, at=NOW).id
    with unit_of_work():
        actions.hold_covered(at=NOW)

    assert hold_for(publication)
    with unit_of_work():
        cord.release(hold_id=hold_id, offer=ResumeOffer.SEND_ALL, by=admin, at=NOW)
    with unit_of_work():
        assert actions.resume_uncovered(by_id=None, at=NOW) == Resumed()

    session.refresh(publication)
    assert (publication.status, publication.held_because) == (PublicationStatus.HELD, HeldBecause.EDITED)


@pytest.mark.parametrize(
    ("kind", "becomes"), [(ReplyKind.COMMUNITY, ReplyStatus.SUBMITTED), (ReplyKind.STAFF, ReplyStatus.WITHDRAWN)]
)
def test_a_person_gives_it_back_to_those_who_decide(kind: ReplyKind, becomes: ReplyStatus) -> None:
    mention = make_mention(status=MentionStatus.ESCALATED)
    publication = make_publication(reply=make_reply(ReplyStatus.APPROVED, kind=kind, mention=mention))
    hold_for(publication)
    by = person(sol())

    with unit_of_work():
        actions.re_review(publication_id=publication.id, by=by, at=NOW)

    session.refresh(publication)
    assert publication.status is PublicationStatus.CANCELLED
    assert reply_status(publication) is becomes
    assert open_tasks() == []
    with pytest.raises(Conflict), unit_of_work():
        actions.re_review(publication_id=publication.id, by=by, at=NOW)


def test_what_only_the_cord_holds_is_not_given_back_by_this_way() -> None:
    publication, by = make_publication(PublicationStatus.HELD, held_because=HeldBecause.CORD), person(sol())

    with pytest.raises(Conflict), unit_of_work():
        actions.re_review(publication_id=publication.id, by=by, at=NOW)

    session.refresh(publication)
    assert publication.status is PublicationStatus.HELD


def test_nobody_is_asked_any_more_when_its_post_is_deleted_or_its_approval_too_old() -> None:
    deleted, old = make_publication(), make_publication()
    hold_for(deleted)
    hold_for(old)

    with unit_of_work():
        actions.mirror_deletion(mention_id=deleted.mention_id, at=NOW)
    with unit_of_work():
        actions.expire_old(at=old.expires_at + timedelta(seconds=1))

    assert open_tasks() == []


def test_its_page_says_why_and_leads_back_to_review(client: FlaskClient) -> None:
    publication = make_publication()
    hold_for(publication)
    sign_in(client, mo())

    listed = client.get("/publishing").get_data(as_text=True)
    page = client.get(f"/publishing/{publication.id}").get_data(as_text=True)
    done = client.post(f"/publishing/{publication.id}/re-review", follow_redirects=True)

    assert "The customer edited the post" in listed
    assert "Back to review" in page
    assert "held until posting is resumed" not in page
    assert "It waits in the review queue again." in done.get_data(as_text=True)
    session.refresh(publication)
    assert publication.status is PublicationStatus.CANCELLED
