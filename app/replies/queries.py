"""Replies, looked up: one's own list, one reply with its versions, the draft for a post."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from sqlalchemy import ColumnElement, and_, func, or_, select
from sqlalchemy.orm import joinedload, selectinload

from app.accounts.permissions import Permission, Person, may, scoped, visible
from app.cases.queries import kept_from_nobody
from app.channels.models import Connection
from app.cord.queries import hold_over
from app.foundation.db import session
from app.foundation.errors import NotFound
from app.foundation.words import _
from app.mentions.models import Author, Mention
from app.replies.models import Reply, ReplyKind, ReplyStatus, ReplyVersion

PAGE = 50
RECENT = 20
_S = ReplyStatus
_LIVE_OF_WRITER = (_S.DRAFT, _S.SUBMITTED, _S.RETURNED, _S.APPROVED)


@visible(Reply)
def _seen_by(person: Person) -> ColumnElement[bool]:
    own = Reply.writer_id == person.id
    if not (may(person, Permission.REVIEW) or may(person, Permission.APPROVE_SECOND)):
        return own
    return or_(own, and_(Reply.status != ReplyStatus.DRAFT, kept_from_nobody(person, Reply.mention_id)))


@visible(ReplyVersion)
def _versions_seen_by(person: Person) -> ColumnElement[bool]:
    return ReplyVersion.reply_id.in_(select(Reply.id).where(_seen_by(person)))


class Stage(StrEnum):
    """Where a reply stands, in the words of its writer's list."""

    DRAFT = "draft"
    IN_REVIEW = "review"
    RETURNED = "returned"
    POSTING = "posting"
    POSTED = "posted"
    THANKED = "thanked"
    ENDED = "ended"


_STAGES = {
    _S.DRAFT: Stage.DRAFT,
    _S.SUBMITTED: Stage.IN_REVIEW,
    _S.RETURNED: Stage.RETURNED,
    _S.APPROVED: Stage.POSTING,
    _S.PUBLISHED: Stage.POSTED,
}


def stage_of(reply: Reply) -> Stage:
    """Return where a reply stands."""
    if reply.status is _S.PUBLISHED and reply.thanked_at is not None:
        return Stage.THANKED
    return _STAGES.get(reply.status, Stage.ENDED)


def _at_stage(stage: Stage) -> ColumnElement[bool]:
    if stage is Stage.ENDED:
        return Reply.status.not_in(_STAGES)
    statuses = [status for status, each in _STAGES.items() if each is stage]
    if stage is Stage.THANKED:
        return and_(Reply.status == _S.PUBLISHED, Reply.thanked_at.is_not(None))
    return and_(Reply.status.in_(statuses), or_(Reply.status != _S.PUBLISHED, Reply.thanked_at.is_(None)))


def reply_of(person: Person, reply_id: int) -> Reply:
    """Return one reply with its versions, post, author and connection.

    Raises:
        NotFound: there is none, or not for this person.
    """
    found = session.scalar(
        scoped(select(Reply).where(Reply.id == reply_id), person).options(
            selectinload(Reply.versions).joinedload(ReplyVersion.editor),
            joinedload(Reply.writer),
            joinedload(Reply.mention).options(joinedload(Mention.author), joinedload(Mention.connection)),
        )
    )
    if found is None:
        raise NotFound(_("There is no such reply."))
    return found


def live_reply_on(*, mention_id: int, writer_id: int) -> Reply | None:
    """Return the reply this writer has under way for a post of the crowd's, with its versions; or None."""
    return session.scalar(
        select(Reply)
        .where(Reply.mention_id == mention_id, Reply.writer_id == writer_id, Reply.status.in_(_LIVE_OF_WRITER))
        .where(Reply.kind == ReplyKind.COMMUNITY)
        .options(selectinload(Reply.versions))
    )


def network_of(reply: Reply) -> str:
    """Return the kind of network a reply would be posted on."""
    wanted = select(Connection.kind).join(Mention, Mention.connection_id == Connection.id)
    return session.scalars(wanted.where(Mention.id == reply.mention_id)).one()


def newest_version(reply: Reply) -> ReplyVersion | None:
    """Return the version that counts; ``versions`` must be loaded."""
    return max(reply.versions, key=lambda version: version.number, default=None)


@dataclass(frozen=True, slots=True)
class OwnReply:
    """A line of one's own list; ``text`` is the newest version's."""

    id: int
    mention_id: int
    stage: Stage
    status: ReplyStatus
    text: str
    post_text: str
    author_name: str
    network: str
    moved_at: datetime
    returned_note: str
    published_url: str


def own_replies(
    person: Person, *, stage: Stage | None = None, before_id: int | None = None, limit: int = PAGE
) -> list[OwnReply]:
    """Return what a person wrote for the crowd, newest first."""
    newest = (
        select(ReplyVersion.text)
        .where(ReplyVersion.reply_id == Reply.id)
        .order_by(ReplyVersion.number.desc())
        .limit(1)
        .correlate(Reply)
        .scalar_subquery()
    )
    wanted = (
        scoped(
            select(
                Reply,
                newest.label("text"),
                Mention.masked_text,
                Author.name.label("author_name"),
                Connection.kind.label("network"),
            ),
            person,
        )
        .join(Mention, Mention.id == Reply.mention_id)
        .join(Author, Author.id == Mention.author_id)
        .join(Connection, Connection.id == Mention.connection_id)
        .where(Reply.writer_id == person.id, Reply.kind == ReplyKind.COMMUNITY)
    )
    if stage is not None:
        wanted = wanted.where(_at_stage(stage))
    if before_id is not None:
        wanted = wanted.where(Reply.id < before_id)
    return [
        OwnReply(
            id=row.Reply.id,
            mention_id=row.Reply.mention_id,
            stage=stage_of(row.Reply),
            status=row.Reply.status,
            text=row.text or "",
            post_text=row.masked_text or "",
            author_name=row.author_name,
            network=row.network,
            moved_at=row.Reply.published_at or row.Reply.submitted_at or row.Reply.started_at,
            returned_note=row.Reply.returned_note,
            published_url=row.Reply.published_url,
        )
        for row in session.execute(wanted.order_by(Reply.id.desc()).limit(limit))
    ]


def waiting_for(writer_id: int) -> int:
    """Return how many replies came back and wait for their writer."""
    back = select(func.count()).select_from(Reply).where(Reply.writer_id == writer_id, Reply.status == _S.RETURNED)
    return session.scalar(back.where(Reply.kind == ReplyKind.COMMUNITY)) or 0


def recent_texts(*, writer_id: int, except_mention_id: int, limit: int = RECENT) -> Sequence[str]:
    """Return what a writer sent last, newest first, without what they write for this post."""
    return session.scalars(
        select(ReplyVersion.text)
        .join(Reply, Reply.id == ReplyVersion.reply_id)
        .where(
            Reply.writer_id == writer_id,
            Reply.mention_id != except_mention_id,
            Reply.status.in_((_S.SUBMITTED, _S.APPROVED, _S.PUBLISHED)),
            ReplyVersion.sealed_at.is_not(None),
        )
        .order_by(Reply.id.desc(), ReplyVersion.number.desc())
        .limit(limit)
    ).all()


def is_paused(mention_id: int) -> bool:
    """Say whether the crowd's reply to a post would be held at present."""
    post = session.execute(select(Mention.connection_id, Mention.topic).where(Mention.id == mention_id)).one()
    return hold_over(crowd=True, connection_id=post.connection_id, topic=post.topic) is not None
