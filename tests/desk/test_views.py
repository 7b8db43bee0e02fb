from datetime import timedelta

import pytest
from flask.testing import FlaskClient
from sqlalchemy import select

from app.accounts.models import Role, User
from app.cases.models import Case, CaseNote, CaseStatus
from app.channels.errors import Forbidden
from app.channels.types import ReplyBar
from app.cord import actions as cord
from app.cord.models import HoldScope, ResumeOffer
from app.foundation import clock
from app.foundation.db import session, unit_of_work
from app.foundation.tasks import Task, TaskKind, open_task
from app.foundation.terms import Terms
from app.mentions.models import IgnoredBecause, Mention, MentionStatus
from app.mentions.types import FeedLane, Route
from app.publishing import actions as publishing
from app.publishing.approval import Objection
from app.publishing.models import Publication, PublicationStatus
from app.replies.models import Reply, ReplyKind, ReplyStatus
from app.rewards import actions as rewards
from tests import factories
from tests.conftest import sign_in

KEY = "k" * 32
WORDS = "We are looking into it now and write again within the hour."


@pytest.fixture
def staff(client: FlaskClient) -> User:
    sol = factories.sol()
    sign_in(client, sol)
    return sol


def answer(client: FlaskClient, case: Case, text: str = WORDS, key: str = KEY):  # type: ignore[no-untyped-def]
    return client.post(f"/inbox/{case.id}/answer", data={"text": text, "form_key": key})


def box(page: str) -> str:
    """Return what stands in the box for the answer."""
    return page.split('id="case-answer"')[1].split("</textarea>")[0]


def case_now(case: Case) -> Case:
    return session.scalars(select(Case).where(Case.id == case.id).execution_options(populate_existing=True)).one()


def mention_now(mention_id: int) -> Mention:
    wanted = select(Mention).where(Mention.id == mention_id).execution_options(populate_existing=True)
    return session.scalars(wanted).one()


def test_the_inbox_says_what_an_empty_one_means(client: FlaskClient, staff: User) -> None:
    assert "All caught up" in client.get("/inbox").text


def test_the_most_urgent_case_stands_first(client: FlaskClient, staff: User) -> None:
    calm, urgent = factories.make_case(priority=10), factories.make_case(priority=90)

    page = client.get("/inbox").text

    assert page.index(f"case-{urgent.id}") < page.index(f"case-{calm.id}")


def test_a_long_inbox_goes_on_behind_a_link(client: FlaskClient, staff: User) -> None:
    for n in range(53):
        factories.make_case(priority=n % 3)

    first = client.get("/inbox").text
    more = first.split('class="btn" href="/inbox?view=all')[1].split('"')[0].replace("&amp;", "&")
    second = client.get(f"/inbox?view=all{more}").text

    assert first.count("data-item") == 50
    assert second.count("data-item") == 3


def test_a_safety_case_is_kept_from_moderators(client: FlaskClient) -> None:
    case = factories.make_case(safety=True)

    assert sign_in(client, factories.mo()).get(f"/inbox/{case.id}").status_code == 404
    assert sign_in(client, factories.sol()).get(f"/inbox/{case.id}").status_code == 200


def test_staff_take_a_case_and_take_it_over(client: FlaskClient, staff: User) -> None:
    case = factories.make_case()

    assert client.post(f"/inbox/{case.id}/assign").status_code == 303
    omar = factories.make_user(Role.STAFF, name="Omar")
    assert "Take over from Sol Stern" in sign_in(client, omar).get(f"/inbox/{case.id}").text
    client.post(f"/inbox/{case.id}/assign")

    assert case_now(case).assigned_to_id == omar.id


def test_a_note_is_kept_and_shown(client: FlaskClient, staff: User) -> None:
    case = factories.make_case()

    client.post(f"/inbox/{case.id}/note", data={"text": "Batch 26-10 <b>again</b>"})

    assert session.scalar(select(CaseNote.text)) == "Batch 26-10 <b>again</b>"
    assert "Batch 26-10 &lt;b&gt;again&lt;/b&gt;" in client.get(f"/inbox/{case.id}").text


def test_an_empty_note_is_refused_beside_the_field(client: FlaskClient, staff: User) -> None:
    case = factories.make_case()

    page = client.post(f"/inbox/{case.id}/note", data={"text": " "})

    assert page.status_code == 422
    assert "Write the note first." in page.text


def test_a_public_answer_goes_into_the_outbox_in_the_brands_name(client: FlaskClient, staff: User) -> None:
    case = factories.make_case()

    assert answer(client, case).status_code == 303

    publication = session.scalars(select(Publication)).one()
    assert publication.status is PublicationStatus.READY
    assert publication.kind is ReplyKind.STAFF
    assert publication.approval_key == KEY
    assert "Undo" in client.get(f"/inbox/{case.id}").text


def test_an_answer_to_a_post_that_was_edited_meanwhile_is_refused_and_kept(client: FlaskClient, staff: User) -> None:
    case = factories.make_case()
    session.get_one(Mention, case.mention_id).edition = 2
    session.commit()

    page = answer(client, case, "Words for the first edition")

    assert page.status_code == 409
    assert "Words for the first edition" in page.text
    assert 'name="edition" value="2"' in page.text


def test_an_answer_is_held_while_posting_is_paused_and_the_button_says_so(client: FlaskClient, staff: User) -> None:
    case, mo = factories.make_case(), factories.person(factories.mo())
    free = client.get(f"/inbox/{case.id}").text
    with unit_of_work():
        cord.pull(scope=HoldScope.CROWD, reason="Recall", by=mo, at=clock.now())
    crowd_paused = client.get(f"/inbox/{case.id}").text
    with unit_of_work():
        cord.pull(scope=HoldScope.EVERYTHING, reason="Recall", by=mo, at=clock.now())
    paused = client.get(f"/inbox/{case.id}").text

    assert ["Answer and hold" in page for page in (free, crowd_paused, paused)] == [False, False, True]
    assert "Posted after 10 s" not in paused


def test_an_answer_sent_twice_is_said_once(client: FlaskClient, staff: User) -> None:
    case = factories.make_case()

    answers = [answer(client, case).status_code for _ in range(2)]

    assert answers == [303, 303]
    assert len(session.scalars(select(Publication)).all()) == 1


def test_a_second_answer_while_one_is_on_its_way_keeps_its_words(client: FlaskClient, staff: User) -> None:
    case = factories.make_case()
    answer(client, case)

    page = answer(client, case, "Another thing altogether", key="o" * 32)

    assert page.status_code == 409
    assert "on its way already" in page.text
    assert "Another thing altogether" in page.text


def test_an_answer_that_cannot_be_said_is_refused_and_kept(client: FlaskClient, staff: User) -> None:
    case = factories.make_case()

    page = answer(client, case, "word " * 200)

    assert page.status_code == 422
    assert "word word" in page.text
    assert session.scalar(select(Reply.id)) is None


def test_a_sensitive_case_waits_for_a_second_person(client: FlaskClient, staff: User) -> None:
    case = factories.make_case(sensitive=True)

    answer(client, case)

    assert session.scalar(select(Reply.status)) is ReplyStatus.SUBMITTED
    assert session.scalar(select(Publication.id)) is None


def test_an_answer_can_be_undone_and_its_words_come_back(client: FlaskClient, staff: User) -> None:
    case = factories.make_case()
    answer(client, case)

    page = client.post(f"/inbox/{case.id}/undo", follow_redirects=True)

    assert WORDS in box(page.text)
    assert session.scalar(select(Publication.status)) is PublicationStatus.CANCELLED
    assert session.scalar(select(Reply.status)) is ReplyStatus.WITHDRAWN


def test_an_answer_that_waits_for_a_second_person_can_be_taken_back(client: FlaskClient, staff: User) -> None:
    case = factories.make_case(sensitive=True)
    answer(client, case)
    assert "Your answer waits for a second person." in client.get(f"/inbox/{case.id}").text

    page = client.post(f"/inbox/{case.id}/undo", follow_redirects=True)

    assert WORDS in box(page.text)
    assert client.post(f"/inbox/{case.id}/resolve").status_code == 303


def test_no_second_box_is_shown_while_an_answer_is_on_its_way(client: FlaskClient, staff: User) -> None:
    case = factories.make_case()

    page = answer(client, case)

    assert 'id="case-answer"' not in client.get(page.location).text


WHY = {
    "expired": "Its approval was too old to be posted.",
    "held too long": "",
    "approver lost the right": "Whoever approved it may not do so any more.",
}


@pytest.mark.parametrize("ends", WHY)
def test_an_answer_that_was_never_sent_is_back_in_staffs_own_hands(client: FlaskClient, staff: User, ends: str) -> None:
    case = factories.make_case()
    answer(client, case)
    publication = session.scalars(select(Publication)).one()
    now, sol, admin = clock.now(), factories.person(staff), factories.person(factories.ana())
    with unit_of_work():
        if ends == "expired":
            publishing.expire_old(at=now + Terms().approval)
        elif ends == "held too long":
            hold = cord.pull(scope=HoldScope.EVERYTHING, reason="Recall", by=sol, at=now)
            publishing.hold_covered(at=now)
            publishing.release_cord(
                hold_id=hold.id, offer=ResumeOffer.SEND_FRESH, by=admin, at=now + timedelta(hours=1)
            )
        else:
            publishing.call_off(publication_id=publication.id, objection=Objection.APPROVER_MAY_NOT, at=now)

    page = client.get(f"/inbox/{case.id}").text

    assert f'Its words are in the box. <bdi dir="auto">{WHY[ends]}</bdi>' in page
    assert WORDS in box(page)
    assert f"/queue/{publication.reply_id}" not in sign_in(client, factories.mo()).get("/queue").text
    sign_in(client, staff)
    assert answer(client, case, key="n" * 32).status_code == 303
    assert session.scalars(select(Publication.status).order_by(Publication.id.desc())).first() == "READY"


@pytest.mark.parametrize("ends", ["resolve", "return"])
def test_a_case_whose_answer_became_too_old_can_be_ended(client: FlaskClient, staff: User, ends: str) -> None:
    case = factories.make_case()
    answer(client, case)
    with unit_of_work():
        publishing.expire_old(at=clock.now() + Terms().approval)

    assert client.post(f"/inbox/{case.id}/{ends}", data={"brief": ""} if ends == "return" else {}).status_code == 303


@pytest.mark.parametrize("status", [ReplyStatus.RETURNED, ReplyStatus.REJECTED, ReplyStatus.FAILED])
def test_an_answer_that_came_back_is_written_on(client: FlaskClient, staff: User, status: ReplyStatus) -> None:
    case = factories.make_case(opened_at=factories.NOW - timedelta(hours=1))
    mention = session.get_one(Mention, case.mention_id)
    factories.make_reply(
        status, mention=mention, writer=staff, kind=ReplyKind.STAFF, text="Send it in.", returned_note="Say where to."
    )

    page = client.get(f"/inbox/{case.id}").text

    assert "Send it in." in box(page)
    assert "Say where to." in page
    assert answer(client, case).status_code == 303


def test_an_answer_written_anew_settles_the_one_that_was_refused(client: FlaskClient, staff: User) -> None:
    case = factories.make_case()
    mention = session.get_one(Mention, case.mention_id)
    reply = factories.make_reply(ReplyStatus.APPROVED, mention=mention, writer=staff, kind=ReplyKind.STAFF)
    publication = factories.make_publication(reply=reply, approver=staff)
    with unit_of_work():
        publishing.begin(publication_id=publication.id, worker="one", at=factories.NOW)
    with unit_of_work():
        publishing.record_outcome(
            Forbidden("not you"), publication_id=publication.id, attempt=1, worker="one", at=factories.NOW
        )
    assert client.post(f"/publishing/{publication.id}/review").status_code == 409

    answer(client, case)

    assert session.scalars(select(Task.settled_by_id)).one() == staff.id


def test_what_may_not_be_answered_has_no_box(client: FlaskClient, staff: User) -> None:
    mention = factories.make_mention(
        connection=factories.make_connection(answer_by_hand=False),
        status=MentionStatus.ESCALATED,
        can_reply=False,
        cannot_reply_why=ReplyBar.NOT_SUMMONED,
    )
    case = factories.make_case(mention=mention)

    page, refused = client.get(f"/inbox/{case.id}").text, answer(client, case)

    assert "data-composer" not in page
    assert refused.status_code == 409
    for text in (page, refused.text):
        assert "They did not mention us" in text
        assert "not_summoned" not in text


def test_resolving_closes_a_post_nobody_answered(client: FlaskClient, staff: User) -> None:
    case = factories.make_case()
    mention_id = case.mention_id

    assert client.post(f"/inbox/{case.id}/resolve").status_code == 303

    assert case_now(case).status is CaseStatus.RESOLVED
    assert mention_now(mention_id).status is MentionStatus.CLOSED


def test_a_case_cannot_end_under_an_answer_on_its_way(client: FlaskClient, staff: User) -> None:
    case = factories.make_case()
    answer(client, case)

    assert client.post(f"/inbox/{case.id}/resolve").status_code == 409
    assert client.post(f"/inbox/{case.id}/return", data={}).status_code == 409


def test_a_case_given_back_is_open_to_the_crowd(client: FlaskClient, staff: User) -> None:
    case = factories.make_case()
    mention_id = case.mention_id

    client.post(f"/inbox/{case.id}/return", data={"brief": "They only want the manual."})

    mention = mention_now(mention_id)
    assert (mention.status, mention.route, mention.feed_lane) == (
        MentionStatus.OPEN,
        Route.COMMUNITY,
        FeedLane.QUESTIONS,
    )
    assert case_now(case).status is CaseStatus.RETURNED


def test_two_people_ending_one_case_are_told(client: FlaskClient, staff: User) -> None:
    case = factories.make_case()
    client.post(f"/inbox/{case.id}/resolve")

    page = client.post(f"/inbox/{case.id}/resolve")

    assert page.status_code == 409
    assert "ended meanwhile" in page.text


def test_what_was_set_aside_is_listed_with_its_reason_and_can_be_put_on_the_feed(
    client: FlaskClient, staff: User
) -> None:
    mention = factories.make_mention(
        status=MentionStatus.IGNORED, ignored_because=IgnoredBecause.NOISE, route=Route.NOISE, feed_lane=None
    )

    assert "Nothing to answer" in client.get("/inbox/set-aside").text
    client.post(f"/posts/{mention.id}/feed")

    assert mention_now(mention.id).status is MentionStatus.OPEN


def test_a_post_we_may_not_answer_stays_off_the_feed(client: FlaskClient, staff: User) -> None:
    mention = factories.make_mention(
        connection=factories.make_connection(answer_by_hand=False),
        status=MentionStatus.IGNORED,
        ignored_because=IgnoredBecause.MAY_NOT_BE_ANSWERED,
        can_reply=False,
        cannot_reply_why=ReplyBar.NOT_SUMMONED,
    )

    listed, refused = client.get("/inbox/set-aside").text, client.post(f"/posts/{mention.id}/feed")

    assert refused.status_code == 409
    for text in (listed, client.get(f"/posts/{mention.id}").text, refused.text):
        assert "They did not mention us" in text
        assert "not_summoned" not in text


def test_a_post_to_be_answered_by_hand_is_put_into_its_own_lane(client: FlaskClient, staff: User) -> None:
    mention = factories.make_mention(
        status=MentionStatus.IGNORED,
        ignored_because=IgnoredBecause.MAY_NOT_BE_ANSWERED,
        can_reply=False,
        cannot_reply_why=ReplyBar.NOT_SUMMONED,
    )

    assert client.post(f"/posts/{mention.id}/feed").status_code == 303

    assert mention_now(mention.id).status is MentionStatus.BY_HAND


def test_staff_take_a_post_from_the_feed(client: FlaskClient, staff: User) -> None:
    mention = factories.make_mention()

    client.post(f"/posts/{mention.id}/case", data={"reason": "A journalist asks."})

    assert mention_now(mention.id).status is MentionStatus.ESCALATED
    assert session.scalar(select(Case.reason)) == "A journalist asks."


def test_a_claimed_post_is_not_taken_from_its_writer(client: FlaskClient, staff: User) -> None:
    claim = factories.make_claim()

    assert client.post(f"/posts/{claim.mention_id}/case", data={"reason": "Mine."}).status_code == 409


def test_the_life_of_a_post_shows_words_and_what_happened(client: FlaskClient, staff: User) -> None:
    case = factories.make_case()
    mention_id = case.mention_id
    client.post(f"/inbox/{case.id}/note", data={"text": "Ask for the batch number"})

    page = client.get(f"/posts/{mention_id}").text

    assert "how do I descale the K2?" in page
    assert "Ask for the batch number" in page
    assert "A note was written, by Sol Stern" in page


def test_the_life_of_a_post_ends_with_its_points_and_thanks(client: FlaskClient, staff: User) -> None:
    now = clock.now()
    reply = factories.make_reply(ReplyStatus.PUBLISHED, writer=factories.ada().user)
    publication = factories.make_publication(PublicationStatus.SENT, reply=reply, sent_at=now)
    with unit_of_work():
        rewards.reward(publication_id=publication.id, at=now)
        rewards.hear_thanks(publication_id=publication.id, at=now)

    page = client.get(f"/posts/{publication.mention_id}").text

    assert "Ada Ames, +10: Reply approved and posted" in page
    assert "Ada Ames, +5: The customer said thanks" in page


def test_the_life_of_a_post_tells_of_thanks_that_earn_nothing(client: FlaskClient, staff: User) -> None:
    reply = factories.make_reply(ReplyStatus.PUBLISHED, writer=staff, kind=ReplyKind.STAFF, thanked_at=clock.now())

    page = client.get(f"/posts/{reply.mention_id}").text

    assert page.count("The customer said thanks") == 1


def test_an_undo_after_the_answer_left_says_so(client: FlaskClient, staff: User) -> None:
    case = factories.make_case()
    answer(client, case)
    publication = session.scalars(select(Publication)).one()
    publication.status = PublicationStatus.SENDING
    publication.lease_until = clock.now() + timedelta(minutes=1)
    session.commit()

    assert client.post(f"/inbox/{case.id}/undo").status_code == 409


def test_an_answer_is_counted_and_checked_while_it_is_written(client: FlaskClient, staff: User) -> None:
    case = factories.make_case()

    fine = client.post(f"/inbox/{case.id}/check", data={"text": WORDS, "form_key": KEY})
    long = client.post(f"/inbox/{case.id}/check", data={"text": "word " * 200, "form_key": KEY})

    assert 'data-may-send="yes"' in fine.text
    assert 'data-may-send="no"' in long.text


def test_a_field_nobody_asked_for_is_refused(client: FlaskClient, staff: User) -> None:
    case = factories.make_case()

    answer = client.post(f"/inbox/{case.id}/note", data={"text": "A note", "author_id": "1"})

    assert answer.status_code == 400


@pytest.mark.parametrize(
    "address", ["/inbox/99999999999999999999", "/posts/99999999999999999999", "/inbox?p=1&before=99999999999999999999"]
)
def test_a_number_no_database_knows_is_no_row(client: FlaskClient, staff: User, address: str) -> None:
    assert client.get(address).status_code == (200 if "?" in address else 404)


def unreadable(**overrides: object) -> Mention:
    """Return a post that triage has failed on, with the task it left."""
    values = {"status": MentionStatus.QUARANTINED, "route": None, "feed_lane": None, "masked_text": None}
    mention = factories.make_mention(text="poison", **values, **overrides)
    with unit_of_work():
        open_task(TaskKind.POISON, subject=mention, message="Triage could not read this post.", at=factories.NOW)
    return mention


def open_tasks() -> list[int]:
    return list(session.scalars(select(Task.id).where(Task.settled_at.is_(None))))


def test_a_post_that_triage_could_not_read_is_listed_and_counted(client: FlaskClient, staff: User) -> None:
    mention = unreadable()

    inbox, listed = client.get("/inbox").text, client.get("/inbox/set-aside?why=unreadable").text

    assert 'href="/inbox/set-aside?why=unreadable"' in inbox
    assert '<span class="count">1' in client.get("/shell/sidebar").text
    assert "poison" in listed
    assert f'href="/posts/{mention.id}"' in listed
    assert "poison" not in client.get("/inbox/set-aside").text


def test_staff_make_an_unreadable_post_a_case(client: FlaskClient, staff: User) -> None:
    mention = unreadable()
    assert f"/posts/{mention.id}/case" in client.get(f"/posts/{mention.id}").text

    client.post(f"/posts/{mention.id}/case", data={"reason": "They ask for help."})

    assert mention_now(mention.id).status is MentionStatus.ESCALATED
    assert open_tasks() == []


def test_staff_let_an_unreadable_post_be(client: FlaskClient, staff: User) -> None:
    mention = unreadable()
    assert f"/posts/{mention.id}/let-be" in client.get(f"/posts/{mention.id}").text

    first, second = (client.post(f"/posts/{mention.id}/let-be").status_code for _ in range(2))

    assert (first, second) == (303, 409)
    assert (mention_now(mention.id).status, mention_now(mention.id).ignored_because) == (
        MentionStatus.IGNORED,
        IgnoredBecause.LET_BE,
    )
    assert open_tasks() == []


def test_moderators_do_not_let_be_what_they_may_not_read(client: FlaskClient) -> None:
    mention = unreadable()
    sign_in(client, factories.mo())

    assert "/let-be" not in client.get(f"/posts/{mention.id}").text
    assert client.post(f"/posts/{mention.id}/let-be").status_code == 403


def test_what_nobody_has_masked_never_comes_before_the_crowd(client: FlaskClient, staff: User) -> None:
    let_be, escalated = unreadable(), unreadable()
    client.post(f"/posts/{let_be.id}/let-be")
    client.post(f"/posts/{escalated.id}/case", data={"reason": "They ask for help."})
    case_id = session.scalars(select(Case.id)).one()

    answers = [
        client.post(f"/posts/{let_be.id}/feed").status_code,
        client.post(f"/inbox/{case_id}/return", data={"brief": ""}).status_code,
    ]

    assert answers == [409, 409]
    assert f"/posts/{let_be.id}/feed" not in client.get(f"/posts/{let_be.id}").text


def test_an_unreadable_post_whose_author_deletes_it_asks_nobody_any_more(client: FlaskClient, staff: User) -> None:
    mention = unreadable()

    with unit_of_work():
        publishing.mirror_deletion(mention_id=mention.id, at=factories.NOW)

    assert mention_now(mention.id).ignored_because is IgnoredBecause.DELETED
    assert open_tasks() == []


def test_the_page_of_a_post_its_author_deleted_says_so_and_names_nobody(client: FlaskClient, staff: User) -> None:
    gone, other = factories.make_mention(), factories.make_case()
    with unit_of_work():
        for mention_id in (gone.id, other.mention_id):
            publishing.mirror_deletion(mention_id=mention_id, at=factories.NOW)

    page = client.get(f"/posts/{gone.id}").text

    assert "A post its author removed" in page
    assert "No longer named" in page
    assert "Other posts of theirs" not in page
    assert "was erased with it" in page


def typed_in(page: str, name: str) -> str:
    return page.split(f'name="{name}"')[1].split("</textarea>")[0]


def test_a_brief_is_kept_when_the_case_has_ended_meanwhile(client: FlaskClient, staff: User) -> None:
    case = factories.make_case()
    client.post(f"/inbox/{case.id}/resolve")

    page = client.post(f"/inbox/{case.id}/return", data={"brief": "They only want the manual."})

    assert page.status_code == 409
    assert "They only want the manual." in typed_in(page.text, "brief")
    assert "ended meanwhile" in page.text


def test_the_reason_for_a_case_is_kept_when_somebody_works_on_the_post(client: FlaskClient, staff: User) -> None:
    claim = factories.make_claim()

    page = client.post(f"/posts/{claim.mention_id}/case", data={"reason": "A journalist asks."})

    assert page.status_code == 409
    assert "A journalist asks." in typed_in(page.text, "reason")
    assert "An advocate is working on it." in page.text


def test_an_answer_is_kept_when_the_case_has_ended_meanwhile(client: FlaskClient, staff: User) -> None:
    case = factories.make_case()
    client.post(f"/inbox/{case.id}/resolve")

    page = answer(client, case)

    assert page.status_code == 409
    assert WORDS in box(page.text)


def test_a_case_is_given_back_by_a_page_too(client: FlaskClient, staff: User) -> None:
    case = factories.make_case()

    assert f'action="/inbox/{case.id}/return"' in client.get(f"/inbox/{case.id}/return").text


@pytest.mark.parametrize("mode", ["public", "note"])
def test_the_kind_of_message_is_chosen_inside_the_composer(client: FlaskClient, staff: User, mode: str) -> None:
    case = factories.make_case()

    page = client.get(f"/inbox/{case.id}?mode={mode}").text

    assert "mode-tabs" in page.split('class="composer"')[1].split("</form>")[0]


def test_shares_of_a_priority_are_named_in_words(client: FlaskClient, staff: User) -> None:
    case = factories.make_case(parts=[["safety", 20], ["handed_over", 20], ["escalated", 10]])

    page = client.get(f"/inbox/{case.id}").text

    for words in ("Safety", "Handed over by an advocate", "Escalated by a moderator"):
        assert f"<span>{words}</span>" in page
