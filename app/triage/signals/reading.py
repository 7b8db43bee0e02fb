"""A text cut into words once, for all signals."""

import re
import unicodedata
from dataclasses import dataclass

ANALYSED_CHARS = 4_000
"""Nothing beyond this many characters is read: no network's post is longer but a forum's or a mail, whose start tells enough."""

HANDLE, LINK, STOP, ASK, NUMBER, NTH, MONEY = "<at>", "<link>", "<stop>", "<ask>", "<n>", "<nth>", "<money>"

_SIGN = r"\u0e00-\u0eff\u1000-\u109f\u1780-\u17ff\u3041-\u3096\u30a1-\u30fc\u3400-\u9fff"
"""Of scripts that put no spaces between words."""
_INSIDE = (
    r"\u00ad\u0300-\u036f\u0591-\u05c7\u0610-\u061a\u0640\u064b-\u065f\u0670\u0900-\u0903\u093a-\u094f\u0951-\u0963"
    r"\u0980-\u0983\u09bc-\u09e3\u0a01-\u0a75\u0a80-\u0d63\u200b-\u200d\u2060\ufeff"
)
"""What Python takes for the end of a word and is part of it: vowel signs, accents, and characters that nobody sees."""


def _token(letters: str) -> re.Pattern[str]:
    return re.compile(
        rf"https?://\S+|www\.\S+|@\w+|\d+(?:st|nd|rd|th)(?!\w)|\d+|{letters}|[.!?…\u061f\u06d4\u0964\u3002\uff01\uff1f]+|[$£\u20ac₹¥]"
        r"|[\u2600-\u27bf\U0001f300-\U0001faff]|[:;=][-']?[()/|D\[\]]",
        re.IGNORECASE,
    )


_TOKEN = _token(r"[^\W\d]\w*(?:['\u2019`]\w+)*")
_ANY_TOKEN = _token(
    rf"[{_SIGN}]|[^\W\d{_SIGN}](?:[^\W{_SIGN}]|[{_INSIDE}])*(?:['\u2019`](?:[^\W{_SIGN}]|[{_INSIDE}])+)*"
)
"""For the scripts of the world: of one without spaces each sign is a word. It is slower, and so it is only used for them."""
_NEEDS_ANY = re.compile(rf"[{_SIGN}{_INSIDE}]")
_IS_SIGN = re.compile(rf"[{_SIGN}]").fullmatch
_OPENING = frozenset({HANDLE, STOP, ASK})
_ENDS = ".!?…\u061f\u06d4\u0964\u3002\uff01\uff1f"
_ASKS = frozenset("?\u061f\uff1f")
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
    if head in _ENDS:
        return STOP if _ASKS.isdisjoint(raw) else ASK
    if head.isdigit():
        return NUMBER if raw.isdecimal() else NTH
    if head in "$£€₹¥":
        return MONEY
    low = raw.lower()
    if low.startswith(("http://", "https://", "www.")):
        return LINK
    return plain_word(low)


def fold_word(word: str) -> str:
    """Write ``word`` without accents and with plain apostrophes."""
    if word.isascii():
        return word.replace("`", "'")
    plain = unicodedata.normalize("NFKD", word.replace("\u2019", "'"))
    return "".join(c for c in plain if not unicodedata.combining(c)).lower()


def plain_word(word: str) -> str:
    """Write a word, already in small letters, as the lists of cues have it.

    That is as `fold_word` does, without what nobody sees, in Latin letters where look-alikes stand among them, and in Arabic
    without the article.
    """
    if word.isascii():
        return fold_word(word)
    seen = fold_word(word.translate(_UNSEEN))
    if _ASCII_LETTER.search(seen):
        return seen.translate(_LOOKALIKES)
    return _ARTICLE.sub("", seen.translate(_ARABIC)) or word


_UNSEEN = dict.fromkeys([0xAD, 0x640, 0x200B, 0x200C, 0x200D, 0x2060, 0xFEFF])
_ASCII_LETTER = re.compile("[a-z]")
_LOOKALIKES = str.maketrans("аеорсухіјѕһԁոкмтɡοαειυρκνɑıłøđ", "aeopcyxijshdnkmtgoaeiupkvailod", "") | {
    ord("ß"): "ss",
    ord("œ"): "oe",
    ord("æ"): "ae",
}
_ARABIC = str.maketrans("ةىیک", "هييك")
_ARTICLE = re.compile(r"^(?:[وبفك]?ال|لل)(?=\w{3})")

_folded = _Folded()


def pieces_of(word: str) -> list[str]:
    """Return ``word``, or its signs where its script puts no spaces between words."""
    return [plain_word(sign) for sign in word if sign != "*"] if signs_in(list(word)) else [word]


def signs_in(words: list[str]) -> int:
    """Count the signs of scripts without spaces."""
    return sum(1 for word in words if len(word) == 1 and _IS_SIGN(word))


def read(text: str) -> Reading:
    """Cut ``text`` into words."""
    head = text[:ANALYSED_CHARS]
    token = _ANY_TOKEN if not head.isascii() and _NEEDS_ANY.search(head) else _TOKEN
    found = list(token.finditer(head))
    return Reading(
        text=head,
        words=[STOP, *[_folded[match.group()] for match in found], STOP],
        spans=[(0, 0), *[match.span() for match in found], (len(head), len(head))],
        was_cut=len(text) > ANALYSED_CHARS,
    )
