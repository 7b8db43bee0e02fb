"""What the pages of sorting draw: what each step does, and how triage did on staff's posts week by week."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import timedelta
from typing import Final

from flask_babel import format_date

from app.foundation.charts import Drawing, lines
from app.foundation.charts import Line as Series
from app.foundation.words import _
from app.triage.sorting.pages import Line, Week
from app.triage.sorting.shares import Share
from app.triage.sorting.words import range_in_words
from app.triage.types import Said

_A_WEEK: Final = timedelta(days=7)
_WHOLE: Final = 100
#: Five steps have long names: the outer two and the middle one stand below, on phones the outer ones.
_EVERY_STEP: Final = (2, 4)
_EVERY_WEEK: Final = (1, 2)


@dataclass(frozen=True, slots=True)
class Chart:
    """Shares as they are drawn; ``finding`` says what they show, each with its range."""

    finding: str
    drawings: list[Drawing]


def steps_chart(steps: Sequence[Line]) -> Chart | None:
    """Draw what each step does, as far as there are enough posts to tell; None where not even staff's load is told."""
    staff, angry, sensitive = ([line.shares[place] for line in steps] for place in range(3))
    named = [
        (_("Staff would have"), 1, staff, False),
        (_("Angry ones before the crew"), 2, angry, True),
        (_("Sensitive ones before the crew"), 3, sensitive, False),
    ]
    if not all(share.is_told for share in staff):
        return None
    told = [_series(*each) for each in named if all(share.is_told for share in each[2])]
    now = next(place for place, line in enumerate(steps) if line.is_now)
    return Chart(
        " ".join(_step_findings(staff[now], angry[now], sensitive[now])),
        lines([line.name for line in steps], told, top=_WHOLE, every=_EVERY_STEP, here=now),
    )


def _step_findings(staff: Share, angry: Share, sensitive: Share) -> list[str]:
    found = [_("As it is set, staff would have %(share)s of the posts.", share=range_in_words(staff))]
    if angry.is_told:
        found.append(_("Of angry ones, %(share)s would come before the crew.", share=range_in_words(angry)))
    else:
        found.append(_("Of angry ones, too few are known to tell."))
    if sensitive.is_told:
        found.append(_("Of sensitive ones, %(share)s would come before the crew.", share=range_in_words(sensitive)))
    else:
        found.append(_("Of sensitive ones, too few are known to tell."))
    return found


def weeks_chart(weeks: Sequence[Week]) -> Chart | None:
    """Draw how often triage was right on staff's posts, ``weeks`` newest first; None before two weeks tell a share."""
    told = {week.monday: week.lanes[Said.STAFF].shares for week in weeks if Said.STAFF in week.lanes}
    told = {monday: shares for monday, shares in told.items() if all(share.is_told for share in shares)}
    if len(told) <= 1:
        return None
    first, last = min(told), max(told)
    mondays = [first + number * _A_WEEK for number in range((last - first) // _A_WEEK + 1)]
    precision, recall = ([told[monday][place] if monday in told else Share() for monday in mondays] for place in (0, 1))
    day = format_date(last, "d MMM y")
    return Chart(
        _(
            "In the week of %(day)s, %(precision)s of what went to staff belonged there, and %(recall)s of what belonged there went there.",
            day=day,
            precision=range_in_words(precision[-1]),
            recall=range_in_words(recall[-1]),
        ),
        lines(
            [format_date(monday, "d MMM") for monday in mondays],
            [
                _series(_("Of what went to staff, belonged there"), 1, precision, False),
                _series(_("Of what belonged to staff, went there"), 2, recall, True),
            ],
            top=_WHOLE,
            every=_EVERY_WEEK,
        ),
    )


def _series(name: str, key: int, shares: Sequence[Share], dashed: bool) -> Series:
    return Series(name, key, [_WHOLE * share.value if share.is_told else None for share in shares], dashed)
