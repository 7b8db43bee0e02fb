"""What waits to be sent, what was sent, and what nobody knows the outcome of."""
# Longer than 300 lines: whatever decides that a reply may leave stands in one place.

from collections.abc import Collection
from datetime import datetime, timedelta

from sqlalchemy import ColumnElement, Select, and_, func, or_, select, text
from sqlalchemy.orm import joinedload
from sqlalchemy.orm.interfaces import LoaderOption

from app.accounts.models import User
from app.accounts.permissions import Permission, Person, may, scoped, visible
from app.cases.queries import kept_from_nobody
from app.channels.models import Connection, ConnectionState
from app.cord.models import Hold
from app.cord.queries import covering, covers
from app.foundation.db import session
from app.foundation.errors import NotFound
from app.foundation.journal import JournalEntry
from app.foundation.recovery import recovering
from app.foundation.slots import register_count
from app.foundation.stumbles import may_be_taken
from app.foundation.tasks import Task, TaskKind
from app.foundation.words import _
from app.mentions.models import Mention
from app.publishing.limits import free_lines, has_its_turn, open_line
from app.publishing.models import TO_RETRACT, WAITS_TO_BEGIN, Publication, PublicationStatus
from app.publishing.outgoing import LookBack, look_back_at
from app.replies.models import Reply, ReplyKind
from app.replies.queries import reply_of

#: An unknown send may still turn up this long; so long its network is asked for it.
WATCHED_FOR = timedelta(hours=48)
#: A post that its network showed so lately need not be asked for again before it is answered.
STILL_STANDS = timedelta(seconds=60)
#: Under this name it is counted how often a removal killed who made it, or our own code failed on it.
REMOVING = "removing"
UNSETTLED = (PublicationStatus.UNKNOWN, PublicationStatus.ABSENT)
#: What a sending may ask of a person.
ASKING_KINDS = (
    TaskKind.UNKNOWN_SEND,
    TaskKind.REFUSED_SEND,
    TaskKind.DOUBLED_SEND,
    TaskKind.HELD_SEND,
    TaskKind.MAY_BE_POSTED,
    TaskKind.POISON,
    TaskKind.WANTS_REMOVAL,
    TaskKind.STUCK_REMOVAL,
)
#: More than this many sendings that ask for a person are a disturbance, not a list.
ASKING_AT_MOST = 99
#: Approved, and not yet on its way.
UNSENT = (PublicationStatus.READY, PublicationStatus.WAITING, PublicationStatus.HELD)

_S = PublicationStatus


@visible(Publication)
def _own_or_all(person: Person) -> ColumnElement[bool]:
    own = Publication.reply_id.in_(select(Reply.id).where(Reply.writer_id == person.id))
    return (
        or_(own, kept_from_nobody(person, Publication.mention_id)) if may(person, Permission.SEE_STAFF_LANES) else own
    )


def is_crowds() -> ColumnElement[bool]:
    """Return the condition that a publication carries the crowd's words."""
    return Publication.kind == ReplyKind.COMMUNITY


def under_hold() -> ColumnElement[bool]:
    """Return the condition that a hold, whichever stands beside it in a statement, covers a publication."""
    topic = select(Mention.topic).where(Mention.id == Publication.mention_id).correlate(Publication).scalar_subquery()
    return covers(is_crowds=is_crowds(), connection_id=Publication.connection_id, topic=topic)


def held_back(*among: ColumnElement[bool]) -> ColumnElement[bool]:
    """Return the condition that an active hold, or one ``among`` them, covers a publication."""
    return covering(under_hold()).where(*among).correlate(Publication).exists()


def covered_by(hold_id: int) -> ColumnElement[bool]:
    """Return the condition that this hold, active or not, covers a publication."""
    return select(Hold.id).where(Hold.id == hold_id, under_hold()).correlate(Publication).exists()


def sendable(*, at: datetime) -> list[ColumnElement[bool]]:
    """Return every condition under which a publication may begin; they stand inside the claiming statement."""
    return [*due(at=at), _confirmed(at=at)]


def due(*, at: datetime) -> list[ColumnElement[bool]]:
    """Return every condition under which a publication may begin, but that its post was looked up."""
    return [
        Publication.by_hand.is_(False),
        Publication.next_try_at <= at,
        Publication.expires_at > at,
        ~held_back(),
        ~recovering(),
        Publication.connection_id.in_(free_lines(at=at)),
        has_its_turn(at=at),
    ]


def _confirmed(*, at: datetime) -> ColumnElement[bool]:
    """Return the condition that the network has shown the post just now, as it was when its answer was approved."""
    stands = select(Mention.id).where(Mention.id == Publication.mention_id, Mention.checked_at > at - STILL_STANDS)
    return stands.correlate(Publication).exists()


def due_unconfirmed(*, at: datetime, limit: int = 100) -> dict[int, dict[int, str]]:
    """Return what could leave if its post were looked up: for each connection, publications with the post to ask for."""
    rows = session.execute(
        select(Publication.connection_id, Publication.id, Mention.edition_external_id, Mention.external_id)
        .join(Mention, Mention.id == Publication.mention_id)
        .where(text(f"publications.{WAITS_TO_BEGIN}"), *due(at=at), ~_confirmed(at=at))
        .order_by(Publication.next_try_at, Publication.id)
        .limit(limit)
    )
    found: dict[int, dict[int, str]] = {}
    for row in rows:
        found.setdefault(row.connection_id, {})[row.id] = row.edition_external_id or row.external_id
    return found


def removable(*, at: datetime) -> list[ColumnElement[bool]]:
    """Return every condition under which a reply may be removed now: no pulled cord keeps a removal back."""
    in_line = [Publication.next_try_at <= at, open_line(at=at), may_be_taken(REMOVING, Publication.id, at=at)]
    return [text(TO_RETRACT), *in_line]  # type: ignore[list-item]


def due_removals(*, at: datetime, limit: int = 100) -> list[int]:
    """Return the public replies whose removal is due, the longest waiting first."""
    due = select(Publication.id).where(*removable(at=at)).order_by(Publication.next_try_at, Publication.id)
    return list(session.scalars(due.limit(limit)))


def next_ready(*, at: datetime, besides: Collection[int] = ()) -> Select[int]:
    """Return what finds the publication that has been due for longest; ``besides``, and what is in hand, are passed over."""
    due = (
        select(Publication.id)
        .where(text(f"publications.{WAITS_TO_BEGIN}"), *sendable(at=at))
        .where(Publication.id.not_in(besides))
        .order_by(Publication.next_try_at, Publication.id)
    )
    return due.limit(1).with_for_update(skip_locked=True, key_share=True)


def may_begin(publication_id: int, *, at: datetime) -> bool:
    """Say whether nothing but what was approved could keep a publication back now."""
    waits = text(f"publications.{WAITS_TO_BEGIN}")
    due = select(Publication.id).where(Publication.id == publication_id, waits, *sendable(at=at))
    return session.scalar(due) is not None


def close_the_door() -> None:
    """Let no hold and no recovery be committed while a claim is looked at, so that none begins after a stop.

    SQLite lets one transaction write at a time anyway. On PostgreSQL a statement would look at the holds of the moment
    it began; sharing the tables makes a pull wait for the claims in hand, and those after it see the pull.
    """
    if session.connection().dialect.name == "postgresql":
        session.execute(text("LOCK TABLE holds, recoveries IN SHARE MODE"))


def lock(publication_id: int) -> None:
    """Wait for whoever changes a publication at this moment.

    A statement on PostgreSQL that waits for a row looks at the row anew, but at the holds as they were when it began:
    it would set aside again what a release has just let go. The statement after this one begins anew.
    """
    session.execute(select(Publication.id).where(Publication.id == publication_id).with_for_update())


def whole(publication_id: int, *parts: LoaderOption) -> Publication:
    """Return a publication afresh with everything that sending and settling look at, or with these ``parts`` of it."""
    return _afresh(select(Publication).where(Publication.id == publication_id).options(*(parts or EVERYTHING)))


def locked(publication_id: int) -> Publication:
    """Return a publication with what its claim looks at, and let nobody else change it until the transaction ends."""
    wanted = select(Publication).where(Publication.id == publication_id).options(*_TO_BEGIN)
    return _afresh(wanted.with_for_update(key_share=True, of=Publication))


def _afresh(wanted: Select[Publication]) -> Publication:
    return session.scalars(wanted, execution_options={"populate_existing": True}).unique().one()


EVERYTHING: tuple[LoaderOption, ...] = (
    joinedload(Publication.reply).joinedload(Reply.writer),
    joinedload(Publication.reply_version),
    joinedload(Publication.mention).joinedload(Mention.conversation),
    joinedload(Publication.mention).joinedload(Mention.author),
    joinedload(Publication.connection),
    joinedload(Publication.approved_by).selectinload(User.grants),
)
_TO_BEGIN: tuple[LoaderOption, ...] = (
    joinedload(Publication.reply, innerjoin=True),
    joinedload(Publication.reply_version, innerjoin=True),
    joinedload(Publication.mention, innerjoin=True).joinedload(Mention.conversation),
    joinedload(Publication.connection, innerjoin=True),
    joinedload(Publication.approved_by, innerjoin=True).joinedload(User.grants),
)


def publication_of(person: Person, publication_id: int) -> Publication:
    """Return one publication with everything its page shows.

    Raises:
        NotFound: there is none, or not for this person.
    """
    statement = scoped(select(Publication).where(Publication.id == publication_id), person).options(*EVERYTHING)
    found = session.scalars(statement).unique().one_or_none()
    if found is None:
        raise NotFound(_("There is no such sending."))
    return found


def live_publication_of(reply_id: int) -> Publication | None:
    """Return the newest publication of a reply, or None."""
    newest = select(Publication).where(Publication.reply_id == reply_id).order_by(Publication.id.desc())
    return session.scalars(newest.limit(1)).one_or_none()


def is_taken(external_id: str, *, connection_id: int) -> bool:
    """Say whether a post of this account is known as a reply of ours already: it proves no other one."""
    bears_it = (Publication.connection_id == connection_id, Publication.external_id == external_id)
    return session.scalar(select(Publication.id).where(*bears_it).limit(1)) is not None


def sending_log(
    person: Person, *, statuses: Collection[PublicationStatus] = (), before: int | None = None, limit: int = 50
) -> list[Publication]:
    """Return publications, the newest first; ``before`` is the id the page before ended with."""
    wanted = scoped(select(Publication), person)
    if statuses:
        wanted = wanted.where(Publication.status.in_(statuses))
    if before is not None:
        wanted = wanted.where(Publication.id < before)
    wanted = wanted.options(*EVERYTHING).order_by(Publication.id.desc()).limit(limit)
    return list(session.scalars(wanted).unique().all())


def counts_by_status() -> dict[PublicationStatus, int]:
    """Return how many publications stand where."""
    rows = session.execute(select(Publication.status, func.count()).group_by(Publication.status))
    return {row[0]: row[1] for row in rows}


def asking(person: Person) -> list[tuple[Publication, Task]]:
    """Return the sendings that a person must look at, each with the task that says why; the longest asking first."""
    asks = and_(
        Task.subject_type == Publication.__tablename__,
        Task.subject_id == Publication.id,
        Task.kind.in_(ASKING_KINDS),
        Task.settled_at.is_(None),
    )
    wanted = scoped(select(Publication, Task).join(Task, asks), person).options(joinedload(Publication.reply_version))
    rows = session.execute(wanted.order_by(Task.opened_at, Task.id).limit(ASKING_AT_MOST))
    return [(row[0], row[1]) for row in rows]


def _asked(person: Person) -> int:
    return len(asking(person)) if may(person, Permission.SETTLE_AS_POSTED) else 0


register_count("sending", _asked)


def is_held_back(publication_id: int) -> bool:
    """Say whether a hold covers a publication at present."""
    return bool(ids_of(Publication.id == publication_id, held_back()))


def waiting_under_hold() -> int:
    """Return how many approved replies a hold keeps back at present."""
    kept = select(func.count()).where(Publication.status.in_(UNSENT), held_back())
    return session.scalar(kept) or 0


def held_publications(person: Person, *, limit: int = 200) -> list[Publication]:
    """Return the approved replies that a hold keeps back, the longest waiting first."""
    kept = scoped(select(Publication), person).where(Publication.status.in_(UNSENT), held_back())
    kept = kept.options(*EVERYTHING).order_by(Publication.approved_at, Publication.id).limit(limit)
    return list(session.scalars(kept).unique().all())


def who_asked_for_removal(publication: Publication) -> str:
    """Return the name of who wished a reply off its network; "" when nobody did."""
    return session.scalar(select(User.name).where(User.id == publication.retract_by_id)) or ""


def own_public_one(person: Person, reply_id: int) -> Publication | None:
    """Return the publication by which a person's own reply stands in public, or None when it does not.

    Raises:
        NotFound: the reply is not theirs.
    """
    if reply_of(person, reply_id).writer_id != person.id:
        raise NotFound(_("There is no such reply."))
    standing = select(Publication).where(Publication.reply_id == reply_id, Publication.status == _S.SENT)
    return session.scalars(scoped(standing, person).options(*EVERYTHING)).unique().one_or_none()


def journal_of(publication: Publication) -> list[JournalEntry]:
    """Return what happened to a publication, the oldest first."""
    of_it = (JournalEntry.subject_type == Publication.__tablename__, JournalEntry.subject_id == publication.id)
    return list(session.scalars(select(JournalEntry).where(*of_it).order_by(JournalEntry.id).limit(100)))


def ids_of(*conditions: ColumnElement[bool], limit: int = 200) -> list[int]:
    """Return the ids of publications that meet ``conditions``, the oldest first, for sweeps."""
    return list(session.scalars(select(Publication.id).where(*conditions).order_by(Publication.id).limit(limit)))


def due_looks(*, at: datetime, limit: int = 20) -> list[LookBack]:
    """Return the unknown sends whose network should be asked now."""
    due = (
        select(Publication)
        .join(Publication.connection)
        .where(
            Publication.status.in_(UNSETTLED),
            Publication.next_try_at <= at,
            Publication.lost_at > at - WATCHED_FOR,
            Connection.state == ConnectionState.CONNECTED,
        )
        .options(
            joinedload(Publication.reply_version),
            joinedload(Publication.mention).joinedload(Mention.conversation),
        )
        .order_by(Publication.next_try_at, Publication.id)
        .limit(limit)
    )
    return [look_back_at(row) for row in session.scalars(due)]
