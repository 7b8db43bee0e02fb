"""What the pages of sorting draw, and what they do not: shares of which too little is known."""

from datetime import date

import pytest
from flask import Flask
from flask.testing import FlaskClient

from app.triage.sorting.drawings import steps_chart, weeks_chart
from app.triage.sorting.ladder import Step
from app.triage.sorting.pages import Line, Week, own_lines
from app.triage.sorting.shares import Share
from app.triage.types import Said
from tests.conftest import sign_in
from tests.factories import make_outlook, sol

FEW = Share(7, 19)


@pytest.fixture(autouse=True)
def _spoken(app: Flask) -> object:
    with app.test_request_context():
        yield


def steps(*shares: Share) -> list[Line]:
    return [Line(f"step {step}", list(shares), step is Step.AS_MADE) for step in Step]


def week(monday: date, precision: Share, recall: Share) -> Week:
    return Week(monday, {Said.STAFF: Line("Staff", [precision, recall])})


def test_each_step_is_drawn_with_what_it_does_now_in_words() -> None:
    chart = steps_chart(steps(Share(420, 1000), Share(3, 40), Share(0, 60)))

    assert chart is not None
    assert chart.finding == (
        "As it is set, staff would have 42% (39 to 45%) of the posts. Of angry ones, 8% (3 to 20%) would come before the crew."
        " Of sensitive ones, 0% (0 to 6%) would come before the crew."
    )
    wide = chart.drawings[0]
    assert [curve.last for curve in wide.curves] == [42, 7.5, 0]
    assert wide.here == 358.0


def test_a_share_of_few_posts_is_not_drawn() -> None:
    chart = steps_chart(steps(Share(420, 1000), FEW, Share(3, 60)))

    assert chart is not None
    assert [curve.line.name for curve in chart.drawings[0].curves] == [
        "Staff would have",
        "Sensitive ones before the crew",
    ]
    assert "Of angry ones, too few are known to tell." in chart.finding
    assert steps_chart(steps(FEW, FEW, FEW)) is None


def test_our_own_posts_are_enough_to_draw() -> None:
    chart = steps_chart(own_lines(Step.TO_STAFF))

    assert chart is not None
    assert len(chart.drawings[0].curves) == 3


def test_weeks_are_drawn_in_their_order_with_a_gap_where_too_little_was_said() -> None:
    newest_first = [
        week(date(2026, 11, 16), Share(30, 40), Share(30, 50)),
        week(date(2026, 11, 9), Share(30, 40), FEW),
        week(date(2026, 10, 26), Share(20, 40), Share(20, 50)),
    ]

    chart = weeks_chart(newest_first)

    assert chart is not None
    assert "In the week of 16 Nov 2026, 75% (60 to 86%) of what went to staff belonged there" in chart.finding
    wide = chart.drawings[0]
    assert [text for _x, _anchor, text in reversed(wide.labels)] == ["26 Oct", "2 Nov", "9 Nov", "16 Nov"]
    assert [list(curve.line.values) for curve in wide.curves] == [[50, None, None, 75], [40, None, None, 60]]


def test_one_week_makes_no_chart() -> None:
    assert weeks_chart([week(date(2026, 11, 16), Share(30, 40), Share(30, 50))]) is None
    assert weeks_chart([]) is None


def test_the_page_of_corrections_draws_the_weeks_and_folds_the_older_ones(client: FlaskClient) -> None:
    enough = [[30, 40], [30, 50]]
    make_outlook(weeks=[["2026-11-16", "staff", *enough], ["2026-11-09", "staff", *enough]])

    page = sign_in(client, sol()).get("/manage/sorting/corrections").text

    assert 'aria-label="Shares by week"' in page
    assert "Earlier weeks" in page


def test_until_there_is_enough_the_page_says_what_makes_a_chart(client: FlaskClient) -> None:
    make_outlook(weeks=[["2026-11-16", "staff", [3, 4], [3, 5]]])

    page = sign_in(client, sol()).get("/manage/sorting/corrections").text

    assert "make a chart" in page
    assert "Earlier weeks" not in page
