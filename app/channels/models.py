"""Connections: one brand account authorised on one channel."""

import json
from datetime import datetime, timedelta
from decimal import Decimal
from enum import StrEnum
from typing import Any

from sqlalchemy import JSON, ForeignKey, Index, LargeBinary, Numeric, String, Text, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from app.channels.types import BY_HAND_TOO, Pace
from app.foundation.db import Base, BigId, PrimaryKey, checked
from app.foundation.secrets import EncryptedText, Unreadable


class ConnectionState(StrEnum):
    """Whether a connection can be used."""

    CONNECTED = "CONNECTED"
    NEEDS_LOGIN = "NEEDS_LOGIN"
    DISCONNECTED = "DISCONNECTED"


class ListeningGap(Base):
    """A stretch of time in which something may have been said that the network would not let us read."""

    __tablename__ = "listening_gaps"
    __table_args__ = (UniqueConstraint("connection_id", "began_at", "ended_at"),)

    id: Mapped[PrimaryKey]
    connection_id: Mapped[int] = mapped_column(BigId, ForeignKey("connections.id"))
    began_at: Mapped[datetime]
    ended_at: Mapped[datetime]
    noticed_at: Mapped[datetime]
    #: How far the network has been asked for it since; opaque to everybody but the adapter.
    cursor: Mapped[str | None] = mapped_column(Text)
    #: When all of it that the network still tells was read, and from which moment on it was told.
    healed_at: Mapped[datetime | None]
    healed_from: Mapped[datetime | None]

    @property
    def is_healed(self) -> bool:
        """Whether nothing of it is missing any more."""
        return self.healed_at is not None and self.healed_from == self.began_at

    def heal(self, *, since: datetime, at: datetime) -> None:
        """It was read from ``since`` on; what was said before is lost."""
        self.cursor, self.healed_at, self.healed_from = None, at, since


class Destination(StrEnum):
    """Where a post goes that only a search found."""

    CROWD = "CROWD"
    HELLO = "HELLO"
    STAFF = "STAFF"
    OBSERVE = "OBSERVE"


class SavedSearch(Base):
    """Words that are searched for on a network, besides what is said to the account: how far, and what went wrong."""

    __tablename__ = "saved_searches"
    __table_args__ = (UniqueConstraint("connection_id", "name"),)

    id: Mapped[PrimaryKey]
    connection_id: Mapped[int] = mapped_column(BigId, ForeignKey("connections.id"))
    name: Mapped[str] = mapped_column(String(60))
    query: Mapped[str] = mapped_column(Text)
    destination: Mapped[Destination] = mapped_column(checked(Destination))
    is_on: Mapped[bool] = mapped_column(default=True)
    #: Opaque to everybody but the adapter; moved in the transaction that stores what it covers.
    cursor: Mapped[str | None] = mapped_column(Text)
    searched_at: Mapped[datetime | None]
    #: When the newest post it found was written.
    heard_at: Mapped[datetime | None]
    last_error: Mapped[str | None] = mapped_column(Text)
    last_error_at: Mapped[datetime | None]

    def change(self, *, name: str, query: str, destination: Destination) -> None:
        """Search for this; other words are searched for from now on."""
        if query != self.query:
            self.cursor, self.last_error, self.last_error_at = None, None, None
        self.name, self.query, self.destination = name, query, destination


class RawPage(Base):
    """A page of posts as its network gave it, compressed. ``shown_ids`` and ``unread_ids`` are written ``,1,2,``."""

    __tablename__ = "raw_pages"
    __table_args__ = (UniqueConstraint("connection_id", "sha256"), Index(None, "heard_at"))

    id: Mapped[PrimaryKey]
    connection_id: Mapped[int] = mapped_column(BigId, ForeignKey("connections.id"))
    sha256: Mapped[str] = mapped_column(String(64))
    body: Mapped[bytes] = mapped_column(LargeBinary)
    #: In bytes, before it was compressed.
    size: Mapped[int]
    heard_at: Mapped[datetime]
    shown_ids: Mapped[str] = mapped_column(Text)
    unread_ids: Mapped[str] = mapped_column(Text)
    #: When somebody wanted what could not be read to be asked for once more.
    again_at: Mapped[datetime | None]


class Connection(Base):
    """One brand account on one network: where it is reached, its secrets, how far it has been heard, how it fares."""

    __tablename__ = "connections"
    __table_args__ = (UniqueConstraint("kind", "external_id"),)

    id: Mapped[PrimaryKey]
    kind: Mapped[str] = mapped_column(String(20))
    #: The network's id and handle of the brand's account.
    external_id: Mapped[str] = mapped_column(String(40))
    handle: Mapped[str] = mapped_column(String(80))
    base_url: Mapped[str] = mapped_column(String(200))
    #: Where a person opens a post: the page address, if it differs from the API's.
    page_url: Mapped[str] = mapped_column(String(200), default="")
    state: Mapped[ConnectionState] = mapped_column(checked(ConnectionState), default=ConnectionState.CONNECTED)
    secrets: Mapped[str | None] = mapped_column(EncryptedText("connections.secrets"), deferred=True)
    connected_at: Mapped[datetime]

    reply_to_any: Mapped[bool] = mapped_column(default=False)
    #: Whether likes, reposts and views of our own replies earn points here; X forbids it.
    impact_counts: Mapped[bool] = mapped_column(default=False)
    #: Whether triage may learn from what people say of its posts; X lets nothing be trained on what it carries.
    learns: Mapped[bool] = mapped_column(default=False)
    #: Whether staff post by hand what the network does not let us answer from here.
    answer_by_hand: Mapped[bool] = mapped_column(default=True)
    poll_seconds: Mapped[int] = mapped_column(default=60)
    #: At most so many sends in any stretch of ``send_window_seconds``; 0: as many as there are.
    send_limit: Mapped[int] = mapped_column(default=100)
    send_window_seconds: Mapped[int] = mapped_column(default=900)

    #: Opaque to everybody but the adapter; moved in the transaction that stores what it covers.
    cursor: Mapped[str | None] = mapped_column(Text)
    #: Nothing may be asked of the network before this moment: its own wish after too many calls.
    not_before: Mapped[datetime | None]
    #: Of what waited under a pulled cord nothing leaves before this moment: it leaves one by one.
    paced_until: Mapped[datetime | None]
    polled_at: Mapped[datetime | None]
    #: When the newest post heard was written, and how long it took to reach us.
    heard_at: Mapped[datetime | None]
    lag_seconds: Mapped[int | None]
    last_error: Mapped[str | None] = mapped_column(Text)
    last_error_at: Mapped[datetime | None]
    cost_on: Mapped[str | None] = mapped_column(String(10))
    #: What the network bills for today's calls, in US dollars.
    cost_today: Mapped[Decimal] = mapped_column(Numeric(12, 4), default=Decimal(0))
    settings: Mapped[dict[str, Any]] = mapped_column(JSON, default=dict)

    @property
    def pace(self) -> Pace:
        """How many posts it may send, in which stretch of time; 0: as many as there are."""
        return Pace(self.send_limit, timedelta(seconds=self.send_window_seconds))

    def set_pace(self, pace: Pace) -> None:
        """Send at most so many posts from now on; what was sent before keeps the place it took."""
        self.send_limit, self.send_window_seconds = pace.posts, int(pace.window.total_seconds())

    def wants_by_hand(self, why: str | None) -> bool:
        """Say whether a post that may not be answered from here, for the reason ``why``, is answered by hand."""
        return self.answer_by_hand and why in BY_HAND_TOO

    def store_secrets(self, values: dict[str, str]) -> None:
        """Keep the tokens, encrypted and bound to this account."""
        self.secrets = json.dumps({"of": self._owner, "values": values})

    def read_secrets(self) -> dict[str, str]:
        """Return the tokens; ``secrets`` must have been loaded.

        Raises:
            Unreadable: they were moved here from another account's row.
        """
        if self.secrets is None:
            return {}
        kept = json.loads(self.secrets)
        if kept["of"] != self._owner:
            raise Unreadable("connections.secrets")
        return dict(kept["values"])

    @property
    def _owner(self) -> str:
        return f"{self.kind}:{self.external_id}"
