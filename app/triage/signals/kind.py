"""What sort of words a text is made of."""

from collections.abc import Mapping

from app.triage.signals.learnt import Evidence
from app.triage.signals.shape import Shape
from app.triage.types import Kind

DISCONTENT = 3.7
"""Who is so cross does not wish, but complain."""


def discontent_evidence(
    weights: Mapping[str, float], anger: float, needs: float, mood: float, shape: Shape, learnt: Evidence
) -> tuple[float, float]:
    """Add up what speaks for a negative text and for a complaint; 0 is even odds.

    ``anger`` and ``needs`` (sensitive and technical together) are evidence too.
    """
    words, praise = 0.8 * weights["complaint"], weights["praise"]
    asks = 0.4 if shape.questions else 0.0
    negative = 3.1 + 0.6 * anger + words - 0.9 * praise - 1.6 * mood + 0.3 * needs - asks
    complaint = (
        2.4 + 0.5 * anger + words - 0.7 * praise - 1.0 * mood + 0.4 * needs + (0.5 if weights["question"] else 0.0)
    )
    return negative + 0.25 * learnt.negative, complaint + 0.6 * learnt.help


def kind_of(weights: Mapping[str, float], mood: float, negative: float) -> Kind:
    """Judge by the cues of each kind; ``negative`` is evidence, 0 even odds."""
    wish = _wish_of(weights, negative)
    if wish is not None:
        return wish
    praise = weights["praise"] + max(0.0, mood)
    if weights["question"] > 0 and praise < 2.0 + weights["question"]:
        return Kind.QUESTION
    if weights["complaint"] > praise or (negative > 1.7 and praise < 1.0):
        return Kind.COMPLAINT
    if praise >= 1.0:
        return Kind.PRAISE
    return Kind.QUESTION if weights["question"] > 0 else Kind.CHATTER


def _wish_of(weights: Mapping[str, float], negative: float) -> Kind | None:
    """Return what is wished for, a thing to buy or one to be made; None for none, and where trouble weighs more."""
    buy, idea = weights["buy"], weights["idea"]
    if max(buy, idea) <= 0 or max(buy, idea) < weights["complaint"] or negative > DISCONTENT:
        return None
    return Kind.WANTS_TO_BUY if buy >= idea else Kind.IDEA
