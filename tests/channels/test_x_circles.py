"""A list that leads round in circles: it is left after three pages without an older post, and nothing is lost silently."""

import json
from datetime import timedelta
from typing import Any

import pytest

from app.channels.adapters.x import XChannel
from app.channels.adapters.x_cursor import Cursor, Walk
from app.channels.types import Access, Batch, Tokens
from tests.channels.conftest import Drawer
from tests.channels.test_x_pure import NOW, OLD_SPELLING, USER

OLD, NEW = "1890000000000000100", "1890000000000000200"


class Circle:
    """A network of which one list gives the same page under the same token, for ever."""

    def __init__(self, *lists: str) -> None:
        tokens = Tokens("token")
        access = Access("http://127.0.0.1:1", "42", "NorthwindKettle", tokens, Drawer(tokens))
        self.channel = XChannel(access, now=lambda: NOW)
        self.lists = lists
        self.calls: list[str] = []
        self.channel._line.call = self._answer  # type: ignore[method-assign, assignment]

    def _answer(self, method: Any, **_named: Any) -> dict[str, Any]:
        self.calls.append(method.__name__)
        if method.__name__ not in self.lists:
            return {"meta": {"result_count": 0}}
        row = OLD_SPELLING | {"id": NEW, "edit_history_tweet_ids": [NEW]}
        return {"data": [row], "includes": {"users": [USER]}, "meta": {"result_count": 1, "next_token": "again"}}

    def turn(self) -> list[Batch]:
        heard = int((NOW - timedelta(minutes=1)).timestamp())
        cursor = Cursor(
            mentions=Walk(floor=int(OLD)), own=Walk(floor=int(OLD)), heard_at=heard, overlapped_at=heard + 60
        )
        text, pages = cursor.dump(), []
        while not pages or pages[-1].more:
            pages.append(self.channel.poll(text))
            text = pages[-1].cursor
            assert len(pages) < 20, "a turn that never ends"
        return pages


def test_a_list_of_mentions_in_circles_is_left_for_a_search_of_the_rest() -> None:
    network = Circle("get_users_mentions")

    pages = network.turn()

    assert network.calls.count("get_users_mentions") == 4
    assert "search_recent_tweets" in network.calls
    assert [page.gap for page in pages if page.gap] == []
    assert json.loads(pages[-1].cursor)["mentions"]["floor"] == int(NEW)


def test_a_search_in_circles_too_leaves_a_gap_that_is_told() -> None:
    network = Circle("get_users_mentions", "search_recent_tweets")

    [gap] = [page.gap for page in network.turn() if page.gap]

    assert gap.start < gap.end <= NOW


@pytest.mark.parametrize("broken", [{"author_id": None}, {"created_at": "yesterday"}])
def test_the_place_moves_past_rows_that_cannot_be_read(broken: dict[str, Any]) -> None:
    network = Circle()
    row = OLD_SPELLING | {"id": NEW, "edit_history_tweet_ids": [NEW]} | broken
    network.channel._line.call = lambda method, **_named: {"data": [row], "meta": {}}  # type: ignore[method-assign]

    batch = network.channel.poll(Cursor(mentions=Walk(floor=int(OLD))).dump())

    assert len(batch.unreadable) == 1
    assert json.loads(batch.cursor)["mentions"]["floor"] == int(NEW)
