"""Points on offer for a post: a named slot, since the rules of points lie in a room above."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime


@dataclass(frozen=True, slots=True)
class Offer:
    """What a reply to one post may earn: for its approval, then for its reach; ``lines`` are (words, points)."""

    base: int
    reach: int = 0
    lines: tuple[tuple[str, str], ...] = ()


@dataclass(frozen=True, slots=True)
class Offered:
    """What the rules of points may ask about a post. ``detailed``: the offer's lines will be shown, too."""

    posted_at: datetime
    heard_at: datetime
    impact_counts: bool
    at: datetime
    detailed: bool = False


Provider = Callable[[Offered], Offer]
_providers: list[Provider] = []


def register_points_on_offer(provider: Provider) -> None:
    """Let the room of the rewards say what a post is worth; the last one registered is asked."""
    _providers[:] = [provider]


def points_on_offer(post: Offered) -> Offer | None:
    """Return what a reply to ``post`` may earn; None where nobody counts points."""
    return _providers[0](post) if _providers else None
