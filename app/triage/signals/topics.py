"""What a text is about, by the brand's own word lists."""

from collections.abc import Mapping, Sequence
from functools import lru_cache

from app.triage.signals.reading import Reading, read


@lru_cache(maxsize=4_096)
def _words_of(phrase: str) -> tuple[str, ...]:
    return tuple(_singular(word) for word in read(phrase).words[1:-1])


def topics_of(reading: Reading, topics: Mapping[str, Sequence[str]]) -> tuple[str, ...]:
    """Return the topics whose words the text holds, the one with most of them first; a plural s does not count."""
    if not topics:
        return ()
    words = [_singular(word) for word in reading.words]
    present = set(words)
    counted = [(sum(_holds(words, present, _words_of(p)) for p in phrases), name) for name, phrases in topics.items()]
    return tuple(name for count, name in sorted(counted, key=lambda pair: -pair[0]) if count)


def _singular(word: str) -> str:
    return word[:-1] if len(word) > 3 and word.endswith("s") else word


def _holds(words: list[str], present: set[str], phrase: tuple[str, ...]) -> bool:
    if not phrase or phrase[0] not in present:
        return False
    size = len(phrase)
    if size == 1:
        return True
    wanted = list(phrase)
    return any(words[at : at + size] == wanted for at, word in enumerate(words) if word == phrase[0])
