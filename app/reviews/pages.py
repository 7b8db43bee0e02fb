"""What the queue's pages show, gathered: the list, one reply with all that a decision needs, what was decided on it."""

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from app.accounts.permissions import Grade, Permission, Person, may
from app.advocates.queries import standing_of
from app.cases.queries import kept_from_nobody
from app.cord.models import Hold
from app.cord.queries import hold_over
from app.mentions.models import Mention
from app.mentions.queries import ThreadLine, thread_of
from app.publishing.models import Publication
from app.publishing.queries import live_publication_of
from app.replies.checks import Checked
from app.replies.models import Reply, ReplyKind, ReplyStatus, ReplyVersion
from app.reviews import history, queries
from app.reviews.diff import Part, word_diff
from app.reviews.history import Record
from app.reviews.models import Decision, Review, ReviewNote
from app.reviews.queries import QueueItem, View
from app.reviews.second_look import WhyTwo

ROWS_A_PAGE = 50


class Show(StrEnum):
    """How the proof is shown."""

    POSTED = "posted"
    CHANGES = "changes"


@dataclass(frozen=True, slots=True)
class ListPage:
    """The list's pane. ``counts`` are of whole views; ``more_after`` is None on the last page."""

    view: View
    line: list[int]
    items: list[QueueItem]
    counts: dict[View, int]
    oldest: datetime | None
    more_after: int | None


@dataclass(frozen=True, slots=True)
class Place:
    """Where a reply stands in its line: ``number`` of ``total``, from 1; 0 when it is not in it."""

    number: int
    total: int
    previous: int | None
    following: int | None


@dataclass(frozen=True, slots=True)
class ItemPage:
    """One reply under review."""

    reply: Reply
    version: ReplyVersion
    place: Place
    thread: list[ThreadLine]
    answered_elsewhere: list[ThreadLine]
    checked: Checked
    show: Show
    parts: list[Part] | None
    decisions: list[Review]
    notes: list[ReviewNote]
    others: list[str]
    record: Record
    standing: Grade | None
    approvals: list[Review]
    two_because: tuple[WhyTwo, ...]
    hold: Hold | None
    publication: Publication | None
    viewer: Person

    @property
    def own(self) -> bool:
        """Whether the viewer wrote it, and so may not decide."""
        return self.reply.writer_id == self.viewer.id

    @property
    def is_overtaken(self) -> bool:
        """Whether the customer edited the post after this was written, and it may still be said."""
        unsaid = self.reply.status in {ReplyStatus.SUBMITTED, ReplyStatus.APPROVED}
        return unsaid and self.version.target_edition < self.reply.mention.edition

    @property
    def waits(self) -> bool:
        """Whether it waits for a decision."""
        return self.reply.status is ReplyStatus.SUBMITTED

    @property
    def approved_by_me(self) -> bool:
        """Whether the viewer has given their approval, and a second person must."""
        return any(review.reviewer_id == self.viewer.id for review in self.approvals)

    @property
    def may_review(self) -> bool:
        """Whether the viewer may make the first decision."""
        return may(self.viewer, Permission.REVIEW)

    @property
    def may_approve(self) -> bool:
        """Whether the approval is the viewer's to give."""
        return not self.own and not self.approved_by_me and (self.may_review or bool(self.approvals))

    @property
    def by_staff(self) -> bool:
        """Whether it is staff's own answer on a case."""
        return self.reply.kind is ReplyKind.STAFF

    @property
    def last_decision(self) -> Review | None:
        """The newest decision that stands."""
        standing = [review for review in self.decisions if review.undone_at is None]
        return standing[-1] if standing else None

    @property
    def may_undo(self) -> bool:
        """Whether the viewer's approval can still be taken back."""
        last = self.last_decision
        if last is None or last.reviewer_id != self.viewer.id or last.decision is not Decision.APPROVE:
            return False
        return self.waits or (self.publication is not None and self.publication.status in queries.UNSENT)


def list_page(person: Person, view: View, *, after: int | None) -> ListPage:
    """Gather one page of the list: 50 rows behind the reply ``after``."""
    line = queries.line_of(person, view)
    start = line.index(after) + 1 if after in line else 0
    ids = line[start : start + ROWS_A_PAGE]
    counts = {each: len(line) if each is view else len(queries.line_of(person, each)) for each in View}
    more = ids[-1] if start + ROWS_A_PAGE < len(line) else None
    return ListPage(view, line, queries.items_of(person, ids), counts, queries.oldest_waiting(person), more)


def place_of(line: list[int], reply_id: int) -> Place:
    """Return where a reply stands; after one that is no longer in the line comes its front."""
    if reply_id not in line:
        return Place(0, len(line), None, line[0] if line else None)
    at = line.index(reply_id)
    following = line[at + 1] if at + 1 < len(line) else None
    return Place(at + 1, len(line), line[at - 1] if at else None, following)


def item_page(person: Person, reply_id: int, *, line: list[int], show: Show, at: datetime) -> ItemPage:
    """Gather one reply under review.

    Raises:
        NotFound: there is none, or not for this person.
    """
    reply = queries.reply_to_review(person, reply_id)
    version = queries.newest_sealed(reply)
    before = queries.version_before(reply, version)
    thread = thread_of(person, reply.mention, kept=kept_from_nobody(person, Mention.id))
    parts = word_diff(before.posted_text, version.posted_text) if before and show is Show.CHANGES else None
    return ItemPage(
        reply=reply,
        version=version,
        place=place_of(line, reply_id),
        thread=thread,
        answered_elsewhere=[
            each for each in thread if each.ours and each.parent_external_id == reply.mention.external_id
        ],
        checked=queries.checks_of(reply),
        show=show if before else Show.POSTED,
        parts=parts,
        decisions=history.decisions_on(reply.id),
        notes=[] if reply.writer_id == person.id else history.notes_on(reply.id),
        others=queries.others_at(reply.id, except_id=person.id, at=at),
        record=history.record_of(reply.writer_id),
        standing=standing_of(reply.writer_id),
        approvals=queries.approvals_of(version.id),
        two_because=queries.two_because(reply),
        hold=hold_over(
            crowd=reply.kind is ReplyKind.COMMUNITY,
            connection_id=reply.mention.connection_id,
            topic=reply.mention.topic,
        ),
        publication=live_publication_of(reply.id),
        viewer=person,
    )
