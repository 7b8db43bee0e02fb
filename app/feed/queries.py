"""The feed as one person sees it: posts that wait, those in hand, and what each card says."""

from collections.abc import Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import ColumnElement, Select, literal, select, true
from sqlalchemy.orm import aliased

from app.accounts.permissions import Permission, Person, may, scoped, visible
from app.advocates.models import Advocate, Skill, SkillKind
from app.channels.models import Connection
from app.feed import ranges
from app.feed.items import CardState, FeedItem, FeedPage, Viewer, item_from
from app.feed.models import Claim, ClaimEnd, PassedOver
from app.feed.ranking import Cursor, Filters, Sort, Tastes, View, place, tiers
from app.foundation.db import session
from app.foundation.errors import NotFound
from app.foundation.words import _
from app.mentions.models import Author, Mention, MentionStatus
from app.triage.models import Likeness, LikenessGroup

PAGE = 50
#: Made once: SQLAlchemy takes milliseconds to adapt a new alias's columns.
_EARLIER = aliased(Mention)
#: Others' posts in hand which are shown among those that wait.
TAKEN_SHOWN = 5
FOLLOWED_CLAIMS = 200


@visible(Claim)
def _claims_seen_by(person: Person) -> ColumnElement[bool]:
    if may(person, Permission.END_CLAIM):
        return true()
    return Claim.advocate_id.in_(select(Advocate.id).where(Advocate.user_id == person.id))


@visible(PassedOver)
def _passed_over_seen_by(person: Person) -> ColumnElement[bool]:
    return PassedOver.advocate_id.in_(select(Advocate.id).where(Advocate.user_id == person.id))


def viewer_of(person: Person) -> Viewer:
    """Return who looks at the feed; moderators and staff have no tastes and claim nothing."""
    rows = session.execute(
        select(Advocate.id, Skill.kind, Skill.value)
        .outerjoin(Skill, Skill.advocate_id == Advocate.id)
        .where(Advocate.user_id == person.id)
        .order_by(Skill.id)
    ).all()
    tastes = Tastes(
        languages=tuple(row.value for row in rows if row.kind is SkillKind.LANGUAGE),
        topics=tuple(row.value for row in rows if row.kind is SkillKind.TOPIC),
    )
    return Viewer(person, rows[0].id if rows else None, tastes, may(person, Permission.CLAIM))


def live_claims(advocate_id: int) -> list[Claim]:
    """Return what an advocate holds, the first to end first."""
    held = select(Claim).where(Claim.advocate_id == advocate_id, Claim.ended_at.is_(None))
    return list(session.scalars(held.order_by(Claim.expires_at, Claim.id)))


def live_claim_on(mention_id: int) -> tuple[Claim, str] | None:
    """Return the claim that lives on a post, with the name its holder signs by; or None."""
    row = session.execute(
        select(Claim, Advocate.signs_as)
        .join(Advocate, Advocate.id == Claim.advocate_id)
        .where(Claim.mention_id == mention_id, Claim.ended_at.is_(None))
    ).one_or_none()
    return None if row is None else (row[0], row[1])


def claim_of(person: Person, claim_id: int) -> Claim:
    """Return one claim.

    Raises:
        NotFound: there is none, or not for this person.
    """
    found = session.scalar(scoped(select(Claim).where(Claim.id == claim_id), person))
    if found is None:
        raise NotFound(_("There is no such claim."))
    return found


def page_of(viewer: Viewer, filters: Filters, *, after: Cursor | None, at: datetime) -> FeedPage:
    """Return up to ``PAGE`` cards; the first page also shows what the reader holds and what others have just taken."""
    places, next_after = _places(viewer, filters, after=after)
    mine = _mine(viewer) if after is None and filters.view is not View.MINE else []
    taken = _taken(viewer, filters, at=at) if after is None else {}
    ranked = dict.fromkeys(mine, (-1, 0, 0))
    ranked |= {mention_id: (tier, -priority, -mention_id) for tier, priority, mention_id in places}
    ranked |= {mention_id: rank for mention_id, rank in taken.items() if mention_id not in ranked}
    cards = _cards(list(ranked), viewer, at=at)
    if filters.sort is Sort.MATCH:
        order = sorted(cards, key=lambda number: ranked[number])
    else:
        order = sorted(cards, key=lambda number: (-number, number)[filters.sort is Sort.WAITING])
    return FeedPage(tuple(cards[number] for number in order), next_after)


def _places(viewer: Viewer, filters: Filters, *, after: Cursor | None) -> tuple[list[ranges.Place], Cursor | None]:
    if filters.view is View.MINE:
        return [(0, 0, number) for number in _mine(viewer)], None
    if filters.view is View.FOLLOW_UPS:
        return [(0, 0, number) for number in session.scalars(follow_ups(viewer, limit=PAGE))], None
    if filters.view is View.BY_HAND:
        found = ranges.places_by_hand(filters, advocate_id=viewer.advocate_id, after=after, limit=PAGE + 1)
        return found[:PAGE], (Cursor(*found[PAGE - 1]) if len(found) > PAGE else None)
    read = ranges.best_places if filters.sort is Sort.MATCH else ranges.places_by_age
    found = read(filters, viewer.tastes, advocate_id=viewer.advocate_id, after=after, limit=PAGE + 1)
    return found[:PAGE], (Cursor(*found[PAGE - 1]) if len(found) > PAGE else None)


def _mine(viewer: Viewer) -> list[int]:
    if viewer.advocate_id is None:
        return []
    held = select(Claim.mention_id).where(Claim.advocate_id == viewer.advocate_id, Claim.ended_at.is_(None))
    return list(session.scalars(held.order_by(Claim.expires_at)))


def follow_ups(viewer: Viewer, *, limit: int) -> Select[Any]:
    """Return a statement for posts that wait in threads which the reader has answered before, newest first."""
    answered = (
        select(_EARLIER.conversation_id)
        .join(Claim, Claim.mention_id == _EARLIER.id)
        .where(Claim.advocate_id == (viewer.advocate_id or 0), Claim.ended_because == ClaimEnd.SUBMITTED)
        .order_by(Claim.id.desc())
        .limit(FOLLOWED_CLAIMS)
        .subquery()
    )
    wanted = scoped(select(Mention.id), viewer.person).where(
        Mention.conversation_id.in_(select(answered.c.conversation_id)),
        Mention.status.in_((MentionStatus.OPEN, MentionStatus.BY_HAND)),
        Mention.feed_lane.is_not(None),
    )
    return wanted.order_by(Mention.id.desc()).limit(limit)


def _taken(viewer: Viewer, filters: Filters, *, at: datetime) -> dict[int, tuple[int, int, int]]:
    """Return the newest claims of others that belong into this list, with their places in it."""
    if filters.view in {View.MINE, View.FOLLOW_UPS}:
        return {}
    rows = session.execute(
        scoped(select(Mention.id, Mention.feed_lane, Mention.language, Mention.topic, Mention.priority), viewer.person)
        .join(Claim, Claim.mention_id == Mention.id)
        .where(Claim.ended_at.is_(None), Claim.expires_at > at, Claim.advocate_id != (viewer.advocate_id or 0))
        .where(Mention.can_reply.is_not(filters.view is View.BY_HAND))
        .order_by(Claim.expires_at.desc())
        .limit(4 * TAKEN_SHOWN)
    )
    in_tiers = tiers(filters, viewer.tastes)
    found: dict[int, tuple[int, int, int]] = {}
    for row in rows:
        tier = place(row.feed_lane, row.language, row.topic, in_tiers=in_tiers)
        if tier is not None and len(found) < TAKEN_SHOWN:
            found[row.id] = (tier, -row.priority, -row.id)
    return found


_CARD = (
    Mention.id,
    Mention.version,
    Mention.edition,
    Mention.status,
    Mention.feed_lane,
    Mention.kind,
    Mention.language,
    Mention.topic,
    Mention.masked_text,
    Mention.url,
    Mention.posted_at,
    Mention.heard_at,
    Mention.can_reply,
    Author.name.label("author_name"),
    Author.handle.label("author_handle"),
    Author.followers,
    Connection.kind.label("network"),
    Connection.impact_counts,
    Claim.id.label("claim_id"),
    Claim.advocate_id,
    Claim.claimed_at,
    Claim.expires_at,
    Advocate.signs_as,
    LikenessGroup.posts.label("alike"),
)


_CARDS = (
    select(*_CARD)
    .join(Author, Author.id == Mention.author_id)
    .join(Connection, Connection.id == Mention.connection_id)
    .outerjoin(Claim, (Claim.mention_id == Mention.id) & Claim.ended_at.is_(None))
    .outerjoin(Advocate, Advocate.id == Claim.advocate_id)
    .outerjoin(Likeness, Likeness.mention_id == Mention.id)
    .outerjoin(LikenessGroup, LikenessGroup.id == Likeness.group_id)
)


def _cards(ids: Sequence[int], viewer: Viewer, *, at: datetime, detailed: bool = False) -> dict[int, FeedItem]:
    if not ids:
        return {}
    rows = session.execute(scoped(_CARDS, viewer.person).where(Mention.id.in_(ids)))
    return {row.id: item_from(row, viewer, at=at, detailed=detailed) for row in rows}


def item_of(viewer: Viewer, mention_id: int, *, at: datetime) -> FeedItem:
    """Return one post of the feed as a card.

    Raises:
        NotFound: it is not in the feed, or staff have it now, or it is not for this person.
    """
    found = _cards([mention_id], viewer, at=at, detailed=True).get(mention_id)
    if found is None or found.lane is None or found.state is CardState.GONE:
        raise NotFound(
            _("This post is no longer in the feed. It may be with our staff now, or its author took it back.")
        )
    return found


def has_held(*, mention_id: int, advocate_id: int) -> bool:
    """Say whether an advocate holds a post, or has held it."""
    held = select(literal(1)).where(Claim.mention_id == mention_id, Claim.advocate_id == advocate_id).limit(1)
    return session.scalar(held) is not None
