"""After a restore: what the networks show is written down again, what nobody remembers is shown to a person."""

from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Final

from sqlalchemy import select

from app.accounts.agreement import agreement_of
from app.accounts.permissions import Person
from app.channels.actions import record_cost, record_failure
from app.channels.errors import ChannelError
from app.channels.types import Batch, IncomingPost, Receipt
from app.feed.models import ClaimEnd
from app.foundation.db import ring_after_commit, session
from app.foundation.errors import Conflict
from app.foundation.events import EventType, announce
from app.foundation.journal import record
from app.foundation.lanes import Lane
from app.foundation.recovery import (
    SETTLED_AFTER,
    Recovery,
    TimelineRead,
    active_recovery,
    end_recoveries,
    newest_recovery,
)
from app.foundation.tasks import TaskKind, open_task, settle_tasks
from app.foundation.upsert import insert_new
from app.foundation.words import _
from app.mentions import actions as mentions
from app.mentions.editions import as_known
from app.mentions.models import Mention
from app.publishing import queries
from app.publishing.actions.deleting import end_work_on
from app.publishing.actions.stopping import give_back
from app.publishing.actions.turning_up import attach
from app.publishing.models import Publication
from app.publishing.moves import move
from app.publishing.timelines import ReadBack, Timeline, is_read

TRIED_AGAIN_AFTER: Final = timedelta(minutes=1)


def record_read_back(outcome: Timeline | ChannelError, due: ReadBack, *, began_at: datetime, at: datetime) -> None:
    """Write down what our own posts on one network showed, or why they could not be read."""
    read = _read_of(due, at)
    if isinstance(outcome, ChannelError):
        read.trouble = outcome.detail or outcome.code
        read.next_read_at = max(outcome.retry_at or at, at + TRIED_AGAIN_AFTER)
        record_failure(connection_id=due.connection_id, error=outcome, at=at, of_listening=True)
        return
    recovery = session.get_one(Recovery, due.recovery_id)
    read.found += sum(_re_attach(publication_id, post, at) for publication_id, post in outcome.said.items())
    read.forgotten += sum(_note_forgotten(post, due.connection_id, at) for post in _unexplained(outcome, due))
    mentions.capture(Batch(outcome.posts, cursor="", more=False), connection_id=due.connection_id, at=at)
    record_cost(connection_id=due.connection_id, units=outcome.cost_units, at=at)
    read.trouble, read.read_at = "", began_at
    read.next_read_at = max(recovery.started_at + SETTLED_AFTER, at)


def _read_of(due: ReadBack, at: datetime) -> TimelineRead:
    named = {"recovery_id": due.recovery_id, "connection_id": due.connection_id}
    insert_new(TimelineRead, [named | {"next_read_at": at, "trouble": "", "found": 0, "forgotten": 0}])
    return session.scalars(select(TimelineRead).filter_by(**named).with_for_update()).one()


def _re_attach(publication_id: int, post: IncomingPost, at: datetime) -> bool:
    proof = Receipt(post.this, post.url, post.created_at)
    return attach(publication_id, proof, line="publication.re_attached", at=at)


def _unexplained(timeline: Timeline, due: ReadBack) -> Sequence[IncomingPost]:
    """Return the replies on the network that no sending of ours explains, the oldest first."""
    ids = [post.this.id for post in timeline.posts]
    known = set(
        session.scalars(
            select(Publication.external_id).where(
                Publication.connection_id == due.connection_id, Publication.external_id.in_(ids)
            )
        )
    ) | {post.this.id for post in timeline.said.values()}
    unknown = [post for post in reversed(timeline.posts) if post.parent is not None and post.this.id not in known]
    return as_known(unknown, due.connection_id)


def _note_forgotten(post: IncomingPost, connection_id: int, at: datetime) -> bool:
    """End what waits under a post that was answered in the time that is lost, and show it to a person."""
    parent = post.parent.id if post.parent else ""
    mention = session.scalars(
        select(Mention).where(Mention.connection_id == connection_id, Mention.external_id == parent).with_for_update()
    ).one_or_none()
    if mention is None or not mention.is_live:
        return False
    if end_work_on(mention.id, because="answered", claims_end=ClaimEnd.TAKEN_AWAY, at=at):
        mention.find_answered(at=at)
    record("mention.found_answered", subject=mention, actor_id=None, at=at, external_id=post.this.id)
    message = _("A reply of ours stands under this post, and nothing here says who wrote and approved it.")
    open_task(TaskKind.FORGOTTEN_POST, subject=mention, message=message, at=at)
    return True


def end_when_read(*, at: datetime) -> bool:
    """End the recovery once every timeline was read; return whether it did."""
    recovery = active_recovery()
    if recovery is None or not is_read(recovery):
        return False
    return _end(by_id=None, at=at)


def end_recovery(*, by: Person, at: datetime) -> bool:
    """End the recovery by hand, or ask a second admin to agree; return whether it has ended now.

    Raises:
        Conflict: it is off already; or this admin asked before.
        NotAllowed: this admin's word does not count yet.
    """
    recovery = _newest()
    agreed = agreement_of(by, asked_by_id=recovery.asked_by_id, at=at)
    if agreed.is_reached:
        return _end(by_id=by.id, at=at, **agreed.told)
    recovery.ask_end(by_id=by.id, at=at)
    record("recovery.end_asked", subject=recovery, actor_id=by.id, at=at)
    announce(EventType.CORD, subject_id=None, at=at)
    return False


def withdraw_end(*, by: Person, at: datetime) -> None:
    """Let the wish to end the recovery by hand fall, one's own or another admin's.

    Raises:
        Conflict: it is off already; or nobody asks for it any more.
    """
    recovery = _newest()
    recovery.withdraw_request()
    record("recovery.end_withdrawn", subject=recovery, actor_id=by.id, at=at)
    announce(EventType.CORD, subject_id=None, at=at)


def _newest() -> Recovery:
    recovery = newest_recovery(locked=True)
    if recovery is None:
        raise Conflict(_("Recovery mode is off already."))
    return recovery


def _end(*, by_id: int | None, at: datetime, **told: object) -> bool:
    """Let posting go on; return whether there was a recovery.

    What was approved before it goes back to those who decide: in the time that is lost it may have been stopped.
    """
    began_at = end_recoveries(by_id=by_id, at=at, **told)
    if began_at is None:
        return False
    before = (Publication.status.in_(queries.UNSENT), Publication.approved_at <= began_at)
    while left := queries.ids_of(*before):
        for publication_id in left:
            _leave_unsent(publication_id, at)
    ring_after_commit(Lane.PUBLISHING)
    return True


def _leave_unsent(publication_id: int, at: datetime) -> None:
    if move("cancel", publication_id):
        publication = queries.whole(publication_id)
        record("publication.left_unsent", subject=publication, actor_id=None, at=at)
        give_back(publication, at=at)


def settle_forgotten(*, mention: Mention, by_id: int, at: datetime) -> bool:
    """Say that a forgotten reply was looked into; return whether anybody asked for it."""
    if not settle_tasks(TaskKind.FORGOTTEN_POST, mention, by_id=by_id, at=at):
        return False
    record("mention.looked_into", subject=mention, actor_id=by_id, at=at)
    return True
