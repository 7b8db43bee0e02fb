from datetime import timedelta

import pytest

from app.accounts import throttle
from tests.factories import NOW


@pytest.mark.parametrize(
    ("wrong", "seconds"), [(0, 0), (4, 0), (5, 10), (6, 20), (7, 40), (8, 80), (9, 120), (10, 120), (10_000, 120)]
)
def test_the_wait_grows_with_each_wrong_try_and_never_locks(wrong: int, seconds: int) -> None:
    newest = NOW if wrong else None

    assert throttle.wait(wrong, newest, at=NOW) == timedelta(seconds=seconds)


def test_the_wait_runs_out() -> None:
    assert throttle.wait(5, NOW, at=NOW + timedelta(seconds=4)) == timedelta(seconds=6)
    assert throttle.wait(5, NOW, at=NOW + timedelta(seconds=10)) == timedelta(0)
    assert throttle.wait(5, NOW, at=NOW + timedelta(hours=1)) == timedelta(0)
