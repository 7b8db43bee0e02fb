"""How much of the personal data is found, and how much of what was found is."""

from collections.abc import Mapping, Sequence
from typing import Any, Final

from bench.grade.measuring import Figure, Judged, Measuring

PATTERNED: Final = {
    "mail": "mail",
    "phone": "phone",
    "card": "card",
    "iban": "iban",
    "ssn": "ssn",
    "EMAIL_ADDRESS": "mail",
    "PHONE_NUMBER": "phone",
    "CREDIT_CARD": "card",
    "IBAN_CODE": "iban",
    "US_SSN": "ssn",
}
"""What has a form of its own, under the names that sets give it; names and streets have none."""
COVERED: Final = 0.5
"""A span counts as found from so much of it on."""

Counts = tuple[int, int]
"""How many there are in one text, and how many of these are right."""


def personal_data(judged: Sequence[Judged], measure: Measuring) -> list[Figure]:
    """Return recall and precision of what has a form of its own, and the precision of everything that was found."""
    wanted, patterned, found = [], [], []
    for row, said in judged:
        marked, seen = row.get("spans", []), said["pii"]
        wanted.append(_covered([span for span in marked if span["type"] in PATTERNED], seen))
        patterned.append(_covered([span for span in seen if span["type"] in PATTERNED], marked))
        found.append(_covered(seen, marked))
    return [
        measure("personal data recall", wanted, _right_share, _total(wanted)),
        measure("personal data precision", patterned, _right_share, _total(patterned)),
        measure("personal data precision, all kinds", found, _right_share, _total(found)),
    ]


def _covered(spans: Sequence[Mapping[str, Any]], by: Sequence[Mapping[str, Any]]) -> Counts:
    places = {place for span in by for place in range(span["start"], span["end"])}
    return len(spans), sum(
        len(places.intersection(range(span["start"], span["end"]))) >= COVERED * (span["end"] - span["start"])
        for span in spans
    )


def _right_share(counts: Sequence[Counts]) -> float:
    total = _total(counts)
    return sum(right for _, right in counts) / total if total else 0.0


def _total(counts: Sequence[Counts]) -> int:
    return sum(there for there, _ in counts)
