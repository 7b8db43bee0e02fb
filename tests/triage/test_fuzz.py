"""A short run of the fuzzer, and that it would see what it looks for."""

from dataclasses import replace

import pytest

from app.triage.types import Part, Span
from tests import fuzz_triage
from tests.fuzz_triage import Texts, faults_of, fuzz

TEXTS = 400


def test_no_text_breaks_triage(monkeypatch: pytest.MonkeyPatch) -> None:
    # How long a text takes is told by the long run and by the hostile rows: here every line may be watched.
    monkeypatch.setattr(fuzz_triage, "MOST_SECONDS", 1.0)

    found = fuzz(1, lambda found: found.texts < TEXTS)

    assert (found.faults, found.faulty) == ((), "")
    assert found.texts == TEXTS


def test_the_same_seed_throws_the_same_texts() -> None:
    first, again = iter(Texts(5)), iter(Texts(5))

    assert [next(first) for _ in range(50)] == [next(again) for _ in range(50)]


@pytest.mark.parametrize(
    ("broken", "works", "fault"),
    [
        ("judge", lambda *_: 1 / 0, "raised"),
        ("mask", lambda text, _spans: text + "!", "mask hides"),
        ("seconds_for", lambda _text: 9.0, "took 9000 ms"),
    ],
)
def test_what_breaks_is_told(monkeypatch: pytest.MonkeyPatch, broken: str, works: object, fault: str) -> None:
    monkeypatch.setattr(fuzz_triage, broken, works)

    assert fault in faults_of("@brand hello")[0]


@pytest.mark.parametrize(
    ("part", "values", "fault"),
    [
        ("read_signals", {"anger": 1.2}, "anger is 1.2"),
        ("read_signals", {"mood": float("nan")}, "mood is nan"),
        ("read_signals", {"personal_data": (Span("mail", 3, 400),)}, "spans outside"),
        ("read_signals", {"personal_data": (Span("mail", 0, 4), Span("mail", 3, 5))}, "spans overlap"),
        ("judge", {"priority": 101}, "priority 101"),
        ("judge", {"parts": (Part("anger", 7),)}, "priority"),
        ("judge", {"confidence": 1.5}, "confidence is 1.5"),
        ("judge", {"reasons": ()}, "reasons ()"),
        ("judge", {"lane": None}, "with lane None"),
    ],
)
def test_what_is_out_of_bounds_is_told(
    monkeypatch: pytest.MonkeyPatch, part: str, values: dict[str, object], fault: str
) -> None:
    honest = getattr(fuzz_triage, part)
    monkeypatch.setattr(fuzz_triage, part, lambda *given: replace(honest(*given), **values))

    assert any(fault in told for told in faults_of("how do I descale the K2?"))
