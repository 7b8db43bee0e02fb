"""Signals of a text: pure, in one pass over its words."""

from collections.abc import Mapping, Sequence

from app.triage.personal_data import find_personal_data
from app.triage.sentiment import mood_of
from app.triage.signals.anger import anger_evidence
from app.triage.signals.cause import cause_of
from app.triage.signals.cues import Hit, cue_index
from app.triage.signals.disguise import undisguised
from app.triage.signals.kind import discontent_evidence, kind_of
from app.triage.signals.language import language_of
from app.triage.signals.learnt import Evidence, evidence_of
from app.triage.signals.needs import concerns_of, sensitive_evidence, technical_evidence
from app.triage.signals.noise import abuse_evidence, noise_evidence, spam_evidence
from app.triage.signals.reading import Reading, read
from app.triage.signals.shape import Shape, shape_of
from app.triage.signals.topics import topics_of
from app.triage.signals.weighing import chance, cues_of, gather, weigh
from app.triage.types import Cue, Signals, Span

__all__ = ["read_signals"]

CUES_KEPT = 12
TOLD_AT = -0.5
"""Evidence of a defect from which a text tells one, in words that name no failure: "nothing happens when I press it"."""


def read_signals(
    text: str,
    *,
    topics: Mapping[str, Sequence[str]] | None = None,
    language_hint: str | None = None,
    language: str | None = None,
) -> Signals:
    """Read everything triage wants to know from ``text``.

    ``topics`` are the brand's word lists by topic; ``language_hint`` is the network's own language tag. Where ``language`` is
    known already, it is not looked for. Only the first ``reading.ANALYSED_CHARS`` characters are read.
    """
    reading = read(text)
    shape = shape_of(reading)
    heard = undisguised(reading)
    hits = gather(cue_index().find(heard))
    personal = find_personal_data(text)
    mood = mood_of(reading.text)
    language = language or language_of(reading.text, hint=language_hint)
    learnt = evidence_of(reading, language=language)
    return _signals(heard, shape, hits, personal, mood, topics_of(reading, topics or {}), language, learnt)


def _signals(
    reading: Reading,
    shape: Shape,
    hits: dict[str, list[Hit]],
    personal: tuple[Span, ...],
    mood: float,
    topics: tuple[str, ...],
    language: str,
    learnt: Evidence,
) -> Signals:
    weights = {signal: weigh(found) for signal, found in hits.items()}
    hits.pop("cause", None)  # they tell why somebody writes, and speak for no route
    harms = weights.get("sensitive", {}).get("safety", 0.0) > 0
    fails = harms or "technical" in hits or "complaint" in hits
    anger_z = anger_evidence(weights.get("anger", {}), shape, mood, learnt, fails=fails, asks="question" in hits)
    sensitive_z = sensitive_evidence(weights.get("sensitive", {}), personal, shape, learnt)
    technical_z = technical_evidence(weights.get("technical", {}), learnt)
    kind_weights = {
        code: sum(weights.get(code, {}).values()) for code in ("question", "complaint", "praise", "buy", "idea")
    }
    says_nothing = kind_weights["question"] <= 0 and not kind_weights["complaint"] and technical_z < TOLD_AT
    noise_z = noise_evidence(weights.get("noise", {}), shape, mood, learnt) + (0.7 if says_nothing else 0.0)
    negative_z, complaint_z = discontent_evidence(kind_weights, anger_z, sensitive_z + technical_z, mood, shape, learnt)
    crisis = "crisis" in hits
    kind = kind_of(kind_weights, mood, negative_z)
    return Signals(
        mood=mood,
        anger=chance(anger_z),
        sensitive=1.0 if crisis else chance(sensitive_z),
        technical=chance(technical_z),
        noise=chance(noise_z),
        urgency=1.0 if crisis else chance(sum(weights.get("urgent", {}).values()) - 2.0),
        spam=chance(spam_evidence(weights.get("spam", {}), shape, reading, learnt)),
        abuse=chance(abuse_evidence(weights.get("abuse", {}), weights.get("anger", {}))),
        negative=chance(negative_z),
        complaint=chance(complaint_z),
        kind=kind,
        cause=cause_of(kind, weights.get("cause", {}), weights.get("sensitive", {}), weights.get("technical", {})),
        language=language,
        words=shape.words,
        is_empty=not reading.text.strip(),
        is_repost=reading.text.startswith("RT @"),
        is_question=kind_weights["question"] > 0,
        is_crisis=crisis,
        was_cut=reading.was_cut,
        concerns=concerns_of(weights.get("sensitive", {}), personal, is_crisis=crisis),
        personal_data=personal,
        topics=topics,
        cues=_strongest(hits, reading),
    )


def _strongest(hits: Mapping[str, list[Hit]], reading: Reading) -> tuple[Cue, ...]:
    cues = [cue for found in hits.values() for cue in cues_of(found, reading)]
    cues.sort(key=lambda cue: -cue.weight)
    return tuple(cues[:CUES_KEPT])
