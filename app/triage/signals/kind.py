"""What sort of words a text is made of."""

from collections.abc import Mapping

from app.triage.types import Kind


def kind_of(weights: Mapping[str, float], mood: float, negative: float) -> Kind:
    """Judge by the cues of each kind; ``negative`` is evidence, 0 even odds."""
    praise = weights["praise"] + max(0.0, mood)
    if weights["question"] > 0 and praise < 2.0 + weights["question"]:
        return Kind.QUESTION
    if weights["complaint"] > praise or (negative > 0.5 and praise < 1.0):
        return Kind.COMPLAINT
    if praise >= 1.0:
        return Kind.PRAISE
    return Kind.QUESTION if weights["question"] > 0 else Kind.CHATTER
