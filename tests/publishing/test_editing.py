"""The customer edits a post: its new words are sorted again, and nothing written to the old ones goes out unseen."""

from dataclasses import replace
from datetime import timedelta

import pytest
from sqlalchemy import select

from app.cases.models import Case
from app.channels.types import IncomingPost
from app.feed.models import ClaimEnd
from app.foundation.db import session, unit_of_work
from app.foundation.events import Event, EventType
from app.foundation.journal import JournalEntry
from app.foundation.tasks import Task, TaskKind
from app.mentions.models import Mention, MentionStatus
from app.mentions.types import Route
from app.publishing import actions
from app.publishing.models import HeldBecause, PublicationStatus
from app.replies.models import ReplyStatus
from app.triage import actions as triage
from app.triage.models import TriageVerdict
from tests.factories import NOW, make_advocate, make_claim, make_mention, make_publication, make_reply, make_verdict
from tests.mentions.test_actions import a_post
from worker.lanes.triage import drain_triage

ANGRY = "@NorthwindKettle you thieves, this is a scam, I want my money back now, disgusting!!!"


@pytest.fixture(autouse=True)
def _database(db_session: None) -> None:
    pass


def edit(mention: Mention, text: str = "@NorthwindKettle and how do I descale the K3?", edition: int = 2) -> bool:
    ids = tuple(f"{int(mention.external_id) + n}" for n in range(edition))
    post: IncomingPost = a_post(mention.external_id, text=text, edition=edition, editions=ids)
    with unit_of_work():
        done = actions.mirror_edit(mention_id=mention.id, post=post, at=NOW)
    session.refresh(mention)
    return done


def sorted_again(mention: Mention) -> Mention:
    drain_triage()
    return session.get_one(Mention, mention.id, populate_existing=True)


def test_the_new_words_take_the_place_of_the_old_and_the_crowd_sees_none_until_they_are_read() -> None:
    mention = make_mention(text="@NorthwindKettle my number is 555 0100")

    assert edit(mention)

    assert (mention.edition, mention.status) == (2, MentionStatus.RECEIVED)
    assert mention.target_external_id == str(int(mention.external_id) + 1)
    assert mention.crowd_text == ""
    assert "555" not in mention.text
    assert session.scalars(select(JournalEntry.action)).all() == ["mention.edited"]
    assert EventType.POST_EDITED in session.scalars(select(Event.type)).all()


def test_a_question_edited_into_another_is_open_again() -> None:
    mention = make_mention()
    edit(mention)

    mention = sorted_again(mention)

    assert mention.status is MentionStatus.OPEN
    assert "K3" in mention.crowd_text


@pytest.mark.parametrize("status", [MentionStatus.RECEIVED, MentionStatus.OPEN, MentionStatus.IGNORED])
def test_an_edit_into_anger_goes_to_staff_from_wherever_nobody_has_it(status: MentionStatus) -> None:
    mention = make_mention(status=status)
    edit(mention, ANGRY)

    mention = sorted_again(mention)

    assert mention.status is MentionStatus.ESCALATED
    assert mention.route is Route.STAFF_ANGRY


def test_an_edition_that_is_known_or_older_changes_nothing() -> None:
    mention = make_mention()
    edit(mention, "The third", edition=3)

    assert not edit(mention, "The third", edition=3)
    assert not edit(mention, "The second", edition=2)

    assert (mention.text, mention.edition) == ("The third", 3)


def test_what_was_quoted_of_the_old_words_is_forgotten() -> None:
    mention = make_mention()
    verdict = make_verdict(mention, reasons=[["anger", "the old words"]])

    edit(mention)

    session.refresh(verdict)
    assert verdict.reasons == [["anger", "…"]]


def test_a_claimed_post_stays_with_its_holder_and_is_read_anew() -> None:
    mention = make_mention(status=MentionStatus.CLAIMED)
    claim = make_claim(mention=mention)
    edit(mention)

    mention = sorted_again(mention)

    session.refresh(claim)
    assert (mention.status, claim.ended_at, mention.to_reread) == (MentionStatus.CLAIMED, None, False)
    assert "K3" in mention.crowd_text


def test_a_claimed_post_edited_into_anger_goes_to_staff_with_the_draft_kept() -> None:
    mention = make_mention(status=MentionStatus.CLAIMED)
    advocate = make_advocate()
    claim = make_claim(mention=mention, advocate=advocate)
    draft = make_reply(ReplyStatus.DRAFT, mention=mention, writer=advocate.user)
    edit(mention, ANGRY)

    mention = sorted_again(mention)

    session.refresh(claim)
    session.refresh(draft)
    assert mention.status is MentionStatus.ESCALATED
    assert claim.ended_because is ClaimEnd.POST_EDITED
    assert draft.status is ReplyStatus.WITHDRAWN
    assert session.scalars(select(Case.mention_id)).all() == [mention.id]


def test_an_approved_reply_is_held_and_ends_when_the_edit_is_for_staff() -> None:
    publication = make_publication()
    mention = session.get_one(Mention, publication.mention_id)
    edit(mention, ANGRY)
    session.refresh(publication)
    held = publication.status, publication.held_because

    mention = sorted_again(mention)

    session.refresh(publication)
    assert held == (PublicationStatus.HELD, HeldBecause.EDITED)
    assert publication.status is PublicationStatus.CANCELLED
    assert mention.status is MentionStatus.ESCALATED
    assert session.scalars(select(Task).where(Task.settled_at.is_(None))).all() == []


def test_a_reply_that_may_be_public_keeps_its_post_where_it_is() -> None:
    publication = make_publication(PublicationStatus.UNKNOWN)
    mention = session.get_one(Mention, publication.mention_id)
    edit(mention, ANGRY)

    mention = sorted_again(mention)

    session.refresh(publication)
    assert publication.status is PublicationStatus.UNKNOWN
    assert mention.status is MentionStatus.IN_REVIEW


def test_an_edited_post_that_keeps_killing_drainers_is_left_to_a_person_and_hidden() -> None:
    mention = make_mention(status=MentionStatus.CLAIMED)
    edit(mention)
    for _death in range(3):
        with unit_of_work():
            assert triage.begin_edited(at=NOW) == mention.id

    mention = sorted_again(mention)

    assert (mention.to_reread, mention.crowd_text) == (False, "")
    assert session.scalars(select(Task.kind)).all() == [TaskKind.POISON]


def test_an_edited_post_on_which_triage_fails_does_not_stop_the_lane(monkeypatch: pytest.MonkeyPatch) -> None:
    broken, fine = (make_mention(status=MentionStatus.CLAIMED) for _ in range(2))
    edit(broken, "breaks it")
    edit(fine)
    read = triage.read_signals

    def read_or_fail(text: str, **rest: object) -> object:
        if text == "breaks it":
            raise RuntimeError
        return read(text, **rest)  # type: ignore[arg-type]

    monkeypatch.setattr(triage, "read_signals", read_or_fail)

    assert "K3" in sorted_again(fine).crowd_text
    assert sorted_again(broken).crowd_text == ""
    assert session.scalars(select(Task.subject_id)).all() == [broken.id]


def test_an_erased_post_is_not_written_over() -> None:
    mention = make_mention()
    with unit_of_work():
        actions.mirror_deletion(mention_id=mention.id, at=NOW)

    assert not edit(mention)

    assert mention.text == ""


def test_what_was_approved_for_another_edition_is_held_at_the_last_moment() -> None:
    publication = make_publication(approved_at=NOW - timedelta(minutes=1), next_try_at=NOW - timedelta(seconds=1))
    mention = session.get_one(Mention, publication.mention_id)
    mention.edition = 2
    session.commit()

    with unit_of_work():
        assert actions.begin(publication_id=publication.id, worker="one", at=NOW) is None

    session.refresh(publication)
    assert (publication.status, publication.held_because) == (PublicationStatus.HELD, HeldBecause.EDITED)


def test_an_edit_that_takes_our_name_away_takes_the_answer_away_too() -> None:
    mention = make_mention()
    post = a_post(mention.external_id, text="Never mind", edition=2, editions=(mention.external_id, "5"))
    silent = replace(post, summoned=False, can_reply=False, cannot_reply_why="not_summoned")

    with unit_of_work():
        actions.mirror_edit(mention_id=mention.id, post=silent, at=NOW)

    session.refresh(mention)
    assert (mention.can_reply, mention.cannot_reply_why) == (False, "not_summoned")
    assert session.scalars(select(TriageVerdict)).all() == []
