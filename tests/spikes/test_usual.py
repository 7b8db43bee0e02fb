"""What is usual, and what is far above it: never less so with more posts, seldom on noise, soon on a rise."""

import math
import random
from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from app.spikes.judging import FLOORS, judge
from app.spikes.past import ENOUGH_HOURS, HOUR, past_of, usual_in
from app.spikes.sorts import Sort
from app.spikes.usual import CHANCE, FACTOR, Usual, bound, chance_of, is_far_above, learn, plain
from bench.spikes import BEGIN, WEEK, Stream, Watch

counts = st.integers(min_value=0, max_value=5_000)
usuals = st.builds(
    Usual,
    mean=st.floats(min_value=0.001, max_value=2_000),
    spread=st.floats(min_value=0, max_value=100_000),
    samples=st.integers(min_value=4, max_value=1_400),
)
windows = st.sampled_from([10, 12, 15, 55, 60])
NOW = datetime(2026, 11, 12, 14, 0, tzinfo=UTC)
BERLIN = ZoneInfo("Europe/Berlin")


@given(usual=usuals, minutes=windows, heard=counts, more=counts)
@settings(deadline=None)
def test_with_more_posts_it_never_becomes_less_of_a_spike(usual: Usual, minutes: int, heard: int, more: int) -> None:
    if is_far_above(heard, usual, minutes=minutes, floor=3):
        assert is_far_above(heard + more, usual, minutes=minutes, floor=3)


@given(usual=usuals, minutes=windows, floor=st.integers(min_value=1, max_value=50))
@settings(deadline=None)
def test_the_bound_is_the_first_count_that_is_far_above(usual: Usual, minutes: int, floor: int) -> None:
    first = bound(usual, minutes=minutes, floor=floor)

    assert is_far_above(first, usual, minutes=minutes, floor=floor)
    assert not is_far_above(first - 1, usual, minutes=minutes, floor=floor)
    assert first >= max(floor, FACTOR * usual.expected(minutes))


@given(mean=st.floats(min_value=0.01, max_value=500), more=st.floats(min_value=0, max_value=500), minutes=windows)
@settings(deadline=None)
def test_where_more_is_usual_no_less_is_needed(mean: float, more: float, minutes: int) -> None:
    few, many = Usual(mean, samples=8), Usual(mean + more, samples=8)

    assert bound(few, minutes=minutes, floor=3) <= bound(many, minutes=minutes, floor=3)


@pytest.mark.parametrize(("count", "mean"), [(1, 0.1), (3, 0.5), (12, 4.0), (30, 10.0)])
def test_the_chance_is_poissons_where_the_variance_is_the_mean(count: int, mean: float) -> None:
    below = sum(math.exp(-mean) * mean**k / math.factorial(k) for k in range(count))

    assert chance_of(count, mean, mean) == pytest.approx(1 - below, rel=1e-6)


def test_a_wider_variance_makes_more_posts_ordinary() -> None:
    assert chance_of(30, 10, 40) > 100 * chance_of(30, 10, 10)


def test_a_wild_week_among_eight_moves_what_is_usual_little() -> None:
    calm = learn([40, 44, 38, 41, 39, 43, 40, 42])
    with_outbreak = learn([40, 44, 38, 41, 39, 43, 40, 900])

    assert with_outbreak.mean < calm.mean * 1.1
    assert bound(with_outbreak, minutes=60, floor=20) < 200


def test_what_is_seldom_needs_its_floor_and_nothing_more() -> None:
    never = Usual(0.005, samples=1_344)

    assert [is_far_above(n, never, minutes=60, floor=FLOORS[Sort.HARM]) for n in (2, 3)] == [False, True]


def test_steady_noise_is_no_spike() -> None:
    """Three days; ``python -m bench spikes --size 52`` measures for as long as one likes."""
    stream = Stream(20, 1.0, random.Random(7))
    learnt = BEGIN + 8 * WEEK
    stream.run(BEGIN, learnt + timedelta(days=3))

    assert Watch(stream, Sort.TOPIC).alarms(learnt, learnt + timedelta(days=3)) == []


def test_a_tenfold_rise_is_seen_within_minutes() -> None:
    stream = Stream(60, 1.0, random.Random(7))
    rises_at = BEGIN + 8 * WEEK + timedelta(hours=15, minutes=3)
    stream.run(BEGIN, rises_at)
    stream.run(rises_at, rises_at + HOUR, times=10)

    seen = Watch(stream, Sort.ALL).first(rises_at, rises_at + HOUR)

    assert seen is not None
    assert seen - rises_at <= timedelta(minutes=10)


def test_a_burst_is_seen_by_the_quarter_of_an_hour_and_a_slow_swell_by_the_hour() -> None:
    usual = {NOW - HOUR: Usual(12, samples=8), NOW: Usual(12, samples=8)}
    at = NOW + timedelta(minutes=59)

    burst = judge({at - timedelta(minutes=4): 25}, usual, Sort.TOPIC, at=at)
    swell = judge({at - timedelta(minutes=n): 4 for n in range(4, 59, 5)}, usual, Sort.TOPIC, at=at)

    assert [window.stands_out for window in burst] == [True, False]
    assert [window.stands_out for window in swell] == [False, True]


def test_a_window_over_two_hours_expects_of_each_its_share() -> None:
    usual = {NOW - HOUR: Usual(60, samples=8), NOW: Usual(600, samples=8)}

    [quarter, whole] = judge({}, usual, Sort.ALL, at=NOW + timedelta(minutes=4))

    assert quarter.expected == pytest.approx(10 * 1 + 4 * 10)  # ten minutes of one hour and four of the next
    assert whole.expected == pytest.approx(55 * 1 + 4 * 10)


def known(counts: dict[datetime, int], *, since: datetime, hour: datetime = NOW) -> Usual | None:
    return usual_in(counts, past_of(hour, since=since, zone=UTC))


def test_on_the_first_day_nothing_is_usual() -> None:
    assert known({NOW - HOUR: 500}, since=NOW - timedelta(hours=20)) is None


def test_until_two_weeks_are_heard_the_busiest_hour_is_the_plain_measure() -> None:
    usual = known({NOW - 30 * HOUR: 70, NOW - 3 * HOUR: 20}, since=NOW - timedelta(days=5))

    assert usual == plain(70)
    assert usual.is_plain


def test_an_hour_is_learnt_from_the_same_hour_of_its_weekday() -> None:
    mondays = {NOW - n * timedelta(weeks=1): 50 for n in range(1, 9)}
    others = {NOW - n * timedelta(days=1): 5 for n in range(1, 56) if n % 7}

    usual = known(mondays | others, since=NOW - timedelta(weeks=9))

    assert usual is not None
    assert usual.mean == pytest.approx(50, abs=0.2)


def test_too_few_posts_in_the_hour_of_the_week_are_learnt_from_every_day_and_then_from_all_hours() -> None:
    since = NOW - timedelta(weeks=9)
    each_day = known({NOW - n * timedelta(days=1): 1 for n in range(1, 56)}, since=since)
    hardly_any = known({NOW - 40 * HOUR: 1, NOW - 90 * HOUR: 1}, since=since)

    assert each_day is not None
    assert hardly_any is not None
    assert (each_day.samples, hardly_any.samples) == (56, 8 * 7 * 24)
    assert hardly_any.mean < 0.01


def test_the_hour_is_the_brands_own_on_both_sides_of_a_changed_clock() -> None:
    """In Berlin it was summer until 25 October: nine in the morning is 7:00 UTC before, 8:00 UTC after."""
    nine_now = datetime(2026, 11, 2, 8, tzinfo=UTC)
    nine_then = datetime(2026, 10, 19, 7, tzinfo=UTC)

    past = past_of(nine_now, since=nine_now - timedelta(weeks=3), zone=BERLIN)

    assert nine_then in past.week
    assert nine_then + HOUR not in past.week
    assert {each.astimezone(BERLIN).hour for each in past.day} == {9}


def test_the_day_the_clock_is_set_back_has_its_hour_twice_and_forward_none() -> None:
    two_in_the_morning = datetime(2026, 11, 1, 1, tzinfo=UTC)
    past = past_of(two_in_the_morning, since=two_in_the_morning - timedelta(weeks=2), zone=BERLIN)
    of_that_day = [each for each in past.week if each.astimezone(BERLIN).date().isoformat() == "2026-10-25"]

    spring = datetime(2026, 4, 5, 0, tzinfo=UTC)
    later = past_of(spring, since=spring - timedelta(weeks=2), zone=BERLIN)
    lost = [each for each in later.week if each.astimezone(BERLIN).date().isoformat() == "2026-03-29"]

    assert (len(of_that_day), lost) == (2, [])


def test_hours_that_were_not_listened_to_are_not_silence() -> None:
    assert len(past_of(NOW, since=NOW - timedelta(days=3), zone=UTC).every) == 71
    assert len(past_of(NOW, since=NOW - timedelta(weeks=30), zone=UTC).every) == 4 * ENOUGH_HOURS


def test_a_false_alarm_is_rarer_than_once_in_a_million_judgements() -> None:
    for mean in (0.5, 5.0, 50.0):
        usual = Usual(mean, samples=1_000)
        most = bound(usual, minutes=60, floor=1)

        assert chance_of(most, mean, mean) <= CHANCE
