"""Rules in sentences: what they ask, what they do, and what changed from one version to the next."""

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field

from babel.dates import get_day_names
from flask_babel import format_decimal, get_locale
from flask_babel import lazy_gettext as _l

from app.foundation.words import _
from app.triage.rules.book import Act
from app.triage.rules.types import Live, Rule, Rules, Then, Way, When, Wording

WAY_WORDS = {
    Way.CROWD: _l("The questions of the crew"),
    Way.HELLO: _l("The crew, to say hello"),
    Way.ANGRY: _l("Staff, as angry"),
    Way.TECHNICAL: _l("Staff, as technical"),
    Way.SENSITIVE: _l("Staff, as sensitive"),
    Way.MARKETING: _l("Staff, for marketing"),
    Way.NOISE: _l("Set aside"),
    Way.HOLD: _l("Held: a person decides"),
}
KIND_WORDS = {
    "question": _l("Question"),
    "complaint": _l("Complaint"),
    "praise": _l("Praise"),
    "chatter": _l("Chatter"),
    "wants_to_buy": _l("Wants to buy"),
    "idea": _l("Idea"),
}
_DASH = "\N{EN DASH}"


@dataclass(frozen=True, slots=True)
class Names:
    """What stands for numbers and codes in a rule."""

    places: Mapping[str, str] = field(default_factory=dict)
    languages: Mapping[str, str] = field(default_factory=dict)
    people: Mapping[int, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Choices:
    """What a rule may be about."""

    names: Names
    topics: Sequence[str]
    days: Sequence[str]


@dataclass(frozen=True, slots=True)
class Difference:
    """One thing that is not as it was; "" where it was not, or is no longer."""

    what: str
    before: str
    now: str


def day_names() -> list[str]:
    """Return the days of the week, Monday first."""
    names = get_day_names("wide", locale=get_locale())
    return [names[day] for day in range(7)]


def conditions_of(when: When, names: Names) -> list[tuple[str, str]]:
    """Return what a rule asks as (what, which) pairs."""
    days = day_names()
    pairs = [
        (_("The text says"), _either(f"\u201c{word}\u201d" for word in when.words)),
        (_("Written by"), _either(f"@{author}" for author in when.authors)),
        (_("Heard on"), _either(names.places.get(place, place) for place in when.places)),
        (_("Language"), _either(names.languages.get(code, code) for code in when.languages)),
        (_("Topic"), _either(when.topics)),
        (_("Kind"), _either(str(KIND_WORDS.get(kind, kind)) for kind in when.kinds)),
        (_("Followers"), _span(when.followers_from, when.followers_to)),
        (_("Mood, \u22121 to 1"), _span(when.mood_from, when.mood_to)),
        (_("Posted on"), _either(days[day] for day in when.weekdays)),
        (_("Posted between"), f"{when.time_from}{_DASH}{when.time_to}" if when.time_from else ""),
    ]
    return [(what, which) for what, which in pairs if which]


def effects_of(then: Then, names: Names) -> list[tuple[str, str]]:
    """Return what a rule does as (what, how) pairs."""
    who = "" if then.assign_to is None else names.people.get(then.assign_to, _("somebody who left"))
    pairs = [
        (_("Goes to"), str(WAY_WORDS[then.way]) if then.way else ""),
        (_("Priority"), f"{then.points:+d}".replace("-", "\u2212") if then.points else ""),
        (_("Tags"), ", ".join(then.tags)),
        (_("Case given to"), who),
    ]
    return [(what, how) for what, how in pairs if how]


def _either(words: Iterable[str]) -> str:
    return _(" or ").join(words)


def _span(lowest: float | None, highest: float | None) -> str:
    if lowest is None:
        return "" if highest is None else _("%(number)s at most", number=_number(highest))
    if highest is None:
        return _("%(number)s or more", number=_number(lowest))
    return f"{_number(lowest)} {_DASH} {_number(highest)}"


def _number(value: float) -> str:
    return str(format_decimal(value)).replace("-", "\u2212")


def wording_differences(before: Wording | None, now: Wording | None, names: Names) -> list[Difference]:
    """Return what differs between two wordings of a rule; None is none."""
    old, new = _told(before, names), _told(now, names)
    return [
        Difference(what, old.get(what, ""), new.get(what, ""))
        for what in dict.fromkeys([*old, *new])
        if old.get(what, "") != new.get(what, "")
    ]


def _told(wording: Wording | None, names: Names) -> dict[str, str]:
    if wording is None:
        return {}
    return {
        _("Name"): wording.name,
        **dict(conditions_of(wording.when, names)),
        **dict(effects_of(wording.then, names)),
    }


@dataclass(frozen=True, slots=True)
class RuleDifference:
    """What is not as it was about one rule."""

    name: str
    lines: list[Difference]


def list_differences(before: Rules, now: Rules, names: Names) -> list[RuleDifference]:
    """Return what differs between two versions of the whole list, rule by rule, in the order of the newer."""
    old, new = _placed(before), _placed(now)
    found = []
    for key in dict.fromkeys([*new, *old]):
        was, is_now = old.get(key), new.get(key)
        lines = wording_differences(was[1].wording if was else None, is_now[1].wording if is_now else None, names)
        lines += _line(_("Place"), was, is_now, lambda placed: str(placed[0]))
        lines += _line(_("Counts"), was, is_now, lambda placed: _counting(placed[1].live))
        if lines and (rule := (is_now or was)):
            found.append(RuleDifference(rule[1].wording.name, lines))
    return found


_Placed = tuple[int, Rule]


def _placed(rules: Rules) -> dict[int, _Placed]:
    return {rule.key: (place, rule) for place, rule in enumerate(rules, start=1)}


def _line(what: str, was: _Placed | None, now: _Placed | None, tell: Callable[[_Placed], str]) -> list[Difference]:
    before, later = tell(was) if was else "", tell(now) if now else ""
    return [Difference(what, before, later)] if before != later else []


def _counting(live: Live | None) -> str:
    return _("no") if live is None else _("yes, as of version %(number)s", number=live.version)


def act_in_words(act: Act, name: str, number: int) -> str:
    """Say what somebody did to the rule of this name; ``number`` is the version that was gone back to."""
    words = {
        Act.ADDED: _("Wrote \u201c%(name)s\u201d", name=name),
        Act.CHANGED: _("Changed \u201c%(name)s\u201d", name=name),
        Act.MOVED_UP: _("Moved \u201c%(name)s\u201d up", name=name),
        Act.MOVED_DOWN: _("Moved \u201c%(name)s\u201d down", name=name),
        Act.SWITCHED_ON: _("Switched \u201c%(name)s\u201d on", name=name),
        Act.SWITCHED_OFF: _("Switched \u201c%(name)s\u201d off", name=name),
        Act.DELETED: _("Deleted \u201c%(name)s\u201d", name=name),
        Act.WENT_BACK: _("Went back to version %(number)s", number=number),
    }
    return words[act]


def question_of(act: Act, name: str, number: int) -> str:
    """Ask whether a change shall be made; ``number`` is the version to go back to."""
    words = {
        Act.MOVED_UP: _("Move \u201c%(name)s\u201d up?", name=name),
        Act.MOVED_DOWN: _("Move \u201c%(name)s\u201d down?", name=name),
        Act.SWITCHED_ON: _("Switch \u201c%(name)s\u201d on?", name=name),
        Act.SWITCHED_OFF: _("Switch \u201c%(name)s\u201d off?", name=name),
        Act.DELETED: _("Delete \u201c%(name)s\u201d?", name=name),
        Act.WENT_BACK: _("Go back to version %(number)s?", number=number),
    }
    return words[act]
