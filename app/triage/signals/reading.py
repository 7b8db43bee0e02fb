"""A text cut into words once, for all signals."""

import re
import unicodedata
from dataclasses import dataclass

ANALYSED_CHARS = 4_000
"""Nothing beyond this many characters is read: no network's post is longer but a forum's or a mail, whose start tells enough."""

HANDLE, LINK, STOP, ASK, NUMBER, NTH, MONEY = "<at>", "<link>", "<stop>", "<ask>", "<n>", "<nth>", "<money>"

_TOKEN = re.compile(
    r"https?://\S+|www\.\S+|@\w+|\d+(?:st|nd|rd|th)(?!\w)|\d+|[^\W\d]\w*(?:['\u2019`]\w+)*|[.!?…]+|[$£€₹¥]"
    r"|[\u2600-\u27bf\U0001f300-\U0001faff]|[:;=][-']?[()/|D\[\]]",
    re.IGNORECASE,
)
_OPENING = frozenset({HANDLE, STOP, ASK})
_EDGES = " \t\r\n.,;"
WORDS_KEPT = 20_000


@dataclass(frozen=True, slots=True)
class Reading:
    """One text and its words; ``spans[i]`` is where ``words[i]`` stands in ``text``."""

    text: str
    """At most ANALYSED_CHARS of it."""
    words: list[str]
    """Lower case, without accents; handles, links, numbers and sentence ends as the marks above. A sentence end stands
    before the first and after the last, so that a phrase can say where it wants to be."""
    spans: list[tuple[int, int]]
    was_cut: bool

    def quote(self, first: int, last: int) -> str:
        """Return the words from ``first`` up to ``last`` (exclusive) as the author wrote them, without a handle before."""
        if last - first > 1 and self.words[first] in _OPENING:
            first += 1
        return self.text[self.spans[first][0] : self.spans[last - 1][1]].strip(_EDGES)


class _Folded(dict[str, str]):
    """Spelling to word; forgets everything when full."""

    def __missing__(self, raw: str) -> str:
        word = _fold(raw)
        if len(self) >= WORDS_KEPT:
            self.clear()
        self[raw] = word
        return word


def _fold(raw: str) -> str:
    head = raw[0]
    if head == "@":
        return HANDLE
    if head in ".!?…":
        return ASK if "?" in raw else STOP
    if head.isdigit():
        return NUMBER if raw.isdecimal() else NTH
    if head in "$£€₹¥":
        return MONEY
    low = raw.lower()
    if low.startswith(("http://", "https://", "www.")):
        return LINK
    return fold_word(low)


def fold_word(word: str) -> str:
    """Write ``word`` without accents and with plain apostrophes."""
    if word.isascii():
        return word.replace("`", "'")
    plain = unicodedata.normalize("NFKD", word.replace("\u2019", "'"))
    return "".join(c for c in plain if not unicodedata.combining(c)).lower()


_folded = _Folded()


def read(text: str) -> Reading:
    """Cut ``text`` into words."""
    head = text[:ANALYSED_CHARS]
    found = list(_TOKEN.finditer(head))
    return Reading(
        text=head,
        words=[STOP, *[_folded[match.group()] for match in found], STOP],
        spans=[(0, 0), *[match.span() for match in found], (len(head), len(head))],
        was_cut=len(text) > ANALYSED_CHARS,
    )
