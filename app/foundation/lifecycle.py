"""A lifecycle as a table: which verb leads from which states to which."""

from collections.abc import Iterable, Mapping
from enum import StrEnum
from typing import Generic, TypeVar

from app.foundation.errors import Conflict
from app.foundation.words import _

State = TypeVar("State", bound=StrEnum)


class IllegalMove(Conflict):
    """The row is no longer in a state from which this verb leads anywhere."""


class Lifecycle(Generic[State]):
    """The moves one kind of row knows.

    ``moves`` maps a verb to the states it starts from and the one state it ends in.
    """

    def __init__(self, name: str, moves: Mapping[str, tuple[Iterable[State], State]]) -> None:
        self.name = name
        self.moves: dict[str, tuple[frozenset[State], State]] = {
            verb: (frozenset(froms), to) for verb, (froms, to) in moves.items()
        }

    def can(self, verb: str, status: State) -> bool:
        """Say whether ``verb`` leads anywhere from ``status``."""
        return status in self.moves[verb][0]

    def move(self, verb: str, status: State) -> State:
        """Return the state that ``verb`` leads to from ``status``.

        Raises:
            IllegalMove: it leads nowhere from there.
        """
        froms, to = self.moves[verb]
        if status not in froms:
            raise IllegalMove(_("This has changed meanwhile. Reload to see where it stands."))
        return to

    def froms(self, verb: str) -> frozenset[State]:
        """Return the states ``verb`` starts from, for conditional updates."""
        return self.moves[verb][0]
