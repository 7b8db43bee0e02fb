"""What a card of the feed says: frozen, ready for a template."""

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Any

from app.accounts.permissions import Person
from app.advocates.models import NotAnAdvocate
from app.feed.points import Offer, Offered, points_on_offer
from app.feed.ranking import Cursor, Fit, Tastes, fit_of
from app.mentions.models import MentionStatus
from app.mentions.types import FeedLane, Kind


class CardState(StrEnum):
    """What can be done with a post."""

    FREE = "free"
    MINE = "mine"
    TAKEN = "taken"
    IN_REVIEW = "in-review"
    ANSWERED = "answered"
    GONE = "gone"


_STATES = {
    MentionStatus.OPEN: CardState.FREE,
    MentionStatus.BY_HAND: CardState.FREE,
    MentionStatus.CLAIMED: CardState.TAKEN,
    MentionStatus.IN_REVIEW: CardState.IN_REVIEW,
    MentionStatus.ANSWERED: CardState.ANSWERED,
}


@dataclass(frozen=True, slots=True)
class Viewer:
    """Who looks at the feed. ``advocate_id`` is None for moderators and staff."""

    person: Person
    advocate_id: int | None
    tastes: Tastes
    may_claim: bool

    @property
    def own_advocate_id(self) -> int:
        """The reader's own number as an advocate.

        Raises:
            NotAllowed: the reader is none.
        """
        if self.advocate_id is None:
            raise NotAnAdvocate
        return self.advocate_id


@dataclass(frozen=True, slots=True)
class FeedItem:
    """One post; ``text`` is what the crowd may see of it. ``holder`` is who has it now."""

    id: int
    version: int
    edition: int
    state: CardState
    lane: FeedLane | None
    kind: Kind | None
    language: str
    topic: str
    text: str
    url: str
    posted_at: datetime
    name: str
    handle: str
    followers: int | None
    network: str
    fit: Fit
    offer: Offer | None
    claim_id: int | None = None
    holder: str = ""
    claimed_at: datetime | None = None
    expires_at: datetime | None = None
    #: Its reply is posted by staff on the network itself.
    by_hand: bool = False
    #: So many other posts say the same.
    alike: int = 0

    @property
    def is_free(self) -> bool:
        return self.state is CardState.FREE

    @property
    def is_mine(self) -> bool:
        return self.state is CardState.MINE

    @property
    def claim_seconds(self) -> int:
        """How long the whole claim is, for its ring."""
        if self.claimed_at is None or self.expires_at is None:
            return 0
        return int((self.expires_at - self.claimed_at).total_seconds())


@dataclass(frozen=True, slots=True)
class FeedPage:
    """A page of cards; ``next_after`` leads to the next one, None at the end."""

    items: tuple[FeedItem, ...]
    next_after: Cursor | None


def item_from(row: Any, viewer: Viewer, *, at: datetime, detailed: bool = False) -> FeedItem:
    """Make a card from a row of the feed's columns. ``detailed``: with every line of what it may earn."""
    state = _STATES.get(row.status, CardState.GONE)
    if row.claim_id is not None and row.advocate_id == viewer.advocate_id:
        state = CardState.MINE
    lane = row.feed_lane or FeedLane.QUESTIONS
    return FeedItem(
        id=row.id,
        version=row.version,
        edition=row.edition,
        state=state,
        lane=row.feed_lane,
        kind=row.kind,
        language=row.language,
        topic=row.topic,
        text=row.masked_text or "",
        url=row.url,
        posted_at=row.posted_at,
        name=row.author_name,
        handle=row.author_handle,
        followers=row.followers,
        network=row.network,
        fit=fit_of(lane, row.language, row.topic, tastes=viewer.tastes, waiting_since=row.posted_at, at=at),
        offer=points_on_offer(Offered(row.posted_at, row.heard_at, row.impact_counts, at, detailed)),
        claim_id=row.claim_id,
        holder=row.signs_as or "",
        claimed_at=row.claimed_at,
        expires_at=row.expires_at,
        by_hand=not row.can_reply,
        alike=(row.alike or 1) - 1,
    )
