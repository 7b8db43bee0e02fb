"""Hearing every post once, whatever the network's lists do in between."""

import dataclasses
import json
from datetime import timedelta

from app.channels.adapters.x_cursor import LOOK_BACK_PAGES, OVERLAP_EVERY, Cursor
from app.channels.types import ReplyBar
from tests.channels.conftest import Brand, ids_in, posts_in, turn


def test_first_poll_looks_back_no_further_than_its_bound(brand: Brand) -> None:
    text = f"@{brand.handle} again and again"
    brand.network.post_many([{"author": "flood", "text": f"{text} {n}"} for n in range(LOOK_BACK_PAGES * 100 + 50)])

    pages, _ = turn(brand.channel(), None)

    assert len(posts_in(pages)) == LOOK_BACK_PAGES * 100


def test_a_flood_before_the_first_poll_is_found_as_far_as_we_were_connected(brand: Brand) -> None:
    brand.network.limits(mode="x", mentions=10_000, search=10_000)
    before = brand.customer("@brand before you came", age_seconds=3_600)
    made = brand.network.post_many([{"author": "flood", "text": f"@{brand.handle} {n}"} for n in range(1050)])

    pages, _ = turn(brand.channel(connected_at=brand.now() - timedelta(minutes=5)), None)

    assert sorted(ids_in(pages)) == sorted(made)
    assert before not in ids_in(pages)


def test_what_is_pushed_off_the_list_while_it_is_read_is_found_by_search(brand: Brand) -> None:
    channel = brand.channel()
    _, cursor = turn(channel, None)
    brand.network.limits(mode="x", mentions=10_000, search=10_000)

    def say(count: int) -> list[str]:
        return brand.network.post_many([{"author": "flood", "text": f"@{brand.handle} {n}"} for n in range(count)])

    made, pages, more = say(650), [], True
    while more:
        page = channel.poll(cursor)
        pages.append(page)
        cursor, more = page.cursor, page.more
        if len(pages) < 7:
            say(40)

    assert set(made) <= set(ids_in(pages))


def test_a_post_of_eight_days_ago_is_not_looked_back_for(brand: Brand) -> None:
    brand.customer("@brand long ago", age_seconds=8 * 86_400)

    pages, _ = turn(brand.channel(), None)

    assert ids_in(pages) == []


def test_more_posts_than_the_list_shows_are_found_by_search(brand: Brand) -> None:
    brand.customer("@brand the first of all")
    channel = brand.channel()
    _, cursor = turn(channel, None)
    brand.network.limits(mode="x", mentions=10_000, search=10_000)
    made = brand.network.post_many([{"author": "flood", "text": f"@{brand.handle} {n}"} for n in range(1050)])

    pages, _ = turn(channel, cursor)

    assert sorted(ids_in(pages)) == sorted(made)


def test_a_flood_before_which_nothing_was_ever_said_is_found_by_search_too(brand: Brand) -> None:
    channel = brand.channel()
    _, cursor = turn(channel, None)
    brand.network.limits(mode="x", mentions=10_000, search=10_000)
    made = brand.network.post_many([{"author": "flood", "text": f"@{brand.handle} {n}"} for n in range(1050)])

    pages, _ = turn(channel, cursor)

    assert sorted(ids_in(pages)) == sorted(made)


def test_a_search_that_reaches_back_more_than_a_week_is_a_visible_gap(brand: Brand) -> None:
    fresh = brand.customer("@brand fresh")
    heard_at = int(brand.now().timestamp()) - 11 * 86_400
    stored = json.loads(Cursor.first(brand.now()).dump())
    stored |= {"stage": "search", "heard_at": heard_at}
    stored["search"] |= {"since": heard_at, "pages": None}

    refused = brand.channel().poll(json.dumps(stored))
    pages, _ = turn(brand.channel(), refused.cursor)

    assert refused.gap is not None
    assert fresh in ids_in(pages)


def test_a_post_listed_late_is_heard_by_the_overlap(brand: Brand) -> None:
    brand.customer("@brand newest")
    channel = brand.channel()
    _, cursor = turn(channel, None)
    late = brand.customer("@brand indexed late", age_seconds=300)
    soon, cursor = turn(channel, cursor)
    due = dataclasses.replace(Cursor.load(cursor), overlapped_at=0)

    overlapped, after = turn(channel, due.dump())

    assert late not in ids_in(soon)
    assert late in ids_in(overlapped)
    assert Cursor.load(after).overlapped_at > 0
    assert OVERLAP_EVERY.total_seconds() == 60


def test_a_post_of_our_own_listed_late_is_heard_by_the_overlap(brand: Brand) -> None:
    question = brand.customer("@brand why?", age_seconds=600)
    brand.network.post_as(brand.handle, "New kettles are in")
    channel = brand.channel()
    _, cursor = turn(channel, None)
    late = brand.network.post_as(brand.handle, "Because of the scale.", reply_to=question, age_seconds=300)
    soon, cursor = turn(channel, cursor)
    due = dataclasses.replace(Cursor.load(cursor), overlapped_at=0)

    overlapped, after = turn(channel, due.dump())
    resting, _ = turn(channel, after)

    assert late not in ids_in(soon)
    assert ids_in(overlapped).count(late) == 1
    assert late not in ids_in(resting)


def test_our_own_late_posts_are_read_whole_in_one_turn_while_those_of_others_wait(brand: Brand) -> None:
    channel = brand.channel()
    _, cursor = turn(channel, None)
    brand.network.post_many([{"author": brand.handle, "text": f"Kettle {n}"} for n in range(150)])
    brand.network.post_many([{"author": "many", "text": f"@{brand.handle} {n}"} for n in range(150)])
    _, cursor = turn(channel, cursor)
    due = dataclasses.replace(Cursor.load(cursor), overlapped_at=0)

    overlapped, after = turn(channel, due.dump())

    ours = [post for post in posts_in(overlapped) if post.ours]
    assert (len(ours), len(posts_in(overlapped)) - len(ours)) == (150, 100)
    assert not Cursor.load(after).overlap.done


def test_a_place_from_before_our_own_posts_were_read_twice_is_still_understood() -> None:
    stored = json.loads(Cursor().dump())
    del stored["own_overlap"]

    assert Cursor.load(json.dumps(stored)) == Cursor()


def test_a_page_token_the_network_forgot_restarts_the_walk(brand: Brand) -> None:
    channel = brand.channel()
    _, cursor = turn(channel, None)
    made = brand.network.post_many([{"author": "many", "text": f"@{brand.handle} {n}"} for n in range(150)])
    torn = json.loads(channel.poll(cursor).cursor)
    torn["mentions"]["page_token"] = "no-such-page"

    pages, _ = turn(channel, json.dumps(torn))

    assert sorted(ids_in(pages)) == sorted(made)


def test_a_search_floor_older_than_a_week_is_a_visible_gap(brand: Brand) -> None:
    old = int(brand.customer("@brand of old", age_seconds=12 * 86_400))
    fresh = brand.customer("@brand fresh")
    stored = json.loads(Cursor.first(brand.now()).dump())
    stored |= {"stage": "search", "heard_at": int(brand.now().timestamp()) - 11 * 86_400}
    stored["search"] |= {"floor": old, "since": None, "pages": None}

    refused = brand.channel().poll(json.dumps(stored))
    pages, _ = turn(brand.channel(), refused.cursor)

    assert refused.gap is not None
    assert refused.more
    assert 3 < (refused.gap.end - refused.gap.start).days < 5
    assert fresh in ids_in(pages)


def test_a_quiet_week_is_no_gap(brand: Brand) -> None:
    old = int(brand.customer("@brand of old", age_seconds=12 * 86_400))
    stored = json.loads(Cursor.first(brand.now()).dump())
    stored |= {"stage": "search", "heard_at": int(brand.now().timestamp()) - 60}
    stored["search"] |= {"floor": old, "since": None, "pages": None}

    refused = brand.channel().poll(json.dumps(stored))

    assert refused.gap is None
    assert refused.more


def test_a_parent_comes_along_for_the_thread_and_is_no_event(brand: Brand) -> None:
    root = brand.network.post_as("stranger", "My kettle sings")
    answer = brand.network.post_as("friend", f"ask @{brand.handle}", reply_to=root)

    pages, _ = turn(brand.channel(), None)

    assert ids_in(pages) == [answer]
    assert [post.ref.id for page in pages for post in page.context] == [root]
    assert posts_in(pages)[0].parent.id == root
    assert posts_in(pages)[0].thread_root.id == root


def test_an_answer_to_our_post_and_a_quote_of_it_are_summons(brand: Brand) -> None:
    own = brand.network.post_as(brand.handle, "New kettles are in")
    answer = brand.network.post_as("fan", "lovely", reply_to=own)
    quote = brand.network.post_as("other", "look at this", quote_of=own)
    found = brand.channel().lookup([brand.ref(answer), brand.ref(quote)])

    assert found[answer].summoned
    assert found[quote].summoned


def test_a_post_that_never_called_us_cannot_be_answered_unless_the_account_may(brand: Brand) -> None:
    stray = brand.network.post_as("stranger", "kettles, generally")

    plain = brand.channel().lookup([brand.ref(stray)])[stray]
    enterprise = brand.channel(reply_to_any=True).lookup([brand.ref(stray)])[stray]

    assert (plain.can_reply, plain.cannot_reply_why) == (False, ReplyBar.NOT_SUMMONED)
    assert (enterprise.can_reply, enterprise.cannot_reply_why) == (True, None)


def test_the_same_post_costs_once_a_day(brand: Brand) -> None:
    brand.customer("@brand what does this cost")
    channel = brand.channel()

    first = sum(page.cost_units for page in turn(channel, None)[0])
    again = sum(page.cost_units for page in turn(channel, None)[0])

    assert first == 1 + 10
    assert again == 0
