"""Every verb of every lifecycle, from every state: only the moves of the tables succeed."""

import pkgutil
from importlib import import_module

import pytest

import app
from app.foundation.lifecycle import IllegalMove, Lifecycle


def lifecycles() -> list[tuple[str, Lifecycle, type]]:  # type: ignore[type-arg]
    """Return every lifecycle of the rooms with the states it is about."""
    app.load_models()
    found = []
    for room in pkgutil.iter_modules(app.__path__, "app."):
        try:
            module = import_module(f"{room.name}.models")
        except ModuleNotFoundError:
            continue
        for name, value in vars(module).items():
            if isinstance(value, Lifecycle) and name.isupper():
                states = type(next(to for _froms, to in value.moves.values()))
                if (name, value, states) not in found:
                    found.append((name, value, states))
    return found


LIFECYCLES = lifecycles()
each_lifecycle = pytest.mark.parametrize(
    ("lifecycle", "states"), [(one, states) for _name, one, states in LIFECYCLES], ids=[name for name, *_ in LIFECYCLES]
)


def test_the_rooms_lifecycles_are_found() -> None:
    assert {"MENTION_LIFECYCLE", "REPLY_LIFECYCLE", "PUBLICATION_LIFECYCLE", "ADVOCATE_LIFECYCLE"} <= {
        name for name, *_ in LIFECYCLES
    }


@each_lifecycle
def test_only_the_listed_moves_succeed(lifecycle: Lifecycle, states: type) -> None:  # type: ignore[type-arg]
    for verb, (froms, to) in lifecycle.moves.items():
        for state in states:  # type: ignore[attr-defined]
            if state in froms:
                assert lifecycle.move(verb, state) is to
                assert lifecycle.can(verb, state)
            else:
                assert not lifecycle.can(verb, state)
                with pytest.raises(IllegalMove):
                    lifecycle.move(verb, state)


@each_lifecycle
def test_every_state_is_reached_or_is_where_it_begins(lifecycle: Lifecycle, states: type) -> None:  # type: ignore[type-arg]
    reached = {to for _froms, to in lifecycle.moves.values()}
    left = {state for froms, _to in lifecycle.moves.values() for state in froms}

    assert set(states) == reached | left  # type: ignore[call-overload]


@each_lifecycle
def test_no_verb_leads_where_it_starts(lifecycle: Lifecycle, states: type) -> None:  # type: ignore[type-arg]
    assert [verb for verb, (froms, to) in lifecycle.moves.items() if froms == {to}] == []
