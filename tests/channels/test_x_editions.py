"""How X shows an edited post: a new id each time, and under an old id the words as they were then."""

from typing import Any

import pytest

from app.channels.adapters.x import XChannel
from app.channels.types import Access, Gone, IncomingPost, Ref, Tokens
from tests.channels.conftest import Drawer
from tests.channels.test_x_pure import NOW, OLD_SPELLING, READER, USER, page_of

FIRST, SECOND, THIRD = "1890000000000000003", "1890000000000000007", "1890000000000000009"


def row(post_id: str, *history: str, spelling: str = "edit_history_tweet_ids", **changes: Any) -> dict[str, Any]:
    plain = {key: value for key, value in OLD_SPELLING.items() if not key.startswith("edit_history")}
    return plain | {"id": post_id, "text": f"@NorthwindKettle {post_id}", spelling: list(history)} | changes


def read(told: dict[str, Any]) -> IncomingPost:
    return READER.page(page_of(told))[0][0]


@pytest.mark.parametrize("spelling", ["edit_history_tweet_ids", "edit_history_post_ids"])
@pytest.mark.parametrize("history", [(FIRST, SECOND), (SECOND, FIRST)])
def test_an_edited_post_is_known_by_its_first_id_and_answered_by_its_newest(
    spelling: str, history: tuple[str, ...]
) -> None:
    post = read(row(SECOND, *history, spelling=spelling))

    assert (post.ref.id, post.this.id, post.edition, post.is_newest) == (FIRST, SECOND, 2, True)
    assert post.url.endswith(SECOND)


def test_an_old_edition_knows_that_there_is_a_newer_one() -> None:
    post = read(row(FIRST, FIRST, SECOND))

    assert (post.ref.id, post.edition, post.is_newest) == (FIRST, 1, False)


@pytest.mark.parametrize("history", [(), (SECOND,)])
def test_a_post_that_was_never_edited_has_one_edition(history: tuple[str, ...]) -> None:
    post = read(row(SECOND, *history))

    assert (post.ref.id, post.this.id, post.edition, post.editions) == (SECOND, SECOND, 1, ())


class Shelf:
    """An adapter whose look-ups are answered from a shelf of rows; every call is noted."""

    def __init__(self, *rows: dict[str, Any]) -> None:
        tokens = Tokens("token")
        access = Access("http://127.0.0.1:1", "42", "NorthwindKettle", tokens, Drawer(tokens))
        self.channel = XChannel(access, now=lambda: NOW)
        self.rows = {told["id"]: told for told in rows}
        self.calls: list[list[str]] = []
        self.channel._line.call = self._answer  # type: ignore[method-assign, assignment]

    def _answer(self, _method: object, *, ids: list[str], **_fields: object) -> dict[str, Any]:
        self.calls.append(ids)
        return {"data": [self.rows[one] for one in ids if one in self.rows], "includes": {"users": [USER]}}


def test_a_look_up_under_an_old_id_finds_the_newest_words() -> None:
    shelf = Shelf(row(FIRST, FIRST, SECOND), row(SECOND, FIRST, SECOND), row(THIRD, THIRD))

    found = shelf.channel.lookup([Ref(FIRST), Ref(THIRD)])

    post = found[FIRST]
    assert isinstance(post, IncomingPost)
    assert (post.ref.id, post.this.id, post.text) == (FIRST, SECOND, f"@NorthwindKettle {SECOND}")
    assert shelf.calls == [[FIRST, THIRD], [SECOND]]


def test_a_look_up_that_shows_the_newest_under_the_old_id_is_no_deletion() -> None:
    shelf = Shelf(row(SECOND, FIRST, SECOND))
    shelf.rows[FIRST] = shelf.rows[SECOND]

    post = shelf.channel.lookup([Ref(FIRST)])[FIRST]

    assert isinstance(post, IncomingPost)
    assert post.edition == 2


def test_a_post_whose_newest_edition_is_gone_is_gone() -> None:
    shelf = Shelf(row(FIRST, FIRST, SECOND))

    assert isinstance(shelf.channel.lookup([Ref(FIRST)])[FIRST], Gone)
