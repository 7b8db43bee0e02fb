"""Our own posts as the networks show them, read back after a restore; which of them still have to be read."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final

from sqlalchemy import and_, select
from sqlalchemy.orm import joinedload

from app.accounts.permissions import Person, scoped
from app.cases.queries import kept_from_nobody
from app.channels.errors import AuthExpired, ChannelError, Gone, Transient
from app.channels.models import Connection, ConnectionState
from app.channels.registry import open_channel
from app.channels.types import Capability, Channel, GoingOn, IncomingPost, OutgoingReply, Ref
from app.foundation.db import session
from app.foundation.errors import NotFound
from app.foundation.recovery import MARGIN, Recovery, active_recovery, reads_of
from app.foundation.secrets import Unreadable
from app.foundation.tasks import Task, TaskKind
from app.foundation.words import _
from app.mentions.models import Mention
from app.publishing.models import Publication, PublicationStatus
from app.publishing.outgoing import reply_to_send

#: What was posted in the week before may have been taken back in the time that is lost.
LOOKED_AT_AGAIN: Final = timedelta(days=7)
LOOKED_UP_AT_ONCE: Final = 100
_S = PublicationStatus
#: What may stand on a network although nothing here says so. One that was being sent as the backup was taken is unknown only
#: once its lease is over; until then it explains its post, and is no proof.
UNPROVEN = (_S.READY, _S.WAITING, _S.HELD, _S.HANDED_OUT, _S.SENDING, _S.UNKNOWN, _S.ABSENT)


@dataclass(frozen=True, slots=True)
class Timeline:
    """Our own posts since some moment, and those among them that are a sending of ours, by publication.

    ``gone`` are the publications that are posted by our records, and that the network no longer shows.
    """

    posts: Sequence[IncomingPost]
    said: Mapping[int, IncomingPost]
    gone: Sequence[int] = ()
    cost_units: int = 0


@dataclass(frozen=True, slots=True)
class ReadBack:
    """A connection whose own posts must be read; the sendings that may be among them, and those that should be."""

    recovery_id: int
    connection_id: int
    since: datetime
    unproven: Sequence[tuple[int, OutgoingReply]]
    posted: Mapping[str, int]

    def read(self, *, going_on: GoingOn) -> Timeline | ChannelError:
        """Ask the network, outside any transaction; return all there is, or why it cannot be known.

        It may be asked many times over, so that whoever is told to stop leaves it to another time.
        """
        try:
            channel = open_channel(self.connection_id)
            if Capability.READ_BACK not in channel.capabilities:
                return Transient("this network does not let us read our own posts back")
            posts = channel.own_posts(self.since, going_on)
            gone = self._gone(channel, posts, going_on)
            return Timeline(posts, self._said(channel, posts), gone, channel.cost_units)
        except ChannelError as error:
            return error
        except Unreadable:
            return AuthExpired("our keys do not open the sign-in that is stored")

    def _said(self, channel: Channel, posts: Sequence[IncomingPost]) -> dict[int, IncomingPost]:
        said = {}
        for publication_id, reply in self.unproven:
            prepared = channel.prepare(reply)
            for post in posts:
                if channel.matches(prepared, post):
                    said[publication_id] = post
        return said

    def _gone(self, channel: Channel, posts: Sequence[IncomingPost], going_on: GoingOn) -> list[int]:
        missing = sorted(self.posted.keys() - {post.this.id for post in posts})
        gone = []
        for start in range(0, len(missing), LOOKED_UP_AT_ONCE):
            if not going_on():
                raise Transient("we were told to stop")
            found = channel.lookup([Ref(one) for one in missing[start : start + LOOKED_UP_AT_ONCE]])
            gone += [self.posted[one] for one, post in found.items() if isinstance(post, Gone)]
        return gone


def due_read_backs(*, at: datetime) -> list[ReadBack]:
    """Return the timelines that the active recovery still has to read, and may read now."""
    recovery = active_recovery()
    if recovery is None:
        return []
    reads, since = reads_of(recovery), recovery.lost_from - MARGIN
    waiting = [
        connection.id
        for connection in connections_to_read()
        if not (
            (read := reads.get(connection.id)) is not None and (read.is_finished(recovery) or read.next_read_at > at)
        )
    ]
    return [ReadBack(recovery.id, one, since, _unproven(one), _posted(one, since - LOOKED_AT_AGAIN)) for one in waiting]


def connections_to_read() -> list[Connection]:
    """Return every connection by which something may have been said; by a disconnected one nothing can be."""
    wanted = select(Connection).where(Connection.state != ConnectionState.DISCONNECTED).order_by(Connection.id)
    return list(session.scalars(wanted))


def is_read(recovery: Recovery) -> bool:
    """Say whether every timeline was read whole, and what had been erased was erased again."""
    reads = reads_of(recovery)
    return recovery.replayed_at is not None and all(
        (read := reads.get(connection.id)) is not None and read.is_finished(recovery)
        for connection in connections_to_read()
    )


def _unproven(connection_id: int) -> list[tuple[int, OutgoingReply]]:
    rows = session.scalars(
        select(Publication)
        .where(Publication.connection_id == connection_id, Publication.status.in_(UNPROVEN))
        .options(
            joinedload(Publication.reply_version), joinedload(Publication.mention).joinedload(Mention.conversation)
        )
        .order_by(Publication.id)
    )
    return [(row.id, reply_to_send(row)) for row in rows]


def _posted(connection_id: int, since: datetime) -> dict[str, int]:
    """Return what is posted by our records since then: the publications by the network's ids."""
    rows = session.execute(
        select(Publication.external_id, Publication.id).where(
            Publication.connection_id == connection_id,
            Publication.status == _S.SENT,
            Publication.sent_at > since,
            Publication.external_id.is_not(None),
        )
    )
    return {row[0]: row[1] for row in rows if row[0]}


def forgotten_posts(person: Person, *, limit: int = 100) -> list[tuple[Mention, Task]]:
    """Return the posts under which a reply of ours stands that nobody here knows of, the longest known first."""
    asks = and_(
        Task.subject_type == Mention.__tablename__,
        Task.subject_id == Mention.id,
        Task.kind == TaskKind.FORGOTTEN_POST,
        Task.settled_at.is_(None),
    )
    wanted = scoped(select(Mention, Task).join(Task, asks), person).where(kept_from_nobody(person, Mention.id))
    rows = session.execute(wanted.options(joinedload(Mention.author)).order_by(Task.opened_at, Task.id).limit(limit))
    return [(row[0], row[1]) for row in rows]


def mention_to_settle(person: Person, mention_id: int) -> Mention:
    """Return one post.

    Raises:
        NotFound: there is none, or not for this person.
    """
    wanted = scoped(select(Mention).where(Mention.id == mention_id), person)
    found = session.scalars(wanted.where(kept_from_nobody(person, Mention.id))).one_or_none()
    if found is None:
        raise NotFound(_("There is no such post."))
    return found
