"""Anger at the brand, as evidence: insults, blame, repetition, waits, threats to leave, sarcasm, faces, capitals."""

from collections.abc import Mapping

from app.triage.signals.learnt import Evidence
from app.triage.signals.shape import Shape

START = -3.3
"""Evidence before anything was read: one support post in six is angry."""


LEARNT = 0.25
"""How far the learnt part is heard: it knows anger among people better than anger at a brand."""
CALM_AT_MOST, FURY_AT_MOST = -1.5, 1.5
"""It takes sarcasm for kindness and "kill the process" for rage: neither may outweigh the rest."""

HARD = ("insult", "worst", "swearing", "sucks", "leaving", "unacceptable", "threat", "fury")
"""Beside one of these, thanks and praise are mostly irony."""


def anger_evidence(
    weights: Mapping[str, float], shape: Shape, mood: float, learnt: Evidence, *, fails: bool, asks: bool
) -> float:
    """Add up what speaks for anger; 0 is even odds. ``fails``: it tells of a failure; ``asks``: it asks something.

    Mockery beside a failure is irony, and so is praise of what happened "for the third time".
    """
    again = weights.get("praise", 0.0) < 0 < weights.get("repeat", 0.0) + weights.get("wait", 0.0)
    ironic = (fails or again) and weights.get("sarcasm", 0.0) > 0
    doubted = 0.4 if ironic or any(weights.get(code, 0.0) > 0 for code in HARD) else 1.0
    z = START + sum(weight * (doubted if weight < 0 else 1.0) for weight in weights.values())
    z += 0.8 if ironic else 0.0
    z += 0.5 if fails and not asks else 0.0
    z += min(1.2, 0.3 * shape.shouted)
    z += min(0.6, 0.2 * max(0, shape.exclamations - 1))
    z += 0.6 if shape.both else 0.0
    z += 0.3 if shape.questions > 2 else 0.0
    z += LEARNT * min(FURY_AT_MOST, max(0.0 if ironic else CALM_AT_MOST, learnt.anger))
    return z - 1.0 * (min(mood, 0.2) if doubted < 1 else mood)
