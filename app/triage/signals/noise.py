"""What needs no answer: spam, adverts, bare thanks, chatter, fragments."""

import re
from collections.abc import Mapping

from app.triage.signals.learnt import Evidence
from app.triage.signals.reading import Reading
from app.triage.signals.shape import Shape

START = -1.0
SPAM_START = -3.1
LEARNT = 0.4
"""How far it counts against noise that a text is written to a brand's care."""
LISTED, HEARD, SPAM_EITHER_WAY, CARE = 0.3, 0.7, 1.0, 0.5
"""Where something was learnt: the share of the cues, the share of what was learnt, what stands beside both, and how far it
counts against spam that a text is written to a brand's care."""
SIGNED = 4.0
"""Who signs as an agent answers, and does not ask us."""
_LURE = re.compile(
    r"\b(?:to|on|call|te?xt|send|dial|from)\W{1,3}\d{5,12}\b|(?<!\d)\d{1,3} ?p(?:pm|/|\b)|\bp(?:er)? ?(?:msg|sms)|/(?:sms|min)\b|\b1[68]\+",
    re.IGNORECASE,
)
"""Numbers to text or call, prices a message or a minute."""


def noise_evidence(weights: Mapping[str, float], shape: Shape, mood: float, learnt: Evidence) -> float:
    """Add up what speaks for leaving it; 0 is even odds."""
    z = START + sum(weights.values()) + 0.8 * mood
    if shape.words <= 6:
        z += 0.35 * (7 - shape.words)
    z -= 0.03 * max(0, shape.words - 12)
    z += 0.5 if shape.links and not shape.questions else 0.0
    z += SIGNED if shape.is_signed else 0.0
    return z - LEARNT * max(-0.5, learnt.help)


def spam_evidence(weights: Mapping[str, float], shape: Shape, reading: Reading, learnt: Evidence) -> float:
    """Add up what speaks for an advert or a lure; 0 is even odds."""
    z = SPAM_START + sum(weights.values())
    digits = sum(map(str.isdecimal, reading.text))
    z += min(1.5, 0.15 * digits) if digits > 3 else 0.0
    z += 0.2 * min(4, shape.shouted)
    z += 1.6 if _LURE.search(reading.text) else 0.0
    return (
        z if learnt.spam is None else LISTED * z + HEARD * learnt.spam + SPAM_EITHER_WAY - CARE * max(0.0, learnt.help)
    )


def abuse_evidence(abuse: Mapping[str, float], anger: Mapping[str, float]) -> float:
    """Add up words that hurt, insults and swearing; 0 is even odds."""
    return sum(abuse.values()) + 0.8 * anger.get("insult", 0.0) + 0.8 * anger.get("swearing", 0.0) - 2.5
