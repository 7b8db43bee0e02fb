"""What the listening page shows, gathered."""

from dataclasses import dataclass
from datetime import datetime

from app.accounts.permissions import Person
from app.cases.queries import kept_from_nobody
from app.foundation.words import _
from app.mentions.models import Mention
from app.mentions.queries import ThreadLine, mention_of, thread_of
from app.mentions.types import FeedLane, Route
from app.triage import doubts
from app.triage.listening import UNDO_LASTS
from app.triage.models import Doubt, TriageVerdict
from app.triage.personal_data import mask
from app.triage.queries import verdicts_of
from app.triage.types import Worth, reasons_from_plain
from app.triage.words import explain


@dataclass(frozen=True, slots=True)
class ListeningPage:
    """One post before a listener, or none. ``waiting`` counts all that wait, this one among them."""

    waiting: int
    mention: Mention | None
    thread: list[ThreadLine]
    doubt: Doubt | None
    verdict: TriageVerdict | None
    reasons: list[str]
    last: Doubt | None
    viewer: Person

    @property
    def is_mine(self) -> bool:
        """Whether the viewer may say where it belongs."""
        return self.doubt is not None and self.doubt.ended_at is None and self.doubt.held_by_id == self.viewer.id

    @property
    def left(self) -> int:
        """How many wait behind this one."""
        return max(0, self.waiting - self.is_mine)

    @property
    def percent(self) -> int | None:
        """How sure triage is, in percent; None for what an older release has judged."""
        sure = self.verdict.confidence if self.verdict else None
        return None if sure is None else round(100 * sure)


def listening_page(person: Person, mention_id: int | None, *, at: datetime) -> ListeningPage:
    """Gather the page with one post, or with none.

    Raises:
        NotFound: there is no such post, or not for this person.
    """
    mention = mention_of(person, mention_id) if mention_id is not None else None
    verdict = verdicts_of([mention.id]).get(mention.id) if mention else None
    return ListeningPage(
        waiting=doubts.count_waiting(person),
        mention=mention,
        thread=thread_of(person, mention, kept=kept_from_nobody(person, Mention.id)) if mention else [],
        doubt=doubts.newest_on(mention.id) if mention else None,
        verdict=verdict,
        reasons=[explain(reason) for reason in reasons_from_plain(verdict.reasons)] if verdict else [],
        last=doubts.last_said(person.id, since=at - UNDO_LASTS),
        viewer=person,
    )


def masked(line: ThreadLine) -> str:
    """Return a thread's post with personal data hidden."""
    return line.text if line.ours else line.masked_text if line.masked_text is not None else mask(line.text)


def guess_of(doubt: Doubt) -> str:
    """Say where triage would have sent it."""
    if doubt.worth == Worth.HELD:
        return _("Staff, to decide")
    if doubt.route is Route.COMMUNITY:
        return _("The crew, to say hello") if doubt.lane is FeedLane.HELLO else _("The crew")
    return {
        Route.STAFF_ANGRY: _("Staff: it is angry"),
        Route.STAFF_TECHNICAL: _("Staff: it is technical"),
        Route.STAFF_SENSITIVE: _("Staff: it is sensitive"),
    }.get(doubt.route, _("Nobody: set aside"))


def why_asked(doubt: Doubt) -> str:
    """Say why a person is asked."""
    return {
        Worth.HELD: _("A rule of yours wants a person to decide."),
        Worth.LEANS_TO_STAFF: _("Something in it speaks for staff."),
        Worth.MAY_BE_THE_CROWDS: _("The crew might know the answer."),
        Worth.MAY_BE_SOMETHING: _("Somebody may be waiting for an answer."),
    }[Worth(doubt.worth)]
