"""What a rule may do with a verdict, and what it may not."""

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from app.mentions.types import FeedLane, Route
from app.triage.judge import NOWHERE, SAFETY_POINTS, judge
from app.triage.rules.ruling import Ruling, follow, points_within, way_after, way_of
from app.triage.rules.types import Guard, Live, Then, Way, When, Wording
from app.triage.signals import read_signals
from app.triage.types import Band, Context
from app.triage.words import explain

QUESTION = "@NorthwindKettles how do I descale the K2? Can I use vinegar?"
PRAISE = "Honestly in love with my @NorthwindKettles kettle, best thing I bought this year"
ANGRY = "@NorthwindKettles THIRD time asking you useless idiots. Worst company ever, never buying again!!!"
CRISIS = "@NorthwindKettles I want to kill myself"
DANGER = "@NorthwindKettles the kettle caught fire and my son was burned, he is in hospital"
PRIVATE = "@NorthwindKettles how do I descale? My card is 4111 1111 1111 1111"
POSTS = (QUESTION, PRAISE, ANGRY, CRISIS, DANGER, PRIVATE, "", "word " * 2000)


def ruled(text: str, context: Context = NOWHERE, **then: object) -> Ruling:
    signals = read_signals(text)
    rule = Live(3, 8, Wording("Mine", When(words=("x",)), Then(**then)))  # type: ignore[arg-type]
    return follow(judge(signals, context), rule, signals=signals, context=context, assignable=frozenset({5}))


@pytest.mark.parametrize(
    ("way", "route", "lane"),
    [
        (Way.CROWD, Route.COMMUNITY, FeedLane.QUESTIONS),
        (Way.HELLO, Route.COMMUNITY, FeedLane.HELLO),
        (Way.ANGRY, Route.STAFF_ANGRY, None),
        (Way.TECHNICAL, Route.STAFF_TECHNICAL, None),
        (Way.SENSITIVE, Route.STAFF_SENSITIVE, None),
        (Way.MARKETING, Route.STAFF_TECHNICAL, None),
        (Way.NOISE, Route.NOISE, None),
    ],
)
def test_a_rule_sends_a_post_where_the_brand_wants_it(way: Way, route: Route, lane: FeedLane | None) -> None:
    for text in (QUESTION, ANGRY):
        verdict = ruled(text, way=way).verdict

        assert (verdict.route, verdict.lane, verdict.band) == (route, lane, Band.SURE)
        assert verdict.priority == sum(part.points for part in verdict.parts)


def test_marketing_is_a_lane_by_its_tag() -> None:
    assert "marketing" in ruled(QUESTION, way=Way.MARKETING).verdict.tags


def test_what_triage_would_have_done_is_kept_beside() -> None:
    ruling = ruled(QUESTION, way=Way.ANGRY)

    assert (ruling.way, ruling.rule and (ruling.rule.key, ruling.rule.version)) == (Way.CROWD, (3, 8))


def test_the_reason_names_the_rule() -> None:
    assert explain(ruled(QUESTION, way=Way.ANGRY).verdict.reasons[0]) == "Your rule \u201cMine\u201d sent it here."
    assert explain(ruled(QUESTION, tags=("vip",)).verdict.reasons[-1]) == "Your rule \u201cMine\u201d marked it."


@pytest.mark.parametrize("text", [CRISIS, DANGER])
@pytest.mark.parametrize("way", Way)
def test_where_somebody_may_come_to_harm_no_rule_sends_it_elsewhere(text: str, way: Way) -> None:
    before = judge(read_signals(text))
    after = ruled(text, way=way, points=-20).verdict

    assert (after.route, after.priority, after.lane) == (before.route, before.priority, before.lane)
    assert set(before.tags) <= set(after.tags)


@pytest.mark.parametrize("text", [PRIVATE, "", "word " * 2000])
@pytest.mark.parametrize("way", [Way.CROWD, Way.HELLO])
def test_personal_data_and_what_was_not_read_never_goes_to_the_crowd(text: str, way: Way) -> None:
    verdict = ruled(text, way=way).verdict

    assert verdict.route.is_staff
    assert verdict.reasons[-1].code == "rule.refused"


def test_what_may_be_a_machine_is_not_sent_to_the_crowd_but_may_be_set_aside() -> None:
    loop = Context(seems_a_loop=True)

    assert ruled(QUESTION, loop, way=Way.CROWD).verdict.route is Route.STAFF_TECHNICAL
    assert ruled(QUESTION, loop, way=Way.NOISE).verdict.route is Route.NOISE


def test_money_keeps_its_mark_on_the_way_to_the_crowd() -> None:
    text = "@NorthwindKettles you charged me twice, where is my refund for the order?"

    assert "payment" in ruled(text, way=Way.CROWD).verdict.tags


def test_a_case_is_given_only_to_who_may_have_one() -> None:
    assert ruled(ANGRY, assign_to=5).assign_to == 5
    assert ruled(ANGRY, assign_to=6).assign_to is None


@given(text=st.sampled_from(POSTS), points=st.integers(-20, 20), way=st.none() | st.sampled_from(Way))
def test_no_priority_leaves_its_scale(text: str, points: int, way: Way | None) -> None:
    assume(points or way)
    verdict = ruled(text, way=way, points=points).verdict

    assert verdict.priority == sum(part.points for part in verdict.parts)
    assert 0 <= verdict.priority <= 100


@given(way=st.sampled_from(Way), guard=st.sampled_from(Guard), wanted=st.none() | st.sampled_from(Way))
def test_no_rule_leads_past_its_guard(way: Way, guard: Guard, wanted: Way | None) -> None:
    after = way_after(way, guard, Then(way=wanted))

    assert after in (way, wanted)
    assert guard is not Guard.DANGER or after is way
    assert guard is not Guard.PRIVATE or after is way or not after.is_to_crowd


@given(points=st.integers(-20, 20), priority=st.integers(0, 100), guard=st.sampled_from(Guard))
def test_points_are_never_more_than_wished_and_nothing_comes_before_danger(
    points: int, priority: int, guard: Guard
) -> None:
    given_points = points_within(points, priority=priority, guard=guard)

    assert abs(given_points) <= abs(points)
    assert given_points * points >= 0
    assert priority + given_points >= 0
    assert given_points <= 0 or priority + given_points < SAFETY_POINTS


def test_each_verdict_has_a_way() -> None:
    verdict = judge(read_signals(PRAISE))

    assert way_of(verdict.route, verdict.lane) is Way.HELLO
