"""Triage: what was heard is sorted, in batches; and people who know better overrule it."""

import logging
from dataclasses import replace
from datetime import datetime
from typing import Any

from sqlalchemy import case, update

from app.cases.models import Case, CaseStatus
from app.foundation.db import session
from app.foundation.events import EventType, announce
from app.foundation.journal import JournalEntry
from app.foundation.tasks import TaskKind, open_task
from app.foundation.upsert import insert_all, update_all
from app.foundation.words import _
from app.mentions.models import MENTION_LIFECYCLE, Mention, MentionStatus
from app.mentions.types import Route
from app.triage import doubts, listening, queries
from app.triage.destinations import send_on
from app.triage.judge import OperatingPoint, judge
from app.triage.likeness import actions as likeness
from app.triage.likeness import queries as likeness_queries
from app.triage.likeness.grouping import Said
from app.triage.likeness.sketch import sketch_of
from app.triage.models import TriageVerdict
from app.triage.outcomes import Sorted
from app.triage.personal_data import mask
from app.triage.rules.matching import Facts
from app.triage.rules.queries import Ready, ready_rules
from app.triage.rules.ruling import follow
from app.triage.signals import read_signals
from app.triage.sorting.queries import point_in_force
from app.triage.types import Concern, Signals, Verdict, plain_parts, plain_reasons
from app.triage.voices import with_voices

#: Posts sorted in one transaction: enough to make its cost vanish, few enough to keep it short.
BATCH = 200
#: A post that was in hand when so many drainers died is set aside.
DEATHS = 3
_ON_THE_FEED = ("open", "set_by_hand")

log = logging.getLogger(__name__)


def begin(*, at: datetime, limit: int = BATCH) -> int:
    """Write down that the posts which waited longest are taken; return how many may be: 0 when none waits.

    A batch leaves its mark on its first and last post until it is sorted. Where a mark is found, a drainer died there: then
    posts are taken one by one, each marked, until the one that kills is known and set aside for a person. The mark must be
    committed before ``triage_waiting``.
    """
    batch = queries.next_batch(limit=limit)
    if batch is not None and batch.attempts >= DEATHS:
        for deadly in queries.deadly(DEATHS):
            _set_aside(deadly, message=_("Sorting this post stopped the program three times."), at=at)
        session.flush()  # what is set aside must not be taken again
        batch = queries.next_batch(limit=limit)
    if batch is None:
        return 0
    alone = batch.attempts > 0
    marked = update(Mention).where(Mention.id.in_([batch.first_id] if alone else [batch.first_id, batch.last_id]))
    # Whoever is taken alone was in the batch that died, marked or not.
    attempts = case((Mention.attempts == 0, 2), else_=Mention.attempts + 1) if alone else 1
    session.execute(marked.values(attempts=attempts).execution_options(synchronize_session=False))
    return 1 if alone else limit


def triage_waiting(*, at: datetime, limit: int = BATCH) -> int:
    """Sort the mentions that waited longest; return how many, 0 when none waits.

    A post on which triage itself fails is set aside for a person and does not hold up the others.
    """
    waiting = queries.received(limit=limit)
    if not waiting:
        return 0
    topics, rules, point = queries.topic_words(), ready_rules(), point_in_force()
    done = []
    for one in _with_voices(waiting, topics, point):
        try:
            done.append(_sorted(one, topics, rules, point))
        # Whatever a stranger's text does to our rules, it must not stop the lane behind it.
        except Exception:
            log.exception("triage failed on mention %s", one.id)
            _set_aside(session.get_one(Mention, one.id), message=_("Triage could not read this post."), at=at)
    if done:
        _store(_with_doubts(_with_likeness(done, at=at), at=at), at=at)
    return len(waiting)


def _with_voices(
    waiting: list[queries.Received], topics: dict[str, list[str]], point: OperatingPoint
) -> list[queries.Received]:
    return with_voices(waiting) if topics and point.influence else waiting


def _sorted(waiting: queries.Received, topics: dict[str, list[str]], rules: Ready, point: OperatingPoint) -> Sorted:
    signals = read_signals(waiting.text, topics=topics, language_hint=waiting.language_hint)
    return conclude(waiting, signals, rules, point)


def conclude(waiting: queries.Received, signals: Signals, rules: Ready, point: OperatingPoint) -> Sorted:
    """Judge a post that was read, by these borders, and let the brand's rules decide."""
    before = waiting.voice.get(signals.topics[0], 0) if waiting.voice and signals.topics else 0
    context = replace(waiting.context, on_topic=before) if before else waiting.context
    verdict = send_on(judge(signals, context, point), waiting.destination)
    rule = rules.matcher.first(_facts(waiting, signals, verdict)) if rules.matcher else None
    ruling = follow(
        verdict, rule, signals=signals, context=context, assignable=rules.assignable, influence=point.influence
    )
    return Sorted(waiting, signals, ruling, point=point)


def _facts(waiting: queries.Received, signals: Signals, verdict: Verdict) -> Facts:
    return Facts(
        text=waiting.text,
        author=waiting.author,
        network=waiting.network,
        connection_id=waiting.connection_id,
        language=signals.language,
        followers=waiting.context.followers,
        mood=signals.mood,
        topic=signals.topics[0] if signals.topics else "",
        kind=verdict.kind,
        posted_at=waiting.posted_at,
    )


def _with_likeness(done: list[Sorted], *, at: datetime) -> list[Sorted]:
    """Put those that will wait together with others that say the same; who says the same again is answered once.

    Where harm is spoken of, every post is looked at.
    """
    waiting = [one.waiting for one in done if one.verb != "ignore"]
    said = [Said(one.id, one.author_id, sketch) for one in waiting if (sketch := sketch_of(one.text)) is not None]
    placed = likeness.put_together(said, at=at)
    again = {number: each.repeats for number, each in placed.items() if each.repeats is not None}
    here = {one.waiting.id: MentionStatus.ESCALATED if one.verb == "escalate" else MentionStatus.OPEN for one in done}
    firsts = here | likeness_queries.held_in_place(set(again.values()) - here.keys())
    return [
        replace(one, repeats=first)
        if (first := again.get(one.waiting.id)) and _is_enough(one, firsts.get(first))
        else one
        for one in done
    ]


def _is_enough(one: Sorted, first: MentionStatus | None) -> bool:
    """Whether it is enough that somebody answers the first, which stands so; None where it is gone, or about to go."""
    in_danger = one.signals.is_crisis or Concern.SAFETY in one.signals.concerns
    return first is not None and not in_danger and (one.verb != "escalate" or first is MentionStatus.ESCALATED)


def _with_doubts(done: list[Sorted], *, at: datetime) -> list[Sorted]:
    """Let those wait of which a listener should be asked, as many as the day still has room for."""
    asked = doubts.to_ask({one.waiting.id: worth for one in done if (worth := one.worth) is not None}, at=at)
    return [replace(one, asked=asked.get(one.waiting.id)) for one in done] if asked else done


def begin_edited(*, at: datetime) -> int | None:
    """Write down that an edited post in somebody's hands is taken to be read again; return it, or None.

    One that keeps killing drainers is set aside: nobody of the crowd sees its words any more.
    """
    while (mention := queries.next_edited()) is not None:
        if mention.attempts < DEATHS:
            mention.attempts += 1
            return mention.id
        give_up_reading(mention, message=_("Sorting this post stopped the program three times."), at=at)
        session.flush()  # what is set aside must not be found again
    return None


def read_again(mention: Mention, *, at: datetime) -> Verdict:
    """Read an edited post where it stands: its mask and its marks follow the new words. Its way is the caller's to change."""
    topics, point = queries.topic_words(), point_in_force()
    (waiting,) = _with_voices([queries.value_of(mention.id)], topics, point)
    one = _sorted(waiting, topics, ready_rules(), point)
    marks = _mention_row(one)
    for name in ("kind", "topic", "mood", "language", "priority", "masked_text"):
        setattr(mention, name, marks[name])
    likeness.put_back(mention, at=at)
    mention.to_reread, mention.attempts = False, 0
    insert_all(TriageVerdict, [_verdict_row(one, at=at)])
    return one.verdict


def give_up_reading(mention: Mention, *, message: str, at: datetime) -> None:
    """Leave an edited post to a person: no program can read it, so its words stay hidden from the crowd."""
    mention.to_reread, mention.attempts = False, 0
    open_task(TaskKind.POISON, subject=mention, message=message, at=at)


def _set_aside(mention: Mention, *, message: str, at: datetime) -> None:
    mention.quarantine()
    open_task(TaskKind.POISON, subject=mention, message=message, at=at)


def _store(done: list[Sorted], *, at: datetime) -> None:
    # By id alone: the rows are locked, or no other writer is let in, until this transaction ends.
    update_all(Mention, [_mention_row(one) for one in done])
    insert_all(TriageVerdict, [_verdict_row(one, at=at) for one in done])
    insert_all(JournalEntry, [_journal_row(one, at=at) for one in done])
    listening.ask(
        {one.waiting.id: (one.asked, one.verdict.route, one.verdict.lane) for one in done if one.asked is not None},
        at=at,
    )
    if cases := [_case_row(one, at=at) for one in done if one.verb == "escalate"]:
        insert_all(Case, cases)
        announce(EventType.CASE_CHANGED, subject_id=None, at=at)
    if opened := [one.waiting.id for one in done if one.verb in _ON_THE_FEED]:
        announce(EventType.POST_NEW, subject_id=opened[-1], at=at)


def _mention_row(one: Sorted) -> dict[str, Any]:
    return {
        "id": one.waiting.id,
        "status": MENTION_LIFECYCLE.move(one.verb, MentionStatus.RECEIVED),
        "ignored_because": one.ignored_because,
        "route": one.verdict.route,
        "kind": one.verdict.kind,
        "feed_lane": one.verdict.lane,
        "topic": one.signals.topics[0] if one.signals.topics else "",
        "mood": one.signals.mood,
        "language": one.signals.language,
        "priority": one.verdict.priority,
        "masked_text": mask(one.waiting.text, one.signals.personal_data),
    }


def _verdict_row(one: Sorted, *, at: datetime) -> dict[str, Any]:
    return {
        "mention_id": one.waiting.id,
        "route": one.verdict.route,
        "kind": one.verdict.kind,
        "cause": one.signals.cause,
        "band": one.verdict.band.value,
        "confidence": one.verdict.confidence,
        "anger": one.signals.anger,
        "mood": one.signals.mood,
        "urgent": "urgent" in one.verdict.tags,
        "priority": one.verdict.priority,
        "parts": plain_parts(one.verdict.parts),
        "reasons": plain_reasons(one.verdict.reasons),
        "tags": list(one.verdict.tags),
        "way": one.ruling.way,
        "guard": one.ruling.guard,
        "rule_key": one.ruling.rule.key if one.ruling.rule else None,
        "rule_version": one.ruling.rule.version if one.ruling.rule else None,
        "decided_at": at,
    }


_PAST = {"doubt": "doubted", "open": "opened", "set_by_hand": "lined_up", "escalate": "escalated", "ignore": "ignored"}


def _journal_row(one: Sorted, *, at: datetime) -> dict[str, Any]:
    return {
        "at": at,
        "action": f"mention.{_PAST[one.verb]}",
        "subject_type": Mention.__tablename__,
        "subject_id": one.waiting.id,
        "actor_id": None,
        "details": {"route": one.verdict.route.value, "priority": one.verdict.priority},
    }


def _case_row(one: Sorted, *, at: datetime) -> dict[str, Any]:
    return {
        "version": 1,
        "mention_id": one.waiting.id,
        "status": CaseStatus.OPEN if one.ruling.assign_to is None else CaseStatus.ASSIGNED,
        "assigned_to_id": one.ruling.assign_to,
        "reason": "",
        "tags": list(one.verdict.tags),
        "sensitive": one.verdict.route is Route.STAFF_SENSITIVE,
        "safety": Concern.SAFETY.value in one.verdict.tags,
        "priority": one.verdict.priority,
        "parts": plain_parts(one.verdict.parts),
        "opened_at": at,
    }
