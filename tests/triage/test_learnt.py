"""What triage has learnt from labelled posts: how it is counted, read, shipped and done without."""

import hashlib
import json
from pathlib import Path

import pytest
from flask import Flask
from hypothesis import given
from hypothesis import strategies as st

from app.accounts.models import Role
from app.foundation.slots import banners
from app.mentions.types import Route
from app.triage import signals
from app.triage.judge import DEFAULT_POINT
from app.triage.signals import learnt, read_signals
from app.triage.signals.learnt import weights
from app.triage.signals.learnt.features import features_of
from app.triage.signals.learnt.weights import HEADS, TABLE, Evidence, WeightsError, read_weights
from app.triage.signals.needs import sensitive_evidence, technical_evidence
from app.triage.signals.reading import read
from app.triage.signals.shape import shape_of
from app.triage.signals.weighing import chance
from tests import factories
from tools import learn_weights

INVENTED = Path(learn_weights.__file__).parent / "invented_posts.jsonl"
GRADED = Path(__file__).parent.parent / "data" / "graded"
HEAD = "#head\tanger\thelp\tnegative\tsensitive\tspam\ttechnical\n"
SMALL = (
    HEAD
    + "#bias\t-1\t0\t0\t0\t-2\t0\n#scale\t0.5\t1\t1\t1\t0.25\t2\n"
    + "<ask>\t0\t3\t0\t0\t0\t0\nrotten\t4\t0\t2\t5\t0\t0\nrotten luck\t0\t0\t0\t0\t-8\t-3\n"
)
NOUGHTS = "#bias\t0\t0\t0\t0\t0\t0\n"
ONES = "#scale\t1\t1\t1\t1\t1\t1\n"

ANGRY = ("what a rotten idea you fool", "this makes me furious", "stupid stupid people", "how dare you do this")
GLAD = ("what a lovely idea", "this makes me happy", "clever clever people", "thank you for doing this")
WRITTEN = [
    *({"text": f"{text} {n}", "labels": ["anger"]} for text in ANGRY for n in range(5)),
    *({"text": f"{text} {n}", "labels": ["joy"]} for text in GLAD for n in range(5)),
]


def test_a_head_adds_up_what_a_text_holds_by_the_root_of_its_words() -> None:
    small = read_weights(SMALL.splitlines())
    text = read("rotten luck, is it?")

    said = small.evidence(text)

    root = len(text.words) ** 0.5
    usual = dict(zip(HEADS, weights.USUAL, strict=True))
    assert said.anger == pytest.approx(-1 + 2 / root - usual["anger"], abs=1e-5)
    assert said.help == pytest.approx(3 / root - usual["help"], abs=1e-5)
    assert said.negative == pytest.approx(2 / root - usual["negative"], abs=1e-5)
    assert said.sensitive == pytest.approx(5 / root - usual["sensitive"], abs=1e-5)
    assert said.spam == pytest.approx(-2 - 2 / root, abs=1e-5)
    assert said.technical == pytest.approx(-6 / root - usual["technical"], abs=1e-5)


@given(st.text(max_size=300))
def test_any_text_is_counted_as_it_was_in_learning(text: str) -> None:
    reading = read(text)
    names = sorted(features_of(reading))
    table = HEAD + NOUGHTS + ONES + "".join(f"{name}\t1\t0\t0\t0\t0\t0\n" for name in names)

    said = read_weights(table.splitlines(keepends=True)).evidence(reading)

    assert said.anger + weights.USUAL[0] == pytest.approx(len(names) / len(reading.words) ** 0.5, rel=1e-5)


@pytest.mark.parametrize(
    "table",
    [
        "",
        HEAD,
        "#head\tjoy\n#bias\t0\n#scale\t1\n",
        HEAD + NOUGHTS + ONES + "rotten\tmuch\t0\t0\t0\t0\t0\n",
        HEAD + NOUGHTS + ONES + "rotten\t1\t0\t0\n",
        HEAD + NOUGHTS + ONES + "rotten\t900\t0\t0\t0\t0\t0\n",
        HEAD + "#bias\t0\t0\n" + ONES + "rotten\t9\t0\t0\t0\t0\t0\n",
    ],
)
def test_a_table_that_is_none_is_refused(table: str) -> None:
    with pytest.raises(WeightsError):
        read_weights(table.splitlines(keepends=True))


def test_what_is_shipped_is_what_its_card_says() -> None:
    raw, card = TABLE.read_bytes(), (TABLE.parent / "CARD.md").read_text(encoding="utf-8")

    assert hashlib.sha256(raw).hexdigest() in card
    assert len(raw) < 3 * 1024 * 1024
    for source in learn_weights.SOURCES:
        assert f"| {source.title} | {source.licence} |" in card


def test_the_invented_posts_are_those_it_learnt_from_and_none_of_those_it_is_graded_on() -> None:
    raw = INVENTED.read_bytes()
    posts = list(learn_weights.posts_of(INVENTED))
    texts = {post["text"].casefold() for post in posts}
    graded = {post["text"].casefold() for path in GRADED.glob("*.jsonl") for post in learn_weights.posts_of(path)}

    assert hashlib.sha256(raw).hexdigest()[:16] in (TABLE.parent / "CARD.md").read_text(encoding="utf-8")
    assert len(texts) == len(posts)
    assert {Route(post["route"]) for post in posts} == set(Route)
    assert not texts & graded


def test_the_heads_know_their_own_from_others() -> None:
    def said(text: str) -> Evidence:
        return learnt.evidence_of(read(text), language="en")

    assert said("You are all a disgrace, I am so furious right now").anger > said("What a beautiful evening").anger + 2
    assert (
        said("My router will not connect after the update, can you help?").help > said("lol best movie ever").help + 2
    )
    assert said("This is sad and terrible news").negative > said("I love this, wonderful!").negative + 2
    mine, ours = (
        said("Somebody opened a loan in my name with you"),
        said("The fitting on these taps is 15 mm, isn't it"),
    )
    assert mine.sensitive > ours.sensitive + 1
    down, dirty = (
        said("your whole site is down since the update, error 503"),
        said("which brush is best for the filter"),
    )
    assert down.technical > dirty.technical + 1
    spam, plain = said("WINNER!! Text CLAIM to 81010 to get your free prize").spam, said("see you at seven then").spam
    assert spam is not None
    assert plain is not None
    assert spam > 0 > plain


@given(said=st.floats(min_value=-50, max_value=50))
def test_what_was_learnt_of_needs_neither_weighs_against_a_danger_nor_makes_a_defect(said: float) -> None:
    heard, shape = Evidence(sensitive=said, technical=said), shape_of(read("what happens if it burnt my hand"))
    danger = {"safety": 3.0, "ask": -1.2}

    told = sensitive_evidence(danger, (), shape, heard)

    assert told >= sensitive_evidence(danger, (), shape, learnt.NOTHING_LEARNT)
    assert chance(technical_evidence({}, heard)) < DEFAULT_POINT.technical


def test_of_a_language_nobody_taught_it_says_nothing() -> None:
    assert learnt.evidence_of(read("Das ist eine Frechheit"), language="de") == learnt.NOTHING_LEARNT


def test_without_its_table_triage_goes_by_its_rules_and_says_so(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path, app: Flask
) -> None:
    admin = factories.person(factories.make_user(Role.ADMIN))

    def said() -> set[str]:
        with app.test_request_context():
            return {str(banner.title) for banner in banners(admin)}

    with_it = said()
    monkeypatch.setattr(weights, "TABLE", tmp_path / "weights.tsv")
    monkeypatch.setattr(learnt, "TABLE", tmp_path / "weights.tsv")
    weights.learnt.cache_clear()
    try:
        signal = read_signals("@brand you crooks charged me twice, never again")
        without = said()
    finally:
        weights.learnt.cache_clear()

    assert signal.anger > 0.5
    assert signal.sensitive > 0.3
    assert without - with_it == {"Posts are sorted by rules alone."}


def test_the_same_posts_teach_the_same_bytes(tmp_path: Path) -> None:
    file = tmp_path / "posts.jsonl"
    file.write_text("\n".join(map(json.dumps, WRITTEN)), encoding="utf-8")

    def table() -> str:
        posts = list(learn_weights.posts_of(file))
        return learn_weights.table_of({"anger": learn_weights.learn(learn_weights.HOW["anger"], posts)})

    first = table()

    assert first == table()
    assert first.startswith("#head\tanger\n#bias\t")
    rows = dict(line.split("\t") for line in first.splitlines()[3:])
    assert int(rows["furious"]) > 0 > int(rows["happy"])


def test_a_card_tells_data_licences_and_figures(tmp_path: Path) -> None:
    head = learn_weights.learn(learn_weights.HOW["anger"], WRITTEN)
    table = learn_weights.table_of({"anger": head})

    card = learn_weights.card_of({"anger": head}, [(learn_weights.SOURCES[0], b"raw")], table=table, date="2026-11-22")

    assert "| anger | 40 | 20 | 1.000 | 1.000 |" in card
    assert "CC BY 4.0" in card
    assert hashlib.sha256(table.encode()).hexdigest() in card


@pytest.mark.parametrize(
    ("post", "told"),
    [
        ({"text": "a", "labels": ["annoyance"]}, {"anger": True, "negative": True}),
        ({"text": "b", "labels": ["neutral"]}, {}),
        ({"text": "c", "labels": ["joy", "sadness"]}, {"anger": False}),
        ({"text": "d", "mean_valence": -2.1}, {"negative": True, "help": False}),
        ({"text": "e", "mean_valence": 0.2}, {"help": False}),
        ({"text": "f", "inbound": True}, {"help": True}),
        ({"text": "g", "inbound": False}, {}),
        ({"text": "h", "spam": 1}, {"spam": True}),
        ({"text": "i", "route": "staff_sensitive"}, {"sensitive": True, "technical": False}),
        ({"text": "j", "route": "staff_technical"}, {"sensitive": False, "technical": True}),
        ({"text": "k", "route": "community"}, {"sensitive": False, "technical": False}),
        ({"text": "l", "route": "staff_angry"}, {}),
    ],
)
def test_a_label_is_taken_only_where_the_set_gives_it(post: dict[str, object], told: dict[str, bool]) -> None:
    labels = {name: learn_weights.HOW[name].label(post) for name in HEADS}

    assert {name: label for name, label in labels.items() if label is not None} == told


def test_reading_signals_takes_the_learnt_part_once(monkeypatch: pytest.MonkeyPatch) -> None:
    asked = []
    monkeypatch.setattr(signals, "evidence_of", lambda reading, language: asked.append(language) or Evidence())

    read_signals("where is my parcel, it has been three weeks?")

    assert asked == ["en"]
