"""Which rule a post fits: pure, compiled once for many posts."""

import re
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, time, tzinfo

from app.triage.rules.types import Live, When
from app.triage.signals.cues import CueIndex, Element, Phrase
from app.triage.signals.reading import ANALYSED_CHARS, Reading, fold_word

#: A word, a sign of a script that puts no spaces between words, or a picture. Unlike triage's own reading it keeps numbers
#: and handles as they are: a rule may be about "error 404".
_TOKEN = re.compile(
    r"(?:[^\W\u0e00-\u0e7f\u3040-\u30ff\u3400-\u9fff])+(?:'(?:[^\W\u0e00-\u0e7f\u3040-\u30ff\u3400-\u9fff])+)*"
    r"|[\u0e00-\u0e7f\u3040-\u30ff\u3400-\u9fff]|[$£€₹¥]|[\u2600-\u27bf\U0001f300-\U0001faff]"
)
_ANY_ENDING = "*"


@dataclass(frozen=True, slots=True)
class Facts:
    """What rules ask of one post."""

    text: str
    author: str
    network: str
    connection_id: int
    language: str
    followers: int | None
    """None where nobody told; then no condition on them holds."""
    mood: float
    topic: str
    """The first of them, with which the post is shown."""
    kind: str
    posted_at: datetime


Holds = Callable[[Facts], bool]


class Matcher:
    """The rules that count, ready to be asked; without any it is false."""

    def __init__(self, live: Sequence[Live] = (), *, zone: tzinfo = UTC) -> None:
        self._rules = [(each, tuple(_conditions(each.wording.when, zone))) for each in live]
        phrases = [_phrase(written, each.key) for each in live for written in each.wording.when.words]
        self._index = CueIndex(phrase for phrase in phrases if phrase)

    def __bool__(self) -> bool:
        return bool(self._rules)

    def first(self, facts: Facts) -> Live | None:
        """Return the first rule the post fits, or None. What its text holds is sought once, and only if that is asked."""
        said: set[str] | None = None
        for rule, conditions in self._rules:
            if not all(holds(facts) for holds in conditions):
                continue
            if rule.wording.when.words:
                said = self._said(facts.text) if said is None else said
                if str(rule.key) not in said:
                    continue
            return rule
        return None

    def _said(self, text: str) -> set[str]:
        """Return the keys of the rules that have a phrase in the text."""
        words = words_of(text)
        reading = Reading(text="", words=words, spans=[], was_cut=False)
        return {hit.phrase.code for hit in self._index.find(reading)}


def words_of(text: str) -> list[str]:
    """Cut a text into words, in small letters and without accents; what triage does not read is not read here."""
    return _TOKEN.findall(fold_word(text[:ANALYSED_CHARS].lower()))


def is_phrase(written: str) -> bool:
    """Say whether there is a word to look for."""
    return _phrase(written, 0) is not None


def _phrase(written: str, key: int) -> Phrase | None:
    folded = fold_word(written.lower())
    elements = [
        Element(frozenset(), (found.group(),))
        if folded[found.end() : found.end() + 1] == _ANY_ENDING
        else Element(frozenset({found.group()}))
        for found in _TOKEN.finditer(folded)
    ]
    return Phrase("rule", str(key), 0.0, elements[0], tuple(elements[1:])) if elements else None


def _conditions(when: When, zone: tzinfo) -> Iterator[Holds]:
    """Give a test for each condition but the words, the cheapest first."""
    if when.kinds:
        yield _one_of(when.kinds, lambda facts: facts.kind)
    if when.languages:
        yield _one_of(when.languages, lambda facts: facts.language)
    if when.authors:
        yield _one_of(when.authors, lambda facts: facts.author.lower())
    if when.topics:
        yield _one_of(when.topics, lambda facts: facts.topic)
    if when.places:
        yield lambda facts: facts.network in when.places or str(facts.connection_id) in when.places
    if when.mood_from is not None or when.mood_to is not None:
        yield lambda facts: _within(facts.mood, when.mood_from, when.mood_to)
    if when.followers_from is not None or when.followers_to is not None:
        yield lambda facts: _within(facts.followers, when.followers_from, when.followers_to)
    if when.weekdays:
        yield lambda facts: facts.posted_at.astimezone(zone).weekday() in when.weekdays
    if when.time_from and when.time_to:
        begins, ends = time.fromisoformat(when.time_from), time.fromisoformat(when.time_to)
        yield lambda facts: _in_hours(facts.posted_at.astimezone(zone).time(), begins, ends)


def _one_of(wanted: Sequence[str], read: Callable[[Facts], str]) -> Holds:
    known = frozenset(wanted)
    return lambda facts: read(facts) in known


def _within(value: float | None, lowest: float | None, highest: float | None) -> bool:
    """Say whether a value lies between two others, both included."""
    if value is None:
        return False
    return (lowest is None or value >= lowest) and (highest is None or value <= highest)


def _in_hours(at: time, begins: time, ends: time) -> bool:
    """Say whether a time lies in hours that may go past midnight."""
    return begins <= at < ends if begins < ends else at >= begins or at < ends
