"""Taking in what was heard, and letting go of what its author took back."""

from collections.abc import Collection, Iterable, Sequence
from datetime import datetime, timedelta

from sqlalchemy import delete, select, update
from sqlalchemy.orm import InstrumentedAttribute

from app.channels import raw_pages
from app.channels.models import Connection, Destination
from app.channels.types import Batch, Deleted, IncomingPost
from app.foundation.db import session
from app.foundation.events import EventType, announce
from app.foundation.journal import record
from app.foundation.tombstones import TombstoneKind, bury
from app.foundation.upsert import insert_new, insert_or_update
from app.mentions import intake
from app.mentions.captured import Captured as Captured
from app.mentions.captured import Edited as Edited
from app.mentions.editions import as_known, known_ids
from app.mentions.models import (
    Author,
    Conversation,
    IgnoredBecause,
    Mention,
    MentionStatus,
    ThreadPost,
)

#: A post in an advocate's hands, in review or with staff is left to them; they see the thread.
_ANSWERABLE = (MentionStatus.RECEIVED, MentionStatus.UNSURE, MentionStatus.OPEN, MentionStatus.BY_HAND)
#: Where somebody may be reading a mention at this moment.
SHOWN = (
    MentionStatus.OPEN,
    MentionStatus.BY_HAND,
    MentionStatus.CLAIMED,
    MentionStatus.IN_REVIEW,
    MentionStatus.ESCALATED,
    MentionStatus.ANSWERED,
)
MOST_ANNOUNCED = 50
#: A thread in which something new was said is fetched again, but not for every word.
THREAD_LASTS = timedelta(minutes=15)


def capture(batch: Batch, *, connection_id: int, at: datetime, destination: Destination | None = None) -> Captured:
    """Store one page: new mentions and posts beside them. A page that was stored before changes nothing.

    ``destination`` is that of the search which found the page; who calls us by name goes the usual way all the same.

    The number of statements does not depend on the number of posts, but for those that were edited. What was deleted or
    edited is reported: what follows for all that hangs on a mention is the caller's story.
    """
    gone = [event.ref.id for event in batch.events if isinstance(event, Deleted)]
    told = [event for event in batch.events if isinstance(event, IncomingPost)]
    posts = as_known([*told, *batch.context], connection_id)
    heard, context = posts[: len(told)], posts[len(told) :]
    brands = _brands_on(connection_id)
    others = [post for post in heard if not post.ours and post.author.id not in brands]
    addressed = _new_only(Mention, others, connection_id)
    brands_own = [post for post in heard if not post.ours and post.author.id in brands]
    beside = [post for post in posts if post.ours] + brands_own + [post for post in context if not post.ours]
    beside = _new_only(ThreadPost, beside, connection_id)
    threads = _store_threads([*addressed, *beside], connection_id=connection_id, at=at)
    _store_mentions(addressed, threads, connection_id=connection_id, destination=destination, at=at)
    _store_beside(beside, threads, connection_id=connection_id, at=at)
    spoken_in = {threads[post.thread_root.id] for post in [*addressed, *beside] if post.parent is not None}
    _announce_threads(spoken_in, at=at)
    return Captured(
        mentions=len(addressed),
        thread_posts=len(beside),
        answered_elsewhere=_notice_answers(addressed, beside, connection_id=connection_id, at=at),
        deleted=tuple(forget(gone, connection_id=connection_id, at=at)),
        edited=tuple(follow_edits(posts, connection_id=connection_id)),
    )


def _brands_on(connection_id: int) -> frozenset[str]:
    """Return the network's ids of our accounts on this network: none of them is a customer of another."""
    kind = select(Connection.kind).where(Connection.id == connection_id).scalar_subquery()
    return frozenset(session.scalars(select(Connection.external_id).where(Connection.kind == kind)))


def store_thread(posts: Sequence[IncomingPost], *, conversation_id: int, at: datetime) -> Captured:
    """Store the other posts of a fetched thread. Mentions stay what they are, unless they were edited."""
    conversation = session.get_one(Conversation, conversation_id)
    conversation.fetched_at = at
    connection_id = conversation.connection_id
    posts = as_known(posts, connection_id)
    beside = _new_only(Mention, _new_only(ThreadPost, posts, connection_id), connection_id)
    threads = {post.thread_root.id: conversation_id for post in beside}
    _store_beside(beside, threads, connection_id=connection_id, at=at)
    _notice_answers([], beside, connection_id=connection_id, at=at)
    _announce_threads({conversation_id} if beside else set(), at=at)
    edited = follow_edits(posts, connection_id=connection_id)
    return Captured(thread_posts=len(beside), edited=tuple(edited))


def follow_edits(posts: Iterable[IncomingPost], *, connection_id: int) -> list[Edited]:
    """Write later editions over posts beside mentions; return the mentions that were edited since we heard them.

    An edition that comes late, or a second time, changes nothing.
    """
    later = intake.newest_editions(post for post in posts if post.edition > 1)
    if not later:
        return []
    raw_pages.drop(
        {one for post in later.values() for one in post.editions[: post.edition - 1]}, connection_id=connection_id
    )
    for post in later.values():
        session.execute(
            update(ThreadPost)
            .where(ThreadPost.connection_id == connection_id, ThreadPost.external_id == post.ref.id)
            .where(ThreadPost.edition < post.edition)
            .values(text=post.text, url=post.url[:300], edition=post.edition)
            .execution_options(synchronize_session=False)
        )
    return [
        Edited(mention.id, later[mention.external_id])
        for mention in _mentions(connection_id, later)
        if mention.edition < later[mention.external_id].edition
    ]


def follow_bars(posts: Iterable[IncomingPost], *, connection_id: int) -> list[int]:
    """Note which of these posts may be answered now; return the mentions that no longer may."""
    shown = {post.ref.id: post for post in posts}
    turned = [
        mention
        for mention in (_mentions(connection_id, shown) if shown else [])
        if mention.can_reply != shown[mention.external_id].can_reply and not mention.is_erased
    ]
    for mention in turned:
        mention.can_reply = shown[mention.external_id].can_reply
        mention.cannot_reply_why = shown[mention.external_id].cannot_reply_why
    return [mention.id for mention in turned if not mention.can_reply]


def confirm(external_ids: Collection[str], *, connection_id: int, at: datetime) -> None:
    """Note that these posts still stand on their network."""
    if not external_ids:
        return
    known = set(known_ids(external_ids, connection_id).values())
    for model in (Mention, ThreadPost):
        session.execute(
            update(model)
            .where(model.connection_id == connection_id, model.external_id.in_(known))
            .values(checked_at=at)
            .execution_options(synchronize_session=False)
        )


def forget(external_ids: Collection[str], *, connection_id: int, at: datetime) -> list[int]:
    """Erase what stood beside mentions and was deleted; return the mentions among them that are not erased yet."""
    if not external_ids:
        return []
    known = set(known_ids(external_ids, connection_id).values())
    raw_pages.drop({*external_ids, *known}, connection_id=connection_id)
    _bury_thread_posts(known, connection_id=connection_id, at=at)
    session.execute(
        delete(ThreadPost)
        .where(ThreadPost.connection_id == connection_id, ThreadPost.external_id.in_(known))
        .execution_options(synchronize_session=False)
    )
    return [mention.id for mention in _mentions(connection_id, known) if not mention.is_erased]


def _bury_thread_posts(external_ids: Collection[str], *, connection_id: int, at: datetime) -> None:
    stood_beside = select(ThreadPost.external_id).where(
        ThreadPost.connection_id == connection_id, ThreadPost.external_id.in_(external_ids)
    )
    connection = session.get_one(Connection, connection_id)
    names = {"network": connection.kind, "account": connection.external_id}
    bury(TombstoneKind.POST, session.scalars(stood_beside).all(), **names, at=at)


def _announce_threads(conversations: Collection[int], *, at: datetime) -> None:
    """Tell whoever reads a mention that something was said in its thread."""
    if not conversations:
        return
    read = select(Mention.id).where(
        Mention.conversation_id.in_(conversations), Mention.status.in_(SHOWN), Mention.heard_at < at
    )
    for mention_id in session.scalars(read.order_by(Mention.id.desc()).limit(MOST_ANNOUNCED)):
        announce(EventType.THREAD_NEW, subject_id=mention_id, at=at)


def _new_only(
    model: type[Mention | ThreadPost], posts: Iterable[IncomingPost], connection_id: int
) -> list[IncomingPost]:
    """Return each post once, oldest first, without those the table has."""
    wanted = intake.newest_editions(posts)
    if not wanted:
        return []
    known = session.scalars(
        select(model.external_id).where(model.connection_id == connection_id, model.external_id.in_(wanted))
    )
    fresh = wanted.keys() - set(known)
    return sorted((wanted[one] for one in fresh), key=lambda post: (post.created_at, post.ref.id))


def _store_threads(posts: Sequence[IncomingPost], *, connection_id: int, at: datetime) -> dict[str, int]:
    """Store the threads of these posts; return the row of each by the network's id."""
    rows = intake.conversation_rows(posts, connection_id=connection_id, at=at)
    insert_new(Conversation, rows)
    known = _ids(Conversation.external_id, Conversation.id, connection_id, {row["external_id"] for row in rows})
    answers = {known[post.thread_root.id] for post in posts if post.parent is not None and not post.ours}
    if answers:
        session.execute(
            update(Conversation)
            .where(Conversation.id.in_(answers), Conversation.fetched_at < at - THREAD_LASTS)
            .values(fetched_at=None)
            .execution_options(synchronize_session=False)
        )
    return known


def _store_mentions(
    posts: Sequence[IncomingPost],
    threads: dict[str, int],
    *,
    connection_id: int,
    destination: Destination | None,
    at: datetime,
) -> None:
    if not posts:
        return
    authors = _store_authors(posts, connection_id=connection_id, at=at)
    rows = [
        intake.mention_row(
            post,
            connection_id=connection_id,
            author_id=authors[post.author.id],
            conversation_id=threads[post.thread_root.id],
            destination=destination,
            at=at,
        )
        for post in posts
    ]
    insert_new(Mention, rows)


def _store_authors(posts: Sequence[IncomingPost], *, connection_id: int, at: datetime) -> dict[str, int]:
    """Store who wrote, as the network shows them today; return the row of each by the network's id."""
    rows = intake.author_rows(posts, connection_id=connection_id, at=at)
    insert_or_update(Author, rows, key=("connection_id", "external_id"))
    return _ids(Author.external_id, Author.id, connection_id, {row["external_id"] for row in rows})


def _store_beside(posts: Sequence[IncomingPost], threads: dict[str, int], *, connection_id: int, at: datetime) -> None:
    rows = [
        intake.thread_row(post, connection_id=connection_id, conversation_id=threads[post.thread_root.id], at=at)
        for post in posts
    ]
    insert_new(ThreadPost, rows)


def _notice_answers(
    addressed: Sequence[IncomingPost], beside: Sequence[IncomingPost], *, connection_id: int, at: datetime
) -> int:
    """Set aside what the brand has answered without us; return how many.

    What we say ourselves is said under posts in review or with staff, and those are not touched here.
    """
    answered = {post.parent.id for post in beside if post.ours and post.parent}
    if addressed:
        answered |= set(
            session.scalars(
                select(ThreadPost.parent_external_id).where(
                    ThreadPost.connection_id == connection_id,
                    ThreadPost.ours,
                    ThreadPost.parent_external_id.in_([post.ref.id for post in addressed]),
                )
            )
        )
    if not answered:
        return 0
    mentions = [mention for mention in _mentions(connection_id, answered) if mention.status in _ANSWERABLE]
    for mention in mentions:
        mention.ignore(IgnoredBecause.ANSWERED_ELSEWHERE)
        record("mention.answered_elsewhere", subject=mention, actor_id=None, at=at)
        announce(EventType.POST_FREED, subject_id=mention.id, at=at)
    return len(mentions)


def _mentions(connection_id: int, external_ids: Collection[str]) -> list[Mention]:
    return list(
        session.scalars(
            select(Mention)
            .where(Mention.connection_id == connection_id, Mention.external_id.in_(external_ids))
            .order_by(Mention.id)
            .with_for_update()
        )
    )


def _ids(
    external: InstrumentedAttribute[str], own: InstrumentedAttribute[int], connection_id: int, wanted: Collection[str]
) -> dict[str, int]:
    if not wanted:
        return {}
    table = own.class_
    found = session.execute(select(external, own).where(table.connection_id == connection_id, external.in_(wanted)))
    return {name: row for name, row in found}  # noqa: C416 a result's rows are no plain pairs
