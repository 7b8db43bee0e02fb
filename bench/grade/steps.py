"""``python -m bench.grade.steps``: what each step of sorting does to the project's own posts, written beside the code."""

import json
from collections.abc import Sequence
from typing import Any, Final

from app.mentions.types import Route
from app.triage.judge import NOWHERE, judge
from app.triage.signals import read_signals
from app.triage.sorting.ladder import Step, point_of
from app.triage.types import Signals
from bench.grade.run import OWN_SETS, ROOT
from bench.grade.sets import Row, read_sets

WHERE: Final = ROOT / "app" / "triage" / "sorting" / "own_posts.json"


def own_posts() -> str:
    """Return the file: by step, how many posts staff would have, and how many of staff's the crew would see."""
    read = [
        (row, read_signals(str(row["text"]))) for one in read_sets(OWN_SETS)[0] if one.has_routes for row in one.rows
    ]
    return json.dumps({str(step.value): _counts(read, step) for step in Step}, indent=1) + "\n"


def _counts(read: Sequence[tuple[Row, Signals]], step: Step) -> dict[str, list[int]]:
    point = point_of(step)
    ways: list[tuple[Row, Any]] = [(row, judge(signals, NOWHERE, point).route) for row, signals in read]
    angry = [route is Route.COMMUNITY for row, route in ways if row["angry"]]
    sensitive = [route is Route.COMMUNITY for row, route in ways if row["need"] == "sensitive"]
    return {
        "staff": [sum(route.is_staff for _, route in ways), len(ways)],
        "angry": [sum(angry), len(angry)],
        "sensitive": [sum(sensitive), len(sensitive)],
    }


if __name__ == "__main__":
    WHERE.write_text(own_posts(), encoding="utf-8")
