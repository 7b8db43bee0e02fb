"""A text as a few numbers by which others that say the same are found; pure.

Broder's MinHash over a text's words, cut into bands: of two texts that share seven words of ten, one band at least is
the same nineteen times in twenty; of two that share three of ten, once in seven, and then their sketches tell them apart.
"""

import re
import unicodedata
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache
from hashlib import blake2b
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from app.triage.signals.reading import ANALYSED_CHARS

MINS, BANDS, ROWS = 24, 6, 3
WORDS_KEPT = 64
"""Of a longer text the first so many tell what it is about."""
LEAST_WORDS = 3
"""Who says less says nothing that others could say too."""
LEAST_TELLING = 4
"""With fewer words that tell, only the very same words are the same."""
LEAST_SHARE = 0.5
"""So many of two sketches' numbers agree where two texts say the same."""

_LEFT_OUT = re.compile(r"https?://\S+|www\.\S+|(?<!\w)@\w+", re.IGNORECASE)
_WORD = re.compile(r"[^\W_]+(?:['\u2019][^\W_]+)*|\?")
#: Scripts that put no space between words; pairs of signs stand for words there.
_UNSPACED = re.compile(r"[\u0e00-\u0eff\u3040-\u30ff\u3400-\u9fff]{2,}")

_U64 = np.uint64
Numbers = NDArray[np.uint64]


def _constants(count: int, purpose: str) -> Numbers:
    """Return odd numbers that are the same on every machine and for ever: stored keys hang on them."""
    drawn = (blake2b(f"{purpose} {n}".encode(), digest_size=8).digest() for n in range(count))
    return np.array([int.from_bytes(each, "big") | 1 for each in drawn], dtype=_U64)


_TIMES, _PLUS = _constants(MINS, "times"), _constants(MINS, "plus")
_MIX, _OF_BAND = _constants(ROWS, "mix"), _constants(BANDS, "band")
_HIGH = _U64(32)


@dataclass(frozen=True, slots=True)
class Sketch:
    """What is kept of a text; nobody can read the text from it."""

    exact: int
    """The key of the text as it was written, spaces aside."""
    same: int
    """The key of exactly these words, in this order."""
    bands: tuple[int, ...]
    """Keys of which similar texts have some in common; none where too few words tell anything."""
    mins: str
    """A byte for each of ``MINS`` numbers, in hexadecimal; "" where there are no bands."""


def sketch_of(text: str) -> Sketch | None:
    """Return the sketch of ``text``; None where it says too little. Handles, links, capitals and most marks do not count."""
    words = list(_words(text))
    if len(words) < LEAST_WORDS:
        return None
    telling = list(dict.fromkeys(word for word in words if _tells(word)))[:WORDS_KEPT]
    exact, same = _key(" ".join(text[:ANALYSED_CHARS].split())), _key(" ".join(words))
    if len(telling) < LEAST_TELLING:
        return Sketch(exact, same, (), "")
    numbers = np.array([_number(word) for word in telling], dtype=_U64)
    mins = ((numbers[:, None] * _TIMES + _PLUS) >> _HIGH).min(axis=0)
    banded = mins[: BANDS * ROWS].reshape(BANDS, ROWS)
    keys = (banded * _MIX).sum(axis=1, dtype=_U64) * _OF_BAND + _OF_BAND
    return Sketch(
        exact, same, tuple(keys.view(np.int64).tolist()), (mins & _U64(0xFF)).astype(np.uint8).tobytes().hex()
    )


def share_of(one: str, other: str) -> float:
    """Return how many of two sketches' numbers agree, 0..1: about the share of words that their texts have in common."""
    if not one or not other:
        return 0.0
    pairs = zip(bytes.fromhex(one), bytes.fromhex(other), strict=True)
    return sum(a == b for a, b in pairs) / MINS


def key_of_author(exact: int, author_id: int) -> int:
    """Return the key of this very text from this author."""
    return _key(f"{author_id} {exact}")


def _words(text: str) -> Iterator[str]:
    plain = text[:ANALYSED_CHARS]
    if not plain.isascii():
        plain = unicodedata.normalize("NFKC", plain).replace("\u2019", "'")
    plain = _LEFT_OUT.sub(" ", plain).casefold()
    if plain.isascii():
        return iter(_WORD.findall(plain))
    return iter(_WORD.findall(_UNSPACED.sub(_in_pairs, plain)))


def _in_pairs(found: re.Match[str]) -> str:
    signs = found[0]
    return " ".join(["", *(signs[at : at + 2] for at in range(len(signs) - 1)), ""])


def _tells(word: str) -> bool:
    """Say whether a word tells what a text is about: numbers differ from customer to customer."""
    return len(word) > 1 and word not in _common() and not word.isdecimal()


def _key(words: str) -> int:
    return int.from_bytes(blake2b(words.encode("utf-8", "replace"), digest_size=8).digest(), "big", signed=True)


_numbers: dict[str, int] = {}
NUMBERS_KEPT = 20_000


def _number(word: str) -> int:
    """Return a word's number, remembered for ``NUMBERS_KEPT`` words at most."""
    found = _numbers.get(word)
    if found is None:
        if len(_numbers) >= NUMBERS_KEPT:
            _numbers.clear()
        found = _numbers[word] = _key(word) & 0xFFFFFFFFFFFFFFFF
    return found


@cache
def _common() -> frozenset[str]:
    return frozenset((Path(__file__).parent / "common_words.txt").read_text(encoding="utf-8").split())
