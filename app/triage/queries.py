"""What triage needs to know, and what it concluded, looked up."""

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any, NamedTuple

from sqlalchemy import ColumnElement, Row, func, select

from app.accounts.permissions import Permission, Person, may
from app.advocates.queries import register_topics
from app.channels.models import Connection, Destination
from app.channels.types import BY_HAND_TOO
from app.foundation.db import session
from app.foundation.slots import Banner, register_banner, register_count
from app.foundation.terms import chosen
from app.foundation.words import _
from app.mentions.models import Author, Mention, MentionStatus, ThreadPost
from app.triage.models import Topic, TriageVerdict
from app.triage.personal_data import SEARCHED_CHARS
from app.triage.signals.learnt import has_learnt
from app.triage.types import Context

#: So often we answer in one thread within a day; after that, who comes back at once may be a machine.
OUR_TURNS = 2
A_DAY = timedelta(days=1)
AT_ONCE = timedelta(seconds=30)
#: What X says instead of a language: nothing it knows, only pictures, only tags, no words at all.
_UNDETERMINED = frozenset({"", "und", "qme", "qst", "qht", "zxx"})


@dataclass(frozen=True, slots=True)
class Received:
    """A mention that waits for triage, as a value: the batch path needs no rows."""

    id: int
    text: str
    """As much of it as triage reads, and a character more where there is more."""
    language_hint: str | None
    can_reply: bool
    context: Context
    #: What only the brand's rules ask for.
    author: str
    author_id: int
    network: str
    connection_id: int
    posted_at: datetime
    #: May not be answered through the network's API, and is wanted by hand.
    by_hand: bool = False
    #: Of the search that found it, if only a search did.
    destination: Destination | None = None
    #: How often its author had written on a topic before, by topic; empty where nobody asked.
    voice: Mapping[str, int] = field(default_factory=dict)


class Batch(NamedTuple):
    """The posts that come next: the ids of the first and the last, and the most deaths any of them has seen."""

    first_id: int
    last_id: int
    attempts: int


def next_batch(*, limit: int) -> Batch | None:
    """Return what waited longest and no other drainer has in hand, or None when nothing waits.

    Must run inside a unit of work.
    """
    waiting = (
        select(Mention.id, Mention.attempts)
        .where(Mention.status == MentionStatus.RECEIVED)
        .order_by(Mention.id)
        .limit(limit)
        .with_for_update(skip_locked=True)
        .subquery()
    )
    ends = select(func.min(waiting.c.id), func.max(waiting.c.id), func.max(waiting.c.attempts))
    first, last, attempts = session.execute(ends).one()
    return None if first is None else Batch(first, last, attempts)


def deadly(deaths: int) -> Sequence[Mention]:
    """Return the waiting posts over which so many drainers died."""
    return session.scalars(
        select(Mention)
        .where(Mention.status == MentionStatus.RECEIVED, Mention.attempts >= deaths)
        .order_by(Mention.id)
        .with_for_update(skip_locked=True)
    ).all()


def received(*, limit: int) -> list[Received]:
    """Return the mentions that waited longest, locked against other drainers where the database can.

    Ordered by id. Must run inside a unit of work.
    """
    return _as_values(Mention.status == MentionStatus.RECEIVED, limit=limit)


def value_of(mention_id: int) -> Received:
    """Return one mention, wherever it is, as triage reads it; locked."""
    return _as_values(Mention.id == mention_id, limit=1)[0]


def read_only(mention_ids: Sequence[int]) -> list[Received]:
    """Return these mentions as triage reads them, without a lock: to look at, not to move."""
    return _as_values(Mention.id.in_(mention_ids), limit=len(mention_ids), locked=False)


def next_edited() -> Mention | None:
    """Return the mention which was edited in somebody's hands and waited longest to be read again, locked; or None."""
    return session.scalars(
        select(Mention).where(Mention.to_reread).order_by(Mention.id).limit(1).with_for_update(skip_locked=True)
    ).one_or_none()


def _as_values(which: ColumnElement[bool], *, limit: int, locked: bool = True) -> list[Received]:
    wanted = (
        select(
            Mention.id,
            # No more of it than triage reads: a batch of posts of a megabyte each must not fill the memory.
            func.substr(Mention.text, 1, SEARCHED_CHARS + 1).label("text"),
            Mention.language,
            Mention.can_reply,
            Mention.cannot_reply_why,
            Mention.summoned,
            Mention.destination,
            Mention.connection_id,
            Mention.conversation_id,
            Mention.author_id,
            Mention.parent_external_id,
            Mention.posted_at,
            Author.followers,
            Author.handle,
            Connection.answer_by_hand,
            Connection.kind.label("network"),
        )
        .join(Author, Mention.author_id == Author.id)
        .join(Connection, Mention.connection_id == Connection.id)
        .where(which)
        .order_by(Mention.id)
        .limit(limit)
    )
    wanted = wanted.with_for_update(skip_locked=True, of=Mention) if locked else wanted
    rows = session.execute(wanted).all()
    if not rows:
        return []
    parents = _our_parents({row.parent_external_id for row in rows if row.parent_external_id})
    earlier, loops = _earlier_posts(rows), _loops([row for row in rows if row.parent_external_id])
    return [
        Received(
            id=row.id,
            text=row.text,
            language_hint=None if row.language in _UNDETERMINED else row.language,
            can_reply=row.can_reply,
            context=_context(
                row,
                parents.get((row.connection_id, row.parent_external_id)),
                earlier[row.id],
                seems_a_loop=row.id in loops,
            ),
            author=row.handle,
            author_id=row.author_id,
            network=row.network,
            connection_id=row.connection_id,
            posted_at=row.posted_at,
            by_hand=row.answer_by_hand and row.cannot_reply_why in BY_HAND_TOO,
            destination=row.destination,
        )
        for row in rows
    ]


def _context(row: Row[*tuple[Any, ...]], parent: str | None, earlier: int, *, seems_a_loop: bool) -> Context:
    return Context(
        # Whoever saved the search wants to hear of it, though it does not name us.
        has_mention=row.summoned or row.destination is not None,
        is_reply_to_brand=parent is not None,
        answers_our_question=parent is not None and "?" in parent,
        seems_a_loop=seems_a_loop,
        followers=row.followers,
        earlier_posts=earlier,
    )


def _earlier_posts(rows: Sequence[Row[*tuple[Any, ...]]]) -> dict[int, int]:
    """Return how many posts each one's author had written in its thread before; ``rows`` in the order of their ids."""
    seen = Counter[tuple[int, int]]()
    answers = [row for row in rows if row.parent_external_id]
    if answers:
        before = select(Mention.conversation_id, Mention.author_id, func.count()).where(
            Mention.conversation_id.in_({row.conversation_id for row in answers}),
            Mention.author_id.in_({row.author_id for row in answers}),
            Mention.id < rows[0].id,
        )
        for conversation, author, count in session.execute(before.group_by(Mention.conversation_id, Mention.author_id)):
            seen[conversation, author] = count
    earlier = {}
    for row in rows:
        place = row.conversation_id, row.author_id
        earlier[row.id] = seen[place]
        seen[place] += 1
    return earlier


def _loops(rows: Sequence[Row[*tuple[Any, ...]]]) -> set[int]:
    """Return those of the answers that came at once, in a thread where we answered ``OUR_TURNS`` times within a day."""
    if not rows:
        return set()
    ours = select(ThreadPost.conversation_id, ThreadPost.external_id, ThreadPost.posted_at).where(
        ThreadPost.conversation_id.in_({row.conversation_id for row in rows}), ThreadPost.ours
    )
    turns: dict[int, dict[str, datetime]] = {}
    for turn in session.execute(ours):
        turns.setdefault(turn.conversation_id, {})[turn.external_id] = turn.posted_at
    found = set()
    for row in rows:
        said = turns.get(row.conversation_id, {})
        lately = [at for at in said.values() if timedelta(0) <= row.posted_at - at < A_DAY]
        answered = said.get(row.parent_external_id)
        if len(lately) >= OUR_TURNS and answered is not None and row.posted_at - answered < AT_ONCE:
            found.add(row.id)
    return found


def _our_parents(external_ids: set[str]) -> dict[tuple[int, str], str]:
    """Return the brand's own posts among these, by connection and network id, with their text."""
    if not external_ids:
        return {}
    rows = session.execute(
        select(ThreadPost.connection_id, ThreadPost.external_id, ThreadPost.text).where(
            ThreadPost.external_id.in_(external_ids), ThreadPost.ours
        )
    )
    return {(row.connection_id, row.external_id): row.text for row in rows}


def topic_words() -> dict[str, list[str]]:
    """Return the brand's topics with the words that tell them."""
    return {topic.name: topic.words for topic in session.scalars(select(Topic).order_by(Topic.name))}


def verdicts_of(mention_ids: Sequence[int]) -> dict[int, TriageVerdict]:
    """Return the verdicts that count for these mentions, by mention."""
    rows = session.scalars(
        select(TriageVerdict).where(TriageVerdict.mention_id.in_(mention_ids)).order_by(TriageVerdict.id)
    )
    return {verdict.mention_id: verdict for verdict in rows}


def backlog(*, at_most: int) -> int:
    """Return how many posts wait to be sorted, counted up to ``at_most``."""
    waiting = select(Mention.id).where(Mention.status == MentionStatus.RECEIVED).limit(at_most).subquery()
    return session.scalar(select(func.count()).select_from(waiting)) or 0


def triage_is_behind() -> bool:
    """Whether so much waits to be sorted that nothing more should be heard; what is not heard now stays on its network."""
    at_most = chosen().backlog
    return backlog(at_most=at_most + 1) > at_most


def _backlog_banner(person: Person) -> Banner | None:
    if not may(person, Permission.SEE_CHANNELS) or not triage_is_behind():
        return None
    return Banner(
        title=_("Sorting is behind, so listening rests."),
        text=_(
            "More than %(number)s posts wait to be sorted. Nothing is lost: what is said meanwhile is heard afterwards.",
            number=chosen().backlog,
        ),
        icon="hourglass",
        order=25,
        actions=((_("See the channels"), "/manage/channels"),),
    )


def _unlearnt_banner(person: Person) -> Banner | None:
    if not may(person, Permission.SEE_CHANNELS) or has_learnt():
        return None
    return Banner(
        title=_("Posts are sorted by rules alone."),
        text=_("What triage had learnt is not on this server, so it is wrong more often. Install Ovation anew."),
        order=60,
    )


register_banner("backlog", _backlog_banner)
register_banner("unlearnt", _unlearnt_banner)
register_count("unsorted", lambda person: backlog(at_most=chosen().backlog + 1))
register_topics(lambda: sorted(topic_words()))
