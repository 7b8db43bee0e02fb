"""What was learnt from posts that people had labelled, beside the rules written by hand. ``CARD.md`` says from which."""

from app.triage.signals.learnt.weights import TABLE, TAUGHT_IN, Evidence, learnt
from app.triage.signals.reading import Reading

__all__ = ["NOTHING_LEARNT", "Evidence", "evidence_of", "has_learnt"]

NOTHING_LEARNT = Evidence()


def evidence_of(reading: Reading, *, language: str) -> Evidence:
    """Return what the learnt part makes of a text: nothing where it has not learnt the language, or is not there."""
    weights = learnt() if language in TAUGHT_IN else None
    return NOTHING_LEARNT if weights is None else weights.evidence(reading)


def has_learnt() -> bool:
    """Whether the learnt part is there, unread; without it triage goes by its rules alone."""
    return TABLE.is_file()
