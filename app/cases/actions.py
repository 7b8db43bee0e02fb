"""Cases: how a mention gets into staff's hands."""

from collections.abc import Sequence
from datetime import datetime

from app.cases import queries
from app.cases.models import Case
from app.foundation.db import session
from app.foundation.events import EventType, announce
from app.foundation.journal import record
from app.mentions.models import Mention, MentionStatus

Part = tuple[str, int]
"""One named share of a priority: its name and its points."""


def open_case(
    *,
    mention: Mention,
    reason: str,
    tags: Sequence[str] = (),
    priority: int,
    parts: Sequence[Part] = (),
    opened_by_id: int | None,
    at: datetime,
    sensitive: bool = False,
    safety: bool = False,
) -> Case:
    """Put a mention into staff's hands; a live case of the same mention is returned instead of a second one.

    What an earlier case of it was, sensitive or about safety, this one is too.

    The mention must be on its way: RECEIVED to IN_REVIEW, or ESCALATED already. ``priority`` is 0..100.

    Raises:
        Conflict: the mention has ended.
    """
    live = queries.live_case_on(mention.id)
    if live is not None:
        return live
    if mention.status is not MentionStatus.ESCALATED:
        mention.escalate()
    was_sensitive, was_safety = queries.care_for(mention.id)
    case = Case(
        mention_id=mention.id,
        reason=reason,
        tags=list(tags),
        priority=priority,
        parts=[list(part) for part in parts],
        opened_by_id=opened_by_id,
        opened_at=at,
        sensitive=sensitive or was_sensitive,
        safety=safety or was_safety,
    )
    session.add(case)
    record("case.opened", subject=case, actor_id=opened_by_id, at=at, mention=mention.id, tags=list(tags))
    announce(EventType.CASE_CHANGED, subject_id=case.id, at=at)
    return case
