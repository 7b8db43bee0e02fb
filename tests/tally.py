"""A pytest plugin: what a run did, and did not do for want of something, for ``python -m tests`` to sum up."""

import json
import os
from collections import Counter
from pathlib import Path

import pytest


@pytest.hookimpl(trylast=True)
def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter) -> None:
    """Write the tally to the file that ``OVATION_TALLY`` names."""
    place = os.environ.get("OVATION_TALLY")
    if not place:
        return
    stats = terminalreporter.stats
    skipped = Counter(_reason(report) for report in stats.get("skipped", []))
    counts = {outcome: len(stats.get(outcome, [])) for outcome in ("passed", "failed", "error")}
    Path(place).write_text(json.dumps({**counts, "skipped": skipped}))


def _reason(report: pytest.TestReport | pytest.CollectReport) -> str:
    text = report.longrepr[2] if isinstance(report.longrepr, tuple) else str(report.longrepr)
    return text.removeprefix("Skipped: ")
