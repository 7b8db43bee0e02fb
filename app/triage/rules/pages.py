"""The brand's rules as pages show them."""

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import select
from sqlalchemy.orm import joinedload

from app.accounts.permissions import Person, scoped
from app.advocates.forms import LANGUAGE_CODES, language_name
from app.cases.queries import kept_from_nobody
from app.channels.pages import KIND_WORDS as NETWORK_WORDS
from app.channels.queries import connections
from app.foundation.db import session
from app.foundation.words import _
from app.mentions.models import Mention
from app.triage.models import DryRun
from app.triage.queries import topic_words
from app.triage.rules import queries
from app.triage.rules.book import Change
from app.triage.rules.types import Rule, Rules, Way, live_from_plain
from app.triage.rules.words import (
    WAY_WORDS,
    Choices,
    Difference,
    Names,
    RuleDifference,
    act_in_words,
    conditions_of,
    day_names,
    effects_of,
    list_differences,
    question_of,
    wording_differences,
)

POSTS_SHOWN = 50


def names() -> Names:
    """Return what stands for the numbers and codes of rules."""
    rows = connections()
    networks = {row.kind: NETWORK_WORDS.get(row.kind, row.kind) for row in rows}
    places = {kind: _("%(network)s, every account", network=word) for kind, word in networks.items()}
    return Names(
        places=places | {str(row.id): f"@{row.handle}, {networks[row.kind]}" for row in rows},
        languages={code: language_name(code) for code in LANGUAGE_CODES},
        people={user.id: user.name for user in queries.staff()},
    )


def choices() -> Choices:
    """Return what a rule may be about."""
    return Choices(names(), sorted(topic_words()), day_names())


@dataclass(frozen=True, slots=True)
class RuleLine:
    """One rule of the list."""

    rule: Rule
    conditions: list[tuple[str, str]]
    effects: list[tuple[str, str]]
    by: str
    at: datetime | None
    decided: int
    #: What its newest wording would change of the one that counts.
    differences: list[Difference]


def rule_lines(rules: Rules, *, at: datetime) -> list[RuleLine]:
    """Return the rules with who wrote them last, and how many posts each decided in the week before ``at``."""
    named, makers = names(), queries.makers_of({rule.version for rule in rules})
    decided = queries.decided_by(since=at - queries.A_WEEK)
    return [_line(rule, named, makers, decided) for rule in rules]


def _line(rule: Rule, named: Names, makers: dict[int, tuple[str, datetime]], decided: dict[int, int]) -> RuleLine:
    by, made_at = makers.get(rule.version, ("", None))
    return RuleLine(
        rule=rule,
        conditions=conditions_of(rule.wording.when, named),
        effects=effects_of(rule.wording.then, named),
        by=by,
        at=made_at,
        decided=decided.get(rule.key, 0),
        differences=wording_differences(rule.live.wording, rule.wording, named) if rule.live and rule.is_newer else [],
    )


@dataclass(frozen=True, slots=True)
class VersionLine:
    """One version of the list, in words."""

    number: int
    what: str
    by: str | None
    at: datetime
    differences: list[RuleDifference]


def version_lines(versions: list[queries.Version]) -> list[VersionLine]:
    """Put versions into words."""
    named = names()
    return [
        VersionLine(
            number=each.row.number,
            what=act_in_words(each.row.act, _name_of(each.row.key, each.rules, each.before), each.row.key),
            by=each.by,
            at=each.row.made_at,
            differences=list_differences(each.before, each.rules, named),
        )
        for each in versions
    ]


def _name_of(key: int, *lists: Rules) -> str:
    return next((rule.wording.name for rules in lists for rule in rules if rule.key == key), "")


def change_in_words(change: Change, dry_run: DryRun) -> str:
    """Ask whether what a dry run was made of shall count."""
    live = [*live_from_plain(dry_run.after), *live_from_plain(dry_run.before)]
    name = next((each.wording.name for each in live if each.key == change.key), "")
    return question_of(change.act, name, change.key)


@dataclass(frozen=True, slots=True)
class Changed:
    """A post that would go elsewhere."""

    mention: Mention
    before: str
    now: str


def way_in_words(way: str) -> str:
    """Name where posts go."""
    return str(WAY_WORDS[Way(way)])


def changed_posts(dry_run: DryRun, person: Person) -> list[Changed]:
    """Return the newest posts that would change, as far as the person may know of them."""
    some = dry_run.changes[:POSTS_SHOWN]
    wanted = scoped(select(Mention), person).options(joinedload(Mention.author), joinedload(Mention.connection))
    rows = session.scalars(
        wanted.where(Mention.id.in_([row[0] for row in some]), Mention.text != "", kept_from_nobody(person, Mention.id))
    )
    seen = {mention.id: mention for mention in rows}
    return [
        Changed(seen[mention_id], way_in_words(before), way_in_words(now))
        for mention_id, before, now in some
        if mention_id in seen
    ]
