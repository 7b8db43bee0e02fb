import re
from datetime import timedelta

import pytest
from flask.testing import FlaskClient
from sqlalchemy import select

from app.accounts.models import Role
from app.advocates.models import Advocate
from app.cases.models import Case
from app.feed.models import Claim, ClaimEnd
from app.foundation import clock
from app.foundation.db import session
from app.foundation.events import Event, EventType
from app.mentions.models import Mention, MentionStatus
from app.replies.models import Reply, ReplyKind, ReplyStatus, ReplyVersion
from tests import factories
from tests.conftest import sign_in

HX = {"HX-Request": "true"}
GOOD = "Fill it with equal parts of vinegar and water, boil once, rinse twice."


@pytest.fixture
def ada(db_session: None) -> Advocate:
    return factories.ada()


@pytest.fixture
def her(client: FlaskClient, ada: Advocate) -> FlaskClient:
    return sign_in(client, ada.user)


@pytest.fixture
def claim(ada: Advocate) -> Claim:
    now = clock.now()
    return factories.make_claim(advocate=ada, claimed_at=now, expires_at=now + timedelta(minutes=10))


def field(text: str, name: str) -> str:
    found = re.search(rf'name="{name}" value="([^"]*)"', text)
    assert found is not None
    return found[1]


def the_reply() -> Reply:
    session.expire_all()
    return session.scalars(select(Reply)).one()


def texts_of(reply: Reply) -> list[str]:
    return list(
        session.scalars(
            select(ReplyVersion.text).where(ReplyVersion.reply_id == reply.id).order_by(ReplyVersion.number)
        )
    )


def test_composer_says_who_it_posts_as_and_what_is_added(her: FlaskClient, claim: Claim) -> None:
    text = her.get(f"/feed/{claim.mention_id}/reply").text

    assert "Posts as @Northwind" in text
    assert "Ada, Crew volunteer" in text
    assert "left</span>" in text
    assert "how do I descale" in text
    assert session.scalars(select(Reply)).all() == []


def test_composer_of_a_post_never_held_leads_to_the_post(her: FlaskClient) -> None:
    post = factories.make_mention()

    assert her.get(f"/feed/{post.id}/reply").location.startswith(f"/feed/{post.id}")


def test_what_is_typed_is_kept_and_comes_back(her: FlaskClient, claim: Claim) -> None:
    first = her.post(f"/feed/{claim.mention_id}/reply/draft", data={"text": "Half a", "page": "a"}, headers=HX)
    her.post(f"/replies/{the_reply().id}/draft", data={"text": "Half a thought", "page": "a"}, headers=HX)

    assert "Draft saved" in first.text
    assert texts_of(the_reply()) == ["Half a thought"]
    assert "Half a thought</textarea>" in her.get(f"/feed/{claim.mention_id}/reply").text


def test_without_javascript_a_draft_is_saved_by_a_button(her: FlaskClient, claim: Claim) -> None:
    page = her.get(f"/feed/{claim.mention_id}/reply").text
    assert f'formaction="/feed/{claim.mention_id}/reply/draft"' in page

    answer = her.post(
        f"/feed/{claim.mention_id}/reply/draft",
        data={"text": "Half a", "page": field(page, "page"), "seen": "", "mention_id": str(claim.mention_id)},
    )

    assert answer.status_code == 303
    again = her.get(answer.location).text
    assert "Draft saved" in again
    assert "Half a</textarea>" in again


def test_typing_keeps_the_claim(her: FlaskClient, claim: Claim) -> None:
    claim.expires_at = clock.now() + timedelta(minutes=1)
    session.commit()

    her.post(f"/feed/{claim.mention_id}/reply/draft", data={"text": "Still here"}, headers=HX)

    assert session.get_one(Claim, claim.id, populate_existing=True).expires_at > clock.now() + timedelta(minutes=9)


def test_words_typed_after_the_claim_ended_are_kept(her: FlaskClient, claim: Claim) -> None:
    mention_id = claim.mention_id
    claim.end(ClaimEnd.EXPIRED, at=clock.now())
    session.get_one(Mention, mention_id).status = MentionStatus.OPEN
    session.commit()

    answer = her.post(f"/feed/{mention_id}/reply/draft", data={"text": "Too late, but"}, headers=HX)

    assert answer.status_code == 200
    page = her.get(f"/feed/{mention_id}/reply").text
    assert "Your claim has ended" in page
    assert "Claim again" in page
    assert "Too late, but</textarea>" in page


def test_sending_after_the_claim_ended_keeps_every_word(her: FlaskClient, claim: Claim) -> None:
    mention_id = claim.mention_id
    claim.end(ClaimEnd.EXPIRED, at=clock.now())
    session.get_one(Mention, mention_id).status = MentionStatus.OPEN
    session.commit()

    answer = her.post(f"/feed/{mention_id}/reply", data={"text": GOOD})

    assert answer.status_code == 409
    assert "this was not sent" in answer.text
    assert f"{GOOD}</textarea>" in answer.text
    assert the_reply().status is ReplyStatus.DRAFT
    her.post(f"/feed/{mention_id}/claim")
    assert her.post(f"/replies/{the_reply().id}/submit", data={"text": GOOD}).status_code == 303
    assert the_reply().status is ReplyStatus.SUBMITTED


def test_somebody_who_never_held_a_post_cannot_write_for_it(her: FlaskClient) -> None:
    post = factories.make_mention()

    assert her.post(f"/feed/{post.id}/reply/draft", data={"text": "x"}, headers=HX).status_code == 403
    assert her.post(f"/feed/{post.id}/reply", data={"text": GOOD}).status_code == 403
    assert session.scalars(select(Reply)).all() == []


def test_a_good_reply_goes_to_review(her: FlaskClient, claim: Claim) -> None:
    mention_id = claim.mention_id

    answer = her.post(f"/feed/{mention_id}/reply", data={"text": f"  {GOOD}\r\n"})

    assert answer.status_code == 303
    assert answer.location.startswith("/feed")
    reply = the_reply()
    version = session.scalars(select(ReplyVersion)).one()
    assert reply.status is ReplyStatus.SUBMITTED
    assert version.posted_text == f"{GOOD}\nAda, Crew volunteer"
    assert version.sealed_at is not None
    assert session.get_one(Mention, mention_id).status is MentionStatus.IN_REVIEW
    assert session.get_one(Claim, claim.id).ended_because is ClaimEnd.SUBMITTED
    told = {tuple(row) for row in session.execute(select(Event.type, Event.subject_id))}
    assert (EventType.REPLY_NEW, reply.id) in told
    page = her.get("/feed").text
    assert "In review" in page
    assert f"/replies/{reply.id}/recall" in page


def test_a_reply_sent_twice_is_one_reply(her: FlaskClient, claim: Claim) -> None:
    her.post(f"/feed/{claim.mention_id}/reply", data={"text": GOOD})
    reply_id = the_reply().id

    again = [
        her.post(f"/feed/{claim.mention_id}/reply", data={"text": "Something else entirely"}),
        her.post(f"/replies/{reply_id}/submit", data={"text": "Something else entirely"}),
    ]

    assert [answer.location for answer in again] == [f"/replies/{reply_id}"] * 2
    assert texts_of(the_reply()) == [GOOD]


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("", "nothing to send"),
        ("\u2060\u2060", "nothing to send"),
        ("x" * 300, "over the limit of 280"),
        ("See https://evil.example/fix", "not on the list of links"),
        ("Ring 01632 960983", "phone number"),
        ("Dear {name}, boil it", "to be filled in"),
        ("re\u200bfund", "nobody sees"),
    ],
)
def test_what_may_not_be_posted_stays_with_its_words(her: FlaskClient, claim: Claim, text: str, said: str) -> None:
    answer = her.post(f"/feed/{claim.mention_id}/reply", data={"text": text})

    assert answer.status_code == 422
    assert said in answer.text
    assert f"{text}</textarea>" in answer.text
    assert the_reply().status is ReplyStatus.DRAFT
    assert texts_of(the_reply()) == [text]
    assert session.get_one(Mention, claim.mention_id).status is MentionStatus.CLAIMED


def test_advice_does_not_stop_a_reply(her: FlaskClient, claim: Claim) -> None:
    assert her.post(f"/feed/{claim.mention_id}/reply", data={"text": "It is safe, I promise!!"}).status_code == 303


def test_two_tabs_never_write_over_each_other(her: FlaskClient, claim: Claim) -> None:
    address = f"/feed/{claim.mention_id}/reply"
    her.post(f"{address}/draft", data={"text": "Begun", "page": "start"}, headers=HX)
    one, two = her.get(address).text, her.get(address).text
    save = f"/replies/{the_reply().id}/draft"

    def typed(page: str, text: str) -> dict[str, str]:
        return {"text": text, "page": field(page, "page"), "seen": field(page, "seen")}

    her.post(save, data=typed(one, "Begun in one"), headers=HX)
    warned = her.post(save, data=typed(two, "Begun in two"), headers=HX)
    her.post(save, data=typed(one, "Begun in one, and on"), headers=HX)

    assert "Both texts are kept" in warned.text
    assert texts_of(the_reply()) == ["Begun in one, and on", "Begun in two"]

    stopped = her.post(f"/replies/{the_reply().id}/submit", data=typed(one, GOOD))
    assert stopped.status_code == 409
    assert "Begun in two" in stopped.text
    assert f"{GOOD}</textarea>" in stopped.text
    sent = her.post(f"/replies/{the_reply().id}/submit", data=typed(stopped.text, GOOD) | {"sure": "y"})
    assert sent.status_code == 303
    assert the_reply().status is ReplyStatus.SUBMITTED
    newest = session.scalars(select(ReplyVersion).order_by(ReplyVersion.number.desc())).first()
    assert newest is not None
    assert (newest.text, newest.sealed_at is not None) == (GOOD, True)
    assert "Begun in two" in texts_of(the_reply())


def test_a_late_autosave_does_not_touch_a_sent_reply(her: FlaskClient, claim: Claim) -> None:
    her.post(f"/feed/{claim.mention_id}/reply", data={"text": GOOD})

    answer = her.post(f"/replies/{the_reply().id}/draft", data={"text": "Late"}, headers=HX)

    assert answer.status_code == 409
    assert texts_of(the_reply()) == [GOOD]


def edited(claim: Claim) -> Mention:
    mention = session.get_one(Mention, claim.mention_id)
    mention.rewrite(text="New words", edition=2, edition_external_id="2")
    mention.masked_text = "New words"
    session.commit()
    return mention


def test_a_reply_to_a_post_that_was_edited_meanwhile_is_kept_until_its_writer_has_read_it(
    her: FlaskClient, claim: Claim
) -> None:
    post = f"/feed/{claim.mention_id}/reply"
    opened = her.get(post).text
    form = {"text": GOOD, "page": "a", "edition": field(opened, "edition")}
    edited(claim)

    stopped = her.post(post, data=form)
    unsent = the_reply().status
    again = her.post(f"/replies/{the_reply().id}/submit", data=form | {"edition": field(stopped.text, "edition")})

    assert (stopped.status_code, unsent) == (409, ReplyStatus.DRAFT)
    assert "The customer edited this post after you wrote" in stopped.text
    assert "New words" in stopped.text
    assert GOOD in stopped.text
    assert again.status_code == 303
    version = session.scalars(select(ReplyVersion)).one()
    assert version.target_edition == 2


def test_an_open_composer_is_told_of_an_edit(her: FlaskClient, claim: Claim) -> None:
    her.post(f"/feed/{claim.mention_id}/reply/draft", data={"text": "Half", "page": "a", "edition": "1"}, headers=HX)
    edited(claim)

    bar = her.get(f"/feed/{claim.mention_id}/reply/claim?page=a&edition=1").text
    composer = her.get(f"/feed/{claim.mention_id}/reply").text

    assert "has just edited this post" in bar
    assert "The customer edited this post after you wrote." in composer


def test_undo_makes_it_a_draft_again(her: FlaskClient, claim: Claim) -> None:
    her.post(f"/feed/{claim.mention_id}/reply", data={"text": GOOD})

    answer = her.post(f"/replies/{the_reply().id}/recall")

    assert answer.location == f"/feed/{claim.mention_id}/reply"
    assert the_reply().status is ReplyStatus.DRAFT
    assert session.get_one(Mention, claim.mention_id).status is MentionStatus.CLAIMED
    assert f"{GOOD}</textarea>" in her.get(answer.location).text
    assert her.post(f"/replies/{the_reply().id}/submit", data={"text": "Boil it once."}).status_code == 303
    assert the_reply().status is ReplyStatus.SUBMITTED
    assert len(texts_of(the_reply())) == 2


def test_undo_comes_too_late_after_a_while(her: FlaskClient, ada: Advocate) -> None:
    reply = factories.make_reply(writer=ada.user)

    answer = her.post(f"/replies/{reply.id}/recall")

    assert answer.status_code == 409
    assert the_reply().status is ReplyStatus.SUBMITTED


def test_a_withdrawn_reply_frees_its_post(her: FlaskClient, ada: Advocate) -> None:
    reply = factories.make_reply(writer=ada.user)

    assert her.post(f"/replies/{reply.id}/withdraw").status_code == 303
    assert her.post(f"/replies/{reply.id}/withdraw").status_code == 303

    assert the_reply().status is ReplyStatus.WITHDRAWN
    assert session.get_one(Mention, reply.mention_id).status is MentionStatus.OPEN
    assert "Withdrawn" in her.get(f"/replies/{reply.id}").text


def test_an_approved_reply_is_no_longer_its_writers(her: FlaskClient, ada: Advocate) -> None:
    reply = factories.make_reply(ReplyStatus.APPROVED, writer=ada.user)

    answer = her.post(f"/replies/{reply.id}/withdraw")

    assert answer.status_code == 409
    assert "A moderator can still stop it" in answer.text


def test_a_returned_reply_shows_why_and_is_sent_again(her: FlaskClient, ada: Advocate) -> None:
    reply = factories.make_reply(ReplyStatus.RETURNED, writer=ada.user, returned_note="Say which vinegar.")
    now = clock.now()
    mention = session.get_one(Mention, reply.mention_id)
    factories.make_claim(advocate=ada, mention=mention, counts=False, expires_at=now + timedelta(minutes=30))

    assert "Say which vinegar." in her.get("/replies?state=returned").text
    page = her.get(f"/feed/{mention.id}/reply").text
    assert "Say which vinegar." in page
    answer = her.post(f"/replies/{reply.id}/submit", data={"text": GOOD + " White vinegar."})

    assert answer.status_code == 303
    assert the_reply().status is ReplyStatus.SUBMITTED
    assert len(texts_of(the_reply())) == 2


def test_the_counter_and_checks_are_the_servers(her: FlaskClient, claim: Claim) -> None:
    answer = her.post(
        "/replies/check",
        data={
            "text": "See https://northwindkettles.com/k2/descaling and https://evil.com",
            "mention_id": claim.mention_id,
        },
        headers=HX,
    )

    used = len("See ") + 23 + len(" and ") + 23 + len("\nAda, Crew volunteer")
    assert f'data-left="{280 - used}"' in answer.text
    assert 'data-may-send="no"' in answer.text
    assert "https://evil.com” is not on the list" in answer.text
    assert "<html" not in answer.text


def test_checks_need_a_post_one_may_see(her: FlaskClient) -> None:
    hidden = factories.make_mention(status=MentionStatus.ESCALATED)

    for number in (hidden.id, "", "x", "9" * 30):
        assert her.post("/replies/check", data={"text": "x", "mention_id": number}).status_code == 404


def test_checks_tell_when_the_same_was_written_before(her: FlaskClient, ada: Advocate, claim: Claim) -> None:
    factories.make_reply(ReplyStatus.PUBLISHED, writer=ada.user, text=GOOD)

    answer = her.post("/replies/check", data={"text": GOOD, "mention_id": claim.mention_id}, headers=HX)

    assert "nearly what you wrote before" in answer.text
    assert 'data-may-send="yes"' in answer.text


def test_handing_over_opens_a_case_and_ends_everything_else(her: FlaskClient, claim: Claim) -> None:
    her.post(f"/feed/{claim.mention_id}/reply/draft", data={"text": "Oh dear"}, headers=HX)
    assert "Hand to staff" in her.get(f"/claims/{claim.id}/hand-over").text

    empty = her.post(f"/claims/{claim.id}/hand-over", data={"reason": "safety", "note": " "})
    assert empty.status_code == 422
    assert "Say in a word" in empty.text
    answer = her.post(f"/claims/{claim.id}/hand-over", data={"reason": "safety", "note": "It caught fire"})

    assert answer.status_code == 303
    session.expire_all()
    case = session.scalars(select(Case)).one()
    assert (case.reason, case.safety, case.sensitive, case.priority) == ("It caught fire", True, True, 90)
    assert session.get_one(Mention, claim.mention_id).status is MentionStatus.ESCALATED
    assert session.get_one(Claim, claim.id).ended_because is ClaimEnd.HANDED_OVER
    assert the_reply().status is ReplyStatus.WITHDRAWN
    again = her.post(f"/claims/{claim.id}/hand-over", data={"note": "Once more"})
    assert again.status_code == 409
    assert len(session.scalars(select(Case)).all()) == 1


def test_a_draft_outlives_its_posts_way_to_staff(her: FlaskClient, ada: Advocate, claim: Claim) -> None:
    her.post(f"/feed/{claim.mention_id}/reply/draft", data={"text": "My words"}, headers=HX)
    session.get_one(Mention, claim.mention_id).status = MentionStatus.ESCALATED
    claim.end(ClaimEnd.TAKEN_AWAY, at=clock.now())
    session.commit()

    moved = her.get(f"/feed/{claim.mention_id}/reply")
    sent = her.post(f"/replies/{the_reply().id}/submit", data={"text": GOOD})

    assert moved.location == sent.location == f"/replies/{the_reply().id}"
    assert GOOD in her.get(moved.location).text


def test_nobody_touches_anothers_reply(client: FlaskClient, ada: Advocate) -> None:
    reply = factories.make_reply(ReplyStatus.DRAFT, writer=ada.user)
    claim = factories.make_claim(advocate=ada, mention=session.get_one(Mention, reply.mention_id))
    sign_in(client, factories.ben().user)

    assert client.get(f"/replies/{reply.id}").status_code == 404
    for verb in ("draft", "submit", "withdraw", "recall"):
        assert client.post(f"/replies/{reply.id}/{verb}").status_code == 404
    assert client.get(f"/claims/{claim.id}/hand-over").status_code == 404
    assert client.post(f"/claims/{claim.id}/hand-over", data={"note": "x"}).status_code == 404


@pytest.mark.parametrize(
    ("status", "state", "words"),
    [
        (ReplyStatus.DRAFT, "draft", "Draft"),
        (ReplyStatus.SUBMITTED, "review", "In review"),
        (ReplyStatus.RETURNED, "returned", "Returned to you"),
        (ReplyStatus.APPROVED, "posting", "being posted"),
        (ReplyStatus.PUBLISHED, "posted", "Posted"),
        (ReplyStatus.REJECTED, "ended", "Not posted"),
    ],
)
def test_my_replies_are_listed_by_state(
    her: FlaskClient, ada: Advocate, status: ReplyStatus, state: str, words: str
) -> None:
    reply = factories.make_reply(status, writer=ada.user)
    factories.make_reply(status)

    listed = her.get(f"/replies?state={state}").text
    other = her.get(f"/replies?state={'ended' if state != 'ended' else 'draft'}").text

    assert re.findall(r'href="/replies/(\d+)" data-open', listed) == [str(reply.id)]
    assert words in listed
    assert f"/replies/{reply.id}" not in other
    assert words in her.get(f"/replies/{reply.id}").text


def test_a_posted_reply_leads_to_the_network_and_tells_of_thanks(her: FlaskClient, ada: Advocate) -> None:
    reply = factories.make_reply(
        ReplyStatus.PUBLISHED,
        writer=ada.user,
        published_at=factories.NOW,
        published_url="https://x.example/1",
        thanked_at=factories.NOW,
    )

    assert "https://x.example/1" in her.get(f"/replies/{reply.id}").text
    assert f"/replies/{reply.id}" in her.get("/replies?state=thanked").text
    assert f"/replies/{reply.id}" not in her.get("/replies?state=posted").text


def test_my_replies_come_in_pages(her: FlaskClient, ada: Advocate) -> None:
    assert "No replies yet" in her.get("/replies").text
    mention = factories.make_mention()
    for _n in range(51):
        factories.make_reply(ReplyStatus.WITHDRAWN, writer=ada.user, mention=mention)

    first = her.get("/replies").text
    older = re.search(r'href="(/replies\?[^"]*before=\d+)"', first)
    assert older is not None
    second = her.get(older[1].replace("&amp;", "&")).text

    assert len(re.findall(r"data-item", first)) == 50
    assert len(re.findall(r"data-item", second)) == 1


def test_sidebar_counts_what_came_back(her: FlaskClient, ada: Advocate) -> None:
    factories.make_reply(ReplyStatus.RETURNED, writer=ada.user)

    assert re.search(r'id="nav-replies".*?<span class="count">1', her.get("/shell/sidebar").text, re.DOTALL)


def test_drafts_are_their_writers_alone(client: FlaskClient, ada: Advocate) -> None:
    writer = ada.user
    draft = factories.make_reply(ReplyStatus.DRAFT, writer=writer)
    both = factories.make_advocate(user=factories.make_user(Role.ADVOCATE, Role.MODERATOR)).user

    for other in (factories.sol(), both):
        assert sign_in(client, other).get(f"/replies/{draft.id}").status_code == 404
    assert sign_in(client, writer).get(f"/replies/{draft.id}").status_code == 200


def test_an_advocate_who_moderates_reads_no_answer_about_safety(client: FlaskClient) -> None:
    both = factories.make_advocate(user=factories.make_user(Role.ADVOCATE, Role.MODERATOR)).user
    case = factories.make_case(safety=True)
    mention = session.get_one(Mention, case.mention_id)
    reply = factories.make_reply(mention=mention, kind=ReplyKind.STAFF, writer=factories.sol())

    assert sign_in(client, both).get(f"/replies/{reply.id}").status_code == 404


@pytest.mark.parametrize("status", [ReplyStatus.SUBMITTED, ReplyStatus.RETURNED])
def test_an_advocate_who_is_staff_too_keeps_their_answer_on_its_case(client: FlaskClient, status: ReplyStatus) -> None:
    both = factories.make_user(Role.ADVOCATE, Role.STAFF)
    factories.make_advocate(user=both)
    case = factories.make_case()
    mention = session.get_one(Mention, case.mention_id)
    reply = factories.make_reply(status, mention=mention, writer=both, kind=ReplyKind.STAFF)
    sign_in(client, both)

    page = client.get(f"/replies/{reply.id}").text
    answers = [
        client.post(
            f"/replies/{reply.id}/{verb}", data={"text": GOOD, "page": "a"} if verb in {"draft", "submit"} else {}
        )
        for verb in ("withdraw", "recall", "draft", "submit")
    ]

    assert f"/replies/{reply.id}/withdraw" not in page
    assert "Edit and send again" not in page
    assert f'href="/posts/{case.mention_id}"' in page
    assert [answer.status_code for answer in answers] == [409] * 4
    assert the_reply().status is status
    assert session.scalars(select(Mention.status)).one() is MentionStatus.ESCALATED


def test_more_than_any_network_takes_is_not_stored_and_stays_in_the_box(her: FlaskClient, claim: Claim) -> None:
    endless = "a" * 4_001
    reply = f"/replies/{factories.make_reply(ReplyStatus.DRAFT, writer=session.get_one(Advocate, claim.advocate_id).user).id}"
    for address in (
        f"/feed/{claim.mention_id}/reply/draft",
        f"/feed/{claim.mention_id}/reply",
        f"{reply}/draft",
        f"{reply}/submit",
    ):
        answer = her.post(address, data={"text": endless, "page": "p"})
        assert answer.status_code == 422, address
        assert endless in answer.text.split("<textarea")[1].split("</textarea>")[0], address
        assert "This is longer than any network takes." in answer.text, address

    assert her.post(f"{reply}/draft", data={"text": endless}, headers=HX).status_code == 422
    assert endless not in session.scalars(select(ReplyVersion.text)).all()


def test_what_was_said_to_staff_is_kept_when_the_claim_has_ended(her: FlaskClient, claim: Claim) -> None:
    claim.end(ClaimEnd.EXPIRED, at=clock.now())
    session.commit()

    answer = her.post(f"/claims/{claim.id}/hand-over", data={"reason": "safety", "note": "It caught fire"})

    assert answer.status_code == 409
    assert "It caught fire" in answer.text.split("<textarea")[1].split("</textarea>")[0]
    assert "Your claim has ended." in answer.text
    assert session.scalars(select(Case)).all() == []
