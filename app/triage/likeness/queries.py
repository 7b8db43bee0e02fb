"""Posts that say the same, looked up."""

from collections.abc import Collection, Sequence
from datetime import datetime, timedelta

from sqlalchemy import select
from sqlalchemy.orm import aliased, joinedload

from app.accounts.permissions import Person, scoped
from app.cases.queries import kept_from_nobody
from app.foundation.db import session
from app.foundation.errors import NotFound
from app.foundation.words import _
from app.mentions.models import Mention, MentionStatus
from app.mentions.states import LIVE
from app.triage.likeness.grouping import Holder
from app.triage.models import Likeness, LikenessGroup, LikenessKey

WINDOW = timedelta(days=3)
"""A group that nobody joined for so long is joined no more: the same words later are another day's trouble."""


def holders_of(keys: Collection[int], *, at: datetime) -> dict[int, Holder]:
    """Return who holds these keys now: the number of rows does not depend on how many posts say the same."""
    if not keys:
        return {}
    rows = session.execute(
        select(LikenessKey.key, Likeness.mention_id, Likeness.group_id, Likeness.mins, Mention.status)
        .join(Likeness, Likeness.mention_id == LikenessKey.mention_id)
        .join(Mention, Mention.id == LikenessKey.mention_id)
        .where(LikenessKey.key.in_(keys), LikenessKey.held_at > at - WINDOW)
    )
    return {row.key: Holder(row.mention_id, row.group_id, row.mins, row.status in LIVE) for row in rows}


def held_in_place(mention_ids: Collection[int]) -> dict[int, MentionStatus]:
    """Return how those of these posts stand that are live, and keep them so until the transaction ends.

    One that somebody else is just changing is left out: to wait for it could make two wait for each other.
    """
    if not mention_ids:
        return {}
    wanted = select(Mention.id, Mention.status).where(Mention.id.in_(mention_ids), Mention.status.in_(LIVE))
    rows = session.execute(wanted.order_by(Mention.id).with_for_update(skip_locked=True))
    return {row.id: row.status for row in rows}


def counts_of(mention_ids: Sequence[int]) -> dict[int, int]:
    """Return how many other posts say the same as each of these, those with none left out; one statement."""
    rows = session.execute(
        select(Likeness.mention_id, LikenessGroup.posts)
        .join(LikenessGroup, LikenessGroup.id == Likeness.group_id)
        .where(Likeness.mention_id.in_(mention_ids), LikenessGroup.posts > 1)
    )
    return {row.mention_id: row.posts - 1 for row in rows}


def alike(person: Person, mention_id: int, *, limit: int, below: int | None = None) -> Sequence[Mention]:
    """Return the other posts that say the same, as far as this person may see them, newest first."""
    mine = aliased(Likeness)
    wanted = (
        scoped(select(Mention), person)
        .join(Likeness, Likeness.mention_id == Mention.id)
        .join(mine, mine.group_id == Likeness.group_id)
        .where(mine.mention_id == mention_id, Mention.id != mention_id, kept_from_nobody(person, Mention.id))
        .options(joinedload(Mention.author), joinedload(Mention.connection))
        .order_by(Mention.id.desc())
        .limit(limit)
    )
    return session.scalars(wanted.where(Mention.id < below) if below else wanted).all()


def post_of(person: Person, mention_id: int) -> Mention:
    """Return the post itself.

    Raises:
        NotFound: there is none, or not for this person.
    """
    wanted = scoped(select(Mention), person).where(Mention.id == mention_id, kept_from_nobody(person, Mention.id))
    found = session.scalar(wanted)
    if found is None:
        raise NotFound(_("There is no such post."))
    return found


def newest_beside(group_id: int, *, left_out: Collection[int]) -> Likeness | None:
    """Return the post that came last to a group, those ``left_out`` aside; None when nothing is left of it."""
    return session.scalars(
        select(Likeness)
        .where(Likeness.group_id == group_id, Likeness.mention_id.not_in(left_out))
        .order_by(Likeness.mention_id.desc())
        .limit(1)
    ).one_or_none()
