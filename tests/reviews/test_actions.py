from collections.abc import Callable
from datetime import timedelta

import pytest
from sqlalchemy import delete, func, select
from sqlalchemy.exc import IntegrityError

from app.accounts.models import Role, RoleGrant
from app.accounts.permissions import Person
from app.advocates.actions import Step, change_standing
from app.advocates.models import AdvocateStatus
from app.cases.models import Case
from app.feed.models import Claim
from app.foundation import terms
from app.foundation.db import session, unit_of_work
from app.foundation.errors import Conflict, Invalid, NotAllowed, NotFound
from app.foundation.journal import JournalEntry
from app.foundation.terms import Terms
from app.mentions.models import Mention, MentionStatus
from app.publishing import actions as publishing
from app.publishing.models import HeldBecause, Publication, PublicationStatus
from app.replies.checks import RULES
from app.replies.models import Reply, ReplyKind, ReplyStatus, ReplyVersion
from app.reviews import actions, history, queries
from app.reviews.models import Decision, Review, ReviewKind
from app.reviews.second_look import WhyTwo
from tests.factories import (
    NOW,
    ada,
    ana,
    make_advocate,
    make_author,
    make_case,
    make_mention,
    make_reply,
    make_user,
    make_verdict,
    make_version,
    mo,
    person,
    sol,
)

UNDO = timedelta(seconds=10)
TEXT = "Fill it with equal parts of vinegar and water, boil once, rinse twice."


def version_of(reply: Reply) -> ReplyVersion:
    return session.scalars(
        select(ReplyVersion).where(ReplyVersion.reply_id == reply.id).order_by(ReplyVersion.number.desc()).limit(1)
    ).one()


def approve(reply: Reply, by: Person, version_id: int | None = None) -> actions.Approval:
    seen = version_id or version_of(reply).id
    with unit_of_work():
        return actions.approve(reply_id=reply.id, version_id=seen, by=by, at=NOW, undo_lasts=UNDO)


def approve_edited(reply: Reply, text: str, by: Person) -> actions.Approval:
    seen = version_of(reply).id
    with unit_of_work():
        return actions.approve_edited(reply_id=reply.id, version_id=seen, text=text, by=by, at=NOW, undo_lasts=UNDO)


def status_of(reply: Reply) -> ReplyStatus:
    return session.scalars(select(Reply.status).where(Reply.id == reply.id)).one()


def mention_status_of(reply: Reply) -> MentionStatus:
    return session.scalars(select(Mention.status).where(Mention.id == reply.mention_id)).one()


def publications() -> int:
    return session.scalar(select(func.count()).select_from(Publication)) or 0


def test_approving_makes_one_publication_of_the_very_version() -> None:
    reply, moderator = make_reply(), person(mo())
    version = version_of(reply)

    approval = approve(reply, moderator)

    assert status_of(reply) is ReplyStatus.APPROVED
    publication = approval.publication
    assert publication is not None
    assert publication.status is PublicationStatus.READY
    assert (publication.reply_version_id, publication.edition) == (version.id, 1)
    assert publication.approved_by_id == moderator.id
    assert publication.next_try_at == NOW + UNDO
    assert approval.review.edited is False


def test_a_decision_names_the_version_its_maker_saw() -> None:
    reply, moderator = make_reply(), person(mo())
    seen = version_of(reply).id
    make_version(reply, mention=session.get_one(Mention, reply.mention_id), number=2, text="Newer words")

    with pytest.raises(actions.Overtaken):
        approve(reply, moderator, version_id=seen)

    assert status_of(reply) is ReplyStatus.SUBMITTED
    assert publications() == 0


def test_the_second_of_two_reviewers_is_told_that_somebody_decided() -> None:
    reply, first, second = make_reply(), person(mo()), person(sol())
    seen = version_of(reply).id
    approve(reply, first)

    for decide in (
        lambda: approve(reply, second, version_id=seen),
        lambda: reject(reply, second),
    ):
        with pytest.raises(actions.Overtaken):
            decide()

    assert publications() == 1
    assert session.scalar(select(func.count()).select_from(Review)) == 1


def reject(reply: Reply, by: Person) -> Review:
    seen = version_of(reply).id
    with unit_of_work():
        return actions.reject(reply_id=reply.id, version_id=seen, note="Not so", by=by, at=NOW)


def test_nobody_decides_on_their_own_words() -> None:
    writer = make_user(Role.ADVOCATE, Role.MODERATOR)
    reply, me = make_reply(writer=writer), person(writer)
    seen = version_of(reply).id

    for decide in (
        lambda: approve(reply, me),
        lambda: approve_edited(reply, TEXT + " Done.", me),
        lambda: reject(reply, me),
        lambda: actions.escalate(reply_id=reply.id, version_id=seen, note="x", by=me, at=NOW),
        lambda: actions.return_for_changes(reply_id=reply.id, version_id=seen, reasons=(), note="x", by=me, at=NOW),
    ):
        with pytest.raises(actions.OwnWords):
            decide()

    assert status_of(reply) is ReplyStatus.SUBMITTED


def own_review(reply: Reply, kind: ReviewKind, decision: Decision = Decision.APPROVE) -> Review:
    return Review(
        reply_id=reply.id,
        reply_version_id=version_of(reply).id,
        reviewer_id=reply.writer_id,
        writer_id=reply.writer_id,
        kind=kind,
        decision=decision,
        decided_at=NOW,
    )


def test_the_database_refuses_a_decision_on_ones_own_words() -> None:
    reply = make_reply()
    session.add(own_review(reply, ReviewKind.MODERATION))

    with pytest.raises(IntegrityError, match="not_own_words"):
        session.flush()
    session.rollback()


def test_the_database_lets_staff_issue_their_own_answer() -> None:
    reply = make_reply(kind=ReplyKind.STAFF)
    session.add(own_review(reply, ReviewKind.STAFF))

    session.flush()


def test_the_database_refuses_two_approvals_of_one_version_by_one_person() -> None:
    reply, moderator = make_reply(), mo()
    for _twice in range(2):
        review = own_review(reply, ReviewKind.MODERATION)
        review.reviewer_id = moderator.id
        session.add(review)

    with pytest.raises(IntegrityError):
        session.flush()
    session.rollback()


def test_a_light_edit_is_saved_and_approved_in_one_act_and_kept_as_a_version() -> None:
    reply, moderator = make_reply(text=TEXT), person(mo())
    before = version_of(reply).id

    approval = approve_edited(reply, TEXT.replace("twice", "three times"), moderator)

    newest = version_of(reply)
    assert newest.id != before
    assert (newest.editor_id, newest.number) == (moderator.id, 2)
    assert newest.text.endswith("rinse three times.")
    assert approval.publication is not None
    assert approval.publication.reply_version_id == newest.id
    assert approval.review.edited is True


def test_an_edit_that_changes_nothing_is_a_plain_approval() -> None:
    reply, moderator = make_reply(text=TEXT), person(mo())

    approval = approve_edited(reply, TEXT, moderator)

    assert approval.review.edited is False
    assert version_of(reply).number == 1


def test_an_edit_may_not_break_the_rules_of_sending() -> None:
    reply, moderator = make_reply(text=TEXT), person(mo())

    with pytest.raises(Invalid) as refused:
        approve_edited(reply, "x" * 300, moderator)

    assert refused.value.field == "text"
    assert (status_of(reply), version_of(reply).number) == (ReplyStatus.SUBMITTED, 1)


def test_who_replaced_more_than_half_is_the_writer_now_and_a_second_person_approves() -> None:
    reply, moderator, second = make_reply(text=TEXT), person(mo()), person(sol())

    approval = approve_edited(reply, "Please call us, we will sort this out for you today, promised by all.", moderator)

    assert approval.publication is None
    assert status_of(reply) is ReplyStatus.SUBMITTED
    with pytest.raises(NotAllowed):
        approve(reply, moderator)
    assert approve(reply, second).publication is not None
    assert status_of(reply) is ReplyStatus.APPROVED


def test_sensitive_words_need_two_different_people() -> None:
    reply, first, second = make_reply(sensitive=True), person(mo()), person(sol())

    assert approve(reply, first).publication is None
    with pytest.raises(NotAllowed):
        approve(reply, first)
    assert publications() == 0
    approval = approve(reply, second)

    assert approval.publication is not None
    assert (approval.publication.approved_by_id, approval.publication.first_approved_by_id) == (second.id, first.id)


def test_where_one_approval_is_enough_nobody_else_is_named() -> None:
    reply, moderator = make_reply(), person(mo())

    approval = approve(reply, moderator)

    assert approval.publication is not None
    assert approval.publication.first_approved_by_id is None


def weighty_reply() -> Reply:
    """A reply to a post that triage found to be about a payment, which staff gave to the crowd."""
    mention = make_mention(status=MentionStatus.IN_REVIEW)
    make_verdict(mention, tags=["payment"])
    return make_reply(mention=mention)


def linking_reply() -> Reply:
    RULES.load(link_hosts=["northwindkettles.example"])
    return make_reply(text="It stands here: https://northwindkettles.example/k2")


def reply_to_a_star() -> Reply:
    return make_reply(mention=make_mention(author=make_author(followers=10_001), status=MentionStatus.IN_REVIEW))


def first_reply() -> Reply:
    terms.choose(Terms(first_replies=1))
    return make_reply()


@pytest.mark.parametrize(
    ("made", "why"),
    [
        (weighty_reply, WhyTwo.SENSITIVE),
        (linking_reply, WhyTwo.NEW_HOST),
        (reply_to_a_star, WhyTwo.MANY_FOLLOWERS),
        (first_reply, WhyTwo.NEW_WRITER),
    ],
)
def test_what_may_do_harm_is_let_out_by_two(made: Callable[[], Reply], why: WhyTwo) -> None:
    reply, first = made(), person(mo())

    assert queries.two_because(queries.reply_to_review(first, reply.id)) == (why,)
    assert approve(reply, first).publication is None
    assert approve(reply, person(sol())).publication is not None


def test_one_person_lets_out_what_harms_nobody() -> None:
    mention = make_mention(author=make_author(followers=10_000), status=MentionStatus.IN_REVIEW)
    make_verdict(mention, tags=["order"])

    assert approve(make_reply(mention=mention), person(mo())).publication is not None


def test_a_newcomer_is_new_until_so_many_replies_were_public() -> None:
    terms.choose(Terms(first_replies=2))
    writer, moderator = make_advocate().user, person(mo())
    for _each in range(2):
        assert approve(make_reply(writer=writer), moderator).publication is None
        make_reply(ReplyStatus.PUBLISHED, writer=writer)

    assert approve(make_reply(writer=writer), moderator).publication is not None


def test_a_host_that_two_have_let_stand_needs_one_from_then_on() -> None:
    first, moderator = linking_reply(), person(mo())
    approve(first, moderator)
    approve(first, person(sol()))

    assert approve(linking_reply(), moderator).publication is not None


def test_a_host_that_one_has_let_stand_is_still_new() -> None:
    approve(linking_reply(), person(mo()))

    assert approve(linking_reply(), person(sol())).publication is None


@pytest.mark.parametrize("step", [Step.CONFIRM, Step.PROMOTE])
def test_who_raised_a_writer_lets_others_approve_until_the_next_day(step: Step) -> None:
    status = {Step.CONFIRM: AdvocateStatus.PROBATION, Step.PROMOTE: AdvocateStatus.MEMBER}[step]
    advocate, boss = make_advocate(status), mo()
    writer = advocate.user
    with unit_of_work():
        change_standing(advocate_id=advocate.id, step=step, by_id=boss.id, at=NOW - timedelta(hours=23))
    reply = make_reply(writer=writer)

    with pytest.raises(NotAllowed, match="raised"):
        approve(reply, person(boss))
    assert approve(reply, person(sol())).publication is not None


def test_who_raised_a_writer_yesterday_approves_again() -> None:
    advocate, boss = make_advocate(AdvocateStatus.MEMBER), mo()
    writer = advocate.user
    with unit_of_work():
        change_standing(advocate_id=advocate.id, step=Step.PROMOTE, by_id=boss.id, at=NOW - timedelta(hours=25))

    assert approve(make_reply(writer=writer), person(boss)).publication is not None


def test_an_admin_gives_the_second_approval_but_not_the_first() -> None:
    reply, moderator, admin = make_reply(sensitive=True), person(mo()), person(ana())

    with pytest.raises(Conflict):
        approve(reply, admin)
    approve(reply, moderator)

    assert approve(reply, admin).publication is not None


def test_an_approval_of_other_words_does_not_count_as_the_first() -> None:
    reply, first, second = make_reply(sensitive=True, text=TEXT), person(mo()), person(sol())
    approve(reply, first)

    assert approve_edited(reply, TEXT.replace("twice", "well"), second).publication is None


def test_staffs_sensitive_answer_needs_one_other_person() -> None:
    writer = sol()
    mention = make_mention(status=MentionStatus.ESCALATED)
    reply = make_reply(kind=ReplyKind.STAFF, sensitive=True, writer=writer, mention=mention)
    moderator = person(mo())

    assert approve(reply, moderator).publication is not None
    assert mention_status_of(reply) is MentionStatus.ESCALATED


def test_returning_gives_the_post_back_to_its_writer_for_half_an_hour() -> None:
    advocate, moderator = ada(), person(mo())
    reply = make_reply(writer=advocate.user)
    seen = version_of(reply).id

    with unit_of_work():
        review = actions.return_for_changes(
            reply_id=reply.id,
            version_id=seen,
            reasons=["tone", "nonsense", "accuracy"],
            note=" Which part? ",
            by=moderator,
            at=NOW,
        )

    assert review.reasons == ["accuracy", "tone"]
    assert status_of(reply) is ReplyStatus.RETURNED
    assert session.get_one(Reply, reply.id).returned_note == "Which part?"
    assert mention_status_of(reply) is MentionStatus.CLAIMED
    claim = session.scalars(select(Claim).where(Claim.mention_id == reply.mention_id)).one()
    assert (claim.advocate_id, claim.counts) == (advocate.id, False)
    assert claim.expires_at == NOW + timedelta(minutes=30)


@pytest.mark.parametrize("note", ["", "   \n", "x" * 1001])
def test_a_return_says_what_to_change(note: str) -> None:
    reply, moderator = make_reply(), person(mo())
    seen = version_of(reply).id

    with pytest.raises(Invalid) as refused, unit_of_work():
        actions.return_for_changes(
            reply_id=reply.id, version_id=seen, reasons=["tone"], note=note, by=moderator, at=NOW
        )

    assert refused.value.field == "note"


def test_rejecting_frees_the_post_for_somebody_else() -> None:
    reply, moderator = make_reply(), person(mo())

    reject(reply, moderator)

    assert (status_of(reply), mention_status_of(reply)) == (ReplyStatus.REJECTED, MentionStatus.OPEN)


def test_escalating_withdraws_the_words_and_opens_a_case() -> None:
    reply, moderator = make_reply(), person(mo())
    seen = version_of(reply).id

    with unit_of_work():
        actions.escalate(reply_id=reply.id, version_id=seen, note="It smokes", by=moderator, at=NOW)

    assert (status_of(reply), mention_status_of(reply)) == (ReplyStatus.WITHDRAWN, MentionStatus.ESCALATED)
    case = session.scalars(select(Case).where(Case.mention_id == reply.mention_id)).one()
    assert (case.reason, case.opened_by_id) == ("It smokes", moderator.id)


@pytest.mark.parametrize("decision", ["return", "reject"])
def test_declining_a_staff_answer_moves_the_answer_alone(decision: str) -> None:
    mention = make_mention(status=MentionStatus.ESCALATED)
    reply, moderator = make_reply(kind=ReplyKind.STAFF, writer=sol(), mention=mention), person(mo())
    seen = version_of(reply).id

    with unit_of_work():
        if decision == "return":
            actions.return_for_changes(
                reply_id=reply.id, version_id=seen, reasons=(), note="Kinder", by=moderator, at=NOW
            )
        else:
            actions.reject(reply_id=reply.id, version_id=seen, note="No", by=moderator, at=NOW)

    assert mention_status_of(reply) is MentionStatus.ESCALATED


def test_undoing_cancels_the_publication_and_the_reply_waits_again() -> None:
    reply, moderator = make_reply(), person(mo())
    approval = approve(reply, moderator)

    with unit_of_work():
        review = actions.undo(reply_id=reply.id, by=moderator, at=NOW)

    assert review.undone_at == NOW
    assert status_of(reply) is ReplyStatus.SUBMITTED
    assert approval.publication is not None
    session.refresh(approval.publication)
    assert approval.publication.status is PublicationStatus.CANCELLED


def test_after_an_undo_the_same_words_may_be_approved_again() -> None:
    reply, moderator = make_reply(), person(mo())
    approve(reply, moderator)
    with unit_of_work():
        actions.undo(reply_id=reply.id, by=moderator, at=NOW)

    assert approve(reply, moderator).publication is not None
    assert publications() == 2


def edit_post(reply: Reply) -> None:
    session.get_one(Mention, reply.mention_id).edition += 1
    session.commit()


def test_a_reply_to_words_the_reviewer_has_not_seen_is_not_approved() -> None:
    reply, moderator = make_reply(), person(mo())
    edit_post(reply)

    with pytest.raises(actions.Overtaken):
        approve(reply, moderator)
    with pytest.raises(actions.Overtaken):
        approve_edited(reply, "Other words, as it were", moderator)

    assert publications() == 0


def test_the_publication_pins_the_edition_that_was_seen() -> None:
    reply, moderator = make_reply(), person(mo())
    edit_post(reply)

    with unit_of_work():
        approval = actions.approve(
            reply_id=reply.id, version_id=version_of(reply).id, by=moderator, at=NOW, undo_lasts=UNDO, edition=2
        )

    assert approval.publication is not None
    assert (approval.publication.edition, approval.review.edition) == (2, 2)


def test_an_approval_of_an_older_edition_is_not_half_of_two() -> None:
    reply, first, second = make_reply(sensitive=True), person(mo()), person(make_user(Role.MODERATOR))
    approve(reply, first)
    edit_post(reply)

    for reviewer, let_out in ((second, False), (first, True)):
        with unit_of_work():
            approval = actions.approve(
                reply_id=reply.id, version_id=version_of(reply).id, by=reviewer, at=NOW, undo_lasts=UNDO, edition=2
            )
        assert (approval.publication is not None) is let_out


def test_who_approved_what_was_held_and_came_back_may_approve_it_again() -> None:
    reply, moderator = make_reply(), person(mo())
    held = approve(reply, moderator).publication
    assert held is not None
    with unit_of_work():
        publishing.hold_for(mention_id=reply.mention_id, because=HeldBecause.ANSWERED, at=NOW)
    with unit_of_work():
        publishing.re_review(publication_id=held.id, by=moderator, at=NOW)

    assert queries.approvals_of(version_of(reply).id) == []
    assert approve(reply, moderator).publication is not None


def test_what_is_on_its_way_is_not_undone() -> None:
    reply, moderator = make_reply(), person(mo())
    approval = approve(reply, moderator)
    assert approval.publication is not None
    publication_id = approval.publication.id
    with unit_of_work():
        publishing.begin(publication_id=publication_id, worker="one", at=NOW + UNDO)

    with pytest.raises(Conflict), unit_of_work():
        actions.undo(reply_id=reply.id, by=moderator, at=NOW + UNDO)

    assert status_of(reply) is ReplyStatus.APPROVED
    assert session.scalars(select(Review.undone_at)).one() is None


def test_nobody_undoes_anothers_decision() -> None:
    reply, moderator, other = make_reply(), person(mo()), person(sol())
    approve(reply, moderator)

    with pytest.raises(Conflict), unit_of_work():
        actions.undo(reply_id=reply.id, by=other, at=NOW)


def test_a_first_of_two_approvals_is_undone_without_touching_the_reply() -> None:
    reply, moderator = make_reply(sensitive=True), person(mo())
    approve(reply, moderator)

    with unit_of_work():
        actions.undo(reply_id=reply.id, by=moderator, at=NOW)

    assert queries.approvals_of(version_of(reply).id) == []
    assert status_of(reply) is ReplyStatus.SUBMITTED


def test_words_on_a_safety_case_are_not_a_moderators_to_see() -> None:
    mention = make_mention(status=MentionStatus.ESCALATED)
    reply = make_reply(kind=ReplyKind.STAFF, writer=sol(), mention=mention)
    make_case(mention=mention, safety=True)
    moderator, colleague = person(mo()), person(make_user(Role.STAFF))

    with pytest.raises(NotFound):
        approve(reply, moderator)
    assert queries.line_of(moderator) == []
    assert queries.line_of(colleague) == [reply.id]


def test_reviewers_are_told_once_who_has_a_reply_open() -> None:
    reply, moderator, other = make_reply(), person(mo()), person(sol())
    for seconds in (0, 25, 50):
        with unit_of_work():
            actions.open_item(reply_id=reply.id, by=moderator, at=NOW + timedelta(seconds=seconds))

    at = NOW + timedelta(seconds=60)
    assert queries.others_at(reply.id, except_id=other.id, at=at) == ["Mo Marsh"]
    assert queries.others_at(reply.id, except_id=moderator.id, at=at) == []
    assert queries.others_at(reply.id, except_id=other.id, at=at + queries.GONE_AFTER) == []


def test_a_note_is_kept_for_the_other_reviewers() -> None:
    reply, moderator = make_reply(), person(mo())

    with unit_of_work():
        actions.add_note(reply_id=reply.id, text=" Ask Sol first ", by=moderator, at=NOW)

    assert [(note.text, note.author.name) for note in history.notes_on(reply.id)] == [("Ask Sol first", "Mo Marsh")]


def test_every_decision_is_journalled() -> None:
    reply, moderator = make_reply(), person(mo())
    approve(reply, moderator)

    lines = session.scalars(select(JournalEntry.action).where(JournalEntry.actor_id == moderator.id)).all()
    assert set(lines) == {"reply.approved", "publication.created"}


@pytest.mark.parametrize(
    "words",
    [
        "Look at https://evil.example/k2 for how it is done.",
        "Write to jane.doe@mail.example and they will help.",
        "Boil it \u202eonce, rinse it twice.",
    ],
    ids=["foreign-link", "personal-data", "hidden-sign"],
)
def test_what_may_not_be_said_is_not_approved_as_it_stands(words: str) -> None:
    reply, moderator = make_reply(text=words), person(mo())

    with pytest.raises(Invalid):
        approve(reply, moderator)

    assert status_of(reply) is ReplyStatus.SUBMITTED
    assert (publications(), session.scalar(select(func.count()).select_from(Review))) == (0, 0)
    assert approve_edited(reply, TEXT, moderator).review.edited is True


def test_what_may_not_be_said_can_still_be_returned() -> None:
    reply, moderator = make_reply(text="See https://evil.example/", writer=ada().user), person(mo())

    with unit_of_work():
        actions.return_for_changes(
            reply_id=reply.id,
            version_id=version_of(reply).id,
            reasons=["source"],
            note="Use our own page.",
            by=moderator,
            at=NOW,
        )

    assert status_of(reply) is ReplyStatus.RETURNED


def test_an_approval_counts_no_more_when_its_maker_lost_the_right() -> None:
    first, reply = mo(), make_reply(sensitive=True)
    approve(reply, person(first))
    session.execute(delete(RoleGrant).where(RoleGrant.user_id == first.id))
    session.commit()

    with pytest.raises(Conflict):
        approve(reply, person(ana()))
    approval = approve(reply, person(sol()))

    assert approval.publication is None
    assert status_of(reply) is ReplyStatus.SUBMITTED
