"""What triage concluded about a mention, kept so that it can be shown, disputed and counted."""

from datetime import datetime
from typing import Any

from sqlalchemy import JSON, Float, ForeignKey, Index, String
from sqlalchemy.orm import Mapped, mapped_column

from app.foundation.db import Base, BigId, PrimaryKey
from app.mentions.models import Mention
from app.mentions.types import Kind, Route


class TriageVerdict(Base):
    """One verdict; the newest of a mention counts."""

    __tablename__ = "triage_verdicts"
    __table_args__ = (Index(None, "mention_id", "id"),)

    id: Mapped[PrimaryKey]
    mention_id: Mapped[int] = mapped_column(BigId, ForeignKey(Mention.id))
    route: Mapped[Route]
    kind: Mapped[Kind]
    band: Mapped[str] = mapped_column(String(10))
    anger: Mapped[float] = mapped_column(Float)
    mood: Mapped[float] = mapped_column(Float)
    urgent: Mapped[bool] = mapped_column(default=False)
    priority: Mapped[int]
    #: [name, points] pairs that add up to ``priority``.
    parts: Mapped[list[list[Any]]] = mapped_column(JSON, default=list)
    #: [code, cue] pairs; the words are made for whoever reads them.
    reasons: Mapped[list[list[str]]] = mapped_column(JSON, default=list)
    tags: Mapped[list[str]] = mapped_column(JSON, default=list)
    decided_at: Mapped[datetime]
    #: None for triage itself; else who overruled it.
    decided_by_id: Mapped[int | None] = mapped_column(BigId, ForeignKey("users.id"))

    def forget_quotes(self) -> None:
        """Keep why, without the words of the post."""
        self.reasons = [[code, "…" if cue else ""] for code, cue in self.reasons]


class Topic(Base):
    """One thing the brand is asked about, and the words that tell it."""

    __tablename__ = "topics"

    id: Mapped[PrimaryKey]
    name: Mapped[str] = mapped_column(String(40), unique=True)
    words: Mapped[list[str]] = mapped_column(JSON, default=list)
