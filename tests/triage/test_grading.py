"""The command line that graders use."""

import io
import json
import os
import subprocess
import sys
from pathlib import Path

from app.triage import __main__ as grading
from tests.hostile import ROWS as HOSTILE

ROUTES = {"noise", "community", "staff_angry", "staff_technical", "staff_sensitive"}


def graded(*texts: str) -> list[dict[str, object]]:
    source = io.StringIO("".join(json.dumps({"id": str(n), "text": text}) + "\n" for n, text in enumerate(texts)))
    sink = io.StringIO()
    grading.main(source, sink)
    return [json.loads(line) for line in sink.getvalue().splitlines()]


def test_one_line_each_with_every_score() -> None:
    rows = graded("@brand worst service", "", "line\nbreak \u2028 here", "mail jo@example.com")

    assert [row["id"] for row in rows] == ["0", "1", "2", "3"]
    assert {row["route"] for row in rows} <= ROUTES
    for row in rows:
        for score in ("anger", "complaint", "negative", "spam", "needs_account", "urgent", "abuse"):
            assert 0 <= float(str(row[score])) <= 1
    assert rows[3]["pii"] == [{"type": "mail", "start": 5, "end": 19}]


def test_every_hostile_text_is_judged() -> None:
    rows = graded(*(row["text"] for row in HOSTILE))

    assert len(rows) == len(HOSTILE)
    assert {row["route"] for row in rows} <= ROUTES


def test_hello_posts_count_as_noise() -> None:
    assert graded("@brand love the new cups, well done!")[0]["route"] == "noise"


def test_more_than_a_chunk_is_written_whole_and_blank_lines_are_skipped() -> None:
    sink = io.StringIO()

    grading.main(io.StringIO('{"id": 1, "text": "x"}\n\n' * (grading.WRITTEN_AT_ONCE + 3)), sink)

    assert len(sink.getvalue().splitlines()) == grading.WRITTEN_AT_ONCE + 3


def test_command_takes_the_package_for_moods_and_gives_the_same_answer() -> None:
    post = b'{"id": "a", "text": "@brand not SO good, is it?"}\n'

    ours, theirs = (
        subprocess.run(
            [sys.executable, "-m", "app.triage", *options],
            input=post,
            stdout=subprocess.PIPE,
            cwd=Path(__file__).parents[2],
            check=True,
            timeout=60,
        ).stdout
        for options in ([], ["--sentiment", "stock"])
    )

    assert ours == theirs


def test_command_needs_no_settings_and_survives_broken_text() -> None:
    environment = {
        key: value for key, value in os.environ.items() if not key.startswith(("OVATION_", "DATABASE_", "REDIS_"))
    }

    done = subprocess.run(
        [sys.executable, "-m", "app.triage"],
        input=b'{"id": "a", "text": "hello \\ud83d \xff"}\n',
        stdout=subprocess.PIPE,
        cwd=Path(__file__).parents[2],
        env=environment,
        check=True,
        timeout=60,
    )

    assert json.loads(done.stdout)["id"] == "a"
