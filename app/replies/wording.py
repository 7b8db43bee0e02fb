"""Pure: how a reply reads: promises nobody gave it the right to make, a raised voice, the same words once more."""

import re
from collections.abc import Iterable, Sequence

ALIKE = 0.8
_SHOUTED_WORDS = 3
_SHINGLE = 3
_WORDS = re.compile(r"\w+")
_LINK = re.compile(r"https?://\S+")
_PLACEHOLDER = re.compile(
    r"\{[^{}\n]{0,60}\}|\[(?:name|product|model|link|order|your [a-z ]{1,20})\]|<(?:name|product|link)>", re.IGNORECASE
)
_DAYS = "mon|tues|wednes|thurs|fri|satur|sun"
_PROMISES = re.compile(
    r"\b(?:refund\w*|money[ -]back|reimburs\w+|compensat\w+|guarante\w+|warrant(?:y|ies) (?:will|covers)|i promise|we promise|promised?"
    r"|free (?:replacement|repair|of charge)|we['\u2019]?ll (?:send|replace|pay|refund)|we will (?:send|replace|pay|refund)"
    rf"|by (?:(?:{_DAYS})day|tomorrow|tonight|next week)|(?:with)?in \d{{1,3}} (?:hours?|days?|weeks?)|next week"
    r"|(?:perfectly|completely|totally|100 ?%|is|are) safe|100 ?%|never fails?|always works?"
    r"|erstatt\w+|garantier\w+|garantie|versprech\w+|kostenlos\w*|reembols\w+|devoluci[oó]n|garant[ií]\w*|promet\w+"
    r"|rembours\w+|garanti\w*|promis|gratuit\w*)\b",
    re.IGNORECASE,
)
_BLAME = re.compile(
    r"\b(?:your (?:own )?fault|you should have|as i (?:already )?said|obviously|calm down|read the manual|rtfm|stupid|idiot\w*)\b",
    re.IGNORECASE,
)
_LOUD = re.compile(r"[!?]{3,}|!{2,}")


def placeholders(text: str) -> list[str]:
    """Return what was left to fill in, such as ``{name}``."""
    return _PLACEHOLDER.findall(text)


def promises(text: str) -> list[str]:
    """Return the words that read like a promise about money, time or safety, each once."""
    return _each_once(match.group() for match in _PROMISES.finditer(_LINK.sub(" ", text)))


def blame(text: str) -> list[str]:
    """Return the words that read like a reproach, each once."""
    return _each_once(match.group() for match in _BLAME.finditer(text))


def is_loud(text: str) -> bool:
    """Say whether a text shouts: several words in capitals, or a row of exclamation marks."""
    shouted = [word for word in _WORDS.findall(_LINK.sub(" ", text)) if len(word) > _SHINGLE and word.isupper()]
    return len(shouted) >= _SHOUTED_WORDS or _LOUD.search(text) is not None


def most_alike(text: str, earlier: Sequence[str]) -> float:
    """Return how far ``text`` repeats the nearest of ``earlier``: the share of three-word pieces in common, 0..1."""
    own = _shingles(text)
    if not own:
        return 0.0
    return max((len(own & other) / len(own | other) for other in map(_shingles, earlier) if other), default=0.0)


def _shingles(text: str) -> frozenset[tuple[str, ...]]:
    words = [word.lower() for word in _WORDS.findall(text)]
    return frozenset(tuple(words[at : at + _SHINGLE]) for at in range(len(words) - _SHINGLE + 1))


def _each_once(found: Iterable[str]) -> list[str]:
    return list({word.lower(): word for word in found}.values())
