"""Our evaluation of VADER against the package's own."""

import base64
import json
import subprocess
import sys
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.triage import fastvader, sentiment
from app.triage.sentiment import analyser, mood_of
from bench import mentions

ROOT = Path(__file__).parents[2]
HOSTILE = ROOT / "tests" / "data" / "hostile_inputs.jsonl"
TEXTS = 100_000
QUIRKS = [
    "",
    "   \n\t ",
    "good",
    "not good",
    "GOOD day and GREAT fun",
    "no problem, no good or bad",
    "no joy or love",
    "it is kind of good, the kind",
    "never so good, never this good",
    "without doubt good; without a doubt great",
    "at least good, least good, very least good, the least",
    "but good but bad but good good",
    "bad bad but bad good bad",
    "the bomb, yeah right, kiss of death, to die for, bus stop",
    "the shit bad ass badass beating heart",
    "kind of sort of just enough bad",
    "isn't great isnt great can't love",
    "REALLY bad and really BAD!!! ???? !!!!!!",
    ":) :( :D <3 \U0001f621\U0001f600 \u2764\ufe0f good\U0001f44d",
    "\U0001f600\U0001f600 x \U0001f44d",
    "!!!",
    "???",
]


def scores(text: str, engine: str) -> dict[str, float]:
    return analyser(engine).polarity_scores(text)


@pytest.mark.parametrize("text", QUIRKS)
def test_quirks_of_the_rules_are_kept(text: str) -> None:
    assert scores(text, "fast") == scores(text, "stock")


def test_a_hundred_thousand_texts_score_the_same() -> None:
    # Some ten seconds, most of them vaderSentiment's: what may stand in its place must have been beside it for long.
    texts = mentions.varied(TEXTS, seed=13)
    fast, stock = analyser("fast").polarity_scores, analyser("stock").polarity_scores

    differing = [text for text in texts if fast(text) != stock(text)]

    assert len(set(texts)) > 0.9 * TEXTS
    assert differing == []


def test_hostile_rows_score_the_same() -> None:
    texts = [json.loads(line)["text"][:5_000] for line in HOSTILE.read_text(encoding="utf-8").splitlines()]

    differing = [text for text in texts if scores(text, "fast") != scores(text, "stock")]

    assert texts
    assert differing == []


@given(st.text(max_size=120))
def test_any_text_scores_the_same(text: str) -> None:
    assert scores(text, "fast") == scores(text, "stock")


def test_tokens_are_forgotten_when_too_many(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(fastvader, "TOKENS_KEPT", 10)
    analyser.cache_clear()
    fast = analyser("fast")

    for n in range(35):
        fast.polarity_scores(f"word{n} is good")

    assert isinstance(fast, fastvader.FastVader)
    assert len(fast._tokens) <= 10
    assert scores("word1 is good", "fast") == scores("word1 is good", "stock")
    analyser.cache_clear()


def test_mood_is_the_compound() -> None:
    assert mood_of("I love this") > 0.5
    assert mood_of("I hate this") < -0.5


@pytest.mark.parametrize(("engine", "kind"), [("fast", "FastVader"), ("stock", "SentimentIntensityAnalyzer")])
def test_moods_are_scored_by_whom_the_settings_name(monkeypatch: pytest.MonkeyPatch, engine: str, kind: str) -> None:
    used = []
    find = sentiment.analyser
    monkeypatch.setattr(sentiment, "_chosen", "neither")
    monkeypatch.setattr(sentiment, "analyser", lambda name: used.append(find(name)) or find(name))

    sentiment.choose(engine)

    assert mood_of("I hate this") == -0.5719
    assert type(used[0]).__name__ == kind


def test_a_process_scores_moods_as_its_settings_say() -> None:
    environment = {
        "OVATION_SECRET_KEY": "s" * 32,
        "OVATION_ENCRYPTION_KEYS": f"first:{base64.urlsafe_b64encode(b'k' * 32).decode()}",
        "OVATION_BASE_URL": "https://crew.example",
        "DATABASE_URL": "sqlite://",
        "OVATION_SENTIMENT": "stock",
    }
    opens = (
        "import os, sys, app; from app.foundation.config import load_settings; app.open_house(load_settings(os.environ));"
        "from app.triage import sentiment; sentiment.mood_of('good');"
        "print(sentiment.analyser.cache_info().currsize, type(sentiment.analyser('stock')).__name__,"
        " sentiment.analyser.cache_info().currsize)"
    )

    said = subprocess.run(
        [sys.executable, "-c", opens], env=environment, cwd=ROOT, check=True, capture_output=True, text=True
    ).stdout

    assert said.split() == ["1", "SentimentIntensityAnalyzer", "1"]


def test_unknown_engine_is_refused() -> None:
    with pytest.raises(ValueError, match="no sentiment engine"):
        analyser("other")
