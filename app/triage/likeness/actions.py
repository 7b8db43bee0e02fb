"""Posts are put with others that say the same, and taken out of there without a trace."""

from collections import Counter
from collections.abc import Sequence
from datetime import datetime

from sqlalchemy import delete, select, update

from app.foundation.db import ring_after_commit, session
from app.foundation.journal import record
from app.foundation.lanes import Lane
from app.foundation.upsert import insert_new, insert_or_add, insert_or_update
from app.mentions.models import IgnoredBecause, Mention
from app.triage.likeness import queries
from app.triage.likeness.grouping import Placed, Said, place
from app.triage.likeness.sketch import sketch_of
from app.triage.models import Likeness, LikenessGroup, LikenessKey

FORGOTTEN_AT_ONCE = 20_000
#: Who said the same more often than that is a machine.
HEARD_AGAIN_AT_ONCE = 500
_UNSYNCED = {"synchronize_session": False}


def put_together(posts: Sequence[Said], *, at: datetime) -> dict[int, Placed]:
    """Find and store each post's group, in the order given; by mention. Four statements, however many posts."""
    holders = queries.holders_of({key for said in posts for key in said.keys}, at=at)
    before = dict(holders)
    done = list(place(posts, holders))
    rows = [
        {
            "mention_id": placed.said.mention_id,
            "group_id": placed.group_id,
            "mins": placed.said.sketch.mins,
            "said_at": at,
        }
        for placed in done
    ]
    insert_or_update(Likeness, rows, key=("mention_id",))
    # In one order everywhere: two drainers that meet the same keys must not wait for each other.
    taken = sorted((key, holder.mention_id) for key, holder in holders.items() if before.get(key) is not holder)
    keys = [{"key": key, "mention_id": mention_id, "held_at": at} for key, mention_id in taken]
    insert_or_update(LikenessKey, keys, key=("key",))
    sizes = Counter(placed.group_id for placed in done)
    groups = [{"id": group_id, "posts": sizes[group_id]} for group_id in sorted(sizes)]
    insert_or_add(LikenessGroup, groups, key=("id",), adding="posts")
    return {placed.said.mention_id: placed for placed in done}


def put_back(mention: Mention, *, at: datetime) -> None:
    """Find the group of one post that was taken out, for the words it has now."""
    sketch = sketch_of(mention.text)
    if sketch is not None:
        put_together([Said(mention.id, mention.author_id, sketch)], at=at)


def forget(mention: Mention, *, at: datetime) -> None:
    """Keep nothing that was read from its words, and hear those again that only repeated it. A second time is harmless.

    Whoever else says the same is found by the next one as before.
    """
    # Whoever sorts what it repeats at this moment has committed once we hold its row, or finds it held and lets that be.
    session.execute(select(Mention.id).where(Mention.id == mention.id).with_for_update())
    own = session.get(Likeness, mention.id)
    if own is None:
        return
    repeats = _repeats_of(mention, own.group_id)
    gone = [mention.id, *(each.id for each in repeats)]
    group_id = own.group_id
    session.expunge(own)
    session.execute(delete(LikenessKey).where(LikenessKey.mention_id.in_(gone)), execution_options=_UNSYNCED)
    session.execute(delete(Likeness).where(Likeness.mention_id.in_(gone)), execution_options=_UNSYNCED)
    fewer = update(LikenessGroup).where(LikenessGroup.id == group_id)
    session.execute(fewer.values(posts=LikenessGroup.posts - len(gone)), execution_options=_UNSYNCED)
    session.execute(
        delete(LikenessGroup).where(LikenessGroup.id == group_id, LikenessGroup.posts < 1), execution_options=_UNSYNCED
    )
    _hand_on_keys(group_id, gone)
    for each in repeats:
        each.hear_again()
        record("mention.heard_again", subject=each, actor_id=None, at=at)
    if repeats:
        ring_after_commit(Lane.TRIAGE)


def _repeats_of(mention: Mention, group_id: int) -> Sequence[Mention]:
    return session.scalars(
        select(Mention)
        .join(Likeness, Likeness.mention_id == Mention.id)
        .where(
            Likeness.group_id == group_id,
            Mention.author_id == mention.author_id,
            Mention.ignored_because == IgnoredBecause.REPEATED,
            Mention.id != mention.id,
        )
        .order_by(Mention.id)
        .limit(HEARD_AGAIN_AT_ONCE)
    ).all()


def _hand_on_keys(group_id: int, gone: Sequence[int]) -> None:
    """Let the group's newest post hold the keys of its words, where those that went held them."""
    heir = queries.newest_beside(group_id, left_out=gone)
    if heir is None:
        return
    mention = session.get_one(Mention, heir.mention_id)
    sketch = sketch_of(mention.text)
    if sketch is None:
        return
    keys = sorted(Said(mention.id, mention.author_id, sketch).keys)
    insert_new(LikenessKey, [{"key": key, "mention_id": mention.id, "held_at": heir.said_at} for key in keys])


def forget_old_keys(*, at: datetime) -> None:
    """Let go of keys by which nobody is looked for any more, ``FORGOTTEN_AT_ONCE`` at most."""
    old = select(LikenessKey.key).where(LikenessKey.held_at < at - queries.WINDOW).limit(FORGOTTEN_AT_ONCE)
    session.execute(delete(LikenessKey).where(LikenessKey.key.in_(old)), execution_options=_UNSYNCED)
