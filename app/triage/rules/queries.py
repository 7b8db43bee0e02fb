"""The brand's rules, looked up: what counts, how it came about, how often each decided, and last week's posts."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import ColumnElement, Row, false, func, select, true

from app.accounts.models import RoleGrant, User
from app.accounts.permissions import Permission, Person, may, roles_with, scoped, visible
from app.channels.models import Connection, Destination
from app.foundation.db import session
from app.foundation.errors import NotFound
from app.foundation.terms import chosen
from app.foundation.words import _
from app.mentions.models import Author, Mention
from app.mentions.types import FeedLane, Kind
from app.triage.models import DryRun, RuleBook, TriageVerdict
from app.triage.rules.matching import Facts, Matcher
from app.triage.rules.ruling import way_of
from app.triage.rules.types import KEPT_TAGS, MARKETING, Guard, Rules, Way, in_force, rules_from_plain
from app.triage.signals.reading import ANALYSED_CHARS

A_WEEK = timedelta(days=7)
SLICE = 1000


@visible(DryRun)
def _dry_runs_seen_by(person: Person) -> ColumnElement[bool]:
    return true() if may(person, Permission.PROPOSE_RULES) else false()


@dataclass(frozen=True, slots=True)
class Book:
    """The list of rules at one version; 0 is the empty one before the first."""

    number: int = 0
    rules: Rules = ()


def newest_book() -> Book:
    """Return the rules as they are."""
    row = session.execute(select(RuleBook.number, RuleBook.rules).order_by(RuleBook.number.desc()).limit(1)).first()
    return Book() if row is None else Book(row.number, rules_from_plain(row.rules))


def book_of(number: int) -> Book:
    """Return the rules as they once were.

    Raises:
        NotFound: there was no such version.
    """
    rules = session.scalar(select(RuleBook.rules).where(RuleBook.number == number))
    if rules is None:
        raise NotFound(_("There was no such version of the rules."))
    return Book(number, rules_from_plain(rules))


@dataclass(frozen=True, slots=True)
class Ready:
    """The rules that count, compiled, and the people whom they may give a case to."""

    matcher: Matcher
    assignable: frozenset[int] = frozenset()


def ready_rules() -> Ready:
    """Return what counts now, for one batch of posts."""
    return made_ready(newest_book().rules)


def made_ready(rules: Rules) -> Ready:
    """Compile what counts of some rules."""
    live = in_force(rules)
    named = {each.wording.then.assign_to for each in live if each.wording.then.assign_to is not None}
    assignable = frozenset(user.id for user in staff() if user.id in named) if named else frozenset[int]()
    return Ready(Matcher(live, zone=chosen().zone), assignable)


def staff() -> Sequence[User]:
    """Return the people who may have a case, by name."""
    able = select(RoleGrant.user_id).where(RoleGrant.role.in_(roles_with(Permission.ANSWER_CASE)))
    return session.scalars(select(User).where(User.is_active, User.id.in_(able)).order_by(User.name, User.id)).all()


def known_tags() -> list[str]:
    """Return the tags that cases may bear, where the brand has rules that give some; none where it has not."""
    effects = [rule.wording.then for rule in newest_book().rules]
    given = {tag for then in effects for tag in then.tags}
    given |= {MARKETING for then in effects if then.way is Way.MARKETING}
    return sorted(given | KEPT_TAGS) if given else []


def decided_by(*, since: datetime) -> dict[int, int]:
    """Return how many posts each rule decided, by its key."""
    rows = session.execute(
        select(TriageVerdict.rule_key, func.count())
        .where(TriageVerdict.rule_key.is_not(None), TriageVerdict.decided_at >= since)
        .group_by(TriageVerdict.rule_key)
    )
    return {key: count for key, count in rows if key is not None}


@dataclass(frozen=True, slots=True)
class Version:
    """One version of the list, who made it, and the one before it."""

    row: RuleBook
    by: str | None
    before: Rules

    @property
    def rules(self) -> Rules:
        return rules_from_plain(self.row.rules)


def versions(*, limit: int, below: int | None = None) -> list[Version]:
    """Return the versions of the list, newest first."""
    wanted = select(RuleBook, User.name).outerjoin(User, User.id == RuleBook.made_by_id)
    if below is not None:
        wanted = wanted.where(RuleBook.number < below)
    rows = session.execute(wanted.order_by(RuleBook.number.desc()).limit(limit + 1)).all()
    older = [rules_from_plain(row.RuleBook.rules) for row in rows[1:]] + [()]
    return [Version(row.RuleBook, row.name, before) for row, before in zip(rows[:limit], older, strict=False)]


def makers_of(numbers: set[int]) -> dict[int, tuple[str, datetime]]:
    """Return who made these versions, and when."""
    rows = session.execute(
        select(RuleBook.number, User.name, RuleBook.made_at)
        .outerjoin(User, User.id == RuleBook.made_by_id)
        .where(RuleBook.number.in_(numbers))
    )
    return {row.number: (row.name or "", row.made_at) for row in rows}


def dry_run_of(person: Person, dry_run_id: int) -> DryRun:
    """Return one dry run.

    Raises:
        NotFound: there is none, or not for this person.
    """
    found = session.scalar(scoped(select(DryRun).where(DryRun.id == dry_run_id), person))
    if found is None:
        raise NotFound(_("There is no such dry run."))
    return found


@dataclass(frozen=True, slots=True)
class Past:
    """A post of last week, with what triage itself made of it."""

    id: int
    heard_at: datetime
    facts: Facts
    way: Way
    guard: Guard
    #: Only observed: nobody answers it, wherever it goes.
    is_observed: bool


def posts_since(since: datetime) -> Iterator[Past]:
    """Give the posts that were sorted, the newest first; what its author erased, and what triage failed on, is left out."""
    below: int | None = None
    while rows := _slice(below):
        verdicts = _verdicts([row.id for row in rows])
        lately = [row for row in rows if row.heard_at >= since]
        yield from (_past(row, verdicts[row.id]) for row in lately if row.text and row.id in verdicts)
        if not lately:
            return
        below = rows[-1].id


def _slice(below: int | None) -> Sequence[Row[*tuple[Any, ...]]]:
    wanted = (
        select(
            Mention.id,
            # What rules read of it.
            func.substr(Mention.text, 1, ANALYSED_CHARS).label("text"),
            Mention.language,
            Mention.mood,
            Mention.topic,
            Mention.posted_at,
            Mention.heard_at,
            Mention.connection_id,
            Mention.destination,
            Author.handle,
            Author.followers,
            Connection.kind.label("network"),
        )
        .join(Author, Mention.author_id == Author.id)
        .join(Connection, Mention.connection_id == Connection.id)
        .order_by(Mention.id.desc())
        .limit(SLICE)
    )
    return session.execute(wanted.where(Mention.id < below) if below else wanted).all()


def _verdicts(mention_ids: Sequence[int]) -> dict[int, Row[*tuple[Any, ...]]]:
    """Return triage's newest verdicts on these posts."""
    kept = TriageVerdict.mention_id, TriageVerdict.route, TriageVerdict.kind, TriageVerdict.way, TriageVerdict.guard
    wanted = select(*kept).where(TriageVerdict.mention_id.in_(mention_ids), TriageVerdict.decided_by_id.is_(None))
    return {row.mention_id: row for row in session.execute(wanted.order_by(TriageVerdict.id))}


def _past(row: Row[*tuple[Any, ...]], verdict: Row[*tuple[Any, ...]]) -> Past:
    lane = FeedLane.HELLO if verdict.kind in (Kind.PRAISE, Kind.CHATTER) else FeedLane.QUESTIONS
    return Past(
        id=row.id,
        heard_at=row.heard_at,
        facts=Facts(
            text=row.text,
            author=row.handle,
            network=row.network,
            connection_id=row.connection_id,
            language=row.language,
            followers=row.followers,
            mood=row.mood or 0.0,
            topic=row.topic,
            kind=verdict.kind,
            posted_at=row.posted_at,
        ),
        # An older release kept neither: then nothing is shown to the crowd that might not be.
        way=verdict.way or way_of(verdict.route, lane),
        guard=Guard.PRIVATE if verdict.guard is None else verdict.guard,
        is_observed=row.destination is Destination.OBSERVE,
    )
