"""What is counted of a text for what was learnt: words, pairs of words, pieces of words, and marks of its form.

Training and reading must count alike, so both count here. A text holds a feature or does not: how often does not matter.
"""

import re
from collections.abc import Iterator, Sequence
from itertools import pairwise

from app.triage.signals.reading import Reading

PIECE_CHARS = (3, 4, 5)
LONGEST_WORD = 24
"""Of a word so many characters are cut into pieces: what is longer is a hashtag, a fist on the keyboard or an attack."""

_EDGE = "\u00b7"
_SHOUT = re.compile(r"\b[A-Z]{3,}\b")
_DIGITS = re.compile(r"\d+")
_MIXED = re.compile(r"[a-z]\d|\d[a-z]", re.IGNORECASE)
_POINTED = "&/*-+!?"


def features_of_word(word: str) -> Iterator[str]:
    """Name what one word counts for: itself and its pieces of 3 to 5 characters; a mark of the reader has no pieces."""
    yield word
    if word[0] == "<":
        return
    edged = f"{_EDGE}{word[:LONGEST_WORD]}{_EDGE}"
    for size in PIECE_CHARS:
        for start in range(len(edged) - size + 1):
            yield _EDGE + edged[start : start + size]


def features_of_pairs(words: Sequence[str]) -> Iterator[str]:
    """Name what neighbours count for."""
    return (f"{first} {second}" for first, second in pairwise(words))


def features_of_form(text: str) -> Iterator[str]:
    """Name what the look of a text counts for: its length, capitals, numbers and marks, in steps."""
    yield f"#chars{min(8, len(text) // 25)}"
    yield f"#shouts{min(5, len(_SHOUT.findall(text)))}"
    numbers = _DIGITS.findall(text)
    yield f"#digits{min(10, sum(map(len, numbers)) // 2)}"
    for number in numbers:
        yield f"#number{min(12, len(number))}"
    if numbers and _MIXED.search(text):
        yield "#mixed"
    for mark in _POINTED:
        if mark in text:
            yield f"#{mark}"


def is_of_form(feature: str) -> bool:
    """Whether a feature says how a text looks rather than what it says."""
    return feature[0] == "#"


def is_of_place(feature: str) -> bool:
    """Whether a feature depends on the network: there are handles on some, and on some a picture is a link."""
    return "<at>" in feature or "<link>" in feature


def features_of(reading: Reading) -> set[str]:
    """Name everything that is counted of a text."""
    found = set(features_of_pairs(reading.words))
    found.update(features_of_form(reading.text))
    for word in set(reading.words):
        found.update(features_of_word(word))
    return found
