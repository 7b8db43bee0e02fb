"""X's own count of a text, and the form in which two texts are the same post."""

import html
import re
import unicodedata
import warnings
from collections.abc import Mapping, Sequence
from typing import Any

from app.channels.types import TextCheck

with warnings.catch_warnings():
    # It reads its table of emojis by pkg_resources, which warns whoever imports it.
    warnings.simplefilter("ignore")
    from twitter_text import parse_tweet

LIMIT = 280
LINK_LENGTH = 23
_SCHEME = re.compile(r"https?://", re.IGNORECASE)
_LEADING_HANDLES = re.compile(r"^(?:@\w{1,15}\s+)+")
_LINK_END = re.compile(r"/(?=\s|$)")
_CASHTAG = re.compile(r"(?<!\S)\$[A-Za-z]{1,6}\b")
_SPACES = re.compile(r"(\s+)")

# The counter's search for links is quadratic in a word without spaces: 1.3 s at 1,000 characters of "a.a.a.".
_WORD_PARSED = 200
_TEXT_PARSED = 2000


def check(text: str) -> TextCheck:
    """Count a text as X does: 280 weighted characters, a link 23, an emoji 2.

    Warnings: ``link`` (X charges more for it), ``cashtags`` (X refuses a second one).
    """
    text = unicodedata.normalize("NFC", text)
    links = bool(_SCHEME.search(text))
    warned = [code for code, true in (("link", links), ("cashtags", len(_CASHTAG.findall(text)) > 1)) if true]
    return TextCheck(length=weight(text), limit=LIMIT, warnings=tuple(warned))


def weight(text: str) -> int:
    """Return the weighted length; what is far too long is counted roughly, and stays far too long."""
    if len(text) > _TEXT_PARSED:
        return max(len(text), LIMIT + 1)
    return sum(_word_weight(part) for part in _SPACES.split(text))


def _word_weight(word: str) -> int:
    if len(word) <= _WORD_PARSED or "." not in word:
        return int(parse_tweet(word).weightedLength)
    scheme = _SCHEME.search(word)
    if scheme is None:
        return len(word)
    return int(parse_tweet(word[: scheme.start()]).weightedLength) + LINK_LENGTH


def clean(text: object) -> str:
    """Return a text that every database and page can carry: no NUL, no half surrogate, entities undone once."""
    if not isinstance(text, str):
        return ""
    undone = text.replace("&lt;", "<").replace("&gt;", ">").replace("&amp;", "&")
    return undone.replace("\x00", "").encode("utf-16", "surrogatepass").decode("utf-16", "replace")


def expand(text: str, urls: Sequence[Mapping[str, Any]]) -> str:
    """Put the links as they were written where X has put its own short ones."""
    for entity in urls:
        short, full = entity.get("url"), entity.get("expanded_url") or entity.get("unwound_url")
        if isinstance(short, str) and short and isinstance(full, str) and full:
            text = text.replace(short, clean(full))
    return text


def repeats(said: object, text: str) -> bool:
    """Whether what X says it posted can be our text; words with a dot are left out, since X makes its own links of some."""
    if not isinstance(said, str):
        return True
    ours, theirs = ([word for word in same_words(each).split() if "." not in word[:-1]] for each in (text, clean(said)))
    return ours == theirs


def same_words(text: str) -> str:
    """Return the form in which a text we sent equals the same text read back from X."""
    text = unicodedata.normalize("NFC", html.unescape(text))
    text = " ".join(_LEADING_HANDLES.sub("", text).split())
    return _LINK_END.sub("", _SCHEME.sub("", text))
