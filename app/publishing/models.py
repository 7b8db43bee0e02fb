"""Publications: the sending of one approved reply, from ready to receipt."""

from datetime import datetime, timedelta
from enum import StrEnum
from typing import Any

from sqlalchemy import JSON, ForeignKey, Index, String, Text, text
from sqlalchemy.orm import Mapped, mapped_column, relationship

from app.accounts.models import User
from app.channels.models import Connection
from app.foundation.db import Base, BigId, PrimaryKey, checked
from app.foundation.lifecycle import Lifecycle
from app.mentions.models import Mention
from app.mentions.quotes import MAY_QUOTE
from app.replies.models import Reply, ReplyKind, ReplyVersion


class PublicationStatus(StrEnum):
    """Where a sending stands."""

    READY = "READY"
    WAITING = "WAITING"
    SENDING = "SENDING"
    SENT = "SENT"
    REFUSED = "REFUSED"
    UNKNOWN = "UNKNOWN"
    ABSENT = "ABSENT"
    HELD = "HELD"
    HANDED_OUT = "HANDED_OUT"
    CANCELLED = "CANCELLED"
    EXPIRED = "EXPIRED"
    QUARANTINED = "QUARANTINED"
    RETRACTED = "RETRACTED"
    GONE = "GONE"


class HeldBecause(StrEnum):
    """What keeps an approved reply back: a pulled cord, or what its post's author or the brand did meanwhile."""

    CORD = "CORD"
    EDITED = "EDITED"
    ANSWERED = "ANSWERED"


_S = PublicationStatus
PUBLICATION_LIFECYCLE = Lifecycle(
    "publication",
    {
        "begin": ([_S.READY, _S.WAITING], _S.SENDING),
        "deliver": ([_S.SENDING], _S.SENT),
        "refuse": ([_S.SENDING], _S.REFUSED),
        "postpone": ([_S.SENDING], _S.WAITING),
        "lose": ([_S.SENDING], _S.UNKNOWN),
        "confirm": ([_S.UNKNOWN, _S.ABSENT], _S.SENT),
        "find_absent": ([_S.UNKNOWN], _S.ABSENT),
        "send_again": ([_S.ABSENT], _S.READY),
        "hold": ([_S.READY, _S.WAITING], _S.HELD),
        "resume": ([_S.HELD], _S.READY),
        "re_review": ([_S.HELD], _S.CANCELLED),
        "cancel": ([_S.READY, _S.WAITING, _S.HELD, _S.HANDED_OUT], _S.CANCELLED),
        "expire": ([_S.READY, _S.WAITING, _S.HELD, _S.HANDED_OUT], _S.EXPIRED),
        "quarantine": ([_S.READY, _S.WAITING], _S.QUARANTINED),
        "hand_out": ([_S.READY], _S.HANDED_OUT),
        "link_back": ([_S.HANDED_OUT], _S.SENT),
        "retract": ([_S.SENT], _S.RETRACTED),
        "vanish": ([_S.SENT], _S.GONE),
    },
)

_ONE_LIVE = "status IN ('READY', 'WAITING', 'HELD', 'HANDED_OUT', 'SENDING', 'UNKNOWN', 'ABSENT', 'SENT')"
_WAITS_BY_HAND = "by_hand AND status IN ('READY', 'HELD', 'HANDED_OUT')"
#: So long a network may take to show what it took; before that nobody can know that a reply is not there.
SHOWN_WITHIN = timedelta(minutes=5)
#: Spelt out, since a database uses a partial index only where it can see the very condition.
TO_RETRACT = "status = 'SENT' AND retract_asked_at IS NOT NULL"
WAITS_TO_BEGIN = "status IN ('READY', 'WAITING')"


class Publication(Base):
    """The outbox row of one approval; one mention has at most one that is or may become public."""

    __tablename__ = "publications"
    __table_args__ = (
        Index(
            "uq_publications_live_mention",
            "mention_id",
            unique=True,
            sqlite_where=text(_ONE_LIVE),
            postgresql_where=text(_ONE_LIVE),
        ),
        Index(
            "ix_publications_unrewarded",
            "id",
            sqlite_where=text("status = 'SENT' AND rewarded_at IS NULL"),
            postgresql_where=text("status = 'SENT' AND rewarded_at IS NULL"),
        ),
        Index(
            "ix_publications_look_up",
            "connection_id",
            "look_up_at",
            sqlite_where=text("status = 'SENT' AND look_up_at IS NOT NULL"),
            postgresql_where=text("status = 'SENT' AND look_up_at IS NOT NULL"),
        ),
        # One send at a time for each account; publishers that race for it are told apart by the database.
        Index(
            "uq_publications_sending_connection",
            "connection_id",
            unique=True,
            sqlite_where=text("status = 'SENDING'"),
            postgresql_where=text("status = 'SENDING'"),
        ),
        Index(
            "ix_publications_to_retract",
            "next_try_at",
            "id",
            sqlite_where=text(TO_RETRACT),
            postgresql_where=text(TO_RETRACT),
        ),
        Index(
            "ix_publications_by_hand",
            "id",
            sqlite_where=text(_WAITS_BY_HAND),
            postgresql_where=text(_WAITS_BY_HAND),
        ),
        Index(
            "ix_publications_due",
            "next_try_at",
            "id",
            sqlite_where=text(WAITS_TO_BEGIN),
            postgresql_where=text(WAITS_TO_BEGIN),
        ),
        Index(None, "status", "next_try_at", "id"),
        Index(None, "reply_id", "id"),
        Index(None, "connection_id", "external_id"),
    )

    id: Mapped[PrimaryKey]
    #: Handed down by the approving story, so that one approval can never become two sendings.
    approval_key: Mapped[str] = mapped_column(String(64), unique=True)
    approval_hash: Mapped[str] = mapped_column(String(64))
    approved_by_id: Mapped[int] = mapped_column(BigId, ForeignKey(User.id))
    #: Who approved before, where two people must.
    first_approved_by_id: Mapped[int | None] = mapped_column(BigId)
    approved_at: Mapped[datetime]
    #: The edition of the post that its approver saw; another one must be read first.
    edition: Mapped[int] = mapped_column(default=1)
    #: The network's id of that edition, where it is not the post's own: the send names it.
    target_external_id: Mapped[str | None] = mapped_column(String(40))
    #: An approval that has waited this long is no longer one.
    expires_at: Mapped[datetime]
    kind: Mapped[ReplyKind]
    mention_id: Mapped[int] = mapped_column(BigId, ForeignKey(Mention.id))
    reply_id: Mapped[int] = mapped_column(BigId, ForeignKey(Reply.id))
    reply_version_id: Mapped[int] = mapped_column(BigId, ForeignKey(ReplyVersion.id))
    connection_id: Mapped[int] = mapped_column(BigId, ForeignKey(Connection.id))
    #: The network does not let us send it: a person posts it there and brings the link.
    by_hand: Mapped[bool] = mapped_column(default=False)

    status: Mapped[PublicationStatus] = mapped_column(checked(PublicationStatus), default=PublicationStatus.READY)
    #: Why it is HELD; it stays written where it was held last.
    held_because: Mapped[HeldBecause | None]
    #: Not before this moment: the end of the undo window, when the network lets us again; for an unknown one, when its
    #: network is next asked whether the reply stands there; for one to be removed, when that is tried next.
    next_try_at: Mapped[datetime]
    #: Since when a worker has it in hand without having claimed it; how many died so, and how often our own code failed.
    taken_at: Mapped[datetime | None]
    deaths: Mapped[int] = mapped_column(default=0)
    faults: Mapped[int] = mapped_column(default=0)
    attempt: Mapped[int] = mapped_column(default=0)
    worker: Mapped[str | None] = mapped_column(String(80))
    lease_until: Mapped[datetime | None]
    begun_at: Mapped[datetime | None]
    #: The very request, where its network must get the same one again.
    prepared: Mapped[dict[str, Any] | None] = mapped_column(JSON)
    external_id: Mapped[str | None] = mapped_column(String(40))
    url: Mapped[str] = mapped_column(String(300), default="")
    #: The link is somebody's word: the network could not be asked where it leads.
    link_unverified: Mapped[bool] = mapped_column(default=False)
    sent_at: Mapped[datetime | None]
    #: When the points for it were given, when its reach is next looked up, and up to which mention what was said back
    #: was read for thanks; written by rewards from above.
    rewarded_at: Mapped[datetime | None]
    look_up_at: Mapped[datetime | None]
    thanks_read_to: Mapped[int | None] = mapped_column(BigId)
    #: What the network said last, for the people who look after it.
    last_error: Mapped[str] = mapped_column(Text, default="")
    #: When its outcome became unknown, how often and when its network was asked since.
    lost_at: Mapped[datetime | None]
    looks: Mapped[int] = mapped_column(default=0)
    looked_at: Mapped[datetime | None]
    #: Who settled it as absent; somebody else must say "send again".
    absent_by_id: Mapped[int | None] = mapped_column(BigId, ForeignKey(User.id))
    #: The wish that it be removed from its network: since when, whose and why. It stands until it is met.
    retract_asked_at: Mapped[datetime | None]
    retract_by_id: Mapped[int | None] = mapped_column(BigId)
    retract_because: Mapped[str] = mapped_column(Text, default="", info=MAY_QUOTE)
    retract_tries: Mapped[int] = mapped_column(default=0)
    retracted_at: Mapped[datetime | None]

    reply: Mapped[Reply] = relationship(lazy="raise_on_sql")
    reply_version: Mapped[ReplyVersion] = relationship(lazy="raise_on_sql")
    mention: Mapped[Mention] = relationship(lazy="raise_on_sql")
    connection: Mapped[Connection] = relationship(lazy="raise_on_sql")
    approved_by: Mapped[User] = relationship(foreign_keys=[approved_by_id], lazy="raise_on_sql")

    @property
    def is_being_removed(self) -> bool:
        """Whether it still stands on its network although somebody has asked for its removal."""
        return self.status is PublicationStatus.SENT and self.retract_asked_at is not None

    @property
    def may_get_another_link(self) -> bool:
        """Whether its link is somebody's word and may be a wrong one; while it is being removed it stays."""
        return self.status is PublicationStatus.SENT and self.link_unverified and self.retract_asked_at is None

    def may_be_called_absent(self, *, at: datetime) -> bool:
        """Whether its network has had the time to show what it took late."""
        return self.lost_at is not None and self.lost_at <= at - SHOWN_WITHIN

    def is_doubtful_in_hand(self, *, at: datetime) -> bool:
        """Whether it lies in somebody's hands and must not be posted any more, but may have been; its post must be loaded."""
        outdated = self.expires_at <= at or self.edition != self.mention.edition
        return self.status is PublicationStatus.HANDED_OUT and outdated


class Send(Base):
    """One try at sending from an account that may make only so many; it counts against the limit until ``free_at``."""

    __tablename__ = "sends"
    __table_args__ = (Index(None, "connection_id", "free_at"), Index(None, "publication_id", "attempt"))

    id: Mapped[PrimaryKey]
    connection_id: Mapped[int] = mapped_column(BigId, ForeignKey(Connection.id))
    publication_id: Mapped[int] = mapped_column(BigId, ForeignKey(Publication.id))
    attempt: Mapped[int]
    free_at: Mapped[datetime]
