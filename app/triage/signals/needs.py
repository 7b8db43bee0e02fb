"""What only staff can do: the sensitive, and the technical."""

from collections.abc import Mapping, Sequence

from app.triage.signals.learnt import Evidence
from app.triage.signals.shape import Shape
from app.triage.types import Concern, Span

SENSITIVE_START = -2.0
TECHNICAL_START = -2.0
PERSONAL_DATA = 3.0
SIGNED = -2.5
"""An agent who asks for a booking's number needs none of ours."""
LEARNT, LEARNT_AT_MOST = 0.5, 1.2
"""How far the learnt part is heard, either way: it knows needs that nobody listed, and takes one word for another. Alone it may
find what is sensitive, and never a defect; against a danger that is named it counts nothing."""


def sensitive_evidence(weights: Mapping[str, float], personal: Sequence[Span], shape: Shape, learnt: Evidence) -> float:
    """Add up what asks for powers only staff have; 0 is even odds."""
    strongest = sorted((weight for weight in weights.values() if weight > 0), reverse=True)
    total = sum(w * share for w, share in zip(strongest, (1.0, 0.6, 0.4, 0.2), strict=False))
    total += sum(weight for weight in weights.values() if weight < 0)
    total += SIGNED if shape.is_signed else 0.0
    heard = _heard(learnt.sensitive)
    total += max(0.0, heard) if weights.get("safety", 0.0) > 0 else heard
    return SENSITIVE_START + total + (PERSONAL_DATA if personal else 0.0)


def technical_evidence(weights: Mapping[str, float], learnt: Evidence) -> float:
    """Add up what speaks of a defect or a disruption; 0 is even odds."""
    return TECHNICAL_START + sum(weights.values()) + _heard(learnt.technical)


def _heard(learnt: float) -> float:
    return max(-LEARNT_AT_MOST, min(LEARNT_AT_MOST, LEARNT * learnt))


_CONCERNS = {
    "account": Concern.ACCOUNT,
    "order": Concern.ORDER,
    "payment": Concern.PAYMENT,
    "identity": Concern.IDENTITY,
    "safety": Concern.SAFETY,
    "legal": Concern.LEGAL,
    "press": Concern.PRESS,
}


def concerns_of(weights: Mapping[str, float], personal: Sequence[Span], *, is_crisis: bool) -> tuple[Concern, ...]:
    """Name the concerns, the heaviest first."""
    named = [(weight, _CONCERNS[code]) for code, weight in weights.items() if code in _CONCERNS and weight > 0]
    found = [concern for _, concern in sorted(named, key=lambda pair: -pair[0])]
    if is_crisis:
        found.insert(0, Concern.SAFETY)
    if personal:
        found.append(Concern.IDENTITY)
    return tuple(dict.fromkeys(found))
