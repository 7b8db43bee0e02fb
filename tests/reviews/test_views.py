from datetime import timedelta
from html import unescape
from typing import Any

import pytest
from flask.testing import FlaskClient
from markupsafe import escape
from sqlalchemy import func, select

from app.accounts.models import Role
from app.cord import actions as cord
from app.cord.models import HoldScope
from app.foundation import clock
from app.foundation.db import session, unit_of_work
from app.mentions.models import Mention, MentionStatus, ThreadPost
from app.publishing.models import Publication, PublicationStatus
from app.replies.models import Reply, ReplyStatus, ReplyVersion
from app.reviews.models import Review
from tests.conftest import sign_in
from tests.factories import (
    NOW,
    ada,
    ana,
    make_case,
    make_reply,
    make_sibling,
    make_user,
    make_version,
    mo,
    person,
    sol,
)

TEXT = "Fill it with equal parts of vinegar and water, boil once, rinse twice."


@pytest.fixture
def moderator(client: FlaskClient) -> FlaskClient:
    return sign_in(client, mo())


def version_of(reply: Reply) -> ReplyVersion:
    newest = select(ReplyVersion).where(ReplyVersion.reply_id == reply.id).order_by(ReplyVersion.number.desc())
    return session.scalars(newest.limit(1)).one()


def status_of(reply: Reply) -> ReplyStatus:
    return session.scalars(select(Reply.status).where(Reply.id == reply.id)).one()


def post(client: FlaskClient, reply: Reply, what: str, **values: Any) -> Any:
    data = {"version_id": version_of(reply).id} | values if what not in {"undo", "notes", "open"} else values
    return client.post(f"/queue/{reply.id}/{what}", data=data)


def flashed(client: FlaskClient) -> list[dict[str, Any]]:
    with client.session_transaction() as kept:
        return [message for _category, message in kept.get("_flashes", [])]


def test_the_queue_shows_the_longest_waiting_first(moderator: FlaskClient) -> None:
    young = make_reply(text="Younger words", submitted_at=NOW)
    old = make_reply(text="Older words", submitted_at=NOW - timedelta(hours=1))

    page = moderator.get("/queue").text

    assert page.index(f'id="reply-{old.id}"') < page.index(f'id="reply-{young.id}"')
    assert "1 of 2" in page


def test_an_empty_queue_is_a_success(moderator: FlaskClient) -> None:
    answer = moderator.get("/queue")

    assert answer.status_code == 200
    assert "All caught up" in answer.text


@pytest.mark.parametrize("view", ["waiting", "flagged", "first", "nonsense"])
def test_every_view_answers(moderator: FlaskClient, view: str) -> None:
    make_reply(text="We promise a full refund, guaranteed.")

    assert moderator.get(f"/queue?view={view}").status_code == 200


def test_flagged_shows_what_wants_a_slower_look(moderator: FlaskClient) -> None:
    plain, sensitive = make_reply(), make_reply(sensitive=True)

    page = moderator.get("/queue?view=flagged").text

    assert f'id="reply-{sensitive.id}"' in page
    assert f'id="reply-{plain.id}"' not in page


def test_first_replies_are_those_of_people_who_have_posted_none(moderator: FlaskClient) -> None:
    known = ada().user
    make_reply(ReplyStatus.PUBLISHED, writer=known)
    again, first = make_reply(writer=known), make_reply()

    page = moderator.get("/queue?view=first").text

    assert f'id="reply-{first.id}"' in page
    assert f'id="reply-{again.id}"' not in page


def test_the_proof_is_what_will_be_posted_byte_for_byte(moderator: FlaskClient) -> None:
    reply = make_reply(text="Wipe the “sensor” & rinse <twice>\nthen boil ☕")

    page = moderator.get(f"/queue/{reply.id}").text

    assert f'<p class="post-text" dir="auto">{escape(version_of(reply).posted_text)}</p>' in page


def test_changes_are_underlined_and_struck(moderator: FlaskClient) -> None:
    reply = make_reply(text="scale on the thermostat")
    mention = session.get_one(Mention, reply.mention_id)
    make_version(reply, mention=mention, number=2, text="scale on the disc", signature=version_of(reply).signature)

    page = moderator.get(f"/queue/{reply.id}?show=changes").text

    assert "<del>" in page
    assert "thermostat</del>" in page
    assert "disc</ins>" in page
    assert "<del>" not in moderator.get(f"/queue/{reply.id}").text


def test_approving_opens_the_next_and_says_where_one_is(moderator: FlaskClient) -> None:
    first = make_reply(submitted_at=NOW - timedelta(minutes=9))
    second = make_reply(submitted_at=NOW - timedelta(minutes=5), writer=make_user(name="Teapot Tess"))

    answer = post(moderator, first, "approve")

    assert (answer.status_code, answer.location) == (303, f"/queue/{second.id}")
    assert status_of(first) is ReplyStatus.APPROVED
    message = flashed(moderator)[0]
    assert message["text"] == "Approved. 1 of 1, Teapot Tess."
    assert message["undo"] == f"/queue/{first.id}/undo"
    assert message["total_seconds"] == 10


def test_ones_own_words_are_passed_over_for_the_next_decision(client: FlaskClient) -> None:
    me = make_user(Role.MODERATOR)
    first = make_reply(submitted_at=NOW - timedelta(minutes=9))
    make_reply(submitted_at=NOW - timedelta(minutes=8), writer=me)
    third = make_reply(submitted_at=NOW - timedelta(minutes=7))
    sign_in(client, me)

    assert post(client, first, "approve").location == f"/queue/{third.id}"
    assert post(client, third, "approve").location == "/queue"


def test_after_the_last_of_the_line_its_front_opens(moderator: FlaskClient) -> None:
    first, last = make_reply(submitted_at=NOW - timedelta(minutes=9)), make_reply(submitted_at=NOW)

    assert post(moderator, last, "approve").location == f"/queue/{first.id}"


def test_the_view_is_kept_after_a_decision(moderator: FlaskClient) -> None:
    first, second = make_reply(sensitive=True), make_reply(sensitive=True)
    make_reply()

    answer = moderator.post(
        f"/queue/{first.id}/reject?view=flagged", data={"version_id": version_of(first).id, "note": "No"}
    )

    assert answer.location == f"/queue/{second.id}?view=flagged"


def test_an_approval_twice_over_makes_one_publication(moderator: FlaskClient) -> None:
    reply = make_reply()
    data = {"version_id": version_of(reply).id}

    first = moderator.post(f"/queue/{reply.id}/approve", data=data)
    second = moderator.post(f"/queue/{reply.id}/approve", data=data)

    assert (first.status_code, second.status_code) == (303, 409)
    assert session.scalar(select(func.count()).select_from(Publication)) == 1


def test_an_edited_post_is_read_again_before_its_reply_is_approved(moderator: FlaskClient) -> None:
    reply = make_reply()
    session.get_one(Mention, reply.mention_id).edition = 2
    session.commit()

    refused = post(moderator, reply, "approve", edition=1)
    page = moderator.get(f"/queue/{reply.id}").text

    assert refused.status_code == 409
    assert "The customer edited the post" in refused.text
    assert 'name="edition" value="2"' in page
    assert post(moderator, reply, "approve", edition=2).status_code == 303


def test_undo_takes_the_approval_back(moderator: FlaskClient) -> None:
    reply = make_reply()
    post(moderator, reply, "approve")

    answer = post(moderator, reply, "undo")

    assert answer.location == f"/queue/{reply.id}"
    assert status_of(reply) is ReplyStatus.SUBMITTED
    assert session.scalars(select(Publication.status)).all() == [PublicationStatus.CANCELLED]


def test_a_decided_reply_says_who_decided_and_offers_the_undo(moderator: FlaskClient) -> None:
    reply = make_reply()
    post(moderator, reply, "approve")

    page = moderator.get(f"/queue/{reply.id}").text

    assert "Mo Marsh approved version 1." in page
    assert f'action="/queue/{reply.id}/undo"' in page
    assert 'class="decide"' not in page


def test_while_the_cord_is_pulled_approving_also_holds(client: FlaskClient) -> None:
    user = mo()
    reply, who = make_reply(), person(user)
    with unit_of_work():
        cord.pull(scope=HoldScope.CROWD, reason="Recall", by=who, at=clock.now())
    sign_in(client, user)

    assert "Approve and hold" in client.get(f"/queue/{reply.id}").text
    post(client, reply, "approve")

    assert flashed(client)[0]["text"].startswith("Approved and held.")
    assert "1 approved reply waits" in client.get("/queue/held").text


def test_edit_opens_the_composer_in_place_and_saves_as_approved(moderator: FlaskClient) -> None:
    reply = make_reply(text=TEXT)
    assert "data-composer" in moderator.get(f"/queue/{reply.id}/edit").text

    answer = post(moderator, reply, "edit", text=TEXT.replace("twice", "well"))

    assert answer.status_code == 303
    assert status_of(reply) is ReplyStatus.APPROVED
    assert version_of(reply).text.endswith("rinse well.")


@pytest.mark.parametrize("text", ["", "y" * 500, "call me on +44 7700 900123"])
def test_an_edit_that_may_not_be_said_keeps_what_was_typed(moderator: FlaskClient, text: str) -> None:
    reply = make_reply(text=TEXT)

    answer = post(moderator, reply, "edit", text=text)

    assert answer.status_code == 422
    assert text in answer.text
    assert 'class="error"' in answer.text
    assert status_of(reply) is ReplyStatus.SUBMITTED


def test_the_edit_is_checked_while_it_is_typed(moderator: FlaskClient) -> None:
    reply = make_reply()

    answer = post(moderator, reply, "check", text="x" * 300)

    assert 'data-may-send="no"' in answer.text


def test_who_edits_what_was_decided_meanwhile_sees_both(client: FlaskClient) -> None:
    reply = make_reply(text=TEXT)
    seen = version_of(reply).id
    post(sign_in(client, mo()), reply, "approve")

    answer = sign_in(client, sol()).post(
        f"/queue/{reply.id}/edit", data={"version_id": seen, "text": "My own wording."}
    )

    assert answer.status_code == 409
    assert "Mo Marsh approved version 1." in answer.text
    assert ">My own wording.</textarea>" in answer.text


def test_a_note_written_for_what_was_decided_meanwhile_is_not_lost(client: FlaskClient) -> None:
    reply = make_reply()
    post(sign_in(client, mo()), reply, "approve")

    answer = post(sign_in(client, sol()), reply, "return", note="Which part do you mean?", reasons="accuracy")

    assert answer.status_code == 409
    assert "Which part do you mean?" in answer.text


def test_returning_gives_reasons_and_a_note(moderator: FlaskClient) -> None:
    reply = make_reply()

    answer = post(moderator, reply, "return", note="Which part?", reasons=["accuracy", "tone"])

    assert answer.status_code == 303
    assert status_of(reply) is ReplyStatus.RETURNED
    assert session.scalars(select(Review.reasons)).one() == ["accuracy", "tone"]


@pytest.mark.parametrize("what", ["return", "reject", "escalate"])
def test_a_decision_without_a_word_is_asked_again_and_keeps_the_choice(moderator: FlaskClient, what: str) -> None:
    reply = make_reply()
    values = {"reasons": ["tone"]} if what == "return" else {}

    answer = post(moderator, reply, what, note=" ", **values)

    assert answer.status_code == 422
    assert 'class="error"' in answer.text
    assert 'value="tone" checked' in answer.text or what != "return"
    assert status_of(reply) is ReplyStatus.SUBMITTED


@pytest.mark.parametrize("what", ["return", "reject", "escalate", "edit"])
def test_every_dialog_is_a_page_too(moderator: FlaskClient, what: str) -> None:
    reply = make_reply()

    page = moderator.get(f"/queue/{reply.id}/{what}")

    assert page.status_code == 200
    assert f'action="/queue/{reply.id}/{what}"' in page.text
    assert f'value="{version_of(reply).id}"' in page.text


def test_escalating_by_the_form_opens_a_case(moderator: FlaskClient) -> None:
    reply = make_reply()

    answer = post(moderator, reply, "escalate", note="It smokes")

    assert answer.status_code == 303
    assert session.get_one(Mention, reply.mention_id, populate_existing=True).status is MentionStatus.ESCALATED


@pytest.mark.parametrize("version_id", ["", "x", "٣", "9" * 40, "-1"])
@pytest.mark.parametrize("what", ["approve", "reject"])
def test_a_form_without_a_version_decides_nothing(moderator: FlaskClient, what: str, version_id: str) -> None:
    reply = make_reply()

    answer = post(moderator, reply, what, version_id=version_id, **({"note": "n"} if what == "reject" else {}))

    assert answer.status_code == 422
    assert status_of(reply) is ReplyStatus.SUBMITTED


def test_ones_own_words_are_shown_without_decisions(client: FlaskClient) -> None:
    writer = make_user(Role.MODERATOR)
    reply = make_reply(writer=writer)
    sign_in(client, writer)

    page = client.get(f"/queue/{reply.id}").text

    assert "These are your own words" in page
    assert "note-text" not in page
    assert f'action="/queue/{reply.id}/approve"' not in page
    assert post(client, reply, "approve").status_code == 403


def test_an_admin_sees_the_queue_and_only_gives_the_second_approval(client: FlaskClient) -> None:
    plain, sensitive = make_reply(), make_reply(sensitive=True)
    post(sign_in(client, mo()), sensitive, "approve")
    sign_in(client, ana())

    assert f'action="/queue/{plain.id}/approve"' not in client.get(f"/queue/{plain.id}").text
    assert post(client, plain, "approve").status_code == 409
    assert post(client, sensitive, "approve").status_code == 303
    assert status_of(sensitive) is ReplyStatus.APPROVED


def test_advocates_do_not_see_the_queue(client: FlaskClient) -> None:
    reply = make_reply()
    sign_in(client, ada().user)

    assert client.get("/queue").status_code == 403
    assert client.get(f"/queue/{reply.id}").status_code == 403
    assert post(client, reply, "approve").status_code == 403


def test_a_draft_is_not_a_moderators_to_read(moderator: FlaskClient) -> None:
    reply = make_reply(ReplyStatus.DRAFT)

    assert moderator.get(f"/queue/{reply.id}").status_code == 404
    assert moderator.get("/queue/999999").status_code == 404


def test_the_other_reviewer_is_shown(client: FlaskClient) -> None:
    reply = make_reply()
    post(sign_in(client, mo()), reply, "open")

    fragment = post(sign_in(client, sol()), reply, "open").text

    assert "Mo Marsh opened this too" in fragment
    assert "<html" not in fragment


def test_the_list_alone_is_answered_to_a_live_page(moderator: FlaskClient) -> None:
    reply = make_reply()

    fragment = moderator.get(f"/queue?view=waiting&open={reply.id}", headers={"HX-Request": "true"}).text

    assert 'id="queue-rows"' in fragment
    assert 'aria-current="true"' in fragment
    assert "<html" not in fragment


def test_long_lines_come_in_pages_of_fifty(moderator: FlaskClient) -> None:
    writer = make_user()
    replies = [make_reply(writer=writer, submitted_at=NOW + timedelta(seconds=n)) for n in range(52)]

    first = moderator.get("/queue").text
    second = moderator.get(f"/queue?view=waiting&after={replies[49].id}").text

    assert first.count("data-item") == 50
    assert f"after={replies[49].id}" in first
    assert second.count("data-item") == 2


def test_decided_lists_decisions_with_their_reasons(moderator: FlaskClient) -> None:
    reply = make_reply(text="Words that were not right")
    post(moderator, reply, "reject", note="Not so")

    page = moderator.get("/queue/decided").text

    assert "Words that were not right" in page
    assert "Mo Marsh rejected version 1:" in page
    assert "Not so" in page
    assert moderator.get("/queue?view=decided").location == "/queue/decided"


def test_a_note_for_moderators_is_kept_and_shown(moderator: FlaskClient) -> None:
    reply = make_reply()

    assert post(moderator, reply, "notes", text="Ask Sol").status_code == 303
    assert "Ask Sol" in moderator.get(f"/queue/{reply.id}").text
    assert post(moderator, reply, "notes", text="").status_code == 422


@pytest.mark.parametrize("key", ["a", "e", "b", "n", "!"])
def test_each_decision_has_its_key(moderator: FlaskClient, key: str) -> None:
    reply = make_reply()

    assert moderator.get(f"/queue/{reply.id}").text.count(f'data-key="{key}"') == 1


def test_approving_what_may_not_be_said_tells_why(moderator: FlaskClient) -> None:
    reply = make_reply(text="Look at https://evil.example/k2 for how it is done.")

    answer = post(moderator, reply, "approve")

    assert answer.status_code == 422
    assert "“https://evil.example/k2” is not on the list of links we post." in unescape(answer.text)
    assert "Nothing was approved" in answer.text


def test_a_thread_under_review_tells_moderators_of_no_safety_case(client: FlaskClient) -> None:
    reply = make_reply()
    hurt = make_sibling(
        session.get_one(Mention, reply.mention_id), text="It burnt my hand badly", status=MentionStatus.ESCALATED
    )
    make_case(mention=hurt, safety=True)

    told = sign_in(client, mo()).get(f"/queue/{reply.id}").text
    known = sign_in(client, sol()).get(f"/queue/{reply.id}").text

    assert "It burnt my hand badly" not in told
    assert "how do I descale" in told
    assert "It burnt my hand badly" in known


def test_moderators_read_a_thread_with_personal_data_hidden(moderator: FlaskClient) -> None:
    reply = make_reply()
    mention = session.get_one(Mention, reply.mention_id)
    session.add(
        ThreadPost(
            connection_id=mention.connection_id,
            conversation_id=mention.conversation_id,
            external_id="77",
            author_handle="customer",
            author_name="Customer",
            text="Write to jane.doe@mail.example, please.",
            posted_at=NOW,
        )
    )
    session.commit()

    page = moderator.get(f"/queue/{reply.id}").text

    assert "jane.doe@mail.example" not in page
    assert "Write to" in page


def test_a_reply_to_an_edited_post_says_so_and_is_approved_by_who_has_read_it(moderator: FlaskClient) -> None:
    reply = make_reply()
    mention = session.get_one(Mention, reply.mention_id)
    mention.rewrite(text="New words", edition=2, edition_external_id="2")
    session.commit()

    page = moderator.get(f"/queue/{reply.id}").text
    told = moderator.post(f"/queue/{reply.id}/open?edition=1").text
    blind = post(moderator, reply, "approve", edition=1)
    seen = post(moderator, reply, "approve", edition=2)

    assert "The customer edited this post after the reply was written." in page
    assert 'name="edition" value="2"' in page
    assert "has just edited this post" in told
    assert (blind.status_code, seen.status_code) == (409, 303)
    assert status_of(reply) is ReplyStatus.APPROVED


@pytest.mark.parametrize(
    ("minutes", "said"),
    [(19, None), (25.5, "In 34 minutes its post goes to staff instead."), (61, "Its post goes to staff in a moment.")],
)
def test_moderators_are_told_of_a_reply_that_waits_too_long(
    client: FlaskClient, minutes: float, said: str | None
) -> None:
    make_reply(submitted_at=clock.now() - timedelta(minutes=minutes))

    shown = sign_in(client, mo()).get("/queue").text

    assert ("has waited" in shown) is (said is not None)
    assert (said or "Review queue") in shown
