"""Triage for grading: ``python -m app.triage`` reads JSONL ``{"id", "text"}`` and writes one verdict a line.

No database, no Redis, no network. Praise and chatter, which the product shows in the
hello lane, count as noise here.
"""

import argparse
import json
import sys
from collections.abc import Iterable, Iterator
from typing import Any, TextIO

from app.mentions.types import FeedLane, Route
from app.triage.judge import judge
from app.triage.sentiment import choose
from app.triage.signals import read_signals
from app.triage.types import Signals, Verdict

WRITTEN_AT_ONCE = 500


def graded(post: dict[str, Any]) -> dict[str, Any]:
    """Judge one post ``{"id", "text"}`` and name the scores as the grading protocol does."""
    signals = read_signals(str(post["text"]))
    return {"id": post["id"], **_figures(signals, judge(signals))}


def _figures(signals: Signals, verdict: Verdict) -> dict[str, Any]:
    return {
        "route": Route.NOISE if verdict.lane is FeedLane.HELLO else verdict.route,
        "anger": round(signals.anger, 4),
        "mood": signals.mood,
        "complaint": round(signals.complaint, 4),
        "negative": round(signals.negative, 4),
        "spam": round(signals.spam, 4),
        "needs_account": round(signals.sensitive, 4),
        "urgent": round(signals.urgency, 4),
        "abuse": round(signals.abuse, 4),
        "kind": verdict.kind,
        "band": verdict.band,
        "priority": verdict.priority,
        "lang": signals.language,
        "pii": [{"type": span.kind, "start": span.start, "end": span.end} for span in signals.personal_data],
    }


def _posts(lines: Iterable[str]) -> Iterator[dict[str, Any]]:
    for line in lines:
        if line.strip():
            yield json.loads(line)


def main(source: TextIO, sink: TextIO) -> None:
    """Grade ``source`` line by line into ``sink``; memory does not grow with the input."""
    chunk: list[str] = []
    for post in _posts(source):
        chunk.append(json.dumps(graded(post), ensure_ascii=False))
        if len(chunk) >= WRITTEN_AT_ONCE:
            sink.write("\n".join(chunk) + "\n")
            chunk.clear()
    if chunk:
        sink.write("\n".join(chunk) + "\n")
    sink.flush()


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="python -m app.triage", description="Grade posts: JSON lines in, JSON lines out."
    )
    parser.add_argument("--sentiment", choices=["fast", "stock"], default="fast", help="what scores the moods")
    return parser


if __name__ == "__main__":
    choose(_parser().parse_args().sentiment)
    sys.stdin.reconfigure(encoding="utf-8", errors="replace")  # type: ignore[union-attr]
    sys.stdout.reconfigure(encoding="utf-8", errors="backslashreplace")  # type: ignore[union-attr]
    main(sys.stdin, sys.stdout)
