"""Whatever dies wherever, under whatever answer of the network: nothing is lost, doubled, changed or said unapproved."""

import os

import pytest

from tests.conftest import DATABASE
from tests.trials import sweep

#: Some 280 trials: minutes of work, wanted where somebody waits for them.
wanted = pytest.mark.skipif(not os.environ.get("OVATION_SWEEP"), reason="the sweep runs with OVATION_SWEEP=1")


@pytest.fixture(scope="module")
def report(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> sweep.Report:
    """What came of the whole sweep, told in a process of its own which nothing else has touched."""
    server = request.getfixturevalue("postgresql_url") if DATABASE == "postgresql" else ""
    return sweep.in_a_process(tmp_path_factory.mktemp("trials"), server=server)


@wanted
@pytest.mark.database
@pytest.mark.timeout(1800)
def test_nothing_that_dies_breaks_a_promise(report: sweep.Report) -> None:
    assert report.faults == []
    assert report.trials > 150


@wanted
@pytest.mark.database
@pytest.mark.timeout(1800)
def test_something_died_at_every_crash_point(report: sweep.Report) -> None:
    # A new point needs a story in tests/trials/stories.py which leads through it, or one that does leads there already.
    assert report.unreached() == []


def test_the_points_are_found_in_the_code() -> None:
    found = sweep.points()

    assert found["publishing.begun"] == "worker/lanes/publishing.py"
    assert {"reply.rejected", "reply.returned", "publishing.*"} <= found.keys()


def test_what_is_left_out_is_there_and_holds_nothing_on_its_way() -> None:
    found = sweep.points()

    for place in sweep.LEFT_OUT:
        assert place in found or any(file.startswith(place) for file in found.values())
