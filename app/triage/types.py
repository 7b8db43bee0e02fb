"""Shapes that triage passes on: what it saw in a text and what it concluded."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from enum import IntEnum, StrEnum

from app.mentions.types import FeedLane, Kind, Route

__all__ = [
    "Band",
    "Cause",
    "Concern",
    "Context",
    "Cue",
    "DataKind",
    "DoubtEnd",
    "FeedLane",
    "Kind",
    "Part",
    "Reason",
    "Route",
    "Said",
    "Signals",
    "Source",
    "Span",
    "Verdict",
    "Worth",
    "parts_from_plain",
    "plain_parts",
    "plain_reasons",
    "reasons_from_plain",
]


class Band(StrEnum):
    """How far a verdict may be trusted."""

    SURE = "sure"
    UNSURE = "unsure"


class Cause(StrEnum):
    """Why somebody writes."""

    PROCESS = "process"
    PRODUCT = "product"
    KNOWLEDGE = "knowledge"


class Worth(IntEnum):
    """Why a listener is asked about a post that triage is unsure of; the lower comes first."""

    HELD = 0
    """A rule of the brand's wants a person to decide."""
    LEANS_TO_STAFF = 1
    """It would go to the crowd, and much speaks for staff: the worst mistake."""
    MAY_BE_THE_CROWDS = 2
    """It would go to staff, and hardly."""
    MAY_BE_SOMETHING = 3
    """It would be set aside, and hardly."""


class DoubtEnd(StrEnum):
    """How a post's waiting for a listener ended."""

    SAID = "SAID"
    OVERDUE = "OVERDUE"
    ELSEWHERE = "ELSEWHERE"


class Said(StrEnum):
    """Where a person says a post belongs: a route, or staff without a word on which lane of theirs."""

    NOISE = Route.NOISE.value
    COMMUNITY = Route.COMMUNITY.value
    STAFF_ANGRY = Route.STAFF_ANGRY.value
    STAFF_TECHNICAL = Route.STAFF_TECHNICAL.value
    STAFF_SENSITIVE = Route.STAFF_SENSITIVE.value
    STAFF = "staff"

    @property
    def is_staffs(self) -> bool:
        """Whether only the brand's own people may answer it."""
        return self is Said.STAFF or Route(self.value).is_staff


class Source(StrEnum):
    """As what somebody said it."""

    LISTENER = "LISTENER"
    STAFF = "STAFF"
    ADVOCATE = "ADVOCATE"
    MODERATOR = "MODERATOR"


class Concern(StrEnum):
    """Why a mention is sensitive."""

    ACCOUNT = "account"
    ORDER = "order"
    PAYMENT = "payment"
    IDENTITY = "identity"
    SAFETY = "safety"
    LEGAL = "legal"
    PRESS = "press"


class DataKind(StrEnum):
    """What sort of personal data a span holds."""

    MAIL = "mail"
    PHONE = "phone"
    CARD = "card"
    IBAN = "iban"
    SSN = "ssn"
    ORDER = "order"
    ADDRESS = "address"
    SECRET = "secret"  # noqa: S105
    NETWORK = "network"
    IDENTITY = "identity"


@dataclass(frozen=True, slots=True)
class Span:
    """Personal data at ``text[start:end]``."""

    kind: DataKind
    start: int
    end: int


@dataclass(frozen=True, slots=True)
class Cue:
    """Words of the text that count for or against a signal, as the author wrote them."""

    code: str
    quote: str
    weight: float


@dataclass(frozen=True, slots=True)
class Signals:
    """What was seen in one text; scores are 0..1 unless said otherwise."""

    mood: float
    """VADER's compound, -1..1."""
    anger: float
    sensitive: float
    technical: float
    urgency: float
    spam: float
    abuse: float
    negative: float
    complaint: float
    noise: float
    """How far the text is thanks, praise, chatter or an advert, with nothing to answer."""
    kind: Kind
    cause: Cause | None
    """None for praise, chatter and wishes, and where nothing tells."""
    language: str
    """ISO 639-1, or "und" when nothing could be told."""
    words: int
    """How many words it has, without handles and links."""
    is_empty: bool = False
    """Nothing but white space."""
    is_repost: bool = False
    is_question: bool = False
    is_crisis: bool = False
    """It speaks of self-harm or violence."""
    was_cut: bool = False
    """It is longer than what was read."""
    concerns: tuple[Concern, ...] = ()
    personal_data: tuple[Span, ...] = ()
    topics: tuple[str, ...] = ()
    cues: tuple[Cue, ...] = ()
    """The strongest first."""


@dataclass(frozen=True, slots=True)
class Context:
    """What is known about a mention besides its text."""

    has_mention: bool = True
    """It names or addresses the brand."""
    is_reply_to_brand: bool = False
    answers_our_question: bool = False
    """The post it replies to is ours and asked something."""
    seems_a_loop: bool = False
    """We answered twice in this thread within a day, and it came back at once: a machine may answer us."""
    followers: int | None = None
    earlier_posts: int = 0
    """Posts of the same author in this thread before this one."""
    on_topic: int = 0
    """Posts of the same author on the same topic, in any thread, before this one."""


@dataclass(frozen=True, slots=True)
class Part:
    """One named share of a priority."""

    name: str
    points: int


@dataclass(frozen=True, slots=True)
class Reason:
    """Why a verdict is what it is: a code, and the words that gave it ("" when none)."""

    code: str
    cue: str = ""


@dataclass(frozen=True, slots=True)
class Verdict:
    """What triage concluded about one mention."""

    route: Route
    kind: Kind
    lane: FeedLane | None
    """None unless the route is COMMUNITY."""
    tags: tuple[str, ...]
    band: Band
    confidence: float
    """0..1."""
    priority: int
    """0..100, the sum of ``parts``."""
    parts: tuple[Part, ...]
    reasons: tuple[Reason, ...]


def plain_parts(parts: Iterable[Part]) -> list[list[str | int]]:
    """Turn parts into JSON lists ``[name, points]``."""
    return [[part.name, part.points] for part in parts]


def parts_from_plain(rows: Iterable[Sequence[str | int]]) -> tuple[Part, ...]:
    """Turn ``[name, points]`` lists back into parts."""
    return tuple(Part(str(name), int(points)) for name, points in rows)


def plain_reasons(reasons: Iterable[Reason]) -> list[list[str]]:
    """Turn reasons into JSON lists ``[code, cue]``."""
    return [[reason.code, reason.cue] for reason in reasons]


def reasons_from_plain(rows: Iterable[Sequence[str]]) -> tuple[Reason, ...]:
    """Turn ``[code, cue]`` lists back into reasons."""
    return tuple(Reason(code, cue) for code, cue in rows)
