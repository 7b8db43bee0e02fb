"""How a text is written, whatever it says: capitals, marks, links, a signature."""

import re
from dataclasses import dataclass

from app.triage.signals.reading import Reading, signs_in

_BUREAUCRATIC = frozenset(
    ("RT", "OK", "TV", "DM", "US", "UK", "USA", "PC", "ID", "PIN", "SMS", "WWW", "HTTP", "LOL", "OMG")
)
_SIGNED = re.compile(r"\^ ?[A-Z][A-Za-z]{0,8}[\s.]*$")
"""As a brand's agents sign: "^KM"."""
_AGENTS = re.compile(
    r"\b(?:sorry to (?:hear|see)|(?:we['\u2019]re|we are) (?:\w+ )?sorry|apologi[sz]e for|(?:dm|send|message|write|tell) us|let us know"
    r"|share .{1,30} with us|(?:send|pop|drop) (?:us )?an? (?:dm|message)|thanks for (?:reaching|getting|letting|your)"
    r"|we(?:['\u2019]ll| will| can) (?:take|look|check|get|help))\b",
    re.IGNORECASE,
)
"""What agents write, and customers do not: a signature alone anybody can type."""


@dataclass(frozen=True, slots=True)
class Shape:
    """The look of one text."""

    words: int
    """Without handles, links and marks."""
    shouted: int
    """Words of four letters or more in capitals."""
    exclamations: int
    questions: int
    both: bool
    """Marks such as ?! stand together."""
    links: int
    is_signed: bool
    """As an agent signs who answers for a brand."""


def shape_of(reading: Reading) -> Shape:
    """Look at ``reading``."""
    text, words = reading.text, reading.words
    marks = [word for word in words if word[0] == "<"]
    signs = 0 if text.isascii() else signs_in(words)  # about two make a word
    shouted = 0
    if not text.islower():
        shouted = sum(
            1
            for (start, end), word in zip(reading.spans, words, strict=True)
            if end - start >= 4
            and word[0] != "<"
            and text[start:end].isupper()
            and text[start:end] not in _BUREAUCRATIC
        )
    return Shape(
        words=len(words) - sum(1 for mark in marks if mark not in ("<n>", "<nth>", "<money>")) - signs // 2,
        shouted=shouted,
        exclamations=text.count("!") + text.count("\uff01"),
        questions=text.count("?") + text.count("\u061f") + text.count("\uff1f"),
        both="?!" in text or "!?" in text,
        links=marks.count("<link>"),
        is_signed="^" in text and _SIGNED.search(text) is not None and _AGENTS.search(text) is not None,
    )
