"""What the pages of sorting show, gathered from what the sweep found."""

import json
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime
from functools import lru_cache
from pathlib import Path

from flask_babel import format_date

from app.accounts.permissions import Person
from app.foundation.words import _
from app.triage.judge import DEFAULT_POINT, USUAL_INFLUENCE
from app.triage.models import SortingOutlook
from app.triage.rules.queries import newest_book
from app.triage.sorting import queries
from app.triage.sorting.ladder import Border, Step, moved, shifts_from_plain
from app.triage.sorting.learning import LEAST
from app.triage.sorting.measuring import IN_FORCE, PLAIN, PROPOSED
from app.triage.sorting.shares import Share
from app.triage.sorting.words import BORDER_WORDS, LANE_WORDS, STEP_WORDS, move_in_words, proof_of, share_in_words
from app.triage.types import Reason, Said
from app.triage.words import explain

VERSIONS_SHOWN = 20
OF_WEEK = ("staff", "angry", "sensitive", "staffs")
OF_OUR_OWN = ("staff", "angry", "sensitive")
_OWN_POSTS = Path(__file__).with_name("own_posts.json")


@dataclass(frozen=True, slots=True)
class Line:
    """One line of a table of shares."""

    name: str
    shares: list[Share]
    is_now: bool = False

    @property
    def cells(self) -> list[tuple[str, str]]:
        """Return each share in words, and what it rests on."""
        return [(share_in_words(share), proof_of(share)) for share in self.shares]


@dataclass(frozen=True, slots=True)
class VersionLine:
    """One version: what it set, by whom, when."""

    number: int
    what: list[str]
    by: str
    at: datetime


@lru_cache(maxsize=1)
def own_posts() -> dict[Step, list[Share]]:
    """Return what each step does to the project's own labelled posts; written by ``bench.grade.steps``."""
    kept = json.loads(_OWN_POSTS.read_text(encoding="utf-8"))
    return {step: _shares(kept[str(step.value)], OF_OUR_OWN) for step in Step}


def own_lines(now: Step) -> list[Line]:
    """Return the table of the project's own posts."""
    return [Line(str(STEP_WORDS[step]), shares, step is now) for step, shares in own_posts().items()]


def week_lines(outlook: SortingOutlook, now: Step) -> list[Line]:
    """Return the table of last week's posts, with what was learnt where it counts."""
    of = outlook.steps[IN_FORCE]
    return [Line(str(STEP_WORDS[step]), _shares(of[str(step.value)], OF_WEEK), step is now) for step in Step]


def learning_lines(outlook: SortingOutlook, now: queries.Setting) -> list[Line]:
    """Return what last week's posts would have met at the step that is set, without corrections, as set, and as proposed."""
    step = str(now.step.value)
    lines = [Line(_("Without what was learnt"), _shares(outlook.steps[PLAIN][step], OF_WEEK), now.shifts is None)]
    if now.shifts is not None and outlook.version == now.number:
        lines.append(
            Line(_("With what was learnt, as it counts"), _shares(outlook.steps[IN_FORCE][step], OF_WEEK), True)
        )
    if proposes_more(outlook, now):
        lines.append(Line(_("As corrections propose"), _shares(outlook.steps[PROPOSED][step], OF_WEEK)))
    return lines


def proposes_more(outlook: SortingOutlook, now: queries.Setting) -> bool:
    """Whether corrections propose anything that does not count yet."""
    return bool(outlook.shifts) and shifts_from_plain(outlook.shifts) != now.shifts


def proposal_lines(outlook: SortingOutlook) -> list[tuple[str, str]]:
    """Say for each border how far corrections would move it, and on how many that rests."""
    shifts = shifts_from_plain(outlook.shifts)
    lines = []
    for border in Border:
        count, usual = outlook.learnt_from.get(border.value, 0), getattr(DEFAULT_POINT, border.value)
        move = move_in_words(usual, moved(usual, shifts.get(border, 0.0)))
        how = (
            _("%(count)s of %(least)s decisions: too few", count=count, least=LEAST)
            if count < LEAST
            else _("%(count)s decisions: %(move)s", count=count, move=move)
        )
        lines.append((str(BORDER_WORDS[border]), how))
    return lines


def version_lines(person: Person) -> list[VersionLine]:
    """Return the newest versions, each with what it changed."""
    rows = queries.versions(person, limit=VERSIONS_SHOWN + 1)
    told = []
    for place, (row, by) in enumerate(rows[:VERSIONS_SHOWN]):
        older = rows[place + 1][0] if place + 1 < len(rows) else None
        before, shifts = (Step(older.step), older.shifts) if older else (Step.AS_MADE, None)
        influence = older.influence if older else USUAL_INFLUENCE
        what = []
        if before != row.step:
            words = {"before": STEP_WORDS[before], "now": STEP_WORDS[Step(row.step)]}
            what.append(_("From \u201c%(before)s\u201d to \u201c%(now)s\u201d.", **words))
        if shifts != row.shifts:
            what.append(_learnt_in_words(row.shifts))
        if influence != row.influence:
            what.append(_("Influence: from at most %(before)s to %(now)s points.", before=influence, now=row.influence))
        told.append(VersionLine(row.number, what, by, row.made_at))
    return told


def _learnt_in_words(shifts: Mapping[str, float] | None) -> str:
    if shifts is None:
        return _("What was learnt counts no longer.")
    moves = [
        _("%(border)s: %(move)s", border=BORDER_WORDS[border], move=move_in_words(usual, moved(usual, shift)))
        for border, shift in shifts_from_plain(shifts).items()
        for usual in [getattr(DEFAULT_POINT, border.value)]
    ]
    return _("What was learnt counts. %(moves)s.", moves="; ".join(moves))


@dataclass(frozen=True, slots=True)
class Week:
    """Precision and recall of each lane in the week of a Monday."""

    monday: date
    lanes: dict[Said, Line]

    @property
    def day(self) -> str:
        """Return the Monday in words."""
        return str(format_date(self.monday, "d MMM y"))


def lane_weeks(outlook: SortingOutlook) -> list[Week]:
    """Return precision and recall of each lane by week, the newest first."""
    weeks: dict[str, Week] = {}
    for monday, lane, precision, recall in outlook.weeks:
        week = weeks.setdefault(monday, Week(date.fromisoformat(monday), {}))
        week.lanes[Said(lane)] = Line(str(LANE_WORDS[Said(lane)]), [Share(*precision), Share(*recall)])
    return list(weeks.values())


def tally_lines(outlook: SortingOutlook) -> dict[str, list[Line]]:
    """Return how often triage was right by deciding reason, rule of the brand's, and cue."""
    rules = {str(rule.key): rule.wording.name for rule in newest_book().rules}
    gone = _("A rule that was deleted")
    return {
        "reasons": _tallied(outlook.tallies["reasons"]),
        "rules": [Line(rules.get(key, gone), [Share(*kept)]) for key, kept in outlook.tallies["rules"].items()],
        "cues": _tallied(outlook.tallies["cues"]),
    }


def _tallied(kept: Mapping[str, list[int]]) -> list[Line]:
    return [Line(explain(Reason(code, "\u2026")), [Share(*share)]) for code, share in kept.items()]


def _shares(kept: Mapping[str, list[int]], names: tuple[str, ...]) -> list[Share]:
    return [Share(*kept[name]) for name in names]
