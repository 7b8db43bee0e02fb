"""The steps of sorting, what corrections move, and how far chance goes: pure figures."""

from datetime import date
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.mentions.types import Route
from app.triage.judge import DEFAULT_POINT, NOWHERE, judge
from app.triage.signals import read_signals
from app.triage.sorting.corrections import MOST_TOLD, Corrected, by_week, tallies
from app.triage.sorting.ladder import Border, Step, moved, plain_shifts, point_of, shifts_from_plain
from app.triage.sorting.learning import LEAST, MOST_TO_CREW, MOST_TO_STAFF, border_at_stake, by_border, shift_of
from app.triage.sorting.shares import ENOUGH, Share
from app.triage.types import Said
from bench.grade.steps import WHERE, own_posts

MONDAY = date(2026, 11, 16)
SAMPLES = st.lists(st.tuples(st.floats(0, 1), st.booleans()), max_size=120)


def test_the_middle_step_is_triage_as_it_was_made() -> None:
    assert point_of(Step.AS_MADE) == DEFAULT_POINT


def test_each_step_lowers_every_border_to_staff() -> None:
    points = [point_of(step) for step in Step]

    for lower, higher in pairwise(points):
        assert (lower.angry, lower.sensitive, lower.technical) > (higher.angry, higher.sensitive, higher.technical)
        assert all(getattr(lower, each) > getattr(higher, each) for each in Border)


@pytest.mark.parametrize("step", Step)
@pytest.mark.parametrize("shift", [-MOST_TO_CREW, 0.0, MOST_TO_STAFF])
def test_harm_and_personal_data_go_to_staff_at_every_step(step: Step, shift: float) -> None:
    point = point_of(step, dict.fromkeys(Border, shift))

    for text in ("@Kettle I want to kill myself", "@Kettle how do I descale? My mail is ann@example.net"):
        assert judge(read_signals(text), NOWHERE, point).route.is_staff


@given(border=st.floats(0.01, 0.99), shift=st.floats(-1, 1))
def test_a_shift_towards_staff_lowers_a_border(border: float, shift: float) -> None:
    after = moved(border, shift)

    assert 0 < after < 1
    assert (after <= border + 1e-9) if shift >= 0 else (after >= border - 1e-9)


def test_shifts_come_back_as_they_went() -> None:
    shifts = {Border.ANGRY: 0.2, Border.TECHNICAL: -0.1}

    assert shifts_from_plain(plain_shifts(shifts)) == shifts


@given(SAMPLES)
def test_what_is_learnt_is_bounded(samples: list[tuple[float, bool]]) -> None:
    assert -MOST_TO_CREW <= shift_of(samples) <= MOST_TO_STAFF


@given(SAMPLES, st.integers(0, 119))
def test_a_post_that_was_staffs_after_all_never_moves_a_border_to_the_crew(
    samples: list[tuple[float, bool]], place: int
) -> None:
    turned = [(score, so or n == place) for n, (score, so) in enumerate(samples)]

    assert shift_of(turned) >= shift_of(samples)


@given(st.lists(st.tuples(st.floats(0, 1), st.booleans()), max_size=LEAST - 1))
def test_few_corrections_change_nothing(samples: list[tuple[float, bool]]) -> None:
    assert shift_of(samples) == 0.0


def test_scores_that_say_what_people_say_stay() -> None:
    assert abs(shift_of([(0.25, n % 4 == 0) for n in range(200)])) < 0.01


def test_more_posts_move_further() -> None:
    few, many = (abs(shift_of([(0.4, n % 5 < 3) for n in range(of)])) for of in (40, 400))

    assert 0 < few < many


def test_a_correction_counts_for_the_border_it_hung_on() -> None:
    scores = {"anger": 0.1, "sensitive": 0.2, "technical": 0.1}

    assert border_at_stake(scores) is Border.SENSITIVE
    assert by_border([(scores, True)]) == {Border.ANGRY: [], Border.SENSITIVE: [(0.2, True)], Border.TECHNICAL: []}


def test_what_lies_beside_the_code_is_what_the_steps_do_to_our_own_posts() -> None:
    assert WHERE.read_text(encoding="utf-8") == own_posts(), "run python -m bench.grade.steps"


@given(st.integers(0, 400), st.integers(0, 400))
def test_an_interval_holds_its_share(one: int, other: int) -> None:
    share = Share(min(one, other), max(one, other))

    assert 0 <= share.low <= share.high <= 1
    assert not share.of or share.low - 1e-9 <= share.value <= share.high + 1e-9


def test_an_interval_is_that_of_the_books() -> None:
    share = Share(10, 100)

    assert (round(share.low, 4), round(share.high, 4)) == (0.0552, 0.1744)


def test_of_few_posts_no_share_is_told() -> None:
    assert not Share(1, ENOUGH - 1).is_told
    assert Share(1, ENOUGH).is_told


def said(route: Route, said: Said, **more: object) -> Corrected:
    values: dict[str, object] = {"week": MONDAY, "reason": "need.sensitive", "rule_key": None, "cues": ()}
    return Corrected(route=route, said=said, **(values | more))  # type: ignore[arg-type]


def test_precision_and_recall_are_counted_by_route_and_week() -> None:
    earlier = date(2026, 11, 9)
    posts = [
        said(Route.STAFF_ANGRY, Said.STAFF_ANGRY),
        said(Route.STAFF_ANGRY, Said.COMMUNITY),
        said(Route.COMMUNITY, Said.STAFF_ANGRY),
        said(Route.STAFF_ANGRY, Said.STAFF),
        said(Route.NOISE, Said.NOISE, week=earlier),
    ]

    lines = {(line.week, line.lane): (line.precision, line.recall) for line in by_week(posts)}

    assert lines == {
        (MONDAY, Said.STAFF_ANGRY): (Share(2, 3), Share(1, 2)),
        (MONDAY, Said.COMMUNITY): (Share(0, 1), Share(0, 1)),
        (MONDAY, Said.STAFF): (Share(2, 3), Share(2, 3)),
        (earlier, Said.NOISE): (Share(1, 1), Share(1, 1)),
    }
    assert [line.week for line in by_week(posts)] == [MONDAY, MONDAY, MONDAY, earlier]


def test_another_lane_of_staffs_is_staff_all_the_same() -> None:
    (angry, sensitive, staff) = by_week([said(Route.STAFF_ANGRY, Said.STAFF_SENSITIVE)])

    assert (angry.lane, angry.precision) == (Said.STAFF_ANGRY, Share(0, 1))
    assert (sensitive.lane, sensitive.recall) == (Said.STAFF_SENSITIVE, Share(0, 1))
    assert (staff.lane, staff.precision, staff.recall) == (Said.STAFF, Share(1, 1), Share(1, 1))


def test_reasons_rules_and_cues_are_counted() -> None:
    posts = [
        said(Route.STAFF_SENSITIVE, Said.STAFF, cues=["sensitive.parcel", "anger.again"]),
        said(Route.STAFF_SENSITIVE, Said.COMMUNITY, cues=["sensitive.parcel"]),
        said(Route.NOISE, Said.COMMUNITY, rule_key=7, reason="rule.fitted"),
    ]

    counted = tallies(posts)

    assert counted.reasons == {"need.sensitive": Share(1, 2)}
    assert counted.rules == {"7": Share(0, 1)}
    assert counted.cues == {"sensitive.parcel": Share(1, 2), "anger.again": Share(1, 1)}


def test_only_what_was_looked_at_most_is_told() -> None:
    posts = [said(Route.NOISE, Said.NOISE, cues=[f"noise.{n}" for n in range(MOST_TOLD + 5)])]

    assert len(tallies(posts).cues) == MOST_TOLD
