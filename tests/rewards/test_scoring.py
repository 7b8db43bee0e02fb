import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.rewards.scoring import REACH_A_DAY_AT_MOST, REACH_AT_MOST, reach_points, within_the_day

counts = st.integers(min_value=0, max_value=10**9)


@pytest.mark.parametrize(
    ("likes", "reposts", "views", "points"),
    [(0, 0, 0, 0), (1, 0, 0, 3), (0, 1, 0, 6), (3, 0, 0, 6), (0, 0, 50, 3), (0, 0, 49, 2), (10**6, 10**6, 10**9, 15)],
)
def test_reach_grows_by_three_for_each_doubling(likes: int, reposts: int, views: int, points: int) -> None:
    assert reach_points(likes=likes, reposts=reposts, views=views) == points


@given(counts, counts, counts)
def test_more_reach_never_earns_less_and_never_more_than_the_cap(likes: int, reposts: int, views: int) -> None:
    points = reach_points(likes=likes, reposts=reposts, views=views)

    assert 0 <= points <= REACH_AT_MOST
    assert reach_points(likes=likes + 1, reposts=reposts, views=views) >= points
    assert reach_points(likes=likes, reposts=reposts + 1, views=views) >= points


@given(st.integers(0, REACH_AT_MOST), st.integers(0, 1000))
def test_a_day_never_brings_more_than_its_cap(points: int, already: int) -> None:
    given_points = within_the_day(points, already_today=already)

    assert 0 <= given_points <= points
    assert already + given_points <= max(already, REACH_A_DAY_AT_MOST)
