"""The figures of the grading table, on rows small enough to count by hand."""

import gzip
import json
import math
from pathlib import Path

import pytest

from bench.grade import run, scores
from bench.grade.__main__ import main
from bench.grade.figures import sections_of
from bench.grade.measuring import Figure, Section
from bench.grade.sets import GradedSet, read_sets
from bench.grade.table import lines


def write(path: Path, *rows: dict[str, object]) -> None:
    text = "".join(json.dumps(row) + "\n" for row in rows)
    path.write_bytes(gzip.compress(text.encode()) if path.suffix == ".gz" else text.encode())


def test_auc_counts_ties_half() -> None:
    assert scores.auc([(True, 0.9), (False, 0.1)]) == 1
    assert scores.auc([(True, 0.5), (False, 0.5)]) == 0.5
    assert scores.auc([(True, 0.9), (True, 0.2), (False, 0.5), (False, 0.2)]) == 0.625
    assert math.isnan(scores.auc([(True, 0.9)]))


def test_load_takes_all_of_one_score_together() -> None:
    pairs = [(True, 0.9), (False, 0.5), (True, 0.5), (False, 0.1)]

    assert scores.load_at_recall(pairs, 0.5) == 0.25
    assert scores.load_at_recall(pairs, 0.9) == 0.75


def test_calibration_error_is_the_distance_from_what_is_claimed() -> None:
    assert scores.calibration_error([(True, 1.0), (False, 0.0)]) == 0
    assert scores.calibration_error([(True, 0.5), (False, 0.5)]) == 0
    assert scores.calibration_error([(False, 0.8), (False, 0.8)]) == pytest.approx(0.8)


def test_f1_of_nothing_is_nothing() -> None:
    assert scores.f1([(True, False)]) == 0
    assert scores.f1([(True, True), (False, True)]) == pytest.approx(2 / 3)
    assert scores.macro_f1([("a", "a"), ("b", "a")], ["a", "b"]) == pytest.approx(1 / 3)


def test_interval_is_the_same_each_time_and_holds_the_figure() -> None:
    rows = [True] * 30 + [False] * 70

    low, high = scores.interval(rows, scores.share, 200)

    assert (low, high) == scores.interval(rows, scores.share, 200)
    assert 0.15 < low < 0.3 < high < 0.45
    assert all(map(math.isnan, scores.interval(rows, scores.share, 0)))


def test_who_would_see_what_is_counted() -> None:
    gold = [
        ("staff_angry", 1, "sensitive"),
        ("staff_sensitive", 0, "sensitive"),
        ("noise", 0, "none"),
        ("community", 0, ""),
    ]
    rows = [{"route": route, "angry": angry, "need": need} for route, angry, need in gold]
    said = ["community", "staff_technical", "noise", "community"]
    answers = [{"route": route, "anger": 0.2} for route in said]

    routes, each = sections_of(GradedSet("posts", rows), answers, repetitions=0)

    figures = {figure.name: (figure.value, figure.n) for figure in (*routes.figures, *each.figures)}
    assert figures["staff posts shown to the community"] == (0.5, 2)
    assert figures["sensitive posts shown to the community"] == (0.5, 2)
    assert figures["staff load"] == (0.25, 4)
    assert figures["community precision"] == (0.5, 2)
    assert figures["staff_sensitive recall"] == (0, 1)
    assert "staff_technical recall" not in figures


def test_half_a_span_is_found_and_what_has_no_form_is_not_asked_for() -> None:
    rows = [
        {"spans": [{"type": "EMAIL_ADDRESS", "start": 0, "end": 10}, {"type": "PERSON", "start": 20, "end": 30}]},
        {"spans": []},
    ]
    answers = [{"pii": [{"type": "mail", "start": 5, "end": 10}]}, {"pii": [{"type": "order", "start": 0, "end": 4}]}]

    (section,) = sections_of(GradedSet("made", rows), answers, repetitions=0)

    assert [figure.value for figure in section.figures] == [1, 1, 0.5]


def test_sets_are_known_by_their_name_and_their_labels(tmp_path: Path) -> None:
    write(tmp_path / "spam_sms.dev.jsonl.gz", {"id": "1", "text": "win", "spam": 1})
    write(tmp_path / "b.jsonl", {"id": "1", "text": "x", "route": "noise", "angry": 0, "need": "none", "lang": "und"})
    write(tmp_path / "a.jsonl", {"id": "1", "text": "y", "route": "noise", "angry": 0, "need": "none"})
    write(tmp_path / "tongues.test.jsonl", {"id": "1", "text": "hallo", "lang": "de"})
    write(tmp_path / "stream.jsonl", {"id": "1", "text": "nothing said of it"})
    (tmp_path / "README.md").write_text("no set")

    sets, passed_over = read_sets(tmp_path)

    assert [(one.name, len(one.rows)) for one in sets] == [("posts", 2), ("spam_sms", 1), ("tongues", 1)]
    assert passed_over == ["stream"]


def test_the_command_prints_the_table(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(run, "ask", lambda texts: ([{"spam": 0.9, "lang": "en"} for _ in texts], 1.0))
    write(tmp_path / "spam_sms.jsonl", {"id": "1", "text": "WIN cash now!!! txt WIN to 80082", "spam": 1})
    write(tmp_path / "other.jsonl", {"id": "1", "text": "x"})

    assert main([str(tmp_path), "--repetitions", "5"]) == 0
    assert main([str(tmp_path), "--only", "posts"]) == 1

    said = capsys.readouterr()
    assert "spam in text messages F1" in said.out
    assert "no labels known: other" in said.err


def test_a_missed_goal_is_said() -> None:
    missed, met = (Section("made", [Figure("language", value, 0.8, 1.0, 9)]) for value in (0.9, 0.95))

    assert lines([missed])[-1].endswith("0.800 to 1.000        9  >= 0.950, missed")
    assert lines([met])[-1].endswith(">= 0.950")
