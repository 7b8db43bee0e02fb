"""Pure: signs that make a text read otherwise than it is: hidden, turning, tagged, or borrowed from another alphabet."""

import re
import unicodedata

_FILLERS = frozenset("\u3164\u115f\u1160\uffa0\u2800\u034f")
_ZWNJ, _ZWJ = "\u200c", "\u200d"
_KEPT = frozenset("\n\t\r")
_REFUSED = frozenset({"Cf", "Cc", "Co", "Cs"})
#: Alphabets whose letters look like one another's.
_LOOKALIKE = ("LATIN", "CYRILLIC", "GREEK", "ARMENIAN", "CHEROKEE", "COPTIC")
#: Greek letters that stand in Latin text as units.
_UNITS = frozenset("μΩπΔ")
_WORD = re.compile(r"[^\W\d_]{2,}")
STACKED = 4
"""More marks than this on one letter leave its line."""
_STACKED = STACKED + 1


def clean(text: str) -> str:
    """Return a text that every database and page can carry: one kind of line end, no NUL, no half surrogate."""
    whole = text.encode("utf-16", "surrogatepass").decode("utf-16", "replace")
    return whole.replace("\x00", "").replace("\r\n", "\n").replace("\r", "\n")


def hidden_marks(text: str) -> list[str]:
    """Return the signs nobody sees and no reply may carry, as ``U+202E``, each once; joiners inside emoji may stay."""
    found = [sign for place, sign in enumerate(text) if _is_hidden(text, place, sign)]
    return [f"U+{ord(sign):04X}" for sign in dict.fromkeys(found)]


def _is_hidden(text: str, place: int, sign: str) -> bool:
    if sign.isascii() and sign.isprintable():
        return False
    if sign in _KEPT:
        return False
    if sign in _FILLERS:
        return True
    if sign == _ZWJ:
        return not _joins_emoji(text, place)
    if sign == _ZWNJ:
        return not _joins_letters(text, place)
    return unicodedata.category(sign) in _REFUSED


def _joins_emoji(text: str, place: int) -> bool:
    before, after = text[max(0, place - 1) : place], text[place + 1 : place + 2]
    return (_is_emoji(before) or _joins_letters(text, place)) and bool(after)


def _is_emoji(sign: str) -> bool:
    return bool(sign) and (sign == "\ufe0f" or unicodedata.category(sign) in {"So", "Sk"})


def _joins_letters(text: str, place: int) -> bool:
    """Persian and the scripts of India write with joiners between their own letters."""
    around = text[max(0, place - 1) : place], text[place + 1 : place + 2]
    return all(sign and ord(sign) >= 0x0600 and unicodedata.category(sign)[0] in "LM" for sign in around)


def mixed_words(text: str) -> list[str]:
    """Return the words that mix alphabets which look alike."""
    return [word for word in _WORD.findall(text) if len(_alphabets(word)) > 1]


def _alphabets(word: str) -> set[str]:
    if word.isascii():
        return {"LATIN"}
    names = (unicodedata.name(letter, "").partition(" ")[0] for letter in word if letter not in _UNITS)
    return {name for name in names if name in _LOOKALIKE}


def has_stacked_marks(text: str) -> bool:
    """Say whether some letter carries so many marks that it covers the lines around it."""
    run = 0
    for sign in text:
        run = run + 1 if unicodedata.category(sign) in {"Mn", "Me"} else 0
        if run >= _STACKED:
            return True
    return False


def is_blank(text: str) -> bool:
    """Say whether nothing visible is left."""
    return not any(
        sign not in _FILLERS and unicodedata.category(sign)[0] not in "CZ" and unicodedata.category(sign) != "Mn"
        for sign in text
    )
