"""All sets of a folder through ``python -m app.triage`` at once, and what came of it."""

import json
import random
import resource
import subprocess
import sys
from collections.abc import Collection, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from bench.grade.figures import sections_of, speed
from bench.grade.measuring import Answers, Section
from bench.grade.sets import GradedSet, read_sets

ROOT: Final = Path(__file__).resolve().parents[2]
OWN_SETS: Final = ROOT / "tests" / "data" / "graded"
ENOUGH_FOR_SPEED: Final = 5_000
"""Fewer texts are done before the start-up is forgotten."""
MIXED_BY: Final = 11


@dataclass(frozen=True, slots=True)
class Graded:
    """The table's sections, and the files that had no label we know."""

    sections: Sequence[Section]
    passed_over: Sequence[str]

    def value(self, name: str) -> float:
        """Return the value of the figure called ``name``."""
        return next(figure.value for section in self.sections for figure in section.figures if figure.name == name)


def grade(folder: Path, *, only: Collection[str] = (), repetitions: int) -> Graded:
    """Grade the sets of ``folder``, or those named in ``only``."""
    sets, passed_over = read_sets(folder)
    sets = [one for one in sets if not only or one.name in only]
    if not sets:
        return Graded((), passed_over)
    answers, seconds = ask([str(row["text"]) for one in sets for row in one.rows])
    sections = [
        section
        for one, said in zip(sets, _parted(answers, sets), strict=True)
        for section in sections_of(one, said, repetitions=repetitions)
    ]
    if len(answers) >= ENOUGH_FOR_SPEED:
        sections.append(speed(len(answers), seconds))
    return Graded(sections, passed_over)


def ask(texts: Sequence[str]) -> tuple[list[Answers], float]:
    """Return what triage says of each text, and the CPU-seconds it took.

    The texts are mixed and bear no name that tells where they come from.
    """
    order = random.Random(MIXED_BY).sample(range(len(texts)), len(texts))
    posts = "".join(json.dumps({"id": place, "text": texts[place]}) + "\n" for place in order)
    before = _children_seconds()
    done = subprocess.run(
        [sys.executable, "-m", "app.triage"], input=posts.encode(), stdout=subprocess.PIPE, cwd=ROOT, check=True
    )
    seconds = _children_seconds() - before
    said = {answer["id"]: answer for answer in map(json.loads, done.stdout.splitlines())}
    return [said[place] for place in range(len(texts))], seconds


def _children_seconds() -> float:
    used = resource.getrusage(resource.RUSAGE_CHILDREN)
    return used.ru_utime + used.ru_stime


def _parted(answers: Sequence[Answers], sets: Sequence[GradedSet]) -> list[Sequence[Answers]]:
    parts, at = [], 0
    for one in sets:
        parts.append(answers[at : at + len(one.rows)])
        at += len(one.rows)
    return parts
