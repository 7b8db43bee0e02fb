"""``python -m tests.fuzz_triage --minutes 10 --seed 1``: texts nobody thought of, thrown at triage until time is up.

What must hold of every text is in ``faults_of``. A text that breaks it is printed and ends the run with 1; the seed and the number of
the text find it again.
"""

import argparse
import json
import random
import sys
import time
from collections.abc import Callable, Iterator
from dataclasses import asdict, dataclass
from itertools import pairwise
from pathlib import Path

from app.triage.__main__ import graded
from app.triage.judge import judge
from app.triage.personal_data import MARK, SEARCHED_CHARS, mask
from app.triage.signals import read_signals
from app.triage.types import Signals, Verdict
from tests.hostile import ROWS

POSTS = [
    json.loads(line)["text"]
    for file in sorted((Path(__file__).parent / "data" / "graded").glob("*.jsonl"))
    for line in file.read_text(encoding="utf-8").splitlines()
]
HOSTILE = [row["text"] for row in ROWS if row["text"]]
#: What patterns and the cutting of words care about, beside everything else that can be typed.
MARKS = [
    *"0123456789aAbBzZ@.,:;/-+()[]{}<>!?$€£%#&='\"\\ \t\n_*~|",
    *"\u202e\u2066\u2069\u200b\u200d\u00ad\ufeff\u0301\u0336\u2019\u2028\x00\ud83d\U0001f621\U000e0041",
    *"İßﬁⅧ①٣²",
    "\U0001f468\u200d\U0001f469",
]
WORDS = [
    "order",
    "never",
    "again",
    "why is it",
    "@brand",
    "refund",
    "IBAN",
    "call me",
    "(at)",
    "(dot)",
    "http://a.example/",
]
LONGEST = 1_000_000
MOST_SECONDS = 0.05
TRIES = 4
SCORES = ("anger", "sensitive", "technical", "urgency", "spam", "abuse", "negative", "complaint", "noise")


class Texts:
    """An endless row of texts, the same for the same seed."""

    def __init__(self, seed: int) -> None:
        self.dice = random.Random(seed)

    def __iter__(self) -> Iterator[str]:
        makers = [
            self.scribbled,
            self.any_letters,
            self.mutated,
            self.mutated,
            self.spliced,
            self.spliced,
            self.repeated,
        ]
        while True:
            yield self.dice.choice(makers)()[:LONGEST]

    def scribbled(self) -> str:
        """Marks that patterns look for, in no order."""
        return "".join(self.dice.choices([*MARKS, *WORDS], k=self._length(400)))

    def any_letters(self) -> str:
        """Code points from anywhere, half surrogates among them."""
        high = self.dice.choice([0x7F, 0x24F, 0x7FF, 0xFFFF, 0x10FFFF])
        return "".join(map(chr, self.dice.choices(range(high + 1), k=self._length(300))))

    def mutated(self) -> str:
        """A text made to break things, or a customer's, with some of it changed."""
        letters = list(self.dice.choice([*HOSTILE, *POSTS]))
        for _ in range(self._length(12)):
            place = self.dice.randrange(len(letters) + 1)
            until = min(len(letters), place + self.dice.randrange(1, 9))
            part = letters[place:until]
            letters[place:until] = self.dice.choice(
                [
                    [],
                    [self.dice.choice(MARKS)],
                    part * self.dice.randrange(1, 40),
                    [c.swapcase() for c in part],
                    part[::-1],
                ]
            )
        return "".join(letters)

    def spliced(self) -> str:
        """Pieces of several texts joined, as threads and quotes are."""
        pieces = []
        for _ in range(self.dice.randrange(2, 6)):
            text = self.dice.choice([*POSTS, *POSTS, *HOSTILE])
            start = self.dice.randrange(len(text))
            pieces.append(text[start : start + self._length(len(text))])
        return self.dice.choice(["", " ", "\n", ". "]).join(pieces)

    def repeated(self) -> str:
        """One piece again and again, now and then for a megabyte."""
        piece = "".join(self.dice.choices([*MARKS, *WORDS, *HOSTILE], k=self.dice.randrange(1, 4)))
        length = LONGEST if self.dice.random() < 0.02 else self._length(5_000)
        return piece * (length // len(piece) + 1)

    def _length(self, most: int) -> int:
        """Short ones as often as long ones."""
        return int(self.dice.uniform(1, max(2, most) ** 0.5) ** 2)


def faults_of(text: str) -> list[str]:
    """Return what is wrong with what triage makes of ``text``."""
    try:
        signals = read_signals(text)
        verdict = judge(signals)
        masked = mask(text, signals.personal_data)
        json.dumps(graded({"id": 1, "text": text}))
    except Exception as error:  # noqa: BLE001 - whatever it is, it is what we look for
        return [f"raised {error!r}"]
    wrong = [*_wrong_scores(signals), *_wrong_places(text, signals, masked), *_wrong_verdict(text, verdict)]
    seconds = seconds_for(text)
    return [*wrong, f"took {1000 * seconds:.0f} ms"] if seconds > MOST_SECONDS else wrong


def _wrong_scores(signals: Signals) -> Iterator[str]:
    values = asdict(signals)
    yield from (f"{name} is {values[name]}" for name in SCORES if not 0 <= values[name] <= 1)
    if not -1 <= signals.mood <= 1:
        yield f"mood is {signals.mood}"


def _wrong_places(text: str, signals: Signals, masked: str) -> Iterator[str]:
    spans = signals.personal_data
    if any(not 0 <= span.start < span.end <= min(len(text), SEARCHED_CHARS) for span in spans):
        yield f"spans outside the text: {spans}"
    if any(before.end > after.start for before, after in pairwise(spans)):
        yield f"spans overlap: {spans}"
    hidden = sum(span.end - span.start for span in spans)
    if len(masked) != min(len(text), SEARCHED_CHARS) - hidden + len(MARK) * len(spans) + (len(text) > SEARCHED_CHARS):
        yield "mask hides more or less than the spans"
    yield from (f"quotes what is not there: {cue}" for cue in signals.cues if cue.quote not in text)


def _wrong_verdict(text: str, verdict: Verdict) -> Iterator[str]:
    if verdict.priority != sum(part.points for part in verdict.parts) or not 0 <= verdict.priority <= 100:
        yield f"priority {verdict.priority} of {verdict.parts}"
    if not 0 <= verdict.confidence <= 1:
        yield f"confidence is {verdict.confidence}"
    if not verdict.reasons or any(reason.cue not in text for reason in verdict.reasons):
        yield f"reasons {verdict.reasons}"
    if (verdict.lane is None) is (verdict.route.value == "community"):
        yield f"{verdict.route} with lane {verdict.lane}"


def seconds_for(text: str, tries: int = TRIES) -> float:
    """Return the least CPU time of a few runs; the first that is quick enough will do, for a busy machine can only add."""
    least = float("inf")
    for _ in range(tries):
        started = time.process_time()
        signals = read_signals(text)
        judge(signals)
        mask(text, signals.personal_data)
        least = min(least, time.process_time() - started)
        if least <= MOST_SECONDS:
            break
    return least


@dataclass
class Found:
    """What a run came to."""

    texts: int = 0
    letters: int = 0
    slowest_seconds: float = 0.0
    slowest: str = ""
    faulty: str = ""
    faults: tuple[str, ...] = ()


def fuzz(seed: int, goes_on: Callable[[Found], bool]) -> Found:
    """Throw texts until ``goes_on`` says no, or one breaks something."""
    found = Found()
    for text in Texts(seed):
        if not goes_on(found):
            break
        found.texts += 1
        found.letters += len(text)
        if faults := faults_of(text):
            found.faulty, found.faults = text, tuple(faults)
            break
        if (seconds := seconds_for(text, tries=1)) > found.slowest_seconds:
            # A second look: what was slow by chance is quick then.
            seconds = min(seconds, seconds_for(text, tries=1))
            if seconds > found.slowest_seconds:
                found.slowest_seconds, found.slowest = seconds, text
    return found


def main() -> int:
    """Fuzz for as long as was asked; return 1 when something broke."""
    parser = argparse.ArgumentParser(prog="python -m tests.fuzz_triage", description="Texts nobody thought of.")
    parser.add_argument("--minutes", type=float, default=10.0)
    parser.add_argument("--seed", type=int, default=int(time.time()))
    asked = parser.parse_args()
    ends = time.monotonic() + 60 * asked.minutes
    found = fuzz(asked.seed, lambda _found: time.monotonic() < ends)
    print(
        f"seed {asked.seed}: {found.texts:,} texts, {found.letters:,} characters; the slowest took "
        f"{1000 * found.slowest_seconds:.1f} ms: {len(found.slowest):,} characters, {found.slowest[:60]!a}"
    )
    if found.faults:
        print(f"text {found.texts} broke: {'; '.join(found.faults)}\n{found.faulty[:2000]!a}")
    return int(bool(found.faults))


if __name__ == "__main__":
    sys.exit(main())
