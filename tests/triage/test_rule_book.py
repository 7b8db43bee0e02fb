"""The list of rules: each act gives a new one, and what counts changes only by what was tried."""

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.foundation.errors import NotFound
from app.triage.rules.book import Act, Change, after, needs_dry_run, with_new, with_wording
from app.triage.rules.types import (
    Rules,
    Then,
    Way,
    When,
    Wording,
    in_force,
    live_from_plain,
    plain_live,
    plain_rules,
    rules_from_plain,
)


def wording(name: str = "Refunds", **when: object) -> Wording:
    return Wording(name, When(**(when or {"words": ("refund",)})), Then(way=Way.SENSITIVE))  # type: ignore[arg-type]


def three() -> Rules:
    rules: Rules = ()
    for key in (1, 2, 3):
        rules = with_new(rules, wording(f"Rule {key}"), key=key, version=key)
    return rules


def keys(rules: Rules) -> list[int]:
    return [rule.key for rule in rules]


def on(rules: Rules, *wanted: int) -> Rules:
    for key in wanted:
        rules = after(rules, Change(Act.SWITCHED_ON, key))
    return rules


def test_a_new_rule_is_last_and_off() -> None:
    assert keys(three()) == [1, 2, 3]
    assert in_force(three()) == ()


def test_other_words_wait_while_the_older_ones_count() -> None:
    changed = with_wording(on(three(), 2), wording("Rule 2", words=("return",)), key=2, version=9)

    assert changed[1].is_newer
    assert [(live.version, live.wording.when.words) for live in in_force(changed)] == [(2, ("refund",))]
    assert in_force(on(changed, 2))[0].version == 9


@pytest.mark.parametrize(
    ("act", "key", "order"),
    [
        (Act.MOVED_UP, 3, [1, 3, 2]),
        (Act.MOVED_UP, 1, [1, 2, 3]),
        (Act.MOVED_DOWN, 1, [2, 1, 3]),
        (Act.MOVED_DOWN, 3, [1, 2, 3]),
        (Act.DELETED, 2, [1, 3]),
    ],
)
def test_a_rule_is_moved_and_deleted(act: Act, key: int, order: list[int]) -> None:
    assert keys(after(three(), Change(act, key))) == order


@pytest.mark.parametrize("act", [act for act in Act if act is not Act.WENT_BACK])
def test_what_is_not_in_the_list_is_not_found(act: Act) -> None:
    with pytest.raises(NotFound):
        after(three(), Change(act, 4))


def test_only_what_comes_to_count_needs_a_dry_run() -> None:
    rules = on(three(), 1, 3)

    def needs(act: Act, key: int) -> bool:
        return needs_dry_run(rules, after(rules, Change(act, key)))

    assert needs(Act.SWITCHED_ON, 2)
    assert not needs(Act.SWITCHED_OFF, 1)
    assert not needs(Act.DELETED, 1)
    assert not needs(Act.MOVED_DOWN, 1), "it passes one that is off"
    assert needs_dry_run(rules, after(after(rules, Change(Act.MOVED_DOWN, 1)), Change(Act.MOVED_DOWN, 1)))


_WHENS = st.builds(
    When,
    words=st.lists(st.text(), max_size=3).map(tuple),
    followers_from=st.none() | st.integers(0),
    mood_to=st.none() | st.floats(-1, 1),
    weekdays=st.lists(st.integers(0, 6)).map(tuple),
)
_THENS = st.builds(
    Then,
    way=st.none() | st.sampled_from(Way),
    points=st.integers(-20, 20),
    tags=st.lists(st.text(), max_size=2).map(tuple),
    assign_to=st.none() | st.integers(1),
)
_ACTS = st.lists(st.tuples(st.sampled_from([a for a in Act if a is not Act.WENT_BACK]), st.integers(1, 5)), max_size=12)


@given(wordings=st.lists(st.builds(Wording, st.text(), _WHENS, _THENS), max_size=5), acts=_ACTS)
def test_rules_come_back_from_json_as_they_were(wordings: list[Wording], acts: list[tuple[Act, int]]) -> None:
    rules: Rules = ()
    for key, each in enumerate(wordings, start=1):
        rules = with_new(rules, each, key=key, version=key)
    for act, key in acts:
        if key in keys(rules):
            rules = after(rules, Change(act, key))

    assert rules_from_plain(json.loads(json.dumps(plain_rules(rules)))) == rules
    assert live_from_plain(json.loads(json.dumps(plain_live(in_force(rules))))) == in_force(rules)


@given(acts=_ACTS)
def test_no_act_without_a_dry_run_lets_anything_new_count(acts: list[tuple[Act, int]]) -> None:
    rules = on(three(), 1, 2)
    counted = in_force(rules)
    for act, key in acts:
        if key in keys(rules) and not needs_dry_run(rules, later := after(rules, Change(act, key))):
            rules = later

    assert [live for live in counted if live in in_force(rules)] == list(in_force(rules))
