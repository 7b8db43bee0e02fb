import json
import re
from datetime import timedelta

import pytest
from flask.testing import FlaskClient
from sqlalchemy import select

from app.advocates.models import Advocate, AdvocateStatus, Skill, SkillKind
from app.feed.models import Claim, ClaimEnd, PassedOver
from app.foundation import clock
from app.foundation.db import session
from app.mentions.models import Mention, MentionStatus
from app.mentions.types import FeedLane, Kind, Route
from tests import factories
from tests.conftest import sign_in

HX = {"HX-Request": "true"}


@pytest.fixture
def ada(db_session: None) -> Advocate:
    advocate = factories.ada()
    for kind, value in ((SkillKind.LANGUAGE, "en"), (SkillKind.LANGUAGE, "es"), (SkillKind.TOPIC, "descaling")):
        session.add(Skill(advocate_id=advocate.id, kind=kind, value=value))
    session.commit()
    return advocate


@pytest.fixture
def her(client: FlaskClient, ada: Advocate) -> FlaskClient:
    return sign_in(client, ada.user)


def page(client: FlaskClient, address: str = "/feed", status: int = 200, **options: object) -> str:
    answer = client.get(address, **options)  # type: ignore[arg-type]
    assert answer.status_code == status, answer.text
    return answer.text


def ids_in(text: str) -> list[int]:
    return [int(number) for number in re.findall(r'id="post-(\d+)"', text)]


def test_feed_says_it_is_empty(her: FlaskClient) -> None:
    assert "All caught up" in page(her)


def test_feed_puts_what_fits_first_and_says_why(her: FlaskClient) -> None:
    hello = factories.make_mention(feed_lane=FeedLane.HELLO, kind=Kind.PRAISE, topic="", priority=90)
    spanish = factories.make_mention(language="es", topic="", priority=80)
    on_topic = factories.make_mention(topic="descaling", priority=5)
    factories.make_mention(language="de", topic="descaling")

    text = page(her)

    assert ids_in(text) == [on_topic.id, spanish.id, hello.id]
    assert "You answer descaling posts" in text
    assert "You write Spanish" in text
    assert "A friendly hello goes a long way" in text


def test_feed_shows_the_masked_text_only(her: FlaskClient) -> None:
    factories.make_mention(text="ring me on 01632 960983", masked_text="ring me on •••")

    text = page(her)

    assert "01632" not in text
    assert "ring me on •••" in text


def test_all_open_shows_every_language_and_hello_only_hellos(her: FlaskClient) -> None:
    german = factories.make_mention(language="de", topic="leaks")
    hello = factories.make_mention(feed_lane=FeedLane.HELLO, language="fr")

    assert ids_in(page(her, "/feed?view=all")) == [german.id, hello.id]
    assert ids_in(page(her, "/feed?view=hello")) == [hello.id]


@pytest.mark.parametrize("sort", ["", "newest", "waiting"])
def test_what_staff_post_by_hand_has_a_lane_of_its_own(her: FlaskClient, sort: str) -> None:
    opened = factories.make_mention()
    assert "view=by-hand" not in page(her)
    made = [
        factories.make_mention(status=MentionStatus.BY_HAND, can_reply=False, priority=number % 7).id
        for number in range(53)
    ]

    assert "view=by-hand" in page(her)
    assert ids_in(page(her, "/feed?view=all")) == [opened.id]
    address, seen = f"/feed?view=by-hand&sort={sort}", []
    while address:
        text = page(her, address)
        seen += ids_in(text)
        more = re.search(r'href="(/feed\?[^"]*after=[^"]*)"', text)
        address = more[1].replace("&amp;", "&") if more else ""
    assert sorted(seen) == sorted(made)
    assert "our staff post it by hand" in page(her, "/feed?view=by-hand")


def test_a_post_of_that_lane_is_claimed_and_goes_back_there(her: FlaskClient, ada: Advocate) -> None:
    post = factories.make_mention(status=MentionStatus.BY_HAND, can_reply=False)

    assert her.post(f"/feed/{post.id}/claim").status_code == 303
    claim = session.scalars(select(Claim)).one()
    her.post(f"/claims/{claim.id}/release")

    session.expire_all()
    assert session.get_one(Mention, post.id).status is MentionStatus.BY_HAND


def test_filters_stand_in_the_address(her: FlaskClient) -> None:
    wanted = factories.make_mention(language="de", topic="leaks")
    factories.make_mention(language="de", topic="descaling")
    factories.make_mention(language="en", topic="leaks")

    text = page(her, "/feed?view=all&lang=de&topic=leaks&lane=questions")

    assert ids_in(text) == [wanted.id]
    assert "German" in text
    assert f"/feed/{wanted.id}/claim?view=all&amp;topic=leaks&amp;lang=de&amp;lane=questions" in text


def test_posts_can_be_read_by_age(her: FlaskClient) -> None:
    first, second = factories.make_mention(priority=1), factories.make_mention(priority=99)

    assert ids_in(page(her, "/feed?sort=waiting")) == [first.id, second.id]
    assert ids_in(page(her, "/feed?sort=newest")) == [second.id, first.id]


@pytest.mark.parametrize("sort", ["", "newest", "waiting"])
def test_pages_of_fifty_lead_through_the_whole_feed(her: FlaskClient, sort: str) -> None:
    connection = factories.make_connection()
    author = factories.make_author(connection=connection)
    made = {
        factories.make_mention(connection=connection, author=author, priority=n % 3, topic=topic).id
        for n in range(30)
        for topic in ("descaling", "leaks")
    }

    first = page(her, f"/feed?sort={sort}")
    more = re.search(r'href="(/feed\?[^"]*after=[^"]*)"', first)
    assert more is not None
    second = page(her, more[1].replace("&amp;", "&"), headers=HX)

    assert len(ids_in(first)) == 50
    assert sorted(ids_in(first) + ids_in(second)) == sorted(made)
    assert "<html" not in second


@pytest.mark.parametrize("after", ["x", "0.0", "99999.1.1", "0.1.99999999999999999999", "-1.2.3", "%00"])
def test_a_cursor_that_is_none_starts_at_the_beginning(her: FlaskClient, after: str) -> None:
    post = factories.make_mention()

    assert ids_in(page(her, f"/feed?after={after}")) == [post.id]


def test_a_post_in_anothers_hands_is_shown_with_who_and_how_long(her: FlaskClient) -> None:
    from app.foundation import clock

    ben = factories.ben()
    post = factories.make_mention(status=MentionStatus.CLAIMED)
    now = clock.now()
    factories.make_claim(
        advocate=ben, mention=post, claimed_at=now, expires_at=now + factories.timedelta(minutes=6, seconds=10)
    )

    text = page(her)

    assert "data-taken" in text
    assert "Ben is writing" in text
    assert re.search(r"6:\d\d left", text)


def test_ones_own_posts_stand_on_top(her: FlaskClient, ada: Advocate) -> None:
    factories.make_mention(priority=99)
    mine = factories.make_mention(status=MentionStatus.CLAIMED, priority=0)
    factories.make_claim(advocate=ada, mention=mine)

    text = page(her)

    assert ids_in(text)[0] == mine.id
    assert ids_in(page(her, "/feed?view=mine")) == [mine.id]
    assert f"/feed/{mine.id}/reply" in text


def test_follow_ups_are_posts_in_threads_one_has_answered(her: FlaskClient, ada: Advocate) -> None:
    earlier = factories.make_mention(status=MentionStatus.ANSWERED)
    factories.make_claim(advocate=ada, mention=earlier, ended_at=factories.NOW, ended_because=ClaimEnd.SUBMITTED)
    factories.make_mention()
    again = factories.make_mention()
    again.conversation_id = earlier.conversation_id
    session.commit()

    assert ids_in(page(her, "/feed?view=follow-ups")) == [again.id]


def test_claiming_leads_to_the_composer(her: FlaskClient, ada: Advocate) -> None:
    post = factories.make_mention()

    answer = her.post(f"/feed/{post.id}/claim")

    assert answer.status_code == 303
    assert answer.location.startswith(f"/feed/{post.id}/reply")
    assert session.scalars(select(Claim.advocate_id).where(Claim.mention_id == post.id)).all() == [ada.id]


def test_a_claim_on_a_post_just_taken_says_who_was_faster(her: FlaskClient) -> None:
    post = factories.make_mention(status=MentionStatus.CLAIMED)
    factories.make_claim(advocate=factories.ben(), mention=post)

    answer = her.post(f"/feed/{post.id}/claim")

    assert answer.status_code == 409
    assert "Ben was faster" in answer.text
    assert "how do I descale" in answer.text


def test_who_lost_a_race_gets_the_list_when_there_is_room_for_it(her: FlaskClient) -> None:
    post = factories.make_mention(status=MentionStatus.CLAIMED)
    factories.make_claim(advocate=factories.ben(), mention=post)
    other = factories.make_mention()

    answer = her.post(f"/feed/{post.id}/claim?view=all")

    assert ids_in(answer.text) == []
    assert 'hx-get="/feed/list?view=all"' in answer.text
    assert other.id in ids_in(page(her, "/feed/list?view=all", headers=HX))


def test_a_script_that_lost_gets_the_taken_card_and_who_was_faster(her: FlaskClient) -> None:
    post = factories.make_mention(status=MentionStatus.CLAIMED)
    factories.make_claim(advocate=factories.ben(), mention=post)

    answer = her.post(f"/feed/{post.id}/claim", headers=HX)

    assert answer.status_code == 409
    assert "Ben was faster" in json.loads(answer.headers["HX-Trigger"])["toast"]["text"]
    assert answer.headers["HX-Retarget"] == f"#post-{post.id}"
    assert "data-taken" in answer.text
    assert "<html" not in answer.text


def test_a_script_that_won_is_led_to_the_composer(her: FlaskClient, ada: Advocate) -> None:
    post = factories.make_mention()

    answer = her.post(f"/feed/{post.id}/claim?view=all", headers=HX)

    assert answer.status_code == 204
    assert answer.headers["HX-Redirect"] == f"/feed/{post.id}/reply?view=all"
    assert session.scalars(select(Claim.advocate_id).where(Claim.mention_id == post.id)).all() == [ada.id]


def test_a_script_whose_hands_are_full_keeps_the_card_free(her: FlaskClient, ada: Advocate) -> None:
    factories.make_claim(advocate=ada)
    factories.make_claim(advocate=ada)
    post = factories.make_mention()

    answer = her.post(f"/feed/{post.id}/claim", headers=HX)

    assert answer.status_code == 403
    assert "You hold 2 posts already" in json.loads(answer.headers["HX-Trigger"])["toast"]["text"]
    assert "data-taken" not in answer.text


def test_a_claim_by_script_on_a_post_that_left_the_feed_says_so_on_its_card(her: FlaskClient) -> None:
    post = factories.make_mention(status=MentionStatus.ESCALATED, route=Route.STAFF_ANGRY)

    answer = her.post(f"/feed/{post.id}/claim", headers=HX)

    assert answer.status_code == 404
    assert "no longer in the feed" in answer.text


def test_a_third_claim_is_refused_on_the_posts_page(her: FlaskClient, ada: Advocate) -> None:
    factories.make_claim(advocate=ada)
    factories.make_claim(advocate=ada)
    post = factories.make_mention()

    answer = her.post(f"/feed/{post.id}/claim")

    assert answer.status_code == 403
    assert "You hold 2 posts already" in answer.text


def test_claiming_twice_lands_on_the_same_claim(her: FlaskClient) -> None:
    post = factories.make_mention()

    her.post(f"/feed/{post.id}/claim")
    again = her.post(f"/feed/{post.id}/claim")

    assert again.status_code == 303
    assert len(session.scalars(select(Claim).where(Claim.mention_id == post.id)).all()) == 1


def test_a_suspended_advocate_sees_and_claims_nothing(client: FlaskClient) -> None:
    him = factories.make_advocate(AdvocateStatus.SUSPENDED)
    post = factories.make_mention()
    sign_in(client, him.user)

    assert client.get("/feed").status_code == 403
    assert client.post(f"/feed/{post.id}/claim").status_code == 403


def test_a_released_post_is_free_again(her: FlaskClient, ada: Advocate) -> None:
    claim = factories.make_claim(advocate=ada)

    first = her.post(f"/claims/{claim.id}/release")
    second = her.post(f"/claims/{claim.id}/release")

    assert (first.status_code, second.status_code) == (303, 303)
    assert session.get_one(Mention, claim.mention_id, populate_existing=True).status is MentionStatus.OPEN
    assert "Your draft is kept" in page(her)


def test_nobody_releases_or_extends_anothers_claim(her: FlaskClient) -> None:
    claim = factories.make_claim(advocate=factories.ben())

    assert her.post(f"/claims/{claim.id}/release").status_code == 404
    assert her.post(f"/claims/{claim.id}/extend").status_code == 404
    assert her.post(f"/claims/{claim.id}/take-away").status_code == 403


def test_more_time_is_given_to_the_holder(her: FlaskClient, ada: Advocate) -> None:
    claim = factories.make_claim(advocate=ada)
    before = claim.expires_at

    assert her.post(f"/claims/{claim.id}/extend").status_code == 303
    assert session.get_one(Claim, claim.id, populate_existing=True).expires_at > before


def test_more_time_for_an_ended_claim_is_a_conflict(her: FlaskClient, ada: Advocate) -> None:
    claim = factories.make_claim(advocate=ada, ended_at=factories.NOW, ended_because=ClaimEnd.EXPIRED)

    answer = her.post(f"/claims/{claim.id}/extend")

    assert answer.status_code == 409
    assert "Your draft is kept" in answer.text


def test_a_moderator_ends_a_claim(client: FlaskClient) -> None:
    claim = factories.make_claim()
    sign_in(client, factories.mo())

    assert "End this claim" in page(client, f"/feed/{claim.mention_id}")
    assert client.post(f"/claims/{claim.id}/take-away").status_code == 303
    ended = session.get_one(Claim, claim.id, populate_existing=True)
    assert ended.ended_because is ClaimEnd.TAKEN_AWAY


def test_a_moderator_reads_everything_and_claims_nothing(client: FlaskClient) -> None:
    post = factories.make_mention(language="de")
    sign_in(client, factories.mo())

    text = page(client)

    assert ids_in(text) == [post.id]
    assert f"/feed/{post.id}/claim" not in text


def test_a_post_passed_over_is_gone_until_undone(her: FlaskClient) -> None:
    post = factories.make_mention()

    answer = her.post(f"/feed/{post.id}/pass", data={"reason": "topic"}, follow_redirects=True)
    assert ids_in(answer.text) == []
    assert "You will not see this post again" in answer.text
    her.post(f"/feed/{post.id}/pass")
    assert session.scalars(select(PassedOver.reason)).all() == ["topic"]

    her.post(f"/feed/{post.id}/take-up")
    assert ids_in(page(her)) == [post.id]


def test_a_post_shows_its_thread_with_personal_data_hidden(her: FlaskClient) -> None:
    from app.mentions.models import ThreadPost

    post = factories.make_mention()
    session.add(
        ThreadPost(
            connection_id=post.connection_id,
            conversation_id=post.conversation_id,
            external_id="1",
            author_handle="mum",
            author_name="Mum",
            text="write to jo@example.com",
            posted_at=factories.NOW - factories.timedelta(hours=1),
        )
    )
    session.commit()

    text = page(her, f"/feed/{post.id}")

    assert "jo@example.com" not in text
    assert "write to •••" in text
    assert "how do I descale" in text


@pytest.mark.parametrize("came_along_first", [False, True])
def test_a_thread_tells_the_crowd_nothing_of_what_staff_have(her: FlaskClient, came_along_first: bool) -> None:
    post = factories.make_mention()
    secret = factories.make_sibling(post, text="The K2 burnt my hand", route=Route.STAFF_SENSITIVE)
    factories.make_case(mention=secret, safety=True)
    factories.make_sibling(post, text="Mine does that too", status=MentionStatus.ANSWERED)
    if came_along_first:
        factories.make_thread_post(post, external_id=secret.external_id, text=secret.text)

    text = page(her, f"/feed/{post.id}")

    assert "burnt my hand" not in text
    assert "Mine does that too" in text
    assert "how do I descale" in text


def test_a_thread_on_the_feed_tells_moderators_of_no_safety_case(client: FlaskClient) -> None:
    post = factories.make_mention()
    for words, safety in (("The K2 burnt my hand", True), ("Charged me twice", False)):
        case = factories.make_sibling(post, text=words, status=MentionStatus.ESCALATED, route=Route.STAFF_SENSITIVE)
        factories.make_case(mention=case, safety=safety)

    told = page(sign_in(client, factories.mo()), f"/feed/{post.id}")
    known = page(sign_in(client, factories.sol()), f"/feed/{post.id}")

    assert "burnt my hand" not in told
    assert "Charged me twice" in told
    assert "burnt my hand" in known


@pytest.mark.parametrize(
    ("status", "route"),
    [
        (MentionStatus.ESCALATED, Route.COMMUNITY),
        (MentionStatus.ESCALATED, Route.STAFF_ANGRY),
        (MentionStatus.IGNORED, Route.NOISE),
        (MentionStatus.RECEIVED, None),
    ],
)
def test_what_is_not_for_the_crowd_is_not_found(her: FlaskClient, status: MentionStatus, route: Route | None) -> None:
    post = factories.make_mention(status=status, route=route)

    page(her, f"/feed/{post.id}", 404)
    assert her.post(f"/feed/{post.id}/claim").status_code in {404, 409}
    assert "no longer in the feed" in page(her, f"/feed/{post.id}/card", headers=HX)
    assert session.scalars(select(Claim)).all() == []


def test_a_card_is_drawn_alone_for_a_live_page(her: FlaskClient, ada: Advocate) -> None:
    post = factories.make_mention()
    free = page(her, f"/feed/{post.id}/card", headers=HX)
    her.post(f"/feed/{post.id}/claim")
    mine = page(her, f"/feed/{post.id}/card", headers=HX)

    assert "<html" not in free
    assert "Claim" in free
    assert "Yours" in mine


def test_the_pill_counts_new_posts_of_this_list_only(her: FlaskClient) -> None:
    first = factories.make_mention()
    factories.make_mention(topic="descaling")
    factories.make_mention(topic="leaks")

    one = page(her, f"/feed/new?newest={first.id}&topic=leaks", headers=HX)
    both = page(her, f"/feed/new?newest={first.id}", headers=HX)
    none = page(her, "/feed/new?newest=99999999999999999999999", headers=HX)

    assert "1 new post" in one
    assert "2 new posts" in both
    assert "new-pill" not in none


def test_a_post_that_was_being_sorted_when_the_page_was_drawn_is_new(her: FlaskClient) -> None:
    factories.make_mention()
    waiting = factories.make_mention(status=MentionStatus.RECEIVED, route=None, feed_lane=None)
    counted_from = re.search(r"/feed/new\?newest=(\d+)", page(her))
    assert counted_from is not None

    waiting.status, waiting.route, waiting.feed_lane = MentionStatus.OPEN, Route.COMMUNITY, FeedLane.QUESTIONS
    session.commit()

    assert "1 new post" in page(her, f"/feed/new?newest={counted_from[1]}", headers=HX)


def test_tabs_count_to_ninety_nine(her: FlaskClient) -> None:
    connection = factories.make_connection()
    author = factories.make_author(connection=connection)
    for _n in range(101):
        factories.make_mention(connection=connection, author=author)

    text = page(her, "/feed/tabs", headers=HX)

    assert "99+" in text
    assert "101" not in text


def test_a_full_page_asks_the_database_no_more_than_an_empty_one(
    her: FlaskClient, connection: object, ada: Advocate
) -> None:
    from sqlalchemy import event

    said: list[str] = []

    def note(_connection: object, _cursor: object, statement: str, *_rest: object) -> None:
        said.append(statement)

    account = factories.make_connection()
    for _n in range(3):
        factories.make_mention(connection=account)
    event.listen(connection, "before_cursor_execute", note)
    page(her)
    few = len(said)
    for _n in range(60):
        factories.make_mention(connection=account)
    said.clear()
    assert len(ids_in(page(her))) == 50
    event.remove(connection, "before_cursor_execute", note)

    assert len(said) <= few <= 30


def test_forms_of_the_feed_take_listed_fields_only(her: FlaskClient) -> None:
    post = factories.make_mention()

    assert her.post(f"/feed/{post.id}/claim", data={"advocate_id": "1"}).status_code == 400
    assert her.post(f"/feed/{post.id}/pass", data={"reason": "nonsense"}).status_code == 303


def test_somebody_not_signed_in_is_asked_to(client: FlaskClient, db_session: None) -> None:
    answer = client.get("/feed")

    assert answer.status_code == 303
    assert "/sign-in" in answer.location


def test_feed_puts_no_form_token_into_words_of_a_post(her: FlaskClient) -> None:
    factories.make_mention(text="@NorthwindKettle https://evil.example/\ue000token\ue001 how?")

    assert "https://evil.example/\ue000token\ue001" in page(her)


def test_a_posts_page_promises_no_bonus_that_cannot_be_had(her: FlaskClient) -> None:
    now = clock.now()
    fresh = factories.make_mention(posted_at=now)
    old = factories.make_mention(posted_at=now - timedelta(hours=2))

    assert "Within the hour" in page(her, f"/feed/{fresh.id}")
    assert "Within the hour" not in page(her, f"/feed/{old.id}")
