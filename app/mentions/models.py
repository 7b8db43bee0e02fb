"""Mentions: what was said about the brand, by whom, in which thread."""

from datetime import datetime

from sqlalchemy import ForeignKey, Index, String, Text, UniqueConstraint, text
from sqlalchemy.orm import Mapped, mapped_column, relationship

from app.channels.models import Connection, Destination
from app.foundation.db import Base, BigId, PrimaryKey, checked
from app.mentions.states import LIVE
from app.mentions.states import MENTION_LIFECYCLE as MENTION_LIFECYCLE
from app.mentions.states import IgnoredBecause as IgnoredBecause
from app.mentions.states import MentionStatus as MentionStatus
from app.mentions.types import FeedLane, Kind, Route


class Author(Base):
    """The person outside who wrote a post, as the network last showed them."""

    __tablename__ = "authors"
    __table_args__ = (UniqueConstraint("connection_id", "external_id"),)

    id: Mapped[PrimaryKey]
    connection_id: Mapped[int] = mapped_column(BigId, ForeignKey(Connection.id))
    external_id: Mapped[str] = mapped_column(String(40))
    handle: Mapped[str] = mapped_column(String(200))
    name: Mapped[str] = mapped_column(String(400))
    followers: Mapped[int | None]
    url: Mapped[str] = mapped_column(String(300), default="")
    seen_at: Mapped[datetime]


class Conversation(Base):
    """A thread on a network."""

    __tablename__ = "conversations"
    __table_args__ = (UniqueConstraint("connection_id", "external_id"),)

    id: Mapped[PrimaryKey]
    connection_id: Mapped[int] = mapped_column(BigId, ForeignKey(Connection.id))
    external_id: Mapped[str] = mapped_column(String(40))
    #: When its other posts were last fetched; None asks the listener to do so.
    fetched_at: Mapped[datetime | None]


class LaterEdition(Base):
    """The id that a later edition of a post bears on its network; ``of_external_id`` is the one it is known by here."""

    __tablename__ = "later_editions"
    __table_args__ = (UniqueConstraint("connection_id", "external_id"),)

    id: Mapped[PrimaryKey]
    connection_id: Mapped[int] = mapped_column(BigId, ForeignKey(Connection.id))
    external_id: Mapped[str] = mapped_column(String(40))
    of_external_id: Mapped[str] = mapped_column(String(40))


class ThreadPost(Base):
    """A post beside a mention in its thread: a parent, a sibling, or one of the brand's own."""

    __tablename__ = "thread_posts"
    __table_args__ = (
        UniqueConstraint("connection_id", "external_id"),
        Index(None, "conversation_id", "posted_at"),
        Index(None, "checked_at", "id"),
    )

    id: Mapped[PrimaryKey]
    connection_id: Mapped[int] = mapped_column(BigId, ForeignKey(Connection.id))
    conversation_id: Mapped[int] = mapped_column(BigId, ForeignKey(Conversation.id))
    external_id: Mapped[str] = mapped_column(String(40))
    parent_external_id: Mapped[str | None] = mapped_column(String(40), index=True)
    author_handle: Mapped[str] = mapped_column(String(200))
    author_name: Mapped[str] = mapped_column(String(400))
    text: Mapped[str] = mapped_column(Text)
    edition: Mapped[int] = mapped_column(default=1)
    url: Mapped[str] = mapped_column(String(300), default="")
    posted_at: Mapped[datetime]
    #: None for what an older release has stored.
    heard_at: Mapped[datetime | None]
    #: When the network last confirmed that the post still stands; None: not since it was stored.
    checked_at: Mapped[datetime | None]
    ours: Mapped[bool] = mapped_column(default=False)


class Mention(Base):
    """One post which names the brand or is addressed to it."""

    __tablename__ = "mentions"
    __table_args__ = (
        UniqueConstraint("connection_id", "external_id"),
        Index(None, "status", "id"),
        Index(
            "ix_mentions_feed",
            "feed_lane",
            "language",
            "topic",
            "priority",
            "id",
            sqlite_where=text("status = 'OPEN'"),
            postgresql_where=text("status = 'OPEN'"),
        ),
        Index(
            "ix_mentions_feed_order",
            "feed_lane",
            "priority",
            "id",
            sqlite_where=text("status = 'OPEN'"),
            postgresql_where=text("status = 'OPEN'"),
        ),
        Index(
            "ix_mentions_feed_language",
            "feed_lane",
            "language",
            "priority",
            "id",
            sqlite_where=text("status = 'OPEN'"),
            postgresql_where=text("status = 'OPEN'"),
        ),
        Index(
            "ix_mentions_feed_topic",
            "feed_lane",
            "topic",
            "priority",
            "id",
            sqlite_where=text("status = 'OPEN'"),
            postgresql_where=text("status = 'OPEN'"),
        ),
        Index(
            "ix_mentions_waits_since",
            "waits_since",
            "id",
            sqlite_where=text("status IN ('OPEN', 'BY_HAND', 'UNSURE')"),
            postgresql_where=text("status IN ('OPEN', 'BY_HAND', 'UNSURE')"),
        ),
        Index(
            "ix_mentions_by_hand",
            "route",
            "priority",
            "id",
            sqlite_where=text("status = 'BY_HAND'"),
            postgresql_where=text("status = 'BY_HAND'"),
        ),
        Index(
            "ix_mentions_voices",
            "author_id",
            "topic",
            "id",
            sqlite_where=text("topic != ''"),
            postgresql_where=text("topic != ''"),
        ),
        Index(None, "conversation_id", "posted_at"),
        Index(None, "checked_at", "id"),
        Index(None, "parent_external_id"),
        Index(
            "ix_mentions_to_reread",
            "id",
            sqlite_where=text("to_reread"),
            postgresql_where=text("to_reread"),
        ),
    )
    version: Mapped[int] = mapped_column(default=1)
    __mapper_args__ = {"version_id_col": version}

    id: Mapped[PrimaryKey]
    connection_id: Mapped[int] = mapped_column(BigId, ForeignKey(Connection.id))
    external_id: Mapped[str] = mapped_column(String(40))
    author_id: Mapped[int] = mapped_column(BigId, ForeignKey(Author.id))
    conversation_id: Mapped[int] = mapped_column(BigId, ForeignKey(Conversation.id))
    parent_external_id: Mapped[str | None] = mapped_column(String(40))
    text: Mapped[str] = mapped_column(Text)
    #: Which of its author's versions this is, counted from 1; a reply answers one of them.
    edition: Mapped[int] = mapped_column(default=1)
    #: The network's id of that version, where it is not ``external_id``.
    edition_external_id: Mapped[str | None] = mapped_column(String(40))
    #: It was edited in somebody's hands, and triage has not read it again yet.
    to_reread: Mapped[bool] = mapped_column(default=False)
    #: The text with personal data masked, as the crowd sees it; written by triage.
    masked_text: Mapped[str | None] = mapped_column(Text)
    url: Mapped[str] = mapped_column(String(300), default="")
    #: The network's own guess, until triage has looked; ISO 639-1, or "und".
    language: Mapped[str] = mapped_column(String(12), default="und")
    posted_at: Mapped[datetime]
    heard_at: Mapped[datetime]
    #: Since when it waits for the crowd: from when it was heard, or from when a person put it on the feed.
    waits_since: Mapped[datetime | None]
    #: When the network last confirmed that the post still stands.
    checked_at: Mapped[datetime]
    summoned: Mapped[bool] = mapped_column(default=True)
    #: Where it goes if triage has nothing against it, for a post that only a search found.
    destination: Mapped[Destination | None]
    can_reply: Mapped[bool] = mapped_column(default=True)
    cannot_reply_why: Mapped[str | None] = mapped_column(String(200))

    status: Mapped[MentionStatus] = mapped_column(checked(MentionStatus), default=MentionStatus.RECEIVED)
    ignored_because: Mapped[IgnoredBecause | None]
    route: Mapped[Route | None]
    kind: Mapped[Kind | None]
    feed_lane: Mapped[FeedLane | None]
    topic: Mapped[str] = mapped_column(String(40), default="")
    mood: Mapped[float | None]
    priority: Mapped[int] = mapped_column(default=0)
    #: How often a triage drainer has taken it, as far as that was marked; a post that keeps killing drainers is set aside.
    attempts: Mapped[int] = mapped_column(default=0)
    answered_at: Mapped[datetime | None]

    author: Mapped[Author] = relationship(lazy="raise_on_sql")
    conversation: Mapped[Conversation] = relationship(lazy="raise_on_sql")
    connection: Mapped[Connection] = relationship(lazy="raise_on_sql")

    @property
    def is_live(self) -> bool:
        """Whether it still waits for something."""
        return self.status in LIVE

    @property
    def target_external_id(self) -> str:
        """The network's id that an answer to it must name."""
        return self.edition_external_id or self.external_id

    def _move(self, verb: str) -> None:
        self.status = MENTION_LIFECYCLE.move(verb, self.status)

    def open(self) -> None:
        """Put it on the feed."""
        self._move("open")

    def set_by_hand(self) -> None:
        """Put it into the lane of posts answered by hand."""
        self._move("set_by_hand")

    def doubt_again(self) -> None:
        """Put it before a listener once more: what one of them said of it was taken back."""
        self._move("doubt_again")
        self.ignored_because = None

    def escalate(self) -> None:
        """Put it into staff's hands."""
        self._move("escalate")

    def ignore(self, because: IgnoredBecause) -> None:
        """Let it be, and remember why."""
        self._move("ignore")
        self.ignored_because = because

    def hear_again(self) -> None:
        """Let triage sort it once more, as if it were new."""
        self._move("hear_again")
        self.ignored_because = None

    def claim(self) -> None:
        """Put it in one advocate's hands."""
        self._move("claim")

    def release(self) -> None:
        """Put it back on the feed, or into the lane of posts answered by hand."""
        self._move("release" if self.can_reply else "release_by_hand")

    def submit(self) -> None:
        """Its reply waits for a moderator."""
        self._move("submit")

    def hand_back(self) -> None:
        """Its reply went back to the writer."""
        self._move("hand_back")

    def reopen(self) -> None:
        """Let somebody else answer it."""
        self._move("reopen" if self.can_reply else "reopen_by_hand")
        self.ignored_because = None

    def answer(self, *, at: datetime) -> None:
        """Its reply is public; one that ended meanwhile stays as it is."""
        if MENTION_LIFECYCLE.can("answer", self.status):
            self._move("answer")
            self.answered_at = at

    def take_up_again(self) -> None:
        """Its reply stands no longer; staff answer it anew."""
        self._move("take_up_again")
        self.answered_at = None

    def find_answered(self, *, at: datetime) -> None:
        """It was answered in public, and nobody here knows by whom."""
        if self.status is MentionStatus.CLAIMED:
            self.release()
        self.answer(at=at)
        if self.is_live:
            self.ignore(IgnoredBecause.ANSWERED_ELSEWHERE)

    def close(self) -> None:
        """Staff are done with it, without a public reply."""
        self._move("close")

    def expire(self) -> None:
        """Nobody took it, and it is old news now."""
        self._move("expire")

    def quarantine(self) -> None:
        """Set it aside for a person: no program can read it."""
        self._move("quarantine")

    def rewrite(self, *, text: str, edition: int, edition_external_id: str) -> None:
        """Follow its author, who edited it: the new words take the place of the old, and triage has to read them.

        What nobody has in hand is heard as if it were new; what somebody has stays theirs.
        """
        self.text, self.masked_text = text, None
        self.edition, self.edition_external_id = edition, edition_external_id
        self.attempts = 0
        settled = self.ignored_because is IgnoredBecause.ANSWERED_ELSEWHERE
        if MENTION_LIFECYCLE.can("hear_again", self.status) and not settled:
            self._move("hear_again")
            self.ignored_because = None
        self.to_reread = self.status is not MentionStatus.RECEIVED

    def erase(self) -> None:
        """Follow its author, who deleted it: keep no word of it, and nothing that was read from it.

        One that ended before stays what it was.
        """
        if self.is_live:
            self._move("vanish")
        self.ignored_because = IgnoredBecause.DELETED
        self.text, self.masked_text, self.url, self.to_reread = "", "", "", False
        self.language, self.kind, self.topic, self.mood, self.priority = "und", None, "", None, 0

    @property
    def is_erased(self) -> bool:
        """Whether its author deleted it; a post may have no words of its own, only a picture."""
        return self.ignored_because is IgnoredBecause.DELETED

    @property
    def crowd_text(self) -> str:
        """The text as the crowd may see it; nothing before triage has masked it."""
        return self.masked_text or ""
