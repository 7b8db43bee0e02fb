"""What triage concluded about a mention, kept so that it can be shown, disputed and counted."""

from datetime import datetime
from typing import Any

from sqlalchemy import JSON, Float, ForeignKey, Index, String, text
from sqlalchemy.orm import Mapped, mapped_column, relationship

from app.accounts.models import User
from app.foundation.db import Base, BigId, PrimaryKey
from app.mentions.models import Mention
from app.mentions.types import FeedLane, Kind, Route
from app.triage.rules.book import Act
from app.triage.rules.types import Guard, Way
from app.triage.types import Cause, DoubtEnd, Said, Source


class TriageVerdict(Base):
    """One verdict; the newest of a mention counts."""

    __tablename__ = "triage_verdicts"
    __table_args__ = (
        Index(None, "mention_id", "id"),
        Index(
            "ix_triage_verdicts_rule",
            "rule_key",
            "decided_at",
            sqlite_where=text("rule_key IS NOT NULL"),
            postgresql_where=text("rule_key IS NOT NULL"),
        ),
    )

    id: Mapped[PrimaryKey]
    mention_id: Mapped[int] = mapped_column(BigId, ForeignKey(Mention.id))
    route: Mapped[Route]
    kind: Mapped[Kind]
    band: Mapped[str] = mapped_column(String(10))
    #: 0..1; None for what an older release has judged.
    confidence: Mapped[float | None] = mapped_column(Float)
    anger: Mapped[float] = mapped_column(Float)
    mood: Mapped[float] = mapped_column(Float)
    urgent: Mapped[bool] = mapped_column(default=False)
    priority: Mapped[int]
    #: [name, points] pairs that add up to ``priority``.
    parts: Mapped[list[list[Any]]] = mapped_column(JSON, default=list)
    #: [code, cue] pairs; the words are made for whoever reads them.
    reasons: Mapped[list[list[str]]] = mapped_column(JSON, default=list)
    tags: Mapped[list[str]] = mapped_column(JSON, default=list)
    #: Why its author writes; None where nothing tells, and for what an older release has judged.
    cause: Mapped[Cause | None]
    #: Where triage alone would have sent it, and what no rule may do with it; None for what an older release sorted.
    way: Mapped[Way | None]
    guard: Mapped[Guard | None]
    #: The brand's rule that decided, and its version; None where no rule fitted.
    rule_key: Mapped[int | None]
    rule_version: Mapped[int | None]
    decided_at: Mapped[datetime]
    #: None for triage itself; else who overruled it.
    decided_by_id: Mapped[int | None] = mapped_column(BigId, ForeignKey("users.id"))

    def forget_quotes(self) -> None:
        """Keep why, without the words of the post."""
        self.reasons = [[code, "…" if cue else ""] for code, cue in self.reasons]


class Doubt(Base):
    """A post that waits for a listener, from when triage was unsure of it until somebody said, or its time was over.

    While ``held_until`` lies ahead, one listener has it on the screen and nobody else is given it.
    """

    __tablename__ = "doubts"
    __table_args__ = (
        Index(
            "uq_doubts_open_mention",
            "mention_id",
            unique=True,
            sqlite_where=text("ended_at IS NULL"),
            postgresql_where=text("ended_at IS NULL"),
        ),
        Index(None, "mention_id", "id"),
        Index(None, "asked_at"),
        Index(None, "held_by_id", "ended_at"),
    )

    id: Mapped[PrimaryKey]
    mention_id: Mapped[int] = mapped_column(BigId, ForeignKey(Mention.id))
    #: Of ``Worth``: the lower, the sooner somebody is asked.
    worth: Mapped[int]
    #: What triage would have done: its route, and for the community the lane.
    route: Mapped[Route]
    lane: Mapped[FeedLane | None]
    asked_at: Mapped[datetime]
    held_by_id: Mapped[int | None] = mapped_column(BigId, ForeignKey(User.id))
    held_until: Mapped[datetime | None]
    #: Who left it to another listener last.
    passed_by_id: Mapped[int | None] = mapped_column(BigId, ForeignKey(User.id))
    ended_at: Mapped[datetime | None]
    ended_because: Mapped[DoubtEnd | None]

    held_by: Mapped[User | None] = relationship(foreign_keys=[held_by_id], lazy="raise_on_sql")

    def reopen(self, *, until: datetime) -> None:
        """Put it before the same listener again."""
        self.ended_at, self.ended_because, self.held_until = None, None, until


class Label(Base):
    """What a person says of one post's place, beside what triage said and the scores it said that by; no word of the post.

    The newest of a mention that was not taken back counts.
    """

    __tablename__ = "triage_labels"
    __table_args__ = (Index(None, "mention_id", "id"), Index(None, "said_at"))

    id: Mapped[PrimaryKey]
    mention_id: Mapped[int] = mapped_column(BigId, ForeignKey(Mention.id))
    said_route: Mapped[Said]
    source: Mapped[Source]
    by_id: Mapped[int] = mapped_column(BigId, ForeignKey(User.id))
    said_at: Mapped[datetime]
    #: What triage had concluded, and the code of the reason that decided it.
    route: Mapped[Route]
    band: Mapped[str] = mapped_column(String(10))
    confidence: Mapped[float | None] = mapped_column(Float)
    reason: Mapped[str] = mapped_column(String(60))
    #: Where triage alone would have sent it, and the brand's rule that decided; as on the verdict.
    way: Mapped[Way | None]
    rule_key: Mapped[int | None]
    #: Name to score of every signal that is a number, read when this was said; empty where no program can read the post.
    scores: Mapped[dict[str, float]] = mapped_column(JSON, default=dict)
    #: The codes of the cues found, the strongest first.
    cues: Mapped[list[str]] = mapped_column(JSON, default=list)
    #: Whether triage may learn from it: the connection's switch as it stood then. It is counted in any case.
    learnable: Mapped[bool]
    taken_back_at: Mapped[datetime | None]


class Likeness(Base):
    """That a post waits, or waited, with others that say the same: no word of it, only a sketch that cannot be read."""

    __tablename__ = "likenesses"
    __table_args__ = (Index(None, "group_id", "mention_id"),)

    mention_id: Mapped[int] = mapped_column(BigId, ForeignKey(Mention.id), primary_key=True, autoincrement=False)
    #: The number of the first post that said it; it may be erased by now.
    group_id: Mapped[int] = mapped_column(BigId)
    mins: Mapped[str] = mapped_column(String(48))
    said_at: Mapped[datetime]


class LikenessKey(Base):
    """A key by which the next post that says the same is found, and the post that came last to it."""

    __tablename__ = "likeness_keys"
    __table_args__ = (Index(None, "mention_id"), Index(None, "held_at"))

    key: Mapped[int] = mapped_column(BigId, primary_key=True, autoincrement=False)
    mention_id: Mapped[int] = mapped_column(BigId, ForeignKey(Likeness.mention_id))
    held_at: Mapped[datetime]


class LikenessGroup(Base):
    """How many posts say the same."""

    __tablename__ = "likeness_groups"

    id: Mapped[int] = mapped_column(BigId, primary_key=True, autoincrement=False)
    posts: Mapped[int]


class Topic(Base):
    """One thing the brand is asked about, and the words that tell it."""

    __tablename__ = "topics"

    id: Mapped[PrimaryKey]
    name: Mapped[str] = mapped_column(String(40), unique=True)
    words: Mapped[list[str]] = mapped_column(JSON, default=list)


class RuleBook(Base):
    """The brand's rules, all of them, as they stood after one act; the newest counts, and none is ever changed."""

    __tablename__ = "rule_books"

    id: Mapped[PrimaryKey]
    #: Counted from 1 without a gap: the version that people read of.
    number: Mapped[int] = mapped_column(unique=True)
    #: In their order, each with its newest wording and the one that counts.
    rules: Mapped[list[dict[str, Any]]] = mapped_column(JSON)
    act: Mapped[Act]
    #: The rule it was done to; the number of the version that was gone back to.
    key: Mapped[int]
    made_by_id: Mapped[int | None] = mapped_column(BigId, ForeignKey("users.id"))
    made_at: Mapped[datetime]


class DryRun(Base):
    """What a change of the rules would have done to the posts of last week."""

    __tablename__ = "rule_dry_runs"

    id: Mapped[PrimaryKey]
    act: Mapped[Act]
    key: Mapped[int]
    #: What counted when it was made, and what would count: nothing else may be switched on by it.
    before: Mapped[list[dict[str, Any]]] = mapped_column(JSON)
    after: Mapped[list[dict[str, Any]]] = mapped_column(JSON)
    #: So many posts were read, back to the oldest of them; whether those were all of the week.
    posts: Mapped[int]
    reaches_back_to: Mapped[datetime]
    is_whole: Mapped[bool]
    #: So many the rule would decide; so many of them stay where they are for harm or personal data.
    decided: Mapped[int]
    kept: Mapped[int]
    #: [from, to, how many] of the posts that would go elsewhere.
    moves: Mapped[list[list[Any]]] = mapped_column(JSON)
    #: So many would stay where they are, with another priority, other tags or another owner.
    marked: Mapped[int]
    #: [mention, from, to] of the newest that would change.
    changes: Mapped[list[list[Any]]] = mapped_column(JSON)
    made_by_id: Mapped[int] = mapped_column(BigId, ForeignKey("users.id"))
    made_at: Mapped[datetime]


class SortingVersion(Base):
    """How far sorting leans, what it follows of people's corrections, and for how much influence counts, as set at one moment.

    The newest counts.
    """

    __tablename__ = "sorting_versions"

    id: Mapped[PrimaryKey]
    #: Counted from 1 without a gap: the version that people read of.
    number: Mapped[int] = mapped_column(unique=True)
    #: Of ``Step``: 0 is as it was made, above it more goes to staff.
    step: Mapped[int]
    #: Border to log-odds, taken over from an outlook; None: what was learnt is switched off.
    shifts: Mapped[dict[str, float] | None] = mapped_column(JSON(none_as_null=True))
    #: Points of a priority, at most.
    influence: Mapped[int] = mapped_column(server_default=text("2"))
    made_by_id: Mapped[int] = mapped_column(BigId, ForeignKey(User.id))
    made_at: Mapped[datetime]


class SortingOutlook(Base):
    """What each step would have done to the posts of last week, and what people's corrections tell: counts alone."""

    __tablename__ = "sorting_outlooks"
    __table_args__ = (Index(None, "made_at"),)

    id: Mapped[PrimaryKey]
    made_at: Mapped[datetime]
    #: The version that counted, 0 before the first.
    version: Mapped[int]
    #: So many posts triage sorted; so many of them, spread over the week, were read again; whether all were found.
    posts: Mapped[int]
    read: Mapped[int]
    is_whole: Mapped[bool]
    #: By whose shifts, by step, by name: [how many, of how many].
    steps: Mapped[dict[str, dict[str, dict[str, list[int]]]]] = mapped_column(JSON)
    #: [Monday, route, [right, sent there], [right, belonged there]], the newest first.
    weeks: Mapped[list[list[Any]]] = mapped_column(JSON)
    #: By reason, rule and cue: code to [right, of how many].
    tallies: Mapped[dict[str, dict[str, list[int]]]] = mapped_column(JSON)
    #: What the corrections that may be learnt from would move: border to log-odds.
    shifts: Mapped[dict[str, float]] = mapped_column(JSON)
    #: Border to how many corrections it rests on.
    learnt_from: Mapped[dict[str, int]] = mapped_column(JSON)
