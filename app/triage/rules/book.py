"""The list of rules and what may be done with it: pure. Each act gives a new list; none changes an old one."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from enum import StrEnum

from app.foundation.errors import NotFound
from app.foundation.words import _
from app.triage.rules.types import Live, Rule, Rules, Wording, in_force


class Act(StrEnum):
    """What somebody did to the list."""

    ADDED = "added"
    CHANGED = "changed"
    MOVED_UP = "moved_up"
    MOVED_DOWN = "moved_down"
    SWITCHED_ON = "switched_on"
    SWITCHED_OFF = "switched_off"
    DELETED = "deleted"
    WENT_BACK = "went_back"


@dataclass(frozen=True, slots=True)
class Change:
    """One act on one rule; going back is on the whole list, ``key`` is then the number of its version."""

    act: Act
    key: int


def rule_of(rules: Rules, key: int) -> Rule:
    """Return one rule.

    Raises:
        NotFound: it is not, or no longer, in the list.
    """
    for rule in rules:
        if rule.key == key:
            return rule
    raise NotFound(_("There is no such rule."))


def with_new(rules: Rules, wording: Wording, *, key: int, version: int) -> Rules:
    """Put a rule last; it is off."""
    return (*rules, Rule(key, version, wording))


def with_wording(rules: Rules, wording: Wording, *, key: int, version: int) -> Rules:
    """Give a rule other words; while it is on, the older ones count until these are switched on."""
    return tuple(
        replace(rule, wording=wording, version=version) if rule.key == key else rule for rule in _having(rules, key)
    )


def after(rules: Rules, change: Change, *, earlier: Rules = ()) -> Rules:
    """Return the list after a change other than of words; ``earlier`` is what going back goes back to.

    Raises:
        NotFound: the rule is not, or no longer, in the list.
    """
    if change.act is Act.WENT_BACK:
        return earlier
    if change.act is Act.DELETED:
        return tuple(rule for rule in _having(rules, change.key) if rule.key != change.key)
    if change.act in (Act.MOVED_UP, Act.MOVED_DOWN):
        return _moved(rules, change.key, -1 if change.act is Act.MOVED_UP else 1)
    is_on = change.act is Act.SWITCHED_ON
    return tuple(_switched(rule, is_on) if rule.key == change.key else rule for rule in _having(rules, change.key))


def _having(rules: Rules, key: int) -> Rules:
    rule_of(rules, key)
    return rules


def _switched(rule: Rule, is_on: bool) -> Rule:
    return replace(rule, live=Live(rule.key, rule.version, rule.wording) if is_on else None)


def _moved(rules: Rules, key: int, steps: int) -> Rules:
    row = list(_having(rules, key))
    at = next(place for place, rule in enumerate(row) if rule.key == key)
    to = max(0, min(len(row) - 1, at + steps))
    row.insert(to, row.pop(at))
    return tuple(row)


def needs_dry_run(before: Rules, later: Rules) -> bool:
    """Say whether anything comes to count that does not count now; what only stops counting may stop at once."""
    return not _is_part(in_force(later), in_force(before))


def _is_part(fewer: Sequence[Live], all_of: Sequence[Live]) -> bool:
    """Say whether ``fewer`` are some of the others, in the same order."""
    others = iter(all_of)
    return all(any(each == other for other in others) for each in fewer)
