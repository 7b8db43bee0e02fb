"""A case, and the life of a post, gathered and put into words."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime

from app.accounts.permissions import Permission, Person, may
from app.cases.models import Case, CaseNote
from app.cases.queries import kept_from_nobody
from app.cord.models import Hold
from app.cord.queries import hold_over
from app.desk import queries
from app.desk.words import happening, icon_of, reply_state, route_words
from app.feed.pages import crowd_text
from app.foundation.words import _
from app.mentions.models import Mention, MentionStatus
from app.mentions.queries import ThreadLine, mention_of, thread_of
from app.publishing.models import Publication, PublicationStatus
from app.publishing.words import last_word, publication_line
from app.replies.models import Reply, ReplyKind, ReplyStatus
from app.rewards.pages import points_about
from app.triage.likeness.queries import counts_of
from app.triage.models import TriageVerdict
from app.triage.queries import verdicts_of
from app.triage.rules.types import KEPT_TAGS, MARKETING
from app.triage.types import parts_from_plain, reasons_from_plain
from app.triage.words import alike_words, explain, name_of

#: The words of a text that are shown as a case's title.
TITLE_CHARACTERS = 80
_STRONG, _SOME = 25, 10
_TAKEN_AWAY = (PublicationStatus.RETRACTED, PublicationStatus.GONE)


@dataclass(frozen=True, slots=True)
class Moment:
    """One thing that happened: a message, a note or a line, with the icon it is shown by."""

    at: datetime
    kind: str
    text: str
    name: str = ""
    handle: str = ""
    href: str = ""
    note: str = ""
    icon: str = "history"


@dataclass(frozen=True, slots=True)
class PostPage:
    """One post with its whole life, as far as the person may see it."""

    mention: Mention
    moments: list[Moment]
    reasons: list[str]
    parts: list[tuple[str, str, int]]
    priority: int
    verdict: TriageVerdict | None
    others: Sequence[Mention]
    replies: Sequence[Reply]
    publications: Sequence[Publication]
    cases: Sequence[Case] = field(default_factory=tuple)
    may_retract: bool = False
    #: So many other posts say the same.
    alike: int = 0
    #: The pause under which an answer of staff would wait.
    hold: Hold | None = None

    @property
    def can_answer(self) -> bool:
        """Whether the post can be answered in public: from here, or by hand."""
        return self.mention.can_reply or self.mention.connection.wants_by_hand(self.mention.cannot_reply_why)

    @property
    def newest_sending(self) -> Publication | None:
        """The sending that counts; None where nothing was ever approved."""
        return self.publications[-1] if self.publications else None

    @property
    def is_to_answer_anew(self) -> bool:
        """Whether the post was answered by words that no longer stand."""
        newest = self.newest_sending
        return self.mention.status is MentionStatus.ANSWERED and newest is not None and newest.status in _TAKEN_AWAY


def reasons_of(verdict: TriageVerdict | None) -> list[str]:
    """Put triage's reasons into words, the strongest first."""
    return [] if verdict is None else [explain(reason) for reason in reasons_from_plain(verdict.reasons)]


def parts_of(rows: Sequence[Sequence[str | int]]) -> list[tuple[str, str, int]]:
    """Put the parts of a priority into (tone, words, points)."""
    return [
        (
            "danger" if part.points >= _STRONG else "warn" if part.points >= _SOME else "plain",
            name_of(part),
            part.points,
        )
        for part in parts_from_plain(rows)
    ]


def life_of(mention_id: int, *, viewer: Person) -> PostPage:
    """Gather the whole life of one post.

    Raises:
        NotFound: there is no such post, or not for this person.
    """
    mention = mention_of(viewer, mention_id)
    cases = queries.cases_about(viewer, mention.id)
    replies, publications = queries.replies_to(mention.id), queries.publications_of(mention.id)
    case_ids = [case.id for case in cases]
    journal = queries.journal_about(
        {
            "mentions": [mention.id],
            "cases": case_ids,
            "replies": [reply.id for reply in replies],
            "publications": [publication.id for publication in publications],
        }
    )
    moments = [
        *(_said(line, viewer) for line in thread_of(viewer, mention, kept=kept_from_nobody(viewer, Mention.id))),
        *(_noted(note) for note in queries.notes_of(case_ids)),
        *(_written(reply) for reply in replies if reply.status is not ReplyStatus.PUBLISHED and reply.versions),
        *(_happened(line) for line in journal),
        *(_thanked(reply.thanked_at) for reply in replies if reply.thanked_at and reply.kind is ReplyKind.STAFF),
        *(_paid(at, text) for at, text in points_about([publication.id for publication in publications])),
    ]
    verdict = verdicts_of([mention.id]).get(mention.id)
    newest = cases[-1] if cases else None
    rows = newest.parts if newest and newest.parts else verdict.parts if verdict else []
    return PostPage(
        mention=mention,
        moments=sorted(moments, key=lambda moment: moment.at),
        reasons=reasons_of(verdict),
        parts=parts_of(rows),
        priority=newest.priority if newest else mention.priority,
        verdict=verdict,
        hold=hold_over(crowd=False, connection_id=mention.connection_id, topic=mention.topic),
        others=queries.others_by(viewer, mention),
        replies=replies,
        publications=publications,
        cases=cases,
        may_retract=may(viewer, Permission.RETRACT_REPLY),
        alike=counts_of([mention.id]).get(mention.id, 0),
    )


def _said(line: ThreadLine, viewer: Person) -> Moment:
    return Moment(
        at=line.posted_at,
        kind="ours" if line.ours else "",
        text=text_for(viewer, line),
        name=line.author_name or line.author_handle,
        handle=f"@{line.author_handle}",
        href=line.url,
    )


def _noted(note: CaseNote) -> Moment:
    return Moment(at=note.written_at, kind="note", text=note.text, name=note.author.name, note=_("Only staff see this"))


def _written(reply: Reply) -> Moment:
    version = reply.versions[-1]
    state = reply_state(reply)
    return Moment(at=version.saved_at, kind="note", text=version.posted_text, name=reply.writer.name, note=state)


def _happened(line: queries.JournalLine) -> Moment:
    entry = line.entry
    said = happening(entry.action)
    text = _("%(what)s, by %(name)s", what=said, name=line.actor) if line.actor else said
    return Moment(at=entry.at, kind="event", text=text, icon=icon_of(entry.action))


def _thanked(at: datetime) -> Moment:
    """Staff earn no points, so no line of a ledger says so."""
    return Moment(at=at, kind="event", text=_("The customer said thanks"), icon="heart-handshake")


def _paid(at: datetime, text: str) -> Moment:
    return Moment(at=at, kind="event", text=text, icon=icon_of("points"))


def tone_of(line: queries.CaseLine) -> str:
    """Return the tone of the bar beside a case."""
    return "danger" if line.case.safety else route_words(line.mention.route)[1]


def chips_of(line: queries.CaseLine) -> list[tuple[str, str, str]]:
    """Return what a case's row says at a glance, the most important first."""
    chips = []
    if line.case.safety:
        chips.append((_("Safety"), "danger", "flame"))
    if MARKETING in line.case.tags:
        chips.append((_("Marketing"), "brand", "speakerphone"))
    elif line.mention.route and line.mention.route.is_staff:
        chips.append(route_words(line.mention.route))
    if line.case.opened_by_id is not None:
        chips.append((_("Handed over"), "brand", "heart-handshake"))
    if line.verdict and line.verdict.urgent:
        chips.append((_("Urgent"), "warn", "clock"))
    if line.alike:
        chips.append((alike_words(line.alike), "info", "copy"))
    chips += [(tag, "", "tag") for tag in line.case.tags if tag not in KEPT_TAGS and tag != MARKETING]
    chips.append((_("Priority %(n)s", n=line.case.priority), "", ""))
    return chips


def text_for(viewer: Person, post: Mention | ThreadLine) -> str:
    """Return a post's words, personal data hidden from those who may not see it."""
    if may(viewer, Permission.SEE_HIDDEN_PERSONAL_DATA):
        return post.text
    return post.crowd_text if isinstance(post, Mention) else crowd_text(post)


def title_of(mention: Mention, viewer: Person) -> str:
    """Return the beginning of a post as a title."""
    if mention.is_erased:
        return _("A post its author removed")
    words = " ".join(text_for(viewer, mention).split())
    if not words:
        return _("A post without words")
    return words if len(words) <= TITLE_CHARACTERS else f"{words[: TITLE_CHARACTERS - 1]}…"


_UNSENT = (
    PublicationStatus.READY,
    PublicationStatus.WAITING,
    PublicationStatus.HELD,
    PublicationStatus.HANDED_OUT,
)
_UNSAID = (ReplyStatus.WITHDRAWN, ReplyStatus.RETURNED, ReplyStatus.REJECTED, ReplyStatus.FAILED)


def what_can_be_undone(page: PostPage, *, viewer: Person) -> str:
    """Say where the viewer's own answer stands while it can still be taken back; "" when there is none."""
    mine = {reply.id: reply for reply in page.replies if reply.writer_id == viewer.id and reply.kind is ReplyKind.STAFF}
    if any(reply.status is ReplyStatus.SUBMITTED for reply in mine.values()):
        return _("Your answer waits for a second person.")
    unsent = [each for each in page.publications if each.reply_id in mine and each.status in _UNSENT]
    if not unsent:
        return ""
    if unsent[-1].status is PublicationStatus.READY:
        return _("Your answer leaves in a moment.")
    return _("Your answer has not been posted yet.") + f" {publication_line(unsent[-1])}"


@dataclass(frozen=True, slots=True)
class Unsaid:
    """Staff's last answer of a case, which was not posted: its words are kept, with why."""

    text: str
    why: str


def unsaid_answer(page: PostPage, case: Case) -> Unsaid | None:
    """Return what staff wrote last on a case and the network never got, to be written on; or None."""
    answers = [each for each in page.replies if each.kind is ReplyKind.STAFF and each.started_at >= case.opened_at]
    if not case.is_live or not answers or answers[-1].status not in _UNSAID:
        return None
    last = answers[-1]
    sendings = [each for each in page.publications if each.reply_id == last.id]
    return Unsaid(last.versions[-1].text, last.returned_note or (_why_unsent(sendings[-1]) if sendings else ""))


def _why_unsent(publication: Publication) -> str:
    if publication.status is PublicationStatus.CANCELLED:
        return last_word(publication)
    return publication_line(publication)
