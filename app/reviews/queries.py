"""The moderators' line: what waits, one reply with all that a decision needs, what was decided."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum
from functools import lru_cache

from sqlalchemy import ColumnElement, Select, and_, exists, false, func, or_, select, true
from sqlalchemy.orm import aliased, joinedload, selectinload

from app.accounts.models import User
from app.accounts.permissions import TABLE, Permission, Person, grades_of, may, scoped, visible
from app.cases.models import Case
from app.foundation.db import session
from app.foundation.errors import NotFound
from app.foundation.lanes import Lane
from app.foundation.slots import register_count
from app.foundation.stumbles import may_be_taken
from app.foundation.words import _
from app.mentions.models import Mention
from app.publishing.models import Publication, PublicationStatus
from app.publishing.queries import UNSENT as UNSENT
from app.replies.checks import RULES, Checked, check
from app.replies.models import Reply, ReplyKind, ReplyStatus, ReplyVersion
from app.replies.queries import recent_texts, reply_of
from app.reviews.models import Decision, Opening, Review, ReviewNote
from app.reviews.second_look import WhyTwo, why_two

#: Who has not been heard of for so long has gone.
GONE_AFTER = timedelta(seconds=90)
#: A line longer than this is worked from its front; its tail need not be counted out.
LINE_AT_MOST = 500
#: The checks are asked of the front of the line only: they read every word.
CHECKED_AT_MOST = 100


class View(StrEnum):
    """Parts of the line."""

    WAITING = "waiting"
    FLAGGED = "flagged"
    FIRST = "first"


def sees_queue(person: Person) -> bool:
    """Say whether the line is this person's to see."""
    return may(person, Permission.REVIEW) or may(person, Permission.APPROVE_SECOND)


def for_reviewers(person: Person) -> ColumnElement[bool]:
    """Return the condition that rows are for those who decide."""
    return true() if sees_queue(person) else false()


visible(Opening)(for_reviewers)
visible(ReviewNote)(for_reviewers)


@visible(Review)
def _own_or_all(person: Person) -> ColumnElement[bool]:
    if sees_queue(person):
        return true()
    return Review.writer_id == person.id


@dataclass(frozen=True, slots=True)
class QueueItem:
    """A line of the list."""

    reply_id: int
    writer_name: str
    text: str
    network: str
    submitted_at: datetime
    checked: Checked
    is_first: bool
    sensitive: bool
    times: int
    own: bool

    @property
    def flagged(self) -> bool:
        """Whether it wants a slower look."""
        return self.sensitive or bool(self.checked.findings)


def _waiting(person: Person) -> Select[Reply]:
    """What waits for a decision and may be seen: the safety of people is for staff and admins only."""
    waiting = scoped(select(Reply), person).where(Reply.status == ReplyStatus.SUBMITTED, for_reviewers(person))
    if not may(person, Permission.SEE_SAFETY_CASES):
        waiting = waiting.where(~exists().where(Case.mention_id == Reply.mention_id, Case.safety))
    return waiting


def _first_of_writer() -> ColumnElement[bool]:
    posted = aliased(Reply)
    return ~exists().where(posted.writer_id == Reply.writer_id, posted.status == ReplyStatus.PUBLISHED)


def line_of(person: Person, view: View = View.WAITING) -> list[int]:
    """Return the ids of the replies that wait in a view, the longest waiting first."""
    wanted = _waiting(person)
    if view is View.FIRST:
        wanted = wanted.where(_first_of_writer())
    ids = list(
        session.scalars(wanted.with_only_columns(Reply.id).order_by(Reply.submitted_at, Reply.id).limit(LINE_AT_MOST))
    )
    if view is View.FLAGGED:
        return [item.reply_id for item in items_of(person, ids[:CHECKED_AT_MOST]) if item.flagged]
    return ids


def next_after(person: Person, reply_id: int, view: View = View.WAITING) -> int | None:
    """Return the reply to decide on after this one: the next that is not the person's own, else the first; or None."""
    line = line_of(person, view)
    own = set(session.scalars(select(Reply.id).where(Reply.id.in_(line), Reply.writer_id == person.id)))
    at = line.index(reply_id) if reply_id in line else -1
    ahead = [each for each in [*line[at + 1 :], *line[: max(at, 0)]] if each not in own and each != reply_id]
    return ahead[0] if ahead else None


def items_of(person: Person, ids: Sequence[int]) -> list[QueueItem]:
    """Return the list's lines for these ids, in their order; what was decided meanwhile is left out."""
    wanted = (
        _waiting(person)
        .where(Reply.id.in_(ids))
        .add_columns(_first_of_writer().label("is_first"))
        .options(
            joinedload(Reply.writer),
            selectinload(Reply.versions),
            joinedload(Reply.mention).joinedload(Mention.connection),
        )
    )
    found = {row[0].id: _item(row[0], person, is_first=bool(row[1])) for row in session.execute(wanted)}
    return [found[reply_id] for reply_id in ids if reply_id in found]


@lru_cache(maxsize=1024)
def _checked(text: str, signature: str, network: str, link_hosts: tuple[str, ...]) -> Checked:
    """A list asks again and again about words that do not change."""
    return check(text, signature=signature, network=network, link_hosts=link_hosts)


def _item(reply: Reply, person: Person, *, is_first: bool) -> QueueItem:
    version = newest_sealed(reply)
    network = reply.mention.connection.kind
    return QueueItem(
        reply_id=reply.id,
        writer_name=reply.writer.name,
        text=version.text,
        network=network,
        submitted_at=reply.submitted_at or reply.started_at,
        checked=_checked(version.text, version.signature, network, RULES.link_hosts),
        is_first=is_first and reply.kind is ReplyKind.COMMUNITY,
        sensitive=reply.sensitive,
        times=version.number,
        own=reply.writer_id == person.id,
    )


def newest_sealed(reply: Reply) -> ReplyVersion:
    """Return the version that stands to decision; ``versions`` must be loaded."""
    return max((each for each in reply.versions if each.sealed_at is not None), key=lambda each: each.number)


def writers_own(reply: Reply) -> ReplyVersion:
    """Return the newest version in the writer's own words."""
    sealed = [each for each in reply.versions if each.sealed_at is not None]
    return max(sealed, key=lambda each: (each.editor_id == reply.writer_id, each.number))


def version_before(reply: Reply, version: ReplyVersion) -> ReplyVersion | None:
    """Return what the moderators saw before this version, to compare with; None for the first."""
    earlier = [each for each in reply.versions if each.sealed_at is not None and each.number < version.number]
    return max(earlier, key=lambda each: each.number, default=None)


def two_because(reply: Reply) -> tuple[WhyTwo, ...]:
    """Return why two people must approve the newest version, if they must; ``versions`` must be loaded."""
    return why_two(reply, newest_sealed(reply), writers_own(reply))


def approvals_of(version_id: int) -> list[Review]:
    """Return the approvals of a version that stand: not undone, not lapsed, and their makers could still give them."""
    standing = select(Review).where(*given_to(version_id), ~has_lapsed())
    reviewer = joinedload(Review.reviewer).selectinload(User.grants)
    found = session.scalars(standing.options(reviewer).order_by(Review.id))
    return [review for review in found if _could_approve(review.reviewer)]


def given_to(version_id: int) -> tuple[ColumnElement[bool], ...]:
    """Return the conditions that a review is an approval of this version and was not undone."""
    return Review.reply_version_id == version_id, Review.decision == Decision.APPROVE, Review.undone_at.is_(None)


def has_lapsed() -> ColumnElement[bool]:
    """Return the condition that an approval saw another edition of the post, or went into a sending that came back.

    A sending that its approver undid takes nobody else's approval along.
    """
    undone = and_(
        Publication.status == PublicationStatus.CANCELLED,
        Publication.held_because.is_(None),
        Publication.last_error == "",
    )
    came_back = exists().where(
        Publication.reply_version_id == Review.reply_version_id, Publication.approved_at >= Review.decided_at, ~undone
    )
    edition = select(Mention.edition).join(Reply, Reply.mention_id == Mention.id).where(Reply.id == Review.reply_id)
    return or_(came_back, Review.edition != edition.scalar_subquery())


def _could_approve(reviewer: User) -> bool:
    grades = grades_of(reviewer.id, reviewer.roles)
    rights = (Permission.REVIEW, Permission.APPROVE_SECOND)
    return reviewer.is_active and any(TABLE[right][grade].allowed for right in rights for grade in grades)


def reply_to_review(person: Person, reply_id: int) -> Reply:
    """Return a reply with its versions, post, author and connection, for those who may decide on it.

    Raises:
        NotFound: there is none, or not for this person.
    """
    reply = reply_of(person, reply_id)
    unsafe = exists().where(Case.mention_id == reply.mention_id, Case.safety)
    hidden = not may(person, Permission.SEE_SAFETY_CASES) and session.scalar(select(unsafe))
    if hidden or not sees_queue(person) or reply.status is ReplyStatus.DRAFT:
        raise NotFound(_("There is no such reply."))
    return reply


def checks_of(reply: Reply) -> Checked:
    """Return what the checks say of the newest version, the writer's recent words in mind."""
    version = newest_sealed(reply)
    earlier = recent_texts(writer_id=reply.writer_id, except_mention_id=reply.mention_id)
    return check(version.text, signature=version.signature, network=reply.mention.connection.kind, earlier=earlier)


def others_at(reply_id: int, *, except_id: int, at: datetime) -> list[str]:
    """Return the names of the other reviewers who have a reply on their screens."""
    there = (
        select(User.name)
        .join(Opening, Opening.reviewer_id == User.id)
        .where(Opening.reply_id == reply_id, Opening.reviewer_id != except_id, Opening.opened_at > at - GONE_AFTER)
        .order_by(Opening.opened_at, Opening.id)
    )
    return list(session.scalars(there))


def count_waiting(person: Person) -> int:
    """Return how many replies wait for somebody else than their writer: this person."""
    if not sees_queue(person):
        return 0
    waiting = _waiting(person).where(Reply.writer_id != person.id).with_only_columns(func.count())
    return session.scalar(waiting) or 0


def oldest_waiting(person: Person) -> datetime | None:
    """Return since when the longest waiting reply waits."""
    return session.scalar(_waiting(person).with_only_columns(func.min(Reply.submitted_at)))


def unreviewed(*, since: datetime, at: datetime, limit: int) -> Sequence[int]:
    """Return the crowd's replies that wait for a decision since before ``since``, the longest waiting first."""
    return session.scalars(
        select(Reply.id)
        .where(
            Reply.status == ReplyStatus.SUBMITTED,
            Reply.kind == ReplyKind.COMMUNITY,
            Reply.submitted_at <= since,
            may_be_taken(Lane.SWEEPS, Reply.id, at=at),
        )
        .order_by(Reply.submitted_at, Reply.id)
        .limit(limit)
    ).all()


register_count("queue", count_waiting)
