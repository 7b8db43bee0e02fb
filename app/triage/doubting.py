"""Pure: of which posts a listener is asked where triage is unsure, and how many a day."""

from app.mentions.types import Route
from app.triage.judge import DEFAULT_POINT, OperatingPoint
from app.triage.types import Band, Concern, Signals, Verdict, Worth

LEANS = 0.6
"""From this share of a border on, a signal speaks loud enough for staff to ask a person before the crowd sees the post."""
#: Ways of deciding that leave nothing to ask: harm, personal data, a machine, a form no person reads in four seconds.
_BY_RULE = ("crisis.", "data.", "form.", "search.")
QUIET_SHARE = 0.5
"""What would be set aside is asked about only while so much of the day's number is unused."""


def worth_asking(signals: Signals, verdict: Verdict, point: OperatingPoint = DEFAULT_POINT) -> Worth | None:
    """Say whether, and why, a person should look at this post before it goes anywhere; None: it goes as triage says.

    A listener's seconds are few, so they are spent where a mistake costs most. That is the border between staff and the
    crowd: an angry or sensitive post before the crowd is the worst of all mistakes, and a plain question in staff's inbox
    takes their time. What a rule of the brand's holds comes first; then what would go to the crowd although some signal has
    come near its border, then what has hardly crossed one; last, what would be set aside, for there a customer waits in
    vain. Most posts for the crowd are called unsure only because nothing speaks for staff, which is weak proof: they are
    not asked about.

    Never held back: what is sure, danger, personal data, and what a search or the form of the post has decided.
    """
    if verdict.band is Band.SURE or _must_not_wait(signals, verdict):
        return None
    if verdict.reasons[0].code == "rule.held":
        return Worth.HELD
    if verdict.route is Route.NOISE:
        return Worth.MAY_BE_SOMETHING
    if verdict.route.is_staff:
        return Worth.MAY_BE_THE_CROWDS
    return Worth.LEANS_TO_STAFF if max(_leanings(signals, point).values()) >= LEANS else None


def _must_not_wait(signals: Signals, verdict: Verdict) -> bool:
    in_danger = signals.is_crisis or Concern.SAFETY in signals.concerns
    return in_danger or bool(signals.personal_data) or verdict.reasons[0].code.startswith(_BY_RULE)


def staff_lane(signals: Signals, point: OperatingPoint = DEFAULT_POINT) -> Route:
    """Return the lane of staff that most speaks for, however little."""
    leanings = _leanings(signals, point)
    return max(leanings, key=lambda route: leanings[route])


def _leanings(signals: Signals, point: OperatingPoint) -> dict[Route, float]:
    """Return how far each signal for staff has come on the way to its border: 1 is at the border."""
    return {
        Route.STAFF_SENSITIVE: signals.sensitive / point.sensitive,
        Route.STAFF_ANGRY: signals.anger / point.angry,
        Route.STAFF_TECHNICAL: signals.technical / point.technical,
    }


def room_for(worth: Worth, *, asked: int, a_day: int) -> bool:
    """Say whether the day has room for one more such post, where ``asked`` have been asked about."""
    return asked < a_day * (QUIET_SHARE if worth is Worth.MAY_BE_SOMETHING else 1)
