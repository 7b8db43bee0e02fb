"""What its author edited is read anew, and what was written to the old words is not said unseen."""

import logging
from datetime import datetime

from sqlalchemy import select

from app.cases import actions as cases
from app.channels.types import IncomingPost
from app.feed import actions as feed
from app.feed.models import ClaimEnd
from app.foundation.db import ring_after_commit, session
from app.foundation.events import EventType, announce
from app.foundation.journal import record
from app.foundation.lanes import Lane
from app.foundation.tasks import TaskKind, settle_tasks
from app.foundation.words import _
from app.mentions.models import Mention, MentionStatus
from app.mentions.types import Route
from app.publishing import queries
from app.publishing.actions.deleting import MAY_BE_PUBLIC, end_unsaid
from app.publishing.actions.stopping import hold_for
from app.publishing.models import HeldBecause
from app.replies.models import LIVE_REPLY, Reply
from app.triage import actions as triage
from app.triage.likeness import actions as likeness
from app.triage.models import TriageVerdict
from app.triage.types import Concern, Verdict

_WITH_THE_CROWD = frozenset({MentionStatus.CLAIMED, MentionStatus.IN_REVIEW})

log = logging.getLogger(__name__)


def mirror_edit(*, mention_id: int, post: IncomingPost, at: datetime) -> bool:
    """Put an edited post's new words in the place of the old; return False for an edition that is known, or older.

    Triage reads them again wherever the post is, the crowd sees none of them before, and an approved reply is held.
    """
    mention = session.get_one(Mention, mention_id, with_for_update=True)
    if mention.is_erased or post.edition <= mention.edition:
        return False
    likeness.forget(mention, at=at)
    mention.rewrite(text=post.text, edition=post.edition, edition_external_id=post.this.id)
    mention.url, mention.language = post.url[:300], (post.language or mention.language)[:12]
    mention.summoned, mention.can_reply = post.summoned, post.can_reply
    mention.cannot_reply_why = post.cannot_reply_why
    mention.destination = None if post.summoned else mention.destination
    for verdict in session.scalars(select(TriageVerdict).where(TriageVerdict.mention_id == mention_id)):
        verdict.forget_quotes()
    settle_tasks(TaskKind.POISON, mention, by_id=None, at=at)
    hold_for(mention_id=mention_id, because=HeldBecause.EDITED, at=at)
    record("mention.edited", subject=mention, actor_id=None, at=at, edition=post.edition)
    announce(EventType.POST_EDITED, subject_id=mention_id, at=at)
    if mention.status is MentionStatus.RECEIVED:
        announce(EventType.POST_FREED, subject_id=mention_id, at=at)
    if mention.status is MentionStatus.ESCALATED:
        announce(EventType.CASE_CHANGED, subject_id=None, at=at)
    ring_after_commit(Lane.TRIAGE)
    return True


def read_edited(*, mention_id: int, at: datetime) -> None:
    """Read an edited post again where it stands; what must not stay before the crowd goes to staff, with its claim ended."""
    mention = session.get_one(Mention, mention_id, with_for_update=True)
    if not mention.to_reread:
        return
    try:
        verdict = triage.read_again(mention, at=at)
    # Whatever a stranger's text does to our rules, it must not stop the lane behind it.
    except Exception:
        log.exception("triage failed on the edited mention %s", mention_id)
        triage.give_up_reading(mention, message=_("Triage could not read this post."), at=at)
        return
    record("mention.read_again", subject=mention, actor_id=None, at=at, route=verdict.route.value)
    if verdict.route.is_staff and mention.status in _WITH_THE_CROWD:
        _take_to_staff(mention, verdict, at=at)
    announce(EventType.POST_EDITED, subject_id=mention_id, at=at)


def _take_to_staff(mention: Mention, verdict: Verdict, *, at: datetime) -> None:
    """Take a post out of the crowd's hands; a reply that may be public already leaves it where it is."""
    replies = session.scalars(select(Reply).where(Reply.mention_id == mention.id, Reply.status.in_(LIVE_REPLY))).all()
    sent = [queries.live_publication_of(reply.id) for reply in replies]
    if any(each is not None and each.status in MAY_BE_PUBLIC for each in sent):
        return
    for reply in replies:
        end_unsaid(reply, because="edited", at=at)
    feed.end_on(mention_id=mention.id, because=ClaimEnd.POST_EDITED, at=at)
    mention.route, mention.feed_lane = verdict.route, None
    cases.open_case(
        mention=mention,
        reason="",
        tags=list(verdict.tags),
        priority=verdict.priority,
        parts=[(part.name, part.points) for part in verdict.parts],
        opened_by_id=None,
        at=at,
        sensitive=verdict.route is Route.STAFF_SENSITIVE,
        safety=Concern.SAFETY.value in verdict.tags,
    )
    record("mention.escalated", subject=mention, actor_id=None, at=at, because="edited")
    announce(EventType.POST_CLAIMED, subject_id=mention.id, at=at)
