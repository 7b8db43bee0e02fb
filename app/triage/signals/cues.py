"""Cue phrases: read from the lists beside the signals, found in a text in one pass.

A list is a text file. ``[signal code weight]`` opens a section, every further line is a
phrase, ``#`` starts a comment. Words of a phrase are separated by spaces; ``a|b`` is
either word, ``word*`` any ending, ``word?`` may be missing, ``..`` stands for up to
three words of the same sentence, and the marks of the reader (``<n>``, ``<nth>``,
``<money>``, ``<at>``, ``<link>``, ``<ask>``) for what they mark. Accents do not count.
Of a script without spaces a phrase stands for its signs, wherever they stand together.
"""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from functools import cache
from itertools import product
from pathlib import Path
from typing import NamedTuple

from app.triage.signals.reading import ASK, NTH, NUMBER, STOP, WORDS_KEPT, Reading, pieces_of, plain_word, signs_in

LISTS = Path(__file__).parent / "lists"
GAP_WORDS = 3
GAP_SIGNS = 8
_NUMBERS = frozenset(["two", "three", "four", "five", "six", "seven", "eight", "nine", "ten", "eleven", "twelve"])
_NTHS = frozenset(["second", "third", "fourth", "fifth", "sixth", "seventh", "umpteenth"])
_ENDS = frozenset({STOP, ASK})


@dataclass(frozen=True, slots=True)
class Element:
    """One place of a phrase: the words that fit it."""

    words: frozenset[str]
    prefixes: tuple[str, ...] = ()
    is_optional: bool = False
    is_gap: bool = False
    most_skipped: int = GAP_WORDS

    def fits(self, word: str) -> bool:
        return word in self.words or (bool(self.prefixes) and word.startswith(self.prefixes))


@dataclass(frozen=True, slots=True)
class Phrase:
    """A cue phrase with what it counts for."""

    signal: str
    code: str
    weight: float
    first: Element
    rest: tuple[Element, ...]


@dataclass(frozen=True, slots=True)
class Hit:
    """A phrase found at ``words[first:last]``."""

    phrase: Phrase
    first: int
    last: int


class ListError(ValueError):
    """A list of cues cannot be read."""


class Opening(NamedTuple):
    """The phrases a word opens, sorted by how quickly they can be settled."""

    alone: tuple[Phrase, ...]
    """The word is all there is."""
    by_next: Mapping[str, tuple[Phrase, ...]]
    """The next word must be one of a few."""
    others: tuple[Phrase, ...]
    """A gap, an open ending or a word that may be missing comes next."""


class CueIndex(dict[str, Opening]):
    """Phrases by their first word; a word's phrases are sought once and kept (at most WORDS_KEPT words).

    ``words`` and ``prefixes`` are those of all its phrases.
    """

    def __init__(self, phrases: Iterable[Phrase]) -> None:
        super().__init__()
        self._exact: dict[str, list[Phrase]] = {}
        self._open: list[Phrase] = []
        self.words: set[str] = set()
        self.prefixes: set[str] = set()
        for phrase in phrases:
            for element in (phrase.first, *phrase.rest):
                self.words |= element.words
                self.prefixes.update(element.prefixes)
            if phrase.first.prefixes:
                self._open.append(phrase)
            for word in phrase.first.words:
                self._exact.setdefault(word, []).append(phrase)

    def __missing__(self, word: str) -> Opening:
        opening = _sorted([*self._exact.get(word, ()), *(p for p in self._open if word.startswith(p.first.prefixes))])
        if len(self) >= WORDS_KEPT:
            self.clear()
        self[word] = opening
        return opening

    def find(self, reading: Reading) -> list[Hit]:
        """Return every phrase in the text, in reading order."""
        words = reading.words
        hits = []
        for at, word in enumerate(words):
            opening = self[word]
            if opening is _NOTHING:
                continue
            alone, by_next, others = opening
            hits += [Hit(phrase, at, at + 1) for phrase in alone]
            if by_next and at + 1 < len(words):
                following = by_next.get(words[at + 1], ())
                hits += [Hit(p, at, last) for p in following if (last := _end(p.rest, 1, words, at + 2))]
            if others:
                hits += [Hit(p, at, last) for p in others if (last := _end(p.rest, 0, words, at + 1))]
        return hits


_NOTHING = Opening((), {}, ())


def _sorted(phrases: list[Phrase]) -> Opening:
    if not phrases:
        return _NOTHING
    by_next: dict[str, list[Phrase]] = {}
    others = []
    for phrase in phrases:
        if not phrase.rest:
            continue
        following = phrase.rest[0]
        if following.is_gap or following.is_optional or following.prefixes:
            others.append(phrase)
            continue
        for word in following.words:
            by_next.setdefault(word, []).append(phrase)
    alone = tuple(phrase for phrase in phrases if not phrase.rest)
    return Opening(alone, {word: tuple(found) for word, found in by_next.items()}, tuple(others))


def _end(rest: tuple[Element, ...], k: int, words: list[str], at: int) -> int:
    """Where the phrase ends when its ``k``-th place stands at ``at``; 0 when it does not."""
    if k == len(rest):
        return at
    element = rest[k]
    if element.is_gap:
        return _after_gap(rest, k + 1, words, at, element.most_skipped)
    if at < len(words) and element.fits(words[at]):
        found = _end(rest, k + 1, words, at + 1)
        if found:
            return found
    return _end(rest, k + 1, words, at) if element.is_optional else 0


def _after_gap(rest: tuple[Element, ...], k: int, words: list[str], at: int, most: int) -> int:
    for skipped in range(most + 1):
        found = _end(rest, k, words, at + skipped)
        if found:
            return found
        if at + skipped >= len(words) or words[at + skipped] in _ENDS:
            return 0
    return 0


def phrases_of(text: str) -> Iterator[Phrase]:
    """Read the phrases of one list.

    Raises:
        ListError: a line stands outside a section, a heading is not ``[signal code weight]``, or a phrase opens with
            a gap or a word that may be missing.
    """
    head: tuple[str, str, float] | None = None
    for number, raw in enumerate(text.splitlines(), start=1):
        line = raw.partition("#")[0].strip()
        if not line:
            continue
        if line.startswith("["):
            head = _heading(line, number)
            continue
        if head is None:
            raise ListError(f"line {number}: a phrase before the first heading")
        for words in _ways_to_write(line):
            gap = GAP_SIGNS if signs_in(words) else GAP_WORDS
            elements = [_element(word, gap) for word in words]
            if elements[0].is_gap or elements[0].is_optional:
                raise ListError(f"line {number}: a phrase must open with a word")
            yield Phrase(*head, first=elements[0], rest=tuple(elements[1:]))


def _ways_to_write(line: str) -> Iterator[list[str]]:
    """Return the words of the phrase; where signs are words, one phrase for each choice."""
    if not signs_in(list(line)):
        yield line.split()
        return
    for way in product(*(word.split("|") for word in line.split())):
        yield [piece for choice in way for piece in pieces_of(choice)]


def _heading(line: str, number: int) -> tuple[str, str, float]:
    try:
        signal, code, weight = line.strip("[]").split()
        return signal, code, float(weight)
    except ValueError as error:
        raise ListError(f"line {number}: not a heading [signal code weight]: {line}") from error


def _element(written: str, gap: int) -> Element:
    if written == "..":
        return Element(frozenset(), is_gap=True, most_skipped=gap)
    is_optional = written.endswith("?")
    words: set[str] = set()
    prefixes: list[str] = []
    for choice in written.removesuffix("?").split("|"):
        folded = plain_word(choice.lower())
        if folded.endswith("*"):
            prefixes.append(folded[:-1])
        else:
            words.add(folded)
    if NUMBER in words:
        words |= _NUMBERS
    if NTH in words:
        words |= _NTHS
    return Element(frozenset(words), tuple(prefixes), is_optional)


@cache
def cue_index() -> CueIndex:
    """Return the process's index over every list in ``lists/``.

    Raises:
        ListError: a list cannot be read; it says which and where.
    """
    phrases: list[Phrase] = []
    for file in sorted(LISTS.glob("*.txt")):
        try:
            phrases += phrases_of(file.read_text(encoding="utf-8"))
        except ListError as error:
            raise ListError(f"{file.name}, {error}") from error
    return CueIndex(phrases)
