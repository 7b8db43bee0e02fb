"""Why somebody writes: a process failed them, a product fails, or they do not know something."""

from collections.abc import Mapping

from app.triage.types import Cause, Kind

_OF_A_PROCESS = ("account", "order", "payment", "identity", "service")
_UNTOLD = frozenset({Kind.PRAISE, Kind.CHATTER, Kind.IDEA, Kind.WANTS_TO_BUY})
LEAST = 1.0
"""Less than one plain cue tells nothing."""

Weights = Mapping[str, float]


def cause_of(kind: Kind, told: Weights, sensitive: Weights, technical: Weights) -> Cause | None:
    """Judge by the cues of each cause, beside those of what staff are needed for; None where nobody is in trouble.

    Who asks does not know, unless something failed: "why was I charged twice?" is about a process.
    """
    if kind in _UNTOLD:
        return None
    process = told.get("process", 0.0) + technical.get("disruption", 0.0)
    process += sum(max(0.0, sensitive.get(code, 0.0)) for code in _OF_A_PROCESS)
    product = told.get("product", 0.0) + sum(w for code, w in technical.items() if code != "disruption")
    if max(process, product) >= LEAST:
        return Cause.PRODUCT if product > process else Cause.PROCESS
    return Cause.KNOWLEDGE if kind is Kind.QUESTION else None
