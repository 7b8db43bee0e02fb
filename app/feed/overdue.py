"""What has waited too long on the feed, looked up for the sweeps: claims, questions, hellos; the longest waiting first."""

from collections.abc import Sequence
from datetime import datetime
from typing import Final

from sqlalchemy import ColumnElement, and_, or_, select

from app.feed.models import Claim
from app.foundation.db import session
from app.foundation.lanes import Lane
from app.foundation.stumbles import may_be_taken
from app.mentions.models import Mention, MentionStatus
from app.mentions.types import FeedLane

#: A post in these states waits for the crowd, or for somebody to say that it is for the crowd.
UNANSWERED: Final = (MentionStatus.UNSURE, MentionStatus.OPEN, MentionStatus.BY_HAND)
FREE: Final = (MentionStatus.OPEN, MentionStatus.BY_HAND)


def lapsed_claims(*, at: datetime, limit: int) -> Sequence[int]:
    """Return live claims whose time is over."""
    return session.scalars(
        select(Claim.id)
        .where(Claim.ended_at.is_(None), Claim.expires_at <= at, may_be_taken(Lane.SWEEPS, Claim.id, at=at))
        .order_by(Claim.expires_at, Claim.id)
        .limit(limit)
    ).all()


def unanswered(*, since: datetime, at: datetime, limit: int) -> Sequence[int]:
    """Return posts that ask something, are in nobody's hands, and have waited since before ``since``."""
    return session.scalars(
        select(Mention.id)
        .where(
            Mention.status.in_(UNANSWERED),
            or_(Mention.feed_lane.is_(None), Mention.feed_lane != FeedLane.HELLO),
            _waits_since(since),
            may_be_taken(Lane.SWEEPS, Mention.id, at=at),
        )
        .order_by(Mention.waits_since, Mention.id)
        .limit(limit)
    ).all()


def old_hellos(*, since: datetime, at: datetime, limit: int) -> Sequence[int]:
    """Return hellos that nobody has returned since before ``since``."""
    return session.scalars(
        select(Mention.id)
        .where(
            Mention.status.in_(FREE),
            Mention.feed_lane == FeedLane.HELLO,
            _waits_since(since),
            may_be_taken(Lane.SWEEPS, Mention.id, at=at),
        )
        .order_by(Mention.waits_since, Mention.id)
        .limit(limit)
    ).all()


def _waits_since(since: datetime) -> ColumnElement[bool]:
    """The release before this one wrote down only when it heard a post."""
    return or_(Mention.waits_since <= since, and_(Mention.waits_since.is_(None), Mention.heard_at <= since))
