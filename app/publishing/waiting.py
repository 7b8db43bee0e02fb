"""How much a pull of the cord would keep back, what a release would let go, and how."""

from collections import Counter
from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import case, func, or_, select

from app.cord.models import Hold, ResumeOffer
from app.foundation.db import session
from app.mentions.models import Mention
from app.publishing.limits import RESUME_EVERY
from app.publishing.models import HeldBecause, Publication, PublicationStatus
from app.publishing.queries import UNSENT, held_back, under_hold
from app.replies.models import ReplyKind

#: What was approved longer ago is looked at again after a stop, unless both admins say otherwise: it had a reason.
STILL_FRESH = timedelta(minutes=30)
#: Where a reply that was let go may stand when the next one asks for its turn.
_LET_GO = (PublicationStatus.READY, PublicationStatus.WAITING, PublicationStatus.SENDING, PublicationStatus.SENT)


@dataclass(frozen=True, slots=True)
class Waiting:
    """How many approved replies would wait: under a stop of everything, of the crowd, of an account, of a topic."""

    everything: int
    crowd: int
    by_connection: Counter[int]
    by_topic: Counter[str]


@dataclass(frozen=True, slots=True)
class Kept:
    """What one hold alone keeps back: all of it, and how much was approved lately."""

    total: int
    fresh: int

    def leaving(self, offer: ResumeOffer) -> int:
        """Return how many replies leave under ``offer``; the others are looked at again."""
        return {ResumeOffer.SEND_ALL: self.total, ResumeOffer.SEND_FRESH: self.fresh, ResumeOffer.REVIEW_ALL: 0}[offer]


def would_wait() -> Waiting:
    """Count what is approved and not yet on its way."""
    by = (Publication.kind, Publication.connection_id, Mention.topic)
    rows = session.execute(
        select(*by, func.count())
        .join(Mention, Mention.id == Publication.mention_id)
        .where(Publication.status.in_(UNSENT))
        .group_by(*by)
    )
    kinds: Counter[ReplyKind] = Counter()
    connections: Counter[int] = Counter()
    topics: Counter[str] = Counter()
    for kind, connection_id, topic, many in rows:
        kinds[kind] += many
        connections[connection_id] += many
        topics[topic] += many
    return Waiting(kinds.total(), kinds[ReplyKind.COMMUNITY], connections, topics)


def kept_by(hold_id: int, *, at: datetime) -> Kept:
    """Count what nothing but this hold keeps back, neither another one nor what became of its post meanwhile."""
    fresh = func.coalesce(func.sum(case((Publication.approved_at > at - STILL_FRESH, 1), else_=0)), 0)
    by_the_cord = or_(Publication.status != PublicationStatus.HELD, Publication.held_because == HeldBecause.CORD)
    alone = (by_the_cord, held_back(Hold.id == hold_id), ~held_back(Hold.id != hold_id))
    row = session.execute(select(func.count(), fresh).where(Publication.status.in_(UNSENT), *alone)).one()
    return Kept(row[0], row[1])


def offer_for(publication_id: int) -> ResumeOffer:
    """Return what was chosen when the last hold over a publication ended."""
    ended = (
        select(Hold.resume_offer)
        .select_from(Publication)
        .join(Hold, under_hold())
        .where(Publication.id == publication_id, Hold.released_at.is_not(None))
        .order_by(Hold.released_at.desc(), Hold.id.desc())
    )
    return session.scalar(ended.limit(1)) or ResumeOffer.SEND_FRESH


def next_turn(connection_id: int, *, at: datetime) -> datetime:
    """Return when the next reply that waited may leave through an account: a minute after the last one let go."""
    last = session.scalar(
        select(func.max(Publication.next_try_at)).where(
            Publication.connection_id == connection_id,
            Publication.held_because == HeldBecause.CORD,
            Publication.status.in_(_LET_GO),
            Publication.next_try_at > at - RESUME_EVERY,
        )
    )
    return at if last is None else max(at, last + RESUME_EVERY)
