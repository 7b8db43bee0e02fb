"""Signals and context to a verdict: route, band, priority as named parts, reasons."""

from collections.abc import Sequence
from dataclasses import dataclass
from math import floor

from app.mentions.types import FeedLane, Kind, Route
from app.triage.types import Band, Concern, Context, Part, Reason, Signals, Verdict

REASONS_SHOWN = 4
FRAGMENT_WORDS = 0
USUAL_INFLUENCE, MOST_INFLUENCE = 2, 10
"""Points of a priority that influence gives at most: as it was made, and as an admin may set it."""


@dataclass(frozen=True, slots=True)
class OperatingPoint:
    """From which score on a signal decides; lower sends more to staff (and, for noise, less to the crowd).

    ``influence`` decides no way: it is for how many points of a priority influence counts at most.
    """

    angry: float = 0.23
    sensitive: float = 0.25
    technical: float = 0.32
    noise: float = 0.48
    chatter: float = 0.25
    """Chatter in which so little asks for an answer gets a hello; less of it is news of some trouble."""
    spam: float = 0.9
    never_quiet: float = 0.62
    """A need this clear is met, whatever thanks stand around it."""
    sure: float = 0.65
    """The confidence from which a verdict counts as sure."""
    influence: int = USUAL_INFLUENCE


DEFAULT_POINT = OperatingPoint()
NOWHERE = Context()


def judge(signals: Signals, context: Context = NOWHERE, point: OperatingPoint = DEFAULT_POINT) -> Verdict:
    """Conclude where one mention should go.

    Praise and chatter go to the community's hello lane; NOISE is for spam, adverts, reposts, bare thanks that close a
    conversation and fragments.
    """
    route, code, confidence = _route(signals, context, point)
    kind = _kind(signals, route, code)
    parts = priority_parts(signals, context, route, influence=point.influence)
    return Verdict(
        route=route,
        kind=kind,
        lane=_lane(route, code),
        tags=tuple(concern.value for concern in signals.concerns) if route.is_staff else (),
        band=Band.SURE if confidence >= point.sure else Band.UNSURE,
        confidence=round(confidence, 3),
        priority=sum(part.points for part in parts),
        parts=parts,
        reasons=_reasons(signals, route, code),
    )


def _route(signals: Signals, context: Context, point: OperatingPoint) -> tuple[Route, str, float]:
    """Return the route, the code of the first reason and the confidence."""
    return _route_by_form(signals, context, point) or _route_by_content(signals, context, point)


def _route_by_form(signals: Signals, context: Context, point: OperatingPoint) -> tuple[Route, str, float] | None:
    if signals.is_crisis:
        return Route.STAFF_SENSITIVE, "crisis.harm", 1.0
    if context.seems_a_loop:
        return Route.STAFF_TECHNICAL, "form.loop", 1.0
    if signals.is_repost:
        return Route.NOISE, "noise.repost", 1.0
    if signals.is_empty:
        return Route.STAFF_SENSITIVE, "form.empty", 0.5
    if signals.was_cut:
        return Route.STAFF_SENSITIVE, "form.long", 0.5
    if signals.spam >= _spam_border(signals, point):
        return Route.NOISE, "noise.spam", _confidence(_over(signals.spam, point.spam))
    return None


def _spam_border(signals: Signals, point: OperatingPoint) -> float:
    """A question must look more like spam than other texts: customers ask. A border that nothing can reach is none."""
    return point.spam + (0.6 * (1 - point.spam) if signals.is_question else 0.0)


def _route_by_content(signals: Signals, context: Context, point: OperatingPoint) -> tuple[Route, str, float]:
    angry, sensitive, technical = (
        _over(signals.anger, point.angry),
        _over(signals.sensitive, point.sensitive),
        _over(signals.technical, point.technical),
    )
    if angry >= 0:
        return Route.STAFF_ANGRY, "anger.tone", _confidence(angry)
    if signals.personal_data:
        return Route.STAFF_SENSITIVE, "data.found", 1.0
    closes = context.is_reply_to_brand and not context.answers_our_question and _is_bare_thanks(signals)
    noise = signals.noise + 0.1 * closes - 0.2 * context.answers_our_question
    if noise >= point.noise and max(signals.sensitive, signals.technical) < min(noise, point.never_quiet):
        return _quiet(signals, context, _confidence(_over(noise, point.noise)), closes=closes)
    if max(sensitive, technical) < 0:
        if signals.negative < MILD and (signals.kind is Kind.PRAISE or _is_chatter(signals, context, point)):
            return _quiet(signals, context, 0.5, closes=closes)
        nearest = max(angry, sensitive, technical, _over(noise, point.noise))
        return Route.COMMUNITY, "community.answerable", _confidence(-nearest) * WEAK_TRUST
    if sensitive >= 0 and (signals.sensitive >= signals.technical or technical < 0):
        return Route.STAFF_SENSITIVE, "need.sensitive", _confidence(sensitive)
    return Route.STAFF_TECHNICAL, "need.technical", _confidence(technical) * WEAK_TRUST


def _over(score: float, border: float) -> float:
    """How far a score is over its border, as a share of what is possible: -1..1."""
    return (score - border) / (1 - border) if score >= border and border < 1 else (score - border) / border


def _confidence(distance: float) -> float:
    return min(1.0, 0.5 + 0.5 * distance)


MILD = 0.57
"""Praise and chatter less negative than this hide no complaint."""
BARE_THANKS_WORDS = 8
WEAK_TRUST = 0.8
"""That nothing speaks for staff is weak proof, and so are the words of a defect: a peer may know the cure."""


def _is_chatter(signals: Signals, context: Context, point: OperatingPoint) -> bool:
    return signals.kind is Kind.CHATTER and signals.noise >= point.chatter and not context.answers_our_question


_OF_THANKS = ("noise.", "praise.", "anger.sarcasm")
"""Cues that bare thanks may carry: "thanks a lot" is bitter only beside a failure."""


def _is_bare_thanks(signals: Signals) -> bool:
    """Whether it is thanks and little else: who goes on to tell something has not ended the conversation."""
    codes = {cue.code for cue in signals.cues}
    thanks_only = "noise.thanks" in codes and all(code.startswith(_OF_THANKS) for code in codes)
    return thanks_only and signals.words <= BARE_THANKS_WORDS


def _quiet(signals: Signals, context: Context, confidence: float, *, closes: bool) -> tuple[Route, str, float]:
    if signals.words <= FRAGMENT_WORDS:
        return Route.NOISE, "noise.fragment", confidence
    if closes:
        return Route.NOISE, "noise.closing", confidence
    if not context.has_mention:
        return Route.NOISE, "noise.elsewhere", confidence
    return Route.COMMUNITY, "community.hello", confidence


def _kind(signals: Signals, route: Route, code: str) -> Kind:
    if code == "community.hello" and signals.kind in (Kind.QUESTION, Kind.COMPLAINT):
        return Kind.PRAISE if signals.mood > 0 else Kind.CHATTER
    if route is Route.STAFF_ANGRY and signals.kind is Kind.PRAISE:
        return Kind.COMPLAINT
    return signals.kind


def _lane(route: Route, code: str) -> FeedLane | None:
    if route is not Route.COMMUNITY:
        return None
    return FeedLane.HELLO if code == "community.hello" else FeedLane.QUESTIONS


SAFETY_POINTS = 80
"""Where somebody may come to harm, nothing else comes before it: so much has no other post."""
SHARE_BESIDE_SAFETY = 0.25
REACH_PER_DIGIT = 0.2
"""Of influence: nothing below 10 followers, all from 100,000 on."""
SHARE_PER_POST, MOST_OF_POSTS = 0.2, 0.6
"""Of influence: for each earlier post on the topic, and for as many as there may be."""


def priority_parts(signals: Signals, context: Context, route: Route, *, influence: int) -> tuple[Part, ...]:
    """Name the shares of the priority: below 80 without a danger, 80 to 100 with one.

    ``influence`` is for how many points reach and earlier posts on the topic count together, at most.
    """
    if route is Route.NOISE:
        return ()
    need = max(signals.sensitive, signals.technical) if route.is_staff else 0.6 * signals.is_question
    shares: Sequence[tuple[str, float]] = (
        ("urgency", 24 * signals.urgency),
        ("anger", 24 * signals.anger),
        ("need", 24 * need),
        ("thread", min(3, context.earlier_posts)),
        ("mood", 3 * max(0.0, -signals.mood)),
    )
    room = SAFETY_POINTS - 1 - sum(round(points) for _, points in shares)
    shares = (*shares, *_influence(context, min(influence, room)))
    if signals.is_crisis or (route.is_staff and Concern.SAFETY in signals.concerns):
        beside = ((name, floor(SHARE_BESIDE_SAFETY * points)) for name, points in shares)
        shares = (("safety", SAFETY_POINTS), *beside)
    return tuple(Part(name, round(points)) for name, points in shares if round(points) > 0)


def _influence(context: Context, most: int) -> tuple[tuple[str, int], ...]:
    digits = len(str(context.followers or 0))
    reach = round(most * min(1.0, REACH_PER_DIGIT * (digits - 1)))
    voice = round(most * min(MOST_OF_POSTS, SHARE_PER_POST * context.on_topic))
    return ("reach", reach), ("on_topic", min(voice, most - reach))


_SPEAKING = {
    Route.STAFF_ANGRY: ("crisis", "abuse", "anger"),
    Route.STAFF_SENSITIVE: ("crisis", "sensitive", "urgent"),
    Route.STAFF_TECHNICAL: ("technical", "urgent"),
    Route.COMMUNITY: ("question", "buy", "idea", "noise", "praise"),
    Route.NOISE: ("spam", "noise"),
}


def _reasons(signals: Signals, route: Route, code: str) -> tuple[Reason, ...]:
    """Give the deciding reason, then the strongest cues that speak for the route."""
    wanted = _SPEAKING[route]
    cues: dict[str, Reason] = {}
    for cue in signals.cues:
        if cue.code.partition(".")[0] in wanted:
            cues.setdefault(cue.quote.casefold(), Reason(cue.code, cue.quote))
    shown = list(cues.values())[:REASONS_SHOWN]
    return tuple(shown) if any(reason.code == code for reason in shown) else (Reason(code), *shown)
