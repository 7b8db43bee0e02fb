"""The brand's rules: written by whoever sorts posts, switched on by an admin, and only after a dry run."""

from datetime import datetime, timedelta

from sqlalchemy import delete
from sqlalchemy.exc import IntegrityError

from app.foundation.db import session
from app.foundation.errors import Conflict, Invalid
from app.foundation.journal import record
from app.foundation.words import _
from app.triage.models import DryRun, RuleBook
from app.triage.rules import book as lists
from app.triage.rules import queries
from app.triage.rules.book import Act, Change
from app.triage.rules.trying import Tried, try_out
from app.triage.rules.types import (
    MOST_RULES,
    Rule,
    Rules,
    Wording,
    in_force,
    live_from_plain,
    plain_live,
    plain_rules,
)

#: What was seen in a dry run holds for so long: after that the week is another one.
DRY_RUN_LASTS = timedelta(hours=24)


class Overtaken(Conflict):
    """Somebody else gave the rule other words meanwhile; ``theirs`` is what it says now."""

    def __init__(self, theirs: Rule) -> None:
        super().__init__(
            _("Somebody changed this rule while you did. Nothing of yours is lost: compare both, then save again.")
        )
        self.theirs = theirs


class NeedsDryRun(Conflict):
    """Something would come to count that does not count now."""

    def __init__(self) -> None:
        super().__init__(_("See a dry run of this first."))


def add(*, wording: Wording, actor_id: int, at: datetime) -> RuleBook:
    """Put a rule at the end of the list; it is off.

    Raises:
        Conflict: there are too many rules.
        Invalid: it asks for nothing, does nothing, or has another's name.
    """
    book = queries.newest_book()
    if len(book.rules) >= MOST_RULES:
        raise Conflict(_("There are %(most)s rules already. Delete one first.", most=MOST_RULES))
    _check(wording, others=book.rules)
    number = book.number + 1
    rules = lists.with_new(book.rules, wording, key=number, version=number)
    return _append(rules, Change(Act.ADDED, number), number=number, actor_id=actor_id, at=at)


def word(*, key: int, seen: int, wording: Wording, actor_id: int, at: datetime) -> None:
    """Give a rule other words, which wait to be switched on; ``seen`` is the version that was changed.

    Raises:
        Invalid: it asks for nothing, does nothing, or has another's name.
        NotFound: there is no such rule.
        Overtaken: it says something else by now.
    """
    book = queries.newest_book()
    rule = lists.rule_of(book.rules, key)
    if rule.version != seen:
        raise Overtaken(rule)
    _check(wording, others=tuple(other for other in book.rules if other.key != key))
    if rule.wording == wording:
        return
    number = book.number + 1
    rules = lists.with_wording(book.rules, wording, key=key, version=number)
    _append(rules, Change(Act.CHANGED, key), number=number, actor_id=actor_id, at=at)


def change(change: Change, *, actor_id: int, at: datetime) -> None:
    """Switch off, delete, or move what is not on; whatever lets something new count needs a dry run.

    Raises:
        NeedsDryRun: something would come to count that does not count now.
        NotFound: there is no such rule, or version.
    """
    book = queries.newest_book()
    rules = rules_after(book.rules, change)
    if lists.needs_dry_run(book.rules, rules):
        raise NeedsDryRun
    if rules != book.rules:
        _append(rules, change, number=book.number + 1, actor_id=actor_id, at=at)


def rules_after(rules: Rules, change: Change) -> Rules:
    """Return the rules as they would be after a change.

    Raises:
        NotFound: there is no such rule, or version.
    """
    earlier = queries.book_of(change.key).rules if change.act is Act.WENT_BACK else ()
    return lists.after(rules, change, earlier=earlier)


def see_what_comes(change: Change, *, at: datetime) -> tuple[Rules, Rules, Tried]:
    """Make a dry run, which may take seconds; return the rules before, those after, and what it found.

    Raises:
        NotFound: there is no such rule, or version.
    """
    before = queries.newest_book().rules
    later = rules_after(before, change)
    return before, later, try_out(before, later, key=change.key, at=at)


def keep_dry_run(change: Change, before: Rules, later: Rules, tried: Tried, *, actor_id: int, at: datetime) -> DryRun:
    """Keep what a dry run found, for whoever decides on it; those of last week are forgotten."""
    session.execute(delete(DryRun).where(DryRun.made_at < at - queries.A_WEEK))
    row = DryRun(
        act=change.act,
        key=change.key,
        before=plain_live(in_force(before)),
        after=plain_live(in_force(later)),
        posts=tried.posts,
        reaches_back_to=tried.reaches_back_to,
        is_whole=tried.is_whole,
        decided=tried.decided,
        kept=tried.kept,
        moves=[[start, to, count] for (start, to), count in tried.moves.most_common()],
        marked=tried.marked,
        changes=[list(each) for each in tried.changes],
        made_by_id=actor_id,
        made_at=at,
    )
    session.add(row)
    record("rules.tried", subject=row, actor_id=actor_id, at=at, act=change.act.value, key=change.key)
    return row


def put_in_force(*, dry_run: DryRun, actor_id: int, at: datetime) -> None:
    """Let count what a dry run was made of, exactly that.

    Raises:
        Conflict: other rules count by now, the rule says something else, or the dry run is old.
        NotFound: the rule was deleted.
    """
    if dry_run.made_at < at - DRY_RUN_LASTS:
        raise Conflict(_("This dry run is of yesterday. Make another one."))
    book, made_of = queries.newest_book(), Change(dry_run.act, dry_run.key)
    rules = rules_after(book.rules, made_of)
    tried = live_from_plain(dry_run.before), live_from_plain(dry_run.after)
    if (in_force(book.rules), in_force(rules)) != tried:
        raise Conflict(_("The rules were changed after this dry run. Make another one."))
    _append(rules, made_of, number=book.number + 1, actor_id=actor_id, at=at)


def _check(wording: Wording, *, others: Rules) -> None:
    if wording.when.asks_nothing:
        raise Invalid(_("Say which posts it is about: fill in at least one of these."), field="words")
    if wording.then.does_nothing:
        raise Invalid(_("Say what happens to them: choose at least one of these."), field="way")
    if wording.name.casefold() in {other.wording.name.casefold() for other in others}:
        raise Invalid(_("Another rule has that name."), field="name")


def _append(rules: Rules, change: Change, *, number: int, actor_id: int, at: datetime) -> RuleBook:
    row = RuleBook(
        number=number, rules=plain_rules(rules), act=change.act, key=change.key, made_by_id=actor_id, made_at=at
    )
    session.add(row)
    try:
        session.flush()  # two people may make the same version at once; the number tells
    except IntegrityError as error:
        raise Conflict(_("Somebody changed the rules at this very moment. Try again.")) from error
    record(f"rules.{change.act.value}", subject=row, actor_id=actor_id, at=at, key=change.key, number=number)
    return row
