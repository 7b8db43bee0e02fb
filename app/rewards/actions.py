"""Points are given and taken back: a ledger line and its balances, always in one transaction."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import select, update

from app.advocates.models import Advocate
from app.channels.models import Connection
from app.channels.types import Metrics
from app.foundation.db import session
from app.foundation.events import EventType, announce
from app.foundation.journal import Subject, record
from app.foundation.tasks import TaskKind, open_task, settle_tasks
from app.foundation.words import _
from app.publishing import actions as publishing
from app.publishing.models import Publication, PublicationStatus
from app.replies.models import Reply, ReplyKind
from app.rewards import queries, scoring, standings
from app.rewards.models import ALL_TIME, Balance, Impact, PointEntry, Rule

COMPARED_EVERY = timedelta(days=1)
COMPARED_AT_ONCE = 100


@dataclass(frozen=True, slots=True)
class Earned:
    """Points for one person, and what for."""

    user_id: int
    rule: Rule
    points: int
    subject: Subject
    publication_id: int | None
    detail: str = ""


def reward(*, publication_id: int, at: datetime) -> bool:
    """Give the points a publication has earned by being posted; return whether it was still owed any.

    Staff are paid otherwise: their answers earn nothing.
    """
    if not _take(publication_id, at=at):
        return False
    facts = queries.facts_of(publication_id)
    if facts.kind is ReplyKind.STAFF:
        return True
    publication = session.get_one(Publication, publication_id)
    _lock_account(facts.writer_id)
    earned = [(Rule.POSTED, scoring.POSTED_POINTS)]
    if facts.without_changes:
        earned.append((Rule.WITHOUT_CHANGES, scoring.WITHOUT_CHANGES_POINTS))
    if scoring.was_soon(posted_at=facts.posted_at, sent_at=facts.sent_at):
        earned.append((Rule.WITHIN_THE_HOUR, scoring.WITHIN_THE_HOUR_POINTS))
    for rule, points in earned:
        _enter(Earned(facts.writer_id, rule, points, publication, publication_id), counts_from=facts.sent_at, at=at)
    return True


def _take(publication_id: int, *, at: datetime) -> bool:
    """Mark a publication as rewarded; two drainers cannot both do so."""
    taken = session.execute(
        update(Publication)
        .where(
            Publication.id == publication_id,
            Publication.status == PublicationStatus.SENT,
            Publication.rewarded_at.is_(None),
        )
        .values(rewarded_at=at, look_up_at=at)
    )
    return bool(taken.rowcount)  # type: ignore[attr-defined]


def _lock_posted(publication_id: int) -> Publication | None:
    """Return a publication that stands on its network, kept from other drainers until the transaction ends, or None."""
    return session.scalars(
        select(Publication)
        .where(Publication.id == publication_id, Publication.status == PublicationStatus.SENT)
        .with_for_update(key_share=True)
        .execution_options(populate_existing=True)
    ).one_or_none()


def _lock_account(user_id: int) -> None:
    """Let nobody else move this person's balances, or count what they earned today, until the transaction ends.

    Always after the publication, so that two drainers cannot wait for each other.
    """
    session.execute(select(Advocate.id).where(Advocate.user_id == user_id).with_for_update(key_share=True))


def mark_read(*, publication_id: int, mention_id: int) -> None:
    """Note that what was said back to a publication has been read for thanks, up to this mention."""
    session.get_one(Publication, publication_id).thanks_read_to = mention_id


def hear_thanks(*, publication_id: int, at: datetime) -> bool:
    """Give the points for a thank-you of the customer, once; return whether they were still owed."""
    publication = _lock_posted(publication_id)
    if publication is None:
        return False
    reply = session.get_one(Reply, publication.reply_id, populate_existing=True)
    if reply.thanked_at is not None:
        return False
    reply.thanked_at = at
    if reply.kind is ReplyKind.COMMUNITY:
        _lock_account(reply.writer_id)
        earned = Earned(reply.writer_id, Rule.THANKED, scoring.THANKED_POINTS, publication, publication_id)
        _enter(earned, counts_from=at, at=at)
    return True


def record_impact(*, publication_id: int, metrics: Metrics, at: datetime) -> int:
    """Note what a reply did since; give what its reach is worth more than before. Return the points given."""
    publication = _lock_posted(publication_id)
    if publication is None:
        return 0
    _look_again(publication, at=at)
    before = queries.impact_of(publication_id)
    likes, reposts, views = metrics.likes or 0, metrics.reposts or 0, metrics.views or 0
    worth = scoring.reach_points(likes=likes, reposts=reposts, views=views)
    known = before.points if before else 0
    if before is not None and worth <= known:
        before.likes, before.reposts, before.views, before.looked_up_at = likes, reposts, views, at
        return 0
    impact = Impact(
        publication_id=publication_id, likes=likes, reposts=reposts, views=views, points=worth, looked_up_at=at
    )
    session.add(impact)
    writer_id = queries.crowd_writer_of(publication_id)
    if writer_id is None:
        return 0
    _lock_account(writer_id)
    today = queries.reach_points_on(writer_id, day=at.date())
    points = scoring.within_the_day(worth - known, already_today=today)
    if points:
        session.flush()  # the ledger line names the impact row
        detail = f"{likes}/{reposts}/{views}"
        _enter(Earned(writer_id, Rule.REACH, points, impact, publication_id, detail), counts_from=at, at=at)
    return points


def _look_again(publication: Publication, *, at: datetime) -> None:
    connection = session.get_one(Connection, publication.connection_id)
    publication.look_up_at = scoring.next_look_up(
        sent_at=publication.sent_at or at, poll_seconds=connection.poll_seconds, at=at
    )


def put_off(*, publication_ids: Sequence[int], until: datetime) -> None:
    """Look up the reach of these replies no sooner, since their network does not answer."""
    session.execute(update(Publication).where(Publication.id.in_(publication_ids)).values(look_up_at=until))


def follow_removal(*, publication_id: int, at: datetime) -> int:
    """End a publication that its network shows no longer, and take its points back; return how many. Once."""
    if not publishing.end_publicly(publication_id=publication_id, at=at):
        return 0
    return reverse(publication_id=publication_id, at=at)


def reverse(*, publication_id: int, at: datetime) -> int:
    """Take back what a publication earned, by lines of their own; return the points taken. A second time takes none."""
    taken = 0
    if (writer_id := queries.crowd_writer_of(publication_id)) is not None:
        _lock_account(writer_id)
    for entry in queries.unreversed_entries_of(publication_id):
        _enter(
            Earned(entry.user_id, Rule.REVERSAL, -entry.points, entry, publication_id, detail=entry.rule.value),
            counts_from=at,
            at=at,
            season_id=entry.season_id,
        )
        taken += entry.points
    return taken


def _enter(earned: Earned, *, counts_from: datetime, at: datetime, season_id: int | None = None) -> None:
    """Write one line and move the balances it counts in: the season's, and that of all time."""
    if season_id is None:
        season = standings.season_on(counts_from.date())
        season_id = None if season is None else season.id
    entry = PointEntry(
        user_id=earned.user_id,
        rule=earned.rule,
        subject_type=earned.subject.__tablename__,
        subject_id=earned.subject.id,
        publication_id=earned.publication_id,
        points=earned.points,
        earned_at=at,
        counts_from=counts_from,
        season_id=season_id,
        detail=earned.detail,
    )
    session.add(entry)
    for period in {ALL_TIME, season_id or ALL_TIME}:
        _move_balance(earned.user_id, period, earned.points, at=at)
    record("points.given" if earned.points >= 0 else "points.reversed", subject=entry, actor_id=None, at=at)
    announce(EventType.POINTS, subject_id=earned.user_id, at=at)


def _move_balance(user_id: int, season_id: int, points: int, *, at: datetime) -> None:
    moved = session.execute(
        update(Balance)
        .where(Balance.user_id == user_id, Balance.season_id == season_id)
        .values(points=Balance.points + points, reached_at=at)
        .execution_options(synchronize_session=False)
    )
    if not moved.rowcount:  # type: ignore[attr-defined]
        session.add(Balance(user_id=user_id, season_id=season_id, points=points, reached_at=at))
        session.flush()  # a further line of this transaction must find it


def choose_ranking(*, advocate: Advocate, hidden: bool, at: datetime) -> None:
    """Show an advocate on the boards, or do not; no point is lost by it."""
    advocate.hidden_from_boards = hidden
    record("advocate.ranking_chosen", subject=advocate, actor_id=advocate.user_id, at=at, hidden=hidden)


def compare_balances(*, at: datetime) -> int:
    """Compare balances with the ledger, each once a day; return how many. What differs is for a person to look at.

    Nothing is put right here: one of the two was changed behind our back, and which of them no program can know.
    """
    due = queries.uncompared(since=at - COMPARED_EVERY, limit=COMPARED_AT_ONCE)
    for balance, name, ledger in due:
        balance.compared_at = at
        if balance.points != ledger:
            numbers = {"name": name, "kept": balance.points, "ledger": ledger}
            message = _(
                "%(name)s stands on the board with %(kept)s points; the ledger adds up to %(ledger)s.", **numbers
            )
            open_task(TaskKind.BALANCE, subject=balance, message=message, at=at)
            announce(EventType.COUNTS, subject_id=None, at=at)
            continue
        if settle_tasks(TaskKind.BALANCE, balance, by_id=None, at=at):
            announce(EventType.COUNTS, subject_id=None, at=at)
    return len(due)
