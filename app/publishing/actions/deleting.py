"""What its author deleted disappears here too, with everything that hung on it."""

from datetime import datetime

from sqlalchemy import delete, null, select, update

from app.cases.models import Case, CaseStatus
from app.channels.models import Connection
from app.feed.models import Claim, ClaimEnd
from app.foundation.db import session
from app.foundation.events import EventType, announce
from app.foundation.journal import record
from app.foundation.tasks import Task, TaskKind, settle_tasks
from app.foundation.tombstones import TombstoneKind, bury
from app.foundation.words import _
from app.mentions.authors import forget_author
from app.mentions.models import Mention
from app.mentions.quotes import ERASED, forget_quotes
from app.publishing import queries
from app.publishing.approval import Objection
from app.publishing.models import Publication, PublicationStatus
from app.publishing.moves import move, settle_unsent
from app.replies.models import REPLY_LIFECYCLE, Reply, ReplyVersion
from app.triage.likeness import actions as likeness
from app.triage.models import Doubt, Label, TriageVerdict

_LIVE_CASE = (CaseStatus.OPEN, CaseStatus.ASSIGNED)
MAY_BE_PUBLIC = frozenset(
    {PublicationStatus.SENDING, PublicationStatus.UNKNOWN, PublicationStatus.ABSENT, PublicationStatus.SENT}
)
#: Was public once, and is no more.
_WAS_PUBLIC = frozenset({PublicationStatus.RETRACTED, PublicationStatus.GONE})
_UNSYNCED = {"synchronize_session": False}


def mirror_deletion(*, mention_id: int, at: datetime) -> None:
    """Erase a deleted post wherever it stands, and end its claim, drafts, case and unsent publication. A second time is harmless.

    Its words go, who wrote it, what was read from it, and what people here wrote about it; ids, times, states, and what
    we said in public ourselves, stay.
    """
    mention = session.get_one(Mention, mention_id)
    likeness.forget(mention, at=at)
    mention.erase()
    forget_author(mention, at=at)
    heard_by = session.get_one(Connection, mention.connection_id)
    bury(TombstoneKind.POST, [mention.external_id], network=heard_by.kind, account=heard_by.external_id, at=at)
    end_work_on(mention_id, because="gone", claims_end=ClaimEnd.POST_DELETED, at=at)
    for case in session.scalars(select(Case).where(Case.mention_id == mention_id)):
        case.forget_post()
    for read_from_it in (TriageVerdict, Doubt, Label):
        gone = delete(read_from_it).where(read_from_it.mention_id == mention_id)
        session.execute(gone, execution_options=_UNSYNCED)
    forget_quotes(mention_id)
    _forget_unsaid(mention_id)
    _forget_reasons(mention_id)
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


def _forget_unsaid(mention_id: int) -> None:
    """Erase what was written under a deleted post and never said; it may quote it."""
    written = select(Reply.id).where(Reply.mention_id == mention_id)
    said = Publication.status.in_(MAY_BE_PUBLIC | _WAS_PUBLIC)
    kept = select(Publication.reply_version_id).where(Publication.mention_id == mention_id, said)
    words = update(ReplyVersion).where(
        ReplyVersion.reply_id.in_(written), ReplyVersion.id.not_in(kept), ReplyVersion.text != ""
    )
    session.execute(words.values(text=ERASED), execution_options=_UNSYNCED)
    requests = update(Publication).where(Publication.mention_id == mention_id, ~said)
    session.execute(requests.values(prepared=null()), execution_options=_UNSYNCED)


def _forget_reasons(mention_id: int) -> None:
    """Erase why people gave a reply back or asked for its removal, where that stands beside what programs say."""
    of_post = select(Publication.id).where(Publication.mention_id == mention_id)
    given_back = update(Publication).where(
        Publication.mention_id == mention_id,
        Publication.by_hand,
        Publication.status == PublicationStatus.CANCELLED,
        Publication.last_error.not_in(("", *Objection)),
    )
    session.execute(given_back.values(last_error=ERASED), execution_options=_UNSYNCED)
    asked = update(Task).where(
        Task.kind == TaskKind.WANTS_REMOVAL,
        Task.subject_type == Publication.__tablename__,
        Task.subject_id.in_(of_post),
    )
    message = _("Its writer asks that this reply be taken back.")
    session.execute(asked.values(message=message), execution_options=_UNSYNCED)
