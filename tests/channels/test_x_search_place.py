"""Where a search on X is: no walk begins later than the last one was begun."""

import json
from datetime import UTC, datetime, timedelta

from app.channels.adapters.x_cursor import CIRCLES, OVERLAP, SEARCHED_BACK
from app.channels.adapters.x_search import SearchPlace

NOW = datetime(2026, 11, 22, 12, tzinfo=UTC)


def test_the_next_walk_begins_a_little_before_the_last_was_begun() -> None:
    place, lost = SearchPlace.first(NOW).begun(NOW)
    walk = place.walk.read([5, 4], None, NOW)

    after = SearchPlace.load(place.after(walk).dump())

    assert lost is None
    assert after.since == NOW - OVERLAP


def test_a_search_that_rested_longer_than_the_network_looks_back_tells_what_it_missed() -> None:
    place, _ = SearchPlace.first(NOW).begun(NOW)
    rested = place.after(place.walk.read([5], None, NOW))
    later = NOW + timedelta(days=20)

    begun, lost = rested.begun(later)

    assert lost == (NOW - OVERLAP, later - SEARCHED_BACK)
    assert begun.since == later - SEARCHED_BACK


def test_a_walk_in_circles_is_given_up_and_says_what_stayed_unread() -> None:
    place, _ = SearchPlace.between(NOW - timedelta(hours=2), NOW - timedelta(hours=1)).begun(NOW)
    walk = place.walk
    for number in range(CIRCLES + 1):
        walk = walk.read([9, 8], f"token{number}", NOW - timedelta(minutes=90))

    lost = place.lost_by(walk, told_more=True, oldest=NOW - timedelta(minutes=90), at=NOW)

    assert walk.done
    assert lost == (NOW - timedelta(hours=2), NOW - timedelta(minutes=90))


def test_a_place_written_by_an_older_release_is_still_understood() -> None:
    place = SearchPlace.first(NOW)
    stored = json.loads(place.dump())
    stored["walk"] |= {"count": 7}

    assert SearchPlace.load(json.dumps(stored)) == place


def test_a_forgotten_page_does_not_shorten_the_filling_of_a_gap() -> None:
    place = SearchPlace.between(NOW - timedelta(hours=2), NOW)

    assert place.again().walk.pages == place.walk.pages
