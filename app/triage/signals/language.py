"""Which language a text is written in."""

import re
from functools import cache

from py3langid.langid import MODEL_FILE, LanguageIdentifier

UNKNOWN = "und"
LANGUAGES = ("ar", "bn", "cs", "da", "de", "el", "en", "es", "fa", "fi", "fr", "he", "hi", "hu", "id", "it", "ja", "ko",
             "nl", "no", "pl", "pt", "ro", "ru", "sv", "th", "tr", "uk", "vi", "zh")  # fmt: skip
CLEAR_CHARS = 20
"""Below this many letters the network's own tag, where there is one, is trusted more than the model."""
READ_CHARS = 400

_NOT_WORDS = re.compile(r"https?://\S+|www\.\S+|@\w+|[#_\d]+")
_LETTERS = re.compile(r"[^\W\d_]{2,}")


@cache
def _identifier() -> LanguageIdentifier:
    identifier = LanguageIdentifier.from_model_file(MODEL_FILE)
    identifier.set_languages(LANGUAGES)
    return identifier


def language_of(text: str, *, hint: str | None = None) -> str:
    """Return the ISO 639-1 code; ``hint`` is the network's own tag and decides for short texts."""
    plain = _NOT_WORDS.sub(" ", text[:READ_CHARS])
    letters = sum(map(len, _LETTERS.findall(plain)))
    hinted = (hint or "").lower().partition("-")[0]
    if letters < CLEAR_CHARS and len(hinted) == 2:
        return hinted
    if letters == 0:
        return UNKNOWN
    code: str = _identifier().classify(plain)[0]
    return code
