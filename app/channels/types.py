"""What crosses between a network and the house: frozen shapes, errors, and the contract of an adapter."""
# Longer than 300 lines: whoever writes an adapter finds here all that it must know.

import enum
import hashlib
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any, ClassVar, Final, Literal, Protocol

from app.channels.errors import AuthExpired as AuthExpired
from app.channels.errors import BudgetSpent as BudgetSpent
from app.channels.errors import ChannelError as ChannelError
from app.channels.errors import Duplicate as Duplicate
from app.channels.errors import Forbidden as Forbidden
from app.channels.errors import Garbled as Garbled
from app.channels.errors import Gone as Gone
from app.channels.errors import Invalid as Invalid
from app.channels.errors import RateLimited as RateLimited
from app.channels.errors import TooLong as TooLong
from app.channels.errors import Transient as Transient

Now = Callable[[], datetime]
#: Takes a page as it came, before anything of it is read, and says whether it may be read at all.
Keep = Callable[[bytes], bool]
#: Says whether whoever asks has not been told to stop.
GoingOn = Callable[[], bool]
#: All that is asked of a network for one row in hand is over so soon: whoever is told to stop must have written it down and
#: gone within 45 seconds.
ROW_SECONDS: Final = 40.0
Visibility = Literal["public", "unlisted", "private"]


class Capability(enum.Flag):
    """What a network permits."""

    POLL = enum.auto()
    STREAM = enum.auto()
    WEBHOOK = enum.auto()
    REPLY_TO_ANY = enum.auto()
    REPLY_IF_SUMMONED = enum.auto()
    PRIVATE = enum.auto()
    METRICS = enum.auto()
    DELETE_NOTICE = enum.auto()
    DELETE = enum.auto()
    MEDIA = enum.auto()
    KEEPS_OUR_KEY = enum.auto()
    READ_BACK = enum.auto()
    SEARCH = enum.auto()


@dataclass(frozen=True, slots=True)
class Ref:
    """A post on its network. ``token`` is what else an answer must name (a record hash, a Message-ID)."""

    id: str
    token: str | None = None


@dataclass(frozen=True, slots=True)
class PostAuthor:
    """Who wrote a post, as the network showed them at that moment. ``followers`` is None where it is not told."""

    id: str
    handle: str
    name: str
    url: str
    followers: int | None = None
    avatar_url: str | None = None
    protected: bool | None = None


@dataclass(frozen=True, slots=True)
class Attachment:
    """Something beside the words. Never fetched by us."""

    kind: Literal["image", "video", "gif", "audio", "link", "file"]
    url: str
    alt: str | None = None


@dataclass(frozen=True, slots=True)
class Metrics:
    """Counts under a post; None where the network does not tell."""

    likes: int | None
    reposts: int | None
    replies: int | None
    quotes: int | None
    views: int | None
    as_of: datetime


@dataclass(frozen=True, slots=True)
class IncomingPost:
    """One post as heard. ``raw`` is capped in size and dropped with the post.

    ``cannot_reply_why`` is a code (see ``ReplyBar``), None when ``can_reply``. ``ref`` stays the same through all edits;
    ``edition`` counts them from 1. Where each edition has an id of its own, ``editions`` lists them, the oldest first.
    """

    ref: Ref
    author: PostAuthor
    text: str
    created_at: datetime
    url: str
    thread_root: Ref
    parent: Ref | None
    quoted: Ref | None
    language: str | None
    summoned: bool
    ours: bool
    can_reply: bool
    cannot_reply_why: str | None
    matched: tuple[str, ...] = ()
    visibility: Visibility = "public"
    attachments: tuple[Attachment, ...] = ()
    metrics: Metrics | None = None
    raw: Mapping[str, Any] = field(default_factory=dict)
    edition: int = 1
    editions: tuple[str, ...] = ()

    @property
    def this(self) -> Ref:
        """This very edition: what an answer to it names."""
        return Ref(self.editions[self.edition - 1]) if self.editions else self.ref

    @property
    def is_newest(self) -> bool:
        """Whether its network knew of no later edition."""
        return not self.editions or self.edition == len(self.editions)


class ReplyBar(enum.StrEnum):
    """Why a post may not be answered through the API."""

    NOT_SUMMONED = "not_summoned"
    OWN_POST = "own_post"
    PROTECTED = "protected"


#: Why a post may not be answered through the API although a person may answer it on the network itself.
BY_HAND_TOO = frozenset({ReplyBar.NOT_SUMMONED})


@dataclass(frozen=True, slots=True)
class Deleted:
    """A post its network no longer shows."""

    ref: Ref
    seen_at: datetime


@dataclass(frozen=True, slots=True)
class Gap:
    """A stretch of time the network will not let us read any more."""

    start: datetime
    end: datetime


#: Stands for the id of a post where nothing of a page could be read, not even ids.
WHOLE_PAGE = "page"


@dataclass(frozen=True, slots=True)
class Batch:
    """One page of what was heard, and the cursor that must be stored in the same transaction.

    ``context`` are posts that came along as parents or quotes: for the thread, never mentions. ``unreadable`` are rows that
    could not be understood, for a person to look at. ``more`` asks for another poll at once. ``raw`` is the page as it came.
    """

    events: Sequence[IncomingPost | Deleted]
    cursor: str
    more: bool
    cost_units: int = 0
    context: Sequence[IncomingPost] = ()
    unreadable: Sequence[Mapping[str, Any]] = ()
    gap: Gap | None = None
    raw: bytes = b""


@dataclass(frozen=True, slots=True)
class OutgoingReply:
    """What we want said. ``key`` is ours and never changes for this reply."""

    key: str
    target: Ref
    root: Ref
    text: str
    media: tuple[Attachment, ...] = ()
    private: bool = False


@dataclass(frozen=True, slots=True)
class PreparedReply:
    """The very request, as JSON, stored before anything is sent. ``fingerprint`` is its SHA-256, in hex."""

    key: str
    body: Mapping[str, Any]
    fingerprint: str


@dataclass(frozen=True, slots=True)
class Receipt:
    """The network's proof that a post of ours exists."""

    ref: Ref
    url: str
    at: datetime
    cost_units: int = 0


@dataclass(frozen=True, slots=True)
class TextCheck:
    """How long a text is by the network's own count. ``warnings`` are codes."""

    length: int
    limit: int
    warnings: tuple[str, ...] = ()

    @property
    def fits(self) -> bool:
        """Whether the network would take it."""
        return 0 < self.length <= self.limit


@dataclass(frozen=True, slots=True)
class Tokens:
    """What signs our requests. ``expires_at`` is None when it does not run out."""

    access_token: str = field(repr=False)
    refresh_token: str | None = field(default=None, repr=False)
    expires_at: datetime | None = None

    @property
    def fingerprint(self) -> str:
        """What tells them apart from others, and tells nobody what they are."""
        return hashlib.sha256(self.access_token.encode()).hexdigest()

    def are(self, others: "Tokens") -> bool:
        """Whether these are the others, whatever is known of their end."""
        return (self.access_token, self.refresh_token) == (others.access_token, others.refresh_token)


class TokenKeeper(Protocol):
    """Where tokens are kept, so that two processes never use one refresh token twice."""

    def borrow(self, stale: Tokens) -> Tokens:
        """The tokens as they are stored now: newer than ``stale``, or ``stale`` itself when it is ours to renew them.

        Raises:
            Transient: another process is renewing them at this moment.
        """

    def store(self, renewed: Tokens, *, instead_of: Tokens) -> Tokens:
        """Keep renewed tokens, before they are used for anything; return those that are stored now.

        Where others have taken the place of those they were renewed from, these others stay.
        """

    def give_back(self, stale: Tokens) -> Tokens:
        """The tokens as they are stored now: newer than ``stale``, or ``stale`` itself, for somebody else to renew."""


@dataclass(frozen=True, slots=True)
class Access:
    """Everything an adapter needs to speak for one brand account.

    ``web_url`` is where people read the network, when that is not where its API is. ``daily_budget`` and ``spent_today``
    are in cost units of a tenth of a cent, None for no limit. What is said after ``connected_at`` must be heard. ``ends_at`` is when all calls together must be over, in the
    seconds of ``monotonic``; None: each question has its own time.
    """

    base_url: str
    account_id: str
    handle: str
    tokens: Tokens
    keeper: TokenKeeper
    client_id: str = ""
    client_secret: str = field(default="", repr=False)
    web_url: str = ""
    reply_to_any: bool = False
    daily_budget: int | None = None
    spent_today: int = 0
    ends_at: float | None = None
    connected_at: datetime | None = None


@dataclass(frozen=True, slots=True)
class Pace:
    """At most so many posts in any stretch of ``window``."""

    posts: int
    window: timedelta


class Channel(Protocol):
    """One network, spoken to as one brand account. Adapters never wait, never retry and let no other exception out."""

    kind: ClassVar[str]
    capabilities: ClassVar[Capability]
    #: How long a network that keeps our key remembers it; None: for ever.
    key_lasts: ClassVar[timedelta | None]
    #: How many characters a search may have.
    longest_query: ClassVar[int]
    #: How far back a stretch of time that was missed can still be read; None: not at all.
    looks_back: ClassVar[timedelta | None]
    #: How many posts of one account the network takes by its own documents; None: they do not say.
    pace: ClassVar[Pace | None]

    def __init__(self, access: Access, *, now: Now) -> None: ...

    @property
    def cost_units(self) -> int:
        """What all calls made through it have cost so far."""

    def whoami(self) -> PostAuthor:
        """The account our tokens speak for."""

    @staticmethod
    def check(text: str) -> TextCheck:
        """Count a text as the network does. Pure: needs no connection."""

    @staticmethod
    def same_words(one: str, other: str) -> bool:
        """Say whether the network would show one text as the other. Pure."""

    def poll(self, cursor: str | None, limit: int = 100, keep: Keep | None = None) -> Batch:
        """The next page after ``cursor``; one network call. None means from now on, with a bounded look back.

        A page that ``keep`` does not let be read is passed over: what ids can be told without reading it are ``unreadable``.
        """

    def search(self, query: str, cursor: str | None, limit: int = 100, keep: Keep | None = None) -> Batch:
        """As ``poll``, for what a search finds; a search has cursors of its own.

        Raises:
            Invalid: the network does not understand the query.
        """

    def look_back(self, gap: Gap, cursor: str | None, limit: int = 100, keep: Keep | None = None) -> Batch:
        """The next page of what was said to us in a stretch of time that was missed; ``gap`` is what stays unread of it."""

    def read(self, raw: bytes) -> None:
        """Read a page as it came, and let it go: to see whether whoever reads it lives on. Pure."""

    def lookup(self, refs: Sequence[Ref], keep: Keep | None = None) -> Mapping[str, IncomingPost | Gone]:
        """Up to 100 posts by id, with what became of each. ``keep`` raises where the answer must not be read."""

    def conversation(self, root: Ref, limit: int = 100, keep: Keep | None = None) -> Sequence[IncomingPost]:
        """The newest posts of a thread, oldest first, as far as the network tells; ``keep`` as in ``lookup``."""

    def prepare(self, reply: OutgoingReply) -> PreparedReply:
        """Fix the very request. Pure.

        Raises:
            TooLong: it does not fit.
        """

    def send(self, prepared: PreparedReply) -> Receipt:
        """Say it: one network call, never repeated here."""

    def find(self, prepared: PreparedReply, since: datetime) -> Receipt | None:
        """Look for what was prepared among our own posts since then; raises when it cannot know."""

    def own_posts(self, since: datetime, going_on: GoingOn | None = None) -> Sequence[IncomingPost]:
        """All our own posts since then, the newest first; raises when it cannot know them all, or is told to stop."""

    def matches(self, prepared: PreparedReply, post: IncomingPost) -> bool:
        """Whether a post of ours is what was prepared: the same words, under the same post. Pure."""

    def metrics(self, refs: Sequence[Ref]) -> Mapping[str, Metrics | Gone]:
        """Counts under up to 100 posts."""

    def delete(self, ref: Ref) -> None:
        """Remove a post of ours; already gone is success."""
