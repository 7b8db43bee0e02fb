"""What was learnt, as a table of weights: one line a feature, one column a head, small whole numbers.

The table is a text file of tab-separated columns::

    #head   anger   help   negative   sensitive   spam   technical
    #bias   -1.25   -2.1   0.5        -1.1        -4.0   -2.0
    #scale  0.031   0.04   0.022      0.03        0.12   0.03
    refund  14      31     9          88          0      -20

A head's score is its bias plus, over the features a text holds, the sum of ``number * scale``, divided by the root of how
many words it has.
"""

import logging
import math
from array import array
from collections.abc import Iterable
from dataclasses import dataclass
from functools import cache
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from app.triage.signals.learnt.features import features_of_form, features_of_pairs, features_of_word
from app.triage.signals.reading import WORDS_KEPT, Reading

TABLE = Path(__file__).parent / "weights.tsv"
HEADS = ("anger", "help", "negative", "sensitive", "spam", "technical")
TAUGHT_IN = frozenset({"en"})
USUAL = (-2.4, -1.8, -0.6, -1.7, 0.0, -2.8)
"""What a head says of a usual post to a brand, rounded: the posts it has learnt from were others. Spam is spam anywhere. Of a
defect it must say a point more, since a peer may know the cure."""


@dataclass(frozen=True, slots=True)
class Evidence:
    """What was learnt says of a text, in the unit of the cues; 0 is what it says of a usual post to a brand."""

    anger: float = 0.0
    help: float = 0.0
    """It is written to a brand's care, rather than to anybody."""
    negative: float = 0.0
    sensitive: float = 0.0
    """Only staff with powers can answer it."""
    spam: float | None = None
    """Even odds are 0; None: nothing was learnt about such texts."""
    technical: float = 0.0
    """It needs engineers or operations."""


log = logging.getLogger(__name__)


class WeightsError(ValueError):
    """The table of weights cannot be read."""


class Weights:
    """What was learnt, ready to be asked."""

    def __init__(self, places: dict[str, int], numbers: NDArray[np.float32], bias: NDArray[np.float32]) -> None:
        self._places = places
        self._numbers = numbers
        self._bias = bias - np.array(USUAL, dtype=np.float32)
        self._of_word = _PlacesOfWords(places)

    def evidence(self, reading: Reading) -> Evidence:
        """Ask every head about a text."""
        places, of_word = self._places, self._of_word
        held = {places[name] for name in features_of_pairs(reading.words) if name in places}
        held.update(places[name] for name in features_of_form(reading.text) if name in places)
        for word in reading.words:
            held.update(of_word[word])
        total = self._bias
        if held:
            rows = np.fromiter(held, dtype=np.intp, count=len(held))
            total = total + self._numbers[rows].sum(axis=0) / math.sqrt(len(reading.words))
        return Evidence(*total.tolist())


class _PlacesOfWords(dict[str, tuple[int, ...]]):
    """Word to the places of what it counts for; forgets everything when full."""

    def __init__(self, places: dict[str, int]) -> None:
        super().__init__()
        self._places = places

    def __missing__(self, word: str) -> tuple[int, ...]:
        known = tuple({self._places[name] for name in features_of_word(word) if name in self._places})
        if len(self) >= WORDS_KEPT:
            self.clear()
        self[word] = known
        return known


def read_weights(lines: Iterable[str]) -> Weights:
    """Read a table.

    Raises:
        WeightsError: it is not such a table, or not of these heads.
    """
    rows = (line.rstrip("\n").split("\t") for line in lines)
    try:
        head, bias, scale = next(rows), next(rows), next(rows)
        if head != ["#head", *HEADS]:
            raise WeightsError(f"these heads are not known: {' '.join(head[1:])}")
        names, numbers = [], array("b")
        for name, *row in rows:
            names.append(name)
            numbers.extend(int(number) for number, _ in zip(row, HEADS, strict=True))
        scales = np.array(scale[1:], dtype=np.float32)
        table = np.frombuffer(numbers, dtype=np.int8).reshape(len(names), len(HEADS)) * scales
        return Weights({name: at for at, name in enumerate(names)}, table, np.array(bias[1:], dtype=np.float32))
    except (StopIteration, ValueError, OverflowError) as error:
        raise WeightsError(f"not a table of weights: {error}") from error


@cache
def learnt() -> Weights | None:
    """Return what the process has learnt, read once; None where the table is missing: triage then goes by its rules.

    Raises:
        WeightsError: the table is there and cannot be read.
    """
    try:
        with TABLE.open(encoding="utf-8") as lines:
            return read_weights(lines)
    except FileNotFoundError:
        log.warning("what triage has learnt is not there (%s): it goes by its rules alone", TABLE.name)
        return None
