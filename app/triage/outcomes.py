"""A mention with what triage made of it, and where that leads."""

from dataclasses import dataclass

from app.channels.models import Destination
from app.mentions.models import IgnoredBecause
from app.mentions.types import Route
from app.triage import queries
from app.triage.doubting import worth_asking
from app.triage.judge import DEFAULT_POINT, OperatingPoint
from app.triage.rules.ruling import Ruling
from app.triage.types import Signals, Verdict, Worth


@dataclass(frozen=True, slots=True)
class Sorted:
    """One mention with what triage made of it."""

    waiting: queries.Received
    signals: Signals
    ruling: Ruling
    #: Why a listener is asked before it goes anywhere; None: nobody is.
    asked: Worth | None = None
    #: The post of the same author's that still waits and says this sign for sign.
    repeats: int | None = None
    #: By which borders it was judged.
    point: OperatingPoint = DEFAULT_POINT

    @property
    def verdict(self) -> Verdict:
        """What counts: triage's conclusion, after the brand's rules."""
        return self.ruling.verdict

    @property
    def verb(self) -> str:
        """The verb that moves the mention out of waiting."""
        if self.asked is not None:
            return "doubt"
        if self.verdict.route is Route.NOISE or self.repeats is not None:
            return "ignore"
        if self.verdict.route.is_staff:
            return "escalate"
        if self.is_only_observed:
            return "ignore"
        if self.waiting.can_reply:
            return "open"
        return "set_by_hand" if self.waiting.by_hand else "ignore"

    @property
    def ignored_because(self) -> IgnoredBecause | None:
        if self.verb != "ignore":
            return None
        if self.verdict.route is Route.NOISE:
            return IgnoredBecause.NOISE
        if self.repeats is not None:
            return IgnoredBecause.REPEATED
        return IgnoredBecause.ONLY_OBSERVED if self.is_only_observed else IgnoredBecause.MAY_NOT_BE_ANSWERED

    @property
    def worth(self) -> Worth | None:
        """Why it is worth a listener's look.

        None also where the crowd could not answer it, a search says where it goes, or a rule gives it to somebody.
        """
        if not (self.waiting.can_reply or self.waiting.by_hand) or self.repeats is not None:
            return None
        if self.waiting.destination is not None or self.ruling.assign_to is not None:
            return None
        return worth_asking(self.signals, self.verdict, self.point)

    @property
    def is_only_observed(self) -> bool:
        """Whether it was found by a search that asks for no answer."""
        return self.waiting.destination is Destination.OBSERVE
