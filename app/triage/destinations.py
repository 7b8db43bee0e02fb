"""Where a post goes that only a search found: its words decide first, then whoever saved the search."""

from dataclasses import replace

from app.channels.models import Destination
from app.mentions.types import FeedLane, Route
from app.triage.types import Reason, Verdict

#: Whatever a search is for: such posts are for staff, or for nobody.
_BEFORE_ANY_SEARCH = frozenset({Route.STAFF_ANGRY, Route.STAFF_SENSITIVE, Route.NOISE})
_PLACES = {
    Destination.CROWD: (Route.COMMUNITY, FeedLane.QUESTIONS),
    Destination.HELLO: (Route.COMMUNITY, FeedLane.HELLO),
    Destination.STAFF: (Route.STAFF_TECHNICAL, None),
    # Nobody is sent there, unless a person puts it on the feed.
    Destination.OBSERVE: (Route.COMMUNITY, FeedLane.QUESTIONS),
}


def send_on(verdict: Verdict, destination: Destination | None) -> Verdict:
    """Return the verdict with the way of the search that found the post; None: no search did."""
    if destination is None or verdict.route in _BEFORE_ANY_SEARCH:
        return verdict
    route, lane = _PLACES[destination]
    reasons = (Reason(f"search.{destination.value.casefold()}"), *verdict.reasons)
    return replace(verdict, route=route, lane=lane, tags=verdict.tags if route.is_staff else (), reasons=reasons)
