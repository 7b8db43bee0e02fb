"""Pure: what changed between two texts, word by word. The answer is plain text in pieces; templates escape and mark it."""

import re
from collections.abc import Sequence
from difflib import SequenceMatcher
from typing import Literal

Change = Literal["same", "ins", "del"]
Part = tuple[Change, str]

#: Longer texts than any network takes are shown as one replacement: comparing them word by word could take minutes.
COMPARED_AT_MOST = 4_000
# Scripts without spaces between words are compared sign by sign.
_PIECES = re.compile(r"[\u3040-\u30ff\u3400-\u9fff\uac00-\ud7af\u0e00-\u0e7f]|\s+|\w+|[^\w\s]")
_WORDS = re.compile(r"[\u3040-\u30ff\u3400-\u9fff\uac00-\ud7af\u0e00-\u0e7f]|\w+")
HALF = 0.5


def word_diff(before: str, after: str) -> list[Part]:
    """Return the pieces of both texts in order: "same" and "del" together are ``before``, "same" and "ins" ``after``."""
    old, new = _PIECES.findall(before), _PIECES.findall(after)
    if max(len(old), len(new)) > COMPARED_AT_MOST:
        return _joined([("del", before), ("ins", after)])
    parts: list[Part] = []
    for op, old_from, old_to, new_from, new_to in SequenceMatcher(None, old, new, autojunk=False).get_opcodes():
        if op == "equal":
            parts.append(("same", "".join(old[old_from:old_to])))
        else:
            parts += [("del", "".join(old[old_from:old_to])), ("ins", "".join(new[new_from:new_to]))]
    return _joined(parts)


def _joined(parts: Sequence[Part]) -> list[Part]:
    """Drop empty pieces and join neighbours of the same kind."""
    joined: list[Part] = []
    for change, text in parts:
        if text and joined and joined[-1][0] == change:
            joined[-1] = (change, joined[-1][1] + text)
        elif text:
            joined.append((change, text))
    return joined


def is_mostly_new(before: str, after: str) -> bool:
    """Say whether more than half of the words were replaced."""
    old, new = _WORDS.findall(before), _WORDS.findall(after)
    if max(len(old), len(new)) > COMPARED_AT_MOST:
        return before != after
    return SequenceMatcher(None, old, new, autojunk=False).ratio() < HALF
