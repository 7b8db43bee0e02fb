"""The words that a spike's posts have in common and the posts before it had not; pure."""

import math
import re
from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Final

#: A word that fewer posts hold tells of one customer, not of what is going on.
FEWEST_POSTS: Final = 3
LEAST_RATIO: Final = 2.0
SHOWN: Final = 12
_NO_WORDS: Final = re.compile(r"https?://\S+|[@#]\w+")
_WORD: Final = re.compile(r"[^\W\d_]{3,}")


@dataclass(frozen=True, slots=True)
class Word:
    """A word, and how many of the posts hold it."""

    text: str
    posts: int


def words_standing_out(now: Sequence[str], before: Sequence[str]) -> list[Word]:
    """Return the words that far more posts hold now than before, the most telling first.

    A word that is as frequent before, as "the" is in any language, tells nothing; so no list of such words is needed.
    """
    held, held_before = _held(now), _held(before)
    telling = []
    for word, posts in held.items():
        share, share_before = (posts + 0.5) / (len(now) + 1), (held_before[word] + 0.5) / (len(before) + 1)
        if posts >= FEWEST_POSTS and share >= LEAST_RATIO * share_before:
            telling.append((posts * math.log(share / share_before), Word(word, posts)))
    return [word for _weight, word in sorted(telling, key=lambda pair: (-pair[0], pair[1].text))][:SHOWN]


def _held(texts: Iterable[str]) -> Counter[str]:
    """Return how many texts hold each word."""
    held: Counter[str] = Counter()
    for text in texts:
        held.update(set(_WORD.findall(_NO_WORDS.sub(" ", text).casefold())))
    return held
