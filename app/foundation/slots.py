"""Named places of the shell that rooms fill in their ``queries.py``: counts, banners, and pieces of pages.

The shell lies above every room, so the rooms cannot call it; it asks what lies here. Providers get the signed-in
person (``app.accounts.permissions.Person``) and run at most once a request.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

Piece = tuple[str, Mapping[str, object]]


@dataclass(frozen=True, slots=True)
class Banner:
    """Something everybody must know now.

    ``actions`` are (label, address) pairs of links. ``order``: lower ones stand higher; a pulled cord has 0.
    ``stop`` says that posting is paused, ``partly`` that something is posted all the same.
    """

    title: str
    text: str = ""
    tone: str = "warn"
    icon: str = "alert-triangle"
    stop: bool = False
    partly: bool = False
    order: int = 50
    actions: tuple[tuple[str, str], ...] = ()


_counts: dict[str, Callable[[Any], int]] = {}
_banners: dict[str, Callable[[Any], Banner | None]] = {}
_pieces: dict[str, Callable[[Any], Piece | None]] = {}


def register_count(name: str, provider: Callable[[Any], int]) -> None:
    """Let a room say how much of ``name`` (a navigation entry, such as "queue") waits for a person."""
    _counts[name] = provider


def register_banner(name: str, provider: Callable[[Any], Banner | None]) -> None:
    """Let a room put a banner on every page while it has something to say."""
    _banners[name] = provider


def register_piece(slot: str, provider: Callable[[Any], Piece | None]) -> None:
    """Let a room fill ``slot`` with a template and its values, or with nothing."""
    _pieces[slot] = provider


def count(name: str, person: Any) -> int:
    """Return how much of ``name`` waits for ``person``; 0 where nobody counts it."""
    provider = _counts.get(name)
    return provider(person) if provider else 0


def banners(person: Any) -> list[Banner]:
    """Return what is to be said on every page, the most important first."""
    said = [provider(person) for provider in _banners.values()]
    return sorted((banner for banner in said if banner), key=lambda banner: banner.order)


def piece(slot: str, person: Any) -> Piece | None:
    """Return the template and values for ``slot``, or None."""
    provider = _pieces.get(slot)
    return provider(person) if provider else None
