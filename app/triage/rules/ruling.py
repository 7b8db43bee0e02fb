"""What a rule makes of a verdict: pure. Where somebody may come to harm, or personal data stands, it is bounded."""

from collections.abc import Sequence
from dataclasses import dataclass, replace

from app.mentions.types import FeedLane, Route
from app.triage.judge import SAFETY_POINTS, USUAL_INFLUENCE, priority_parts
from app.triage.rules.types import MARKETING, Guard, Live, Then, Way
from app.triage.types import Band, Concern, Context, Part, Reason, Signals, Verdict

_PLACES: dict[Way, tuple[Route, FeedLane | None]] = {
    Way.CROWD: (Route.COMMUNITY, FeedLane.QUESTIONS),
    Way.HELLO: (Route.COMMUNITY, FeedLane.HELLO),
    Way.ANGRY: (Route.STAFF_ANGRY, None),
    Way.TECHNICAL: (Route.STAFF_TECHNICAL, None),
    Way.SENSITIVE: (Route.STAFF_SENSITIVE, None),
    Way.MARKETING: (Route.STAFF_TECHNICAL, None),
    Way.NOISE: (Route.NOISE, None),
    Way.HOLD: (Route.STAFF_TECHNICAL, None),
}
_WAYS = {
    Route.STAFF_ANGRY: Way.ANGRY,
    Route.STAFF_TECHNICAL: Way.TECHNICAL,
    Route.STAFF_SENSITIVE: Way.SENSITIVE,
    Route.NOISE: Way.NOISE,
}


@dataclass(frozen=True, slots=True)
class Ruling:
    """A verdict after the rules, with what is kept of how it came about."""

    verdict: Verdict
    way: Way
    """Where triage alone would have sent the post."""
    guard: Guard
    rule: Live | None = None
    assign_to: int | None = None


def way_of(route: Route, lane: FeedLane | None) -> Way:
    """Return the way of a verdict that no rule has touched."""
    return _WAYS.get(route) or (Way.HELLO if lane is FeedLane.HELLO else Way.CROWD)


def guard_of(signals: Signals, context: Context) -> Guard:
    """Say what rules must leave alone; what was not read whole may hold anything."""
    if signals.is_crisis or Concern.SAFETY in signals.concerns:
        return Guard.DANGER
    unread = signals.was_cut or signals.is_empty or context.seems_a_loop
    return Guard.PRIVATE if signals.personal_data or unread else Guard.NONE


def way_after(way: Way, guard: Guard, then: Then) -> Way:
    """Return where a post goes that triage sends one way and a rule another."""
    if then.way is None or guard is Guard.DANGER:
        return way
    return way if guard is Guard.PRIVATE and then.way.is_to_crowd else then.way


def points_within(points: int, *, priority: int, guard: Guard) -> int:
    """Return what a rule may add to a priority, so that nothing comes before danger, and nothing below nought."""
    if guard is Guard.DANGER:
        return 0
    return max(-priority, min(points, max(0, SAFETY_POINTS - 1 - priority)))


def follow(
    verdict: Verdict,
    rule: Live | None,
    *,
    signals: Signals,
    context: Context,
    assignable: frozenset[int],
    influence: int = USUAL_INFLUENCE,
) -> Ruling:
    """Return what comes of a verdict under the rule that decides, if one does.

    ``assignable`` are the people who may have a case; ``influence`` is as in ``priority_parts``.
    """
    way, guard = way_of(verdict.route, verdict.lane), guard_of(signals, context)
    if rule is None:
        return Ruling(verdict, way, guard)
    then = rule.wording.then
    after = way_after(way, guard, then)
    # What was said beside the words, such as by a search, is kept where the rule changes nothing.
    moved = verdict if after is way else _moved(verdict, after, signals, context, influence)
    parts = _with_points(moved, then.points, guard)
    ruled = replace(
        moved,
        tags=_tags(moved, then, after, was_staff=verdict.route.is_staff, signals=signals),
        parts=parts,
        priority=sum(part.points for part in parts),
        reasons=_reasons(verdict.reasons, rule, after=after),
        band=_band(verdict, then, after),
    )
    return Ruling(ruled, way, guard, rule, then.assign_to if then.assign_to in assignable else None)


def _moved(verdict: Verdict, after: Way, signals: Signals, context: Context, influence: int) -> Verdict:
    route, lane = _PLACES[after]
    parts = priority_parts(signals, context, route, influence=influence)
    return replace(verdict, route=route, lane=lane, parts=parts)


def _band(verdict: Verdict, then: Then, after: Way) -> Band:
    """Whom the brand's own rule sends somewhere is sent surely, but for what it wants a person to look at."""
    if then.way is None or then.way is not after:
        return verdict.band
    return Band.UNSURE if after is Way.HOLD else Band.SURE


def _with_points(verdict: Verdict, points: int, guard: Guard) -> tuple[Part, ...]:
    if verdict.route is Route.NOISE:
        return ()
    priority = sum(part.points for part in verdict.parts)
    bounded = points_within(points, priority=priority, guard=guard)
    return (*verdict.parts, Part("rule", bounded)) if bounded else verdict.parts


def _tags(verdict: Verdict, then: Then, after: Way, *, was_staff: bool, signals: Signals) -> tuple[str, ...]:
    # Money, the law and the press keep their mark on the way to the crowd: two people then approve the answer.
    weighty = was_staff or verdict.route.is_staff
    tags = [concern.value for concern in signals.concerns] if weighty else []
    lane = [MARKETING] if after is Way.MARKETING else []
    return tuple(dict.fromkeys([*tags, *lane, *then.tags]))


def _reasons(reasons: Sequence[Reason], rule: Live, *, after: Way) -> tuple[Reason, ...]:
    wanted, name = rule.wording.then.way, rule.wording.name
    if wanted is None:
        return (*reasons, Reason("rule.marked", name))
    if wanted is not after:
        return (*reasons, Reason("rule.refused", name))
    return (Reason("rule.held" if wanted is Way.HOLD else "rule.sent", name), *reasons)
