"""The ledger, balances, seasons and boards, looked up."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta

from sqlalchemy import Row, and_, exists, func, or_, select
from sqlalchemy.orm import aliased, selectinload

from app.accounts.models import User
from app.accounts.permissions import Person
from app.advocates.models import Advocate
from app.channels.models import Connection, ConnectionState
from app.foundation.db import session
from app.foundation.errors import NotFound
from app.foundation.lanes import Lane
from app.foundation.stumbles import may_be_taken
from app.foundation.tasks import Task, TaskKind
from app.foundation.words import _
from app.mentions.models import Mention
from app.publishing.models import Publication, PublicationStatus
from app.replies.models import Reply, ReplyKind
from app.reviews.models import Decision, Review
from app.rewards.models import ALL_TIME, Balance, Impact, PointEntry, Rule
from app.rewards.scoring import FOLLOWED_FOR


@dataclass(frozen=True, slots=True)
class Facts:
    """What the points of a publication depend on."""

    writer_id: int
    kind: ReplyKind
    posted_at: datetime
    sent_at: datetime
    without_changes: bool


@dataclass(frozen=True, slots=True)
class DueLookUp:
    """A published reply whose reach should be looked up."""

    publication_id: int
    connection_id: int
    external_id: str


def unrewarded(*, at: datetime, limit: int) -> Sequence[int]:
    """Return publications that are posted and whose points are owed, oldest first."""
    return session.scalars(
        select(Publication.id)
        .where(Publication.status == PublicationStatus.SENT, Publication.rewarded_at.is_(None))
        .where(may_be_taken(Lane.REWARDS, Publication.id, at=at))
        .order_by(Publication.id)
        .limit(limit)
    ).all()


def facts_of(publication_id: int) -> Facts:
    """Return what the points of a sent publication depend on."""
    row = session.execute(
        select(Reply.id, Reply.writer_id, Reply.kind, Mention.posted_at, Publication.sent_at)
        .join(Publication, Publication.reply_id == Reply.id)
        .join(Mention, Mention.id == Publication.mention_id)
        .where(Publication.id == publication_id)
    ).one()
    changed = session.scalar(
        select(
            exists().where(
                Review.reply_id == row.id,
                Review.undone_at.is_(None),
                or_(Review.decision == Decision.RETURN, Review.edited),
            )
        )
    )
    return Facts(row.writer_id, row.kind, row.posted_at, row.sent_at, without_changes=not changed)


def heard_back(*, at: datetime, limit: int) -> Sequence[Row[int, int, str]]:
    """Return (publication id, mention id, text) of what the asker said under our reply and nobody read for thanks yet."""
    asked = aliased(Mention)
    return session.execute(
        select(Publication.id, Mention.id, Mention.text)
        .join(Reply, Reply.id == Publication.reply_id)
        .join(asked, asked.id == Publication.mention_id)
        .join(
            Mention,
            and_(
                Mention.connection_id == Publication.connection_id,
                Mention.parent_external_id == Publication.external_id,
                Mention.author_id == asked.author_id,
            ),
        )
        .where(
            Publication.status == PublicationStatus.SENT,
            Publication.sent_at > at - FOLLOWED_FOR,
            Reply.thanked_at.is_(None),
            or_(Publication.thanks_read_to.is_(None), Mention.id > Publication.thanks_read_to),
            Mention.text != "",
            may_be_taken(Lane.REWARDS, Mention.id, at=at),
        )
        .order_by(Mention.id)
        .limit(limit)
    ).all()


def due_look_ups(*, at: datetime, limit: int) -> list[DueLookUp]:
    """Return replies whose reach counts and is due to be looked up, the longest due first."""
    counts = select(Connection.id).where(
        Connection.impact_counts,
        Connection.state == ConnectionState.CONNECTED,
        or_(Connection.not_before.is_(None), Connection.not_before <= at),
    )
    rows = session.execute(
        select(Publication.id, Publication.connection_id, Publication.external_id)
        .where(
            Publication.status == PublicationStatus.SENT,
            Publication.connection_id.in_(counts),
            may_be_taken(Lane.REWARDS, Publication.id, at=at),
            Publication.external_id.is_not(None),
            Publication.sent_at > at - FOLLOWED_FOR,
            # What was never looked up, since it did not count at the time, must not lie in the way for good.
            Publication.look_up_at.between(at - FOLLOWED_FOR, at),
        )
        .order_by(Publication.look_up_at, Publication.id)
        .limit(limit)
    )
    return [DueLookUp(row.id, row.connection_id, row.external_id) for row in rows]


def impact_of(publication_id: int) -> Impact | None:
    """Return what a reply did as last looked up, or None."""
    return session.scalar(
        select(Impact).where(Impact.publication_id == publication_id).order_by(Impact.id.desc()).limit(1)
    )


def crowd_writer_of(publication_id: int) -> int | None:
    """Return who of the crowd wrote it; None for staff's own answer."""
    return session.scalar(
        select(Reply.writer_id)
        .join(Publication, Publication.reply_id == Reply.id)
        .where(Publication.id == publication_id, Reply.kind == ReplyKind.COMMUNITY)
    )


def reach_points_on(user_id: int, *, day: date) -> int:
    """Return the points a person was given for reach on a day (UTC)."""
    start = datetime.combine(day, time(), tzinfo=UTC)
    total = session.scalar(
        select(func.sum(PointEntry.points)).where(
            PointEntry.user_id == user_id,
            PointEntry.rule == Rule.REACH,
            PointEntry.earned_at >= start,
            PointEntry.earned_at < start + timedelta(days=1),
        )
    )
    return int(total or 0)


def unreversed_entries_of(publication_id: int) -> Sequence[PointEntry]:
    """Return the lines a publication earned that no other line takes back."""
    reversal = aliased(PointEntry)
    return session.scalars(
        select(PointEntry)
        .where(
            PointEntry.publication_id == publication_id,
            PointEntry.rule != Rule.REVERSAL,
            ~exists().where(
                reversal.rule == Rule.REVERSAL,
                reversal.subject_type == PointEntry.__tablename__,
                reversal.subject_id == PointEntry.id,
            ),
        )
        .order_by(PointEntry.id)
    ).all()


def uncompared(*, since: datetime, limit: int) -> Sequence[Row[Balance, str, int]]:
    """Return (balance, its owner's name, what the ledger says) where these were not compared since, the longest first.

    One statement reads both, so that no line written meanwhile makes them differ.
    """
    ledger = select(func.coalesce(func.sum(PointEntry.points), 0)).where(
        PointEntry.user_id == Balance.user_id,
        or_(Balance.season_id == ALL_TIME, PointEntry.season_id == Balance.season_id),
    )
    return session.execute(
        select(Balance, User.name, ledger.correlate(Balance).scalar_subquery())
        .join(User, User.id == Balance.user_id)
        .where(or_(Balance.compared_at.is_(None), Balance.compared_at < since))
        .order_by(Balance.compared_at.asc().nulls_first(), Balance.id)
        .limit(limit)
    ).all()


def differing_balances(*, limit: int) -> Sequence[Task]:
    """Return the balances that differ from their ledger and wait for a person, the oldest first."""
    waiting = select(Task).where(Task.kind == TaskKind.BALANCE, Task.settled_at.is_(None))
    return session.scalars(waiting.order_by(Task.id).limit(limit)).all()


@dataclass(frozen=True, slots=True)
class LedgerLine:
    """A line of the ledger with what it was for; ``topic`` is that of the post, empty where it has none."""

    entry: PointEntry
    reply_id: int | None
    topic: str


def ledger_of(user_id: int, *, limit: int, before_id: int | None = None) -> list[LedgerLine]:
    """Return a person's lines, newest first, a page of ``limit`` below ``before_id``."""
    statement = (
        select(PointEntry, Publication.reply_id, Mention.topic)
        .outerjoin(Publication, Publication.id == PointEntry.publication_id)
        .outerjoin(Mention, Mention.id == Publication.mention_id)
        .where(PointEntry.user_id == user_id)
        .order_by(PointEntry.id.desc())
        .limit(limit)
    )
    if before_id is not None:
        statement = statement.where(PointEntry.id < before_id)
    return [LedgerLine(row[0], row.reply_id, row.topic or "") for row in session.execute(statement)]


def lines_about(publication_ids: Sequence[int], *, limit: int = 100) -> Sequence[Row[PointEntry, str]]:
    """Return the lines these publications brought about, each with the name of whose it is, oldest first."""
    return session.execute(
        select(PointEntry, User.name)
        .join(User, User.id == PointEntry.user_id)
        .where(PointEntry.publication_id.in_(publication_ids))
        .order_by(PointEntry.id)
        .limit(limit)
    ).all()


@dataclass(frozen=True, slots=True)
class Record:
    """What a person did, in numbers."""

    posted: int
    thanked: int
    returned: int


def record_of(user_id: int) -> Record:
    """Return how many replies of a person were posted, thanked for, and returned."""
    posted, thanked = session.execute(
        select(func.count(Reply.published_at), func.count(Reply.thanked_at)).where(Reply.writer_id == user_id)
    ).one()
    returned = session.scalar(
        select(func.count()).select_from(Review).where(Review.writer_id == user_id, Review.decision == Decision.RETURN)
    )
    return Record(posted, thanked, int(returned or 0))


def advocate_by_handle(handle: str) -> Advocate:
    """Return an advocate with user and skills.

    Raises:
        NotFound: nobody has this handle, or not as an advocate.
    """
    found = session.scalar(
        select(Advocate)
        .join(User, User.id == Advocate.user_id)
        .where(User.handle == handle.replace("\0", " "), User.is_active)  # PostgreSQL takes no zero sign
        .options(selectinload(Advocate.user), selectinload(Advocate.skills))
    )
    if found is None:
        raise NotFound(_("Nobody here goes by that name."))
    return found


def own_profile(handle: str, *, viewer: Person) -> Advocate:
    """Return the viewer's own advocate row by handle.

    Raises:
        NotFound: it is not the viewer's.
    """
    if handle != viewer.handle:
        raise NotFound(_("Nobody here goes by that name."))
    return advocate_by_handle(handle)
