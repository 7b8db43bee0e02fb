"""Labelled sets: JSON lines, packed or not, and what each of them can tell."""

import gzip
import json
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

Row = dict[str, Any]

ROUTED: Final = "posts"
"""What all rows with a route are called together, in however many files they lie."""
NO_LANGUAGE: Final = "und"


@dataclass(frozen=True, slots=True)
class Question:
    """One thing that is so or not so of a text: where a set says it, and the score of triage that answers."""

    title: str
    gold: str
    score: str
    positive: str = ""
    """The word that means yes, where a set does not say 0 or 1."""

    def is_so(self, row: Row) -> bool:
        """Return what the people who labelled the row said."""
        return bool(row[self.gold] == self.positive if self.positive else int(row[self.gold]))


QUESTIONS: Final = {
    "tweeteval_emotion": Question("anger among emotions", "angry", "anger"),
    "complaints_twitter": Question("complaints", "complaint", "complaint"),
    "airline_us": Question("airline negative", "negative", "negative"),
    "spam_sms": Question("spam in text messages", "spam", "spam"),
    "spam_youtube": Question("spam in comments", "spam", "spam"),
    "banking77": Question("bank needs the account", "needs_account", "needs_account"),
    "semeval18_anger_intensity": Question("anger, moderate or high", "angry", "anger"),
    "goemotions": Question("anger in comments", "angry", "anger"),
    "abuse_davidson": Question("abuse", "abusive", "abuse"),
    "tweeteval_sentiment": Question("negative tweets", "label", "negative", positive="negative"),
}
"""By the name of the set, in the order of the table."""


@dataclass(frozen=True, slots=True)
class GradedSet:
    """Rows of one kind, each with ``id`` and ``text``."""

    name: str
    rows: Sequence[Row]

    @property
    def question(self) -> Question | None:
        return QUESTIONS.get(self.name)

    @property
    def has_routes(self) -> bool:
        return any("route" in row for row in self.rows)

    @property
    def in_a_language(self) -> list[Row]:
        """The rows whose language somebody named."""
        return [row for row in self.rows if row.get("lang", NO_LANGUAGE) != NO_LANGUAGE]

    @property
    def has_personal_data(self) -> bool:
        """Whether personal data was marked: then a row without marks has none."""
        return any("spans" in row for row in self.rows)

    @property
    def tells_something(self) -> bool:
        return bool(self.question or self.has_routes or self.in_a_language or self.has_personal_data)


def read_sets(folder: Path) -> tuple[list[GradedSet], list[str]]:
    """Return the sets of ``folder`` in the table's order, and the names of the files that hold no label we know."""
    files = sorted(path for path in folder.iterdir() if path.name.endswith((".jsonl", ".jsonl.gz")))
    read = [GradedSet(path.name.partition(".")[0], _rows(path)) for path in files]
    routed = [row for one in read if one.has_routes for row in one.rows]
    rest = [one for one in read if not one.has_routes and one.tells_something]
    places = {name: place for place, name in enumerate(QUESTIONS)}
    rest.sort(key=lambda one: (places.get(one.name, len(places)), one.name))
    return (
        [*([GradedSet(ROUTED, routed)] if routed else []), *rest],
        [one.name for one in read if not one.tells_something],
    )


def _rows(path: Path) -> list[Row]:
    if path.suffix == ".gz":
        with gzip.open(path, "rt", encoding="utf-8") as packed:
            return _parsed(packed)
    with path.open(encoding="utf-8") as plain:
        return _parsed(plain)


def _parsed(lines: Iterable[str]) -> list[Row]:
    return [json.loads(line) for line in lines if line.strip()]
