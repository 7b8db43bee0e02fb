"""Words in disguise (``sc4m``, ``k*ll``, ``f***``, ``s h i t``), heard as what they stand for: by the cues alone.

Only a word that the lists of cues know can come out of a disguise, so that a price, a model's name or the number of an
order stays what it is. Handles, hashtags, addresses and links are never looked into.
"""

import re
from collections.abc import Collection, Iterator
from dataclasses import replace
from functools import cache

from app.triage.signals.cues import cue_index
from app.triage.signals.reading import WORDS_KEPT, Reading, plain_word

SHORTEST = 4
"""Shorter words are too often names of things: A5, 4k, B2B."""
LONGEST = 30

_STAND_FOR = dict(zip("01345789@$!|€", "oieastbgasiie", strict=True))
"""What is written for a letter, and the letter. For an l stands what stands for an i, so both are sought as i."""
_AS_SOUGHT = str.maketrans(_STAND_FOR | {"l": "i"})
_AS_READ = str.maketrans(_STAND_FOR)
_HIDES = frozenset("*#%")

_SUSPECT = re.compile(
    r"[013457-9\uff10-\uff19$€*|!@#%](?:(?<=[^\W\d_].)(?:(?<![!@#%])|(?=[!|]*[^\W_]|[*#%@$€]))|(?<![!@#%])(?=[^\W\d_]))"
)
"""A sign beside a letter. Most texts have none and pay for no more than this search."""
_MASKED = re.compile(
    r"(?<![^\s\"'\u2018-\u201f\u00ab([{<>,;!?\u2026])"
    rf"(?:[^\W_]|[$|€*])(?:[^\W_]|[!|$@€*#%\u00ad\u0300-\u036f\u200b-\u200d\u2060\ufeff]){{0,{LONGEST}}}(?<![!|])"
    r"(?![^\W_]|[@$€*#%_/\\=&]|[.:-]\w)"
)
"""All between two spaces, without the marks around it: nothing that goes on as an address, a path or a code does."""
_NUMBERED = re.compile(r"[1-9]\d*[a-z]+|[a-z]+\d*[1-9]\d*")
"""A number with its unit, or a name with its number, as they are no less often than they are disguises."""
_SPELLED_HINT = re.compile(r"[ .*_-][^\W\d_]([ .*_-])[^\W\d_]\1[^\W\d_](?!\w)")
_SPELLED = re.compile(
    rf"(?<![\w'\u2019])[^\W\d_]([ .*_-])[^\W\d_](?:\1[^\W\d_]){{2,{LONGEST}}}(?![\w'\u2019]|(?!\1)[.*_-][^\W\d_](?!\w))"
)
"""The last letter opens no other spelling: "a a a s-c-a-m"."""

UNSPEAKABLE = tuple(
    """fuck shit damn hell kill crap cunt dick cock arse twat slut suck hate scam bitch shite idiot prick whore sucks
    fucks fucked fucker shitty wanker murder idiots stupid fucking bastard asshole arsehole bastards assholes bullshit
    suicide killing motherfucker ass die fag""".split()  # noqa: SIM905 - a list of literals would fill a page
)
"""Words that people mask and readers know by a letter or two; of two that fit, the first is meant."""


class Lexicon:
    """The words that may come out of a disguise."""

    def __init__(self, words: Collection[str], prefixes: Collection[str]) -> None:
        self._words = {word for word in words if _is_plain(word)}
        self._prefixes = {prefix for prefix in prefixes if _is_plain(prefix)}
        self._sought: dict[str, list[str]] = {}
        for word in sorted(self._words):
            self._sought.setdefault(word.translate(_AS_SOUGHT), []).append(word)
        self._starts = {prefix.translate(_AS_SOUGHT): prefix for prefix in sorted(self._prefixes)}
        self._masked: dict[tuple[str, int], list[str]] = {}
        for word in sorted(self._words):
            self._masked.setdefault((word[0], len(word)), []).append(word)
        self._known: dict[str, str | None] = {}

    def behind(self, written: str) -> str | None:
        """Return the word that ``written`` stands for; None where it is no disguise of a word we know."""
        known = self._known.get(written, "")
        if known != "":
            return known
        if len(self._known) >= WORDS_KEPT:
            self._known.clear()
        word = self._known[written] = self._seek(plain_word(written.lower()))
        return word

    def spelled(self, letters: str, *, alone: bool) -> tuple[int, int, str] | None:
        """Return the word that single letters spell, with the first and the last of them (exclusive).

        Unless they stand ``alone``, the first or the last may be a word of its own: "a s c a m".
        """
        joined, size = plain_word(letters.lower()), len(letters)
        if len(joined) != size:
            return None
        ends = ((0, size),) if alone else ((0, size), (1, size), (0, size - 1), (1, size - 1))
        return next(((a, z, joined[a:z]) for a, z in ends if self._knows(joined[a:z])), None)

    def _knows(self, word: str) -> bool:
        return word in self._words or any(word[:size] in self._prefixes for size in range(SHORTEST, len(word) + 1))

    def _seek(self, plain: str) -> str | None:
        if plain.isalpha() or not any(map(str.isalpha, plain)):
            return None
        if _NUMBERED.fullmatch(plain):
            return _unspeakable(plain) if len(plain) >= SHORTEST else None
        if _HIDES.isdisjoint(plain):
            return self._in_signs(plain)
        bare = plain.strip("*#%")
        return self._under_stars(plain, bare) or (self.behind(bare) if len(bare) < len(plain) else None)

    def _in_signs(self, plain: str) -> str | None:
        sought = plain.translate(_AS_SOUGHT)
        for word in self._sought.get(sought, ()):
            if _fits(word, plain):
                return word
        for size in range(len(sought), SHORTEST - 1, -1):
            prefix = self._starts.get(sought[:size])
            if prefix and not plain[:size].isalpha() and _fits(prefix, plain[:size]):
                return prefix + plain[size:].translate(_AS_READ)
        return None

    def _under_stars(self, plain: str, bare: str) -> str | None:
        """Return a word of the same length. One of which little or no end is left must be unspeakable.

        A star after a whole word is a footnote's, or ends what is stressed.
        """
        if not plain[0].isalpha() or (bare.isalpha() and self._knows(bare)):
            return None
        return _unspeakable(plain) or self._half_seen(plain)

    def _half_seen(self, plain: str) -> str | None:
        size = len(plain)
        if size < SHORTEST or plain[-1] in _HIDES or 2 * sum(map(plain.count, _HIDES)) >= size:
            return None
        return next((word for word in self._masked.get((plain[0], size), ()) if _fits(word, plain)), None)


def _is_plain(word: str) -> bool:
    return len(word) >= SHORTEST and word.isascii() and word.isalpha()


def _unspeakable(plain: str) -> str | None:
    return next((word for word in UNSPEAKABLE if len(word) == len(plain) and _fits(word, plain)), None)


def _fits(word: str, plain: str) -> bool:
    """Whether each letter of ``word`` is what is written, what a sign stands for, or hidden."""
    return all(
        letter == sign or sign in _HIDES or _STAND_FOR.get(sign) == ("i" if letter == "l" else letter)
        for letter, sign in zip(word, plain, strict=True)
    )


@cache
def lexicon() -> Lexicon:
    """Return the words of all the lists of cues."""
    index = cue_index()
    return Lexicon(index.words, index.prefixes)


def undisguised(reading: Reading) -> Reading:
    """Return ``reading`` with the words that stand disguised in its text in plain letters; itself where none do."""
    text = reading.text
    found = list(_spelled_in(text)) if _SPELLED_HINT.search(text) else []
    if _SUSPECT.search(text):
        taken = {start for start, _, _ in found}
        found += [masked for masked in _masked_in(text) if masked[0] not in taken]
    return _exchanged(reading, found) if found else reading


def _spelled_in(text: str) -> Iterator[tuple[int, int, str]]:
    for match in _SPELLED.finditer(text):
        spelled = lexicon().spelled(match.group()[::2], alone=match.group(1) != " ")
        if spelled:
            first, last, word = spelled
            yield match.start() + 2 * first, match.start() + 2 * last - 1, word


def _masked_in(text: str) -> Iterator[tuple[int, int, str]]:
    behind = lexicon().behind
    for match in _MASKED.finditer(text):
        if not match.group().isalpha() and (word := behind(match.group())):
            yield (*match.span(), word)


def _exchanged(reading: Reading, found: list[tuple[int, int, str]]) -> Reading:
    """Put each word found in the place of the pieces it was cut into."""
    covered = {at for start, end, _ in found for at in range(start, end)}
    pieces = zip(reading.spans[1:-1], reading.words[1:-1], strict=True)
    kept = [(*span, word) for span, word in pieces if covered.isdisjoint(range(*span))]
    placed = sorted(kept + found)
    words = [reading.words[0], *(word for _, _, word in placed), reading.words[-1]]
    spans = [reading.spans[0], *((start, end) for start, end, _ in placed), reading.spans[-1]]
    return replace(reading, words=words, spans=spans)
