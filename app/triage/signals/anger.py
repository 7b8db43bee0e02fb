"""Anger at the brand, as evidence: insults, blame, repetition, waits, threats to leave, sarcasm, faces, capitals."""

from collections.abc import Mapping

from app.triage.signals.shape import Shape

START = -3.3
"""Evidence before anything was read: one support post in six is angry."""


def anger_evidence(weights: Mapping[str, float], shape: Shape, mood: float) -> float:
    """Add up what speaks for anger; 0 is even odds."""
    z = START + sum(weights.values())
    z += min(1.2, 0.3 * shape.shouted) if shape.shouted > 0 else 0.0
    z += min(0.6, 0.2 * max(0, shape.exclamations - 1))
    z += 0.6 if shape.both else 0.0
    z += 0.3 if shape.questions > 2 else 0.0
    return z - 1.0 * mood
