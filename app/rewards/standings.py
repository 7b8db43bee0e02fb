"""Seasons, balances and the boards made of them."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime

from sqlalchemy import Select, func, select, tuple_

from app.accounts.models import User
from app.advocates.models import Advocate, AdvocateStatus
from app.foundation.db import session
from app.replies.models import Reply
from app.rewards.models import Balance, PointEntry, Rule, Season

_RANKED = (AdvocateStatus.PROBATION, AdvocateStatus.MEMBER, AdvocateStatus.TRUSTED)


@dataclass(frozen=True, slots=True)
class Standing:
    """One line of a board."""

    user_id: int
    handle: str
    name: str
    points: int
    rank: int


def season_on(day: date) -> Season | None:
    """Return the season a day belongs to, or None between seasons."""
    return session.scalar(
        select(Season).where(Season.starts_on <= day, Season.ends_on >= day).order_by(Season.id).limit(1)
    )


def season_total(season_id: int) -> int:
    """Return what everybody has earned together in a season."""
    return int(session.scalar(select(func.sum(Balance.points)).where(Balance.season_id == season_id)) or 0)


def points_of(user_id: int, *, season_id: int) -> int:
    """Return a person's total in a season, or of all time (0)."""
    return session.scalar(select(Balance.points).where(Balance.user_id == user_id, Balance.season_id == season_id)) or 0


def _board(season_id: int) -> Select[int, str, str, int, datetime]:
    """Everybody who is ranked; ties go to whoever got there first, then to the older account."""
    return (
        select(User.id, User.handle, User.name, Balance.points, Balance.reached_at)
        .join(Balance, Balance.user_id == User.id)
        .join(Advocate, Advocate.user_id == User.id)
        .where(
            Balance.season_id == season_id,
            Balance.points > 0,
            User.is_active,
            Advocate.status.in_(_RANKED),
            ~Advocate.hidden_from_boards,
        )
    )


_BEST_FIRST = (Balance.points.desc(), Balance.reached_at, Balance.user_id)


def top(*, season_id: int, limit: int) -> list[Standing]:
    """Return the first places of a board."""
    rows = session.execute(_board(season_id).order_by(*_BEST_FIRST).limit(limit)).all()
    return [Standing(row.id, row.handle, row.name, row.points, rank) for rank, row in enumerate(rows, 1)]


def around(user_id: int, *, season_id: int, each_side: int = 3) -> list[Standing]:
    """Return the places around one person, that person's own among them; empty when not ranked."""
    me = session.execute(_board(season_id).where(User.id == user_id)).one_or_none()
    if me is None:
        return []
    mine = (-me.points, me.reached_at, me.id)
    keys = tuple_(-Balance.points, Balance.reached_at, Balance.user_id)
    better = session.execute(
        _board(season_id)
        .where(keys < tuple_(*mine))
        .order_by(Balance.points, Balance.reached_at.desc(), Balance.user_id.desc())
        .limit(each_side)
    ).all()
    worse = session.execute(_board(season_id).where(keys > tuple_(*mine)).order_by(*_BEST_FIRST).limit(each_side)).all()
    ahead = session.scalar(select(func.count()).select_from(_board(season_id).where(keys < tuple_(*mine)).subquery()))
    first = int(ahead or 0) - len(better) + 1
    rows = [*reversed(better), me, *worse]
    return [Standing(row.id, row.handle, row.name, row.points, rank) for rank, row in enumerate(rows, first)]


@dataclass(frozen=True, slots=True)
class Help:
    """What somebody did in a period: replies posted, thanks for them, points for reach."""

    helped: int = 0
    thanks: int = 0
    reach: int = 0


def help_of(user_ids: Sequence[int], *, since: datetime | None) -> dict[int, Help]:
    """Return what these people did since then (None: ever), by user."""
    replies = (
        select(Reply.writer_id, func.count(Reply.published_at), func.count(Reply.thanked_at))
        .where(Reply.writer_id.in_(user_ids), Reply.published_at.is_not(None))
        .group_by(Reply.writer_id)
    )
    reach = (
        select(PointEntry.user_id, func.sum(PointEntry.points))
        .where(PointEntry.user_id.in_(user_ids), PointEntry.rule == Rule.REACH)
        .group_by(PointEntry.user_id)
    )
    if since is not None:
        replies, reach = replies.where(Reply.published_at >= since), reach.where(PointEntry.earned_at >= since)
    points = {row[0]: int(row[1]) for row in session.execute(reach)}
    done = {row[0]: Help(row[1], row[2], points.get(row[0], 0)) for row in session.execute(replies)}
    return {user_id: done.get(user_id, Help(reach=points.get(user_id, 0))) for user_id in user_ids}
