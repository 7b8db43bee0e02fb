"""Whatever is said, however fast, and however often X forgets where we were: all of it is heard once we come to rest."""

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from app.channels.adapters.x import XChannel
from app.channels.adapters.x_cursor import _FIRST_MS
from app.channels.types import Access, Forbidden, Gap, Invalid, Tokens
from tests.channels.conftest import Drawer
from tests.channels.test_x_pure import NOW, OLD_SPELLING, USER

#: As on X, only smaller: a list shows its newest so many, a page holds so many of them.
LISTED, A_PAGE = 8, 2


class SmallX:
    """A network with short lists and pages: customers name the brand, and it may forget every place it told."""

    def __init__(self, *, searches: bool = True) -> None:
        self.now = NOW
        tokens = Tokens("token")
        self.access = Access("http://127.0.0.1:1", "42", "NorthwindKettle", tokens, Drawer(tokens), connected_at=NOW)
        self.channel = XChannel(self.access, now=lambda: self.now)
        self.channel._line.call = self._answer  # type: ignore[method-assign, assignment]
        self.said: list[int] = []
        self.forgets = False
        self.searches = searches
        self.heard: set[int] = set()
        self.gaps: list[Gap] = []
        self.cursor: str | None = None

    def say(self, count: int) -> None:
        """Let customers name the brand so often, and time pass."""
        for _each in range(count):
            self.pass_by(0.05)
            self.said.append((int(self.now.timestamp() * 1000) - _FIRST_MS) << 22)

    def pass_by(self, seconds: float) -> None:
        self.now += timedelta(seconds=seconds)

    def poll(self) -> bool:
        """Ask once; return whether there is more."""
        batch = self.channel.poll(self.cursor)
        self.cursor = batch.cursor
        self.heard |= {int(event.this.id) for event in batch.events}  # type: ignore[union-attr]
        if batch.gap:
            self.gaps.append(batch.gap)
        return batch.more

    def come_to_rest(self) -> None:
        for _turn in range(3):
            self.pass_by(1)
            for _page in range(10 + 2 * len(self.said)):
                if not self.poll():
                    break
            else:
                raise AssertionError("a turn that never ends")

    def _answer(self, method: Any, **asked: Any) -> dict[str, Any]:
        lists = {"get_users_mentions": self.said[-LISTED:], "search_recent_tweets": self.said, "get_users_tweets": []}
        if method.__name__ == "search_recent_tweets" and not self.searches:
            raise Forbidden("no search for you")
        token = asked.get("pagination_token") or asked.get("next_token")
        if token and self.forgets:
            self.forgets = False
            raise Invalid("the page is not known any more")
        since, until = int(asked.get("since_id") or 0), int(asked.get("until_id") or 2**63)
        start: datetime = asked.get("start_time") or datetime(2000, 1, 1, tzinfo=UTC)
        until = min(until, int(token)) if token else until
        shown = [one for one in lists[method.__name__] if since < one < until and _written(one) >= start][::-1]
        page = shown[:A_PAGE]
        more = {"next_token": str(page[-1])} if len(shown) > A_PAGE else {}
        if not page:
            return {"meta": {"result_count": 0}}
        rows = [_row(one) for one in page]
        return {"data": rows, "includes": {"users": [USER]}, "meta": {"result_count": len(rows)} | more}


def _written(post_id: int) -> datetime:
    return datetime.fromtimestamp(((post_id >> 22) + _FIRST_MS) / 1000, UTC)


def _row(post_id: int) -> dict[str, Any]:
    told = {"id": str(post_id), "edit_history_tweet_ids": [str(post_id)], "created_at": _written(post_id).isoformat()}
    return OLD_SPELLING | told


STEPS = st.one_of(
    st.tuples(st.just("say"), st.integers(1, 3 * LISTED)),
    st.tuples(st.just("poll"), st.integers(1, 6)),
    st.tuples(st.just("forget"), st.just(1)),
    st.tuples(st.just("wait"), st.integers(1, 1000)),
)


@settings(max_examples=300, deadline=None)
@given(steps=st.lists(STEPS, max_size=25))
def test_everything_said_since_we_were_connected_is_heard(steps: list[tuple[str, int]]) -> None:
    network = SmallX()
    for step, much in steps:
        match step:
            case "say":
                network.say(much)
            case "poll":
                for _each in range(much):
                    network.poll()
            case "forget":
                network.forgets = True
            case "wait":
                network.pass_by(much)

    network.come_to_rest()

    assert network.heard == set(network.said)
    assert network.gaps == []


def test_what_is_pushed_off_the_list_between_two_pages_is_heard() -> None:
    network = SmallX()
    network.come_to_rest()
    network.say(A_PAGE + 1)
    network.poll()
    network.pass_by(900)  # the limit on calls made us wait
    network.say(2 * LISTED)

    network.come_to_rest()

    assert network.heard == set(network.said)


def test_places_forgotten_again_and_again_do_not_end_the_first_look() -> None:
    network = SmallX()
    network.say(LISTED)
    for _each in range(12):
        network.poll()
        network.forgets = True

    network.forgets = False
    network.come_to_rest()

    assert network.heard == set(network.said)


@pytest.mark.parametrize("said", [1, A_PAGE, LISTED, 3 * LISTED])
def test_where_we_may_not_search_listening_goes_on_and_says_what_may_be_missing(said: int) -> None:
    network = SmallX(searches=False)
    network.come_to_rest()
    network.say(said)
    network.come_to_rest()
    network.say(1)
    network.come_to_rest()

    missing = set(network.said) - network.heard
    assert network.said[-1] in network.heard
    assert all(any(gap.start <= _written(one) <= gap.end for gap in network.gaps) for one in missing)
    assert bool(network.gaps) == (said > A_PAGE)
    assert bool(missing) == (said > LISTED)
