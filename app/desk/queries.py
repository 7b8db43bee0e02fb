"""What staff's screens show, looked up: the inbox, one case with everything about it, what was set aside."""

import json
from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum

from sqlalchemy import ColumnElement, Text, and_, cast, func, or_, select, true
from sqlalchemy.orm import joinedload
from sqlalchemy.sql.base import ExecutableOption

from app.accounts.models import User
from app.accounts.permissions import Permission, Person, may, scoped
from app.cases.models import Case, CaseNote, CaseStatus
from app.cases.queries import kept_from_nobody
from app.foundation.db import session
from app.foundation.errors import NotFound
from app.foundation.journal import JournalEntry
from app.foundation.slots import register_count
from app.foundation.words import _
from app.mentions.models import IgnoredBecause, Mention, MentionStatus
from app.publishing.models import Publication
from app.replies.models import Reply
from app.triage.likeness.queries import counts_of
from app.triage.models import TriageVerdict
from app.triage.queries import verdicts_of

_LIVE = (CaseStatus.OPEN, CaseStatus.ASSIGNED)
COUNTED_UP_TO = 99


class View(StrEnum):
    """A list of the inbox."""

    MINE = "mine"
    UNASSIGNED = "unassigned"
    ALL = "all"
    ENDED = "ended"


@dataclass(frozen=True, slots=True)
class CaseLine:
    """A case with its post and triage's verdict, all loaded."""

    case: Case
    verdict: TriageVerdict | None
    #: So many other posts say the same.
    alike: int = 0

    @property
    def mention(self) -> Mention:
        return self.case.mention


@dataclass(frozen=True, slots=True)
class Position:
    """Where a page of the inbox begins: below this priority and id."""

    priority: int
    id: int


def _with_post() -> list[ExecutableOption]:
    post = joinedload(Case.mention)
    return [post.joinedload(Mention.author), post.joinedload(Mention.connection), joinedload(Case.assigned_to)]


def inbox(person: Person, view: View, *, limit: int, below: Position | None = None, tag: str = "") -> list[CaseLine]:
    """Return the cases of a view, the highest priority first, then the newest; ended ones newest first.

    With a ``tag`` only those that bear it.
    """
    wanted = scoped(select(Case), person).options(*_with_post()).limit(limit)
    wanted = wanted.where(_bears(tag)) if tag else wanted
    if view is View.ENDED:
        wanted = wanted.where(Case.status.not_in(_LIVE)).order_by(Case.id.desc())
        wanted = wanted.where(Case.id < below.id) if below else wanted
    else:
        wanted = wanted.where(Case.status.in_(_LIVE), *_of_view(person, view))
        wanted = wanted.order_by(Case.priority.desc(), Case.id.desc())
        if below:
            same = and_(Case.priority == below.priority, Case.id < below.id)
            wanted = wanted.where(or_(Case.priority < below.priority, same))
    cases = session.scalars(wanted).all()
    posts = [case.mention_id for case in cases]
    verdicts, alike = verdicts_of(posts), counts_of(posts)
    return [CaseLine(case, verdicts.get(case.mention_id), alike.get(case.mention_id, 0)) for case in cases]


def _bears(tag: str) -> ColumnElement[bool]:
    """Both spellings that JSON has for a letter beyond ASCII are looked for."""
    tags = cast(Case.tags, Text)
    return or_(*(tags.contains(json.dumps(tag, ensure_ascii=ascii_), autoescape=True) for ascii_ in (True, False)))


def _of_view(person: Person, view: View) -> list[ColumnElement[bool]]:
    if view is View.MINE:
        return [Case.assigned_to_id == person.id]
    return [Case.assigned_to_id.is_(None)] if view is View.UNASSIGNED else []


def count_of(person: Person, view: View) -> int:
    """Return how many cases of a view are live, counted up to ``COUNTED_UP_TO`` + 1."""
    some = scoped(select(Case.id).select_from(Case), person)  # scoped by the entity behind the column
    some = some.where(Case.status.in_(_LIVE), *_of_view(person, view)).limit(COUNTED_UP_TO + 1)
    return int(session.scalar(select(func.count()).select_from(some.subquery())) or 0)


def case_of(person: Person, case_id: int) -> CaseLine:
    """Return one case.

    Raises:
        NotFound: there is none, or not for this person.
    """
    case = session.scalar(scoped(select(Case).where(Case.id == case_id), person).options(*_with_post()))
    if case is None:
        raise NotFound(_("There is no such case."))
    return CaseLine(case, verdicts_of([case.mention_id]).get(case.mention_id))


def notes_of(case_ids: Sequence[int]) -> Sequence[CaseNote]:
    """Return the notes of these cases with their writers, oldest first."""
    return session.scalars(
        select(CaseNote)
        .where(CaseNote.case_id.in_(case_ids))
        .options(joinedload(CaseNote.author))
        .order_by(CaseNote.id)
    ).all()


def cases_about(person: Person, mention_id: int) -> Sequence[Case]:
    """Return every case a mention has been, oldest first.

    Raises:
        NotFound: one of them is not for this person, so the post's life is not either.
    """
    about = select(Case).where(Case.mention_id == mention_id).order_by(Case.id)
    seen = session.scalars(scoped(about, person)).all()
    if len(seen) < len(session.scalars(about).all()):
        raise NotFound(_("There is no such post here."))
    return seen


def replies_to(mention_id: int) -> Sequence[Reply]:
    """Return every reply written for a mention, with writer and versions, oldest first."""
    return (
        session.scalars(
            select(Reply)
            .where(Reply.mention_id == mention_id)
            .options(joinedload(Reply.writer), joinedload(Reply.versions))
            .order_by(Reply.id)
        )
        .unique()
        .all()
    )


def publications_of(mention_id: int) -> Sequence[Publication]:
    """Return every sending of replies to a mention, oldest first."""
    return session.scalars(
        select(Publication).where(Publication.mention_id == mention_id).order_by(Publication.id)
    ).all()


@dataclass(frozen=True, slots=True)
class JournalLine:
    """A line of the journal with the name of who did it; None for the system."""

    entry: JournalEntry
    actor: str | None


def journal_about(subjects: dict[str, Sequence[int]], *, limit: int = 200) -> list[JournalLine]:
    """Return the journal of these rows (table name to ids), oldest first."""
    about = [
        and_(JournalEntry.subject_type == table, JournalEntry.subject_id.in_(ids))
        for table, ids in subjects.items()
        if ids
    ]
    rows = session.execute(
        select(JournalEntry, User.name)
        .outerjoin(User, User.id == JournalEntry.actor_id)
        .where(or_(*about))
        .order_by(JournalEntry.id)
        .limit(limit)
    )
    return [JournalLine(row[0], row[1]) for row in rows]


def others_by(person: Person, mention: Mention, *, limit: int = 5) -> Sequence[Mention]:
    """Return the newest other posts of the same author that the person may know of."""
    return session.scalars(
        scoped(select(Mention), person)
        .where(Mention.author_id == mention.author_id, Mention.id != mention.id, Mention.text != "")
        .where(kept_from_nobody(person, Mention.id))
        .order_by(Mention.id.desc())
        .limit(limit)
    ).all()


def set_aside(
    because: IgnoredBecause | None, *, limit: int, before_id: int | None = None
) -> list[tuple[Mention, TriageVerdict | None]]:
    """Return what gets no answer, newest first, with triage's verdict; what its author deleted is not shown."""
    ignored = Mention.status == MentionStatus.IGNORED
    because_of = true() if because is None else Mention.ignored_because == because
    return _aside(ignored, because_of, limit=limit, before_id=before_id)


def unreadable(*, limit: int, before_id: int | None = None) -> list[tuple[Mention, TriageVerdict | None]]:
    """Return the posts that triage failed on and nobody has taken up, newest first; no verdict goes with them."""
    return _aside(Mention.status == MentionStatus.QUARANTINED, limit=limit, before_id=before_id)


def count_of_unreadable() -> int:
    """Return how many posts triage failed on and nobody has taken up."""
    unread = select(func.count()).where(Mention.status == MentionStatus.QUARANTINED)
    return session.scalar(unread) or 0


def _aside(
    *conditions: ColumnElement[bool], limit: int, before_id: int | None
) -> list[tuple[Mention, TriageVerdict | None]]:
    wanted = (
        select(Mention)
        .where(Mention.ignored_because.is_distinct_from(IgnoredBecause.DELETED), *conditions)
        .options(joinedload(Mention.author), joinedload(Mention.connection))
        .order_by(Mention.id.desc())
        .limit(limit)
    )
    if before_id is not None:
        wanted = wanted.where(Mention.id < before_id)
    mentions = session.scalars(wanted).all()
    verdicts = verdicts_of([mention.id for mention in mentions])
    return [(mention, verdicts.get(mention.id)) for mention in mentions]


def _waiting(person: Person) -> int:
    return count_of(person, View.ALL) + count_of_unreadable() if may(person, Permission.SEE_STAFF_LANES) else 0


register_count("inbox", _waiting)
