"""What strangers send, and how to see on a page that it stayed words."""

import html
import json
import re
from functools import lru_cache
from html.parser import HTMLParser
from pathlib import Path

from app.channels.adapters.x_text import clean

ROWS = [json.loads(line) for line in (Path(__file__).parent / "data" / "hostile_inputs.jsonl").read_text().splitlines()]
#: Id and text as the listener stores it; a post that is left with no words is erased everywhere.
TEXTS = [(row["id"], text) for row in ROWS if (text := clean(row["text"]))]


class Shape(HTMLParser):
    """The elements of a page with the names of their attributes, and the addresses it leads to."""

    def __init__(self, text: str) -> None:
        super().__init__()
        self.elements: list[tuple[str, tuple[str, ...]]] = []
        self.addresses: list[str] = []
        self.feed(text)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        # Links in a post's words are made by ours, and only their address is the stranger's.
        if tag == "a" and ("rel", "nofollow ugc noopener") in attrs:
            self.addresses.append(dict(attrs)["href"] or "")
            return
        self.elements.append((tag, tuple(sorted(name for name, _value in attrs))))


@lru_cache
def _usual(page: str) -> Shape:
    return Shape(page)


#: What our own checks add to the page of a reply: a finding with its drawing, and a mark round what changed.
FINDINGS = frozenset(
    {("li", ("class",)), ("span", ()), ("span", ("class",)), ("svg", ("aria-hidden", "class")), ("use", ("href",))}
)


def assert_only_words(
    page: str, text: str, *, plain: str, row: str, but: frozenset[tuple[str, tuple[str, ...]]] = frozenset()
) -> None:
    """Check that ``page`` differs from ``plain``, which shows harmless words in the same places, by words alone.

    Elements like those in ``but`` may come and go with the words.
    """
    shape = Shape(page)
    elements, usual = (sorted(each for each in one.elements if each not in but) for one in (shape, _usual(plain)))
    assert elements == usual, row
    assert all(re.match(r"https?://", address) for address in shape.addresses), row
    words = html.unescape(re.sub(r"<[^>]*>", "", page))
    assert html.unescape(text).split() == [] or text.split()[0] in words or "http" in text, row
