"""Whatever dies wherever, under whatever answer of the network: nothing is lost, doubled, changed or said unapproved.

On SQLite under every answer; on PostgreSQL at every point too, under one answer of each kind (``FEWER_ANSWERS``).
"""

import pytest

from tests.conftest import DATABASE
from tests.trials import points, sweep

#: More than it takes, for a machine that does much else beside it.
whole = pytest.mark.timeout(1800)


@pytest.fixture(scope="module")
def report(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> sweep.Report:
    """What came of the whole sweep, told in a process of its own which nothing else has touched."""
    server = request.getfixturevalue("postgresql_url") if DATABASE == "postgresql" else ""
    told = sweep.in_a_process(tmp_path_factory.mktemp("trials"), server=server)
    request.config.get_terminal_writer().line(f"\nThe sweep on {DATABASE}: {told}")
    return told


@pytest.mark.database
@whole
def test_nothing_that_dies_breaks_a_promise(report: sweep.Report) -> None:
    assert report.faults == []


@pytest.mark.database
@whole
def test_something_died_at_every_crash_point(report: sweep.Report) -> None:
    # A new point needs a story in tests/trials/stories.py which leads through it, or one that does leads there already.
    assert report.unreached() == []


@pytest.mark.database
@whole
def test_a_house_that_sends_again_what_a_dead_publisher_had_in_hand_is_found_out(report: sweep.Report) -> None:
    assert any("doubled: public as recorded" in fault for fault in report.proof)


def test_the_points_are_found_in_the_code() -> None:
    found = points.points()

    assert found["publishing.begun"] == "worker/lanes/publishing.py"
    assert {"reply.rejected", "publishing.forget_places", "sweeps.claim_expired"} <= found.keys()
    assert not any("*" in name for name in found)


def test_what_is_left_out_is_there() -> None:
    found = points.points()

    for place in points.LEFT_OUT:
        assert any(place_of.startswith(place) for point in found.items() for place_of in point)
