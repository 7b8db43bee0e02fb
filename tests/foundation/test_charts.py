import pytest

from app.foundation.charts import Line, lines, round_up


@pytest.mark.parametrize(
    ("value", "top"), [(0, 4), (1, 4), (4, 4), (5, 8), (13, 16), (25, 32), (107, 120), (121, 160), (4001, 8000)]
)
def test_the_top_is_round_and_above_everything(value: float, top: int) -> None:
    assert round_up(value) == top


def test_both_drawings_hold_every_value_from_zero_to_the_top() -> None:
    wide, narrow = lines(
        ["1:00", "2:00", "3:00"], [Line("Heard", 1, [0, 2, 4]), Line("Usual", 4, [1, 1, 1], dashed=True)]
    )

    assert (wide.css, narrow.css) == ("c-wide", "c-narrow")
    assert [value for _y, value in wide.rules] == [0, 1, 2, 3, 4]
    first, second = wide.curves
    assert first.path == "M40.0 208.0L358.0 111.0L676.0 14.0"
    assert first.end == (676.0, 14.0)
    assert first.area.endswith("Z")
    assert second.line.dashed


def test_the_newest_column_is_always_named() -> None:
    wide, narrow = lines([f"{n}:00" for n in range(24)], [Line("Heard", 1, [1] * 24)])

    assert wide.labels[0] == (676.0, "end", "23:00")
    assert narrow.labels[0] == (316.0, "end", "23:00")
    assert len(narrow.labels) < len(wide.labels)


def test_where_nothing_is_known_a_line_has_a_gap_and_one_value_alone_is_a_dot() -> None:
    wide, _narrow = lines(
        ["1:00", "2:00", "3:00", "4:00", "5:00"], [Line("Share", 1, [0, None, 50, 100, None])], top=100
    )

    (curve,) = wide.curves
    assert curve.path == "M40.0 208.0L40.0 208.0M358.0 111.0L517.0 14.0"
    assert curve.area.count("Z") == 2
    assert (curve.end, curve.last) == ((517.0, 14.0), 100)


def test_shares_are_drawn_up_to_the_whole() -> None:
    wide, _narrow = lines(["1:00", "2:00"], [Line("Share", 1, [20, 40])], top=100)

    assert [value for _y, value in wide.rules] == [0, 25, 50, 75, 100]


def test_a_column_is_marked_and_both_ends_are_named_within_the_drawing() -> None:
    wide, narrow = lines(["far left", "left", "middle"], [Line("Share", 1, [1, 2, 3])], every=(1, 2), here=1)

    assert wide.here == 358.0
    assert [(anchor, text) for _x, anchor, text in wide.labels] == [
        ("end", "middle"),
        ("middle", "left"),
        ("start", "far left"),
    ]
    assert [text for _x, _anchor, text in narrow.labels] == ["middle", "far left"]
