"""What its author deleted disappears here too, with everything that hung on it."""

from datetime import datetime

from sqlalchemy import delete, select

from app.cases.models import Case, CaseStatus
from app.channels.models import Connection
from app.feed.models import Claim, ClaimEnd
from app.foundation.db import session
from app.foundation.events import EventType, announce
from app.foundation.journal import record
from app.foundation.tasks import TaskKind, settle_tasks
from app.foundation.tombstones import TombstoneKind, bury
from app.mentions.authors import forget_author
from app.mentions.models import Mention
from app.publishing import queries
from app.publishing.models import PublicationStatus
from app.publishing.moves import move, settle_unsent
from app.replies.models import REPLY_LIFECYCLE, Reply
from app.triage.models import TriageVerdict

_LIVE_CASE = (CaseStatus.OPEN, CaseStatus.ASSIGNED)
MAY_BE_PUBLIC = frozenset(
    {PublicationStatus.SENDING, PublicationStatus.UNKNOWN, PublicationStatus.ABSENT, PublicationStatus.SENT}
)


def mirror_deletion(*, mention_id: int, at: datetime) -> None:
    """Erase a deleted post wherever it stands, and end its claim, drafts, case and unsent publication. A second time is harmless.

    Its words go, who wrote it, and what was read from it; ids, times, states, and what we said ourselves, stay.
    """
    mention = session.get_one(Mention, mention_id)
    mention.erase()
    forget_author(mention, at=at)
    heard_by = session.get_one(Connection, mention.connection_id)
    bury(TombstoneKind.POST, [mention.external_id], network=heard_by.kind, account=heard_by.external_id, at=at)
    end_work_on(mention_id, because="gone", claims_end=ClaimEnd.POST_DELETED, at=at)
    for case in session.scalars(select(Case).where(Case.mention_id == mention_id)):
        case.forget_post()
    session.execute(
        delete(TriageVerdict).where(TriageVerdict.mention_id == mention_id).execution_options(synchronize_session=False)
    )
    settle_tasks(TaskKind.POISON, mention, by_id=None, at=at)
    record("mention.erased", subject=mention, actor_id=None, at=at)
    announce(EventType.POST_FREED, subject_id=mention.id, at=at)


def end_work_on(mention_id: int, *, because: str, claims_end: ClaimEnd, at: datetime) -> bool:
    """End claim, drafts, case and unsent publication of a post; return whether none of its replies may be public."""
    for claim in session.scalars(select(Claim).where(Claim.mention_id == mention_id, Claim.ended_at.is_(None))):
        claim.end(claims_end, at=at)
    replies = session.scalars(select(Reply).where(Reply.mention_id == mention_id)).all()
    under_way = [reply for reply in replies if not end_unsaid(reply, because=because, at=at)]
    for case in session.scalars(select(Case).where(Case.mention_id == mention_id, Case.status.in_(_LIVE_CASE))):
        case.resolve(at=at)
        announce(EventType.CASE_CHANGED, subject_id=case.id, at=at)
    return not under_way


def end_unsaid(reply: Reply, *, because: str, at: datetime) -> bool:
    """Withdraw what is not public; return False for one that is, or may be, and is left to its outcome."""
    publication = queries.live_publication_of(reply.id)
    if publication is not None and move("cancel", publication.id):
        record("publication.cancelled", subject=publication, actor_id=None, at=at, because=because)
        settle_unsent(publication, by_id=None, at=at)
        session.refresh(publication)
    under_way = publication is not None and publication.status in MAY_BE_PUBLIC
    if not under_way and REPLY_LIFECYCLE.can("withdraw", reply.status):
        reply.withdraw()
        announce(EventType.REPLY_DECIDED, subject_id=reply.id, at=at)
    return not under_way
