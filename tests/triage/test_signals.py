"""Signals: what is seen in a text."""

import json
import sys
import time
from collections.abc import Callable
from pathlib import Path
from typing import TypeVar

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.mentions.types import Kind, Route
from app.triage.judge import DEFAULT_POINT, judge
from app.triage.signals import language, read_signals
from app.triage.types import Cause, Concern

DATA = Path(__file__).parents[1] / "data"
HOSTILE = [
    json.loads(line)
    for file in ("hostile_inputs.jsonl", "graded/hostile.jsonl")
    for line in (DATA / file).read_text(encoding="utf-8").splitlines()
]
TRIES = 4
Result = TypeVar("Result")
# Measuring coverage slows every line: four times the room then.
MOST_SECONDS = 0.05 if sys.gettrace() is None else 0.2

ANGRY = [
    "@brand you are thieves, worst company ever",
    "@brand third time this week I wait 2 hours for you people. Never again!!",
    "Great, just great @brand. Third outage this week, thanks a lot.",
    "@brand STOP CHARGING MY CARD YOU LIARS \U0001f621",
    "@brand what a joke, fix your shit",
    "@brand I'm done with you, switching to another provider",
    "@brand Was für eine Frechheit, so ein Saftladen!",
    "@brand pésimo servicio, son unos ladrones",
    "@brand c'est une honte, plus jamais chez vous",
    "@brand péssimo atendimento, que vergonha",
]
CALM = [
    "@brand not bad at all, actually love it",
    "THIS IS THE BEST DAY EVER!!!",
    "@brand kill the process and it works again",
    "@brand how do I change the filter on the X2?",
    "@brand thanks, that did it",
    "Enjoying my @brand coffee",
    "@brand Wie kann ich die Maschine entkalken?",
]


@pytest.mark.parametrize("text", ANGRY)
def test_anger_is_heard(text: str) -> None:
    signals = read_signals(text)

    assert signals.anger >= 0.35
    assert judge(signals).route is Route.STAFF_ANGRY


@pytest.mark.parametrize("text", CALM)
def test_calm_is_not_taken_for_anger(text: str) -> None:
    assert read_signals(text).anger < DEFAULT_POINT.angry


@pytest.mark.parametrize(
    ("text", "concern"),
    [
        ("@brand I am locked out of my account", Concern.ACCOUNT),
        ("@brand my package never arrived", Concern.ORDER),
        ("@brand you charged my card twice", Concern.PAYMENT),
        ("@brand sent you a DM with my details", Concern.IDENTITY),
        ("@brand your heater caught fire", Concern.SAFETY),
        ("@brand you will hear from my lawyer", Concern.LEGAL),
        ("@brand I am a journalist, who is in your press office?", Concern.PRESS),
        ("@brand meine Bestellung ist nicht da", Concern.ORDER),
        ("@brand quiero mi reembolso", Concern.PAYMENT),
        ("@brand où est mon remboursement", Concern.PAYMENT),
        ("@brand cadê meu estorno?", Concern.PAYMENT),
    ],
)
def test_sensitive_concern_is_named_with_its_cue(text: str, concern: Concern) -> None:
    signals = read_signals(text)

    assert signals.concerns[0] is concern
    assert signals.sensitive >= 0.4
    assert any(cue.code == f"sensitive.{concern}" and cue.quote in text for cue in signals.cues)


@pytest.mark.parametrize(
    "text",
    [
        "@brand are the servers down?",
        "@brand no internet since this morning in Leeds",
        "@brand app keeps crashing since the update",
        "@brand die App stürzt ab, Störung?",
        "@brand no funciona la app, está caído el servicio?",
    ],
)
def test_defects_and_outages_are_technical(text: str) -> None:
    signals = read_signals(text)

    assert signals.technical >= 0.5
    assert signals.technical > signals.sensitive


@pytest.mark.parametrize(
    ("text", "kind"),
    [
        ("@brand how do I reset the filter?", Kind.QUESTION),
        ("@brand the lid is broken and it leaks", Kind.COMPLAINT),
        ("@brand love the new cups, well done", Kind.PRAISE),
        ("@brand on my way to the shop", Kind.CHATTER),
        ("@brand where can I buy the K2 in Spain?", Kind.WANTS_TO_BUY),
        ("@brand I want to order two of these, do you ship to Malta?", Kind.WANTS_TO_BUY),
        ("@brand is the blue one back in stock yet", Kind.WANTS_TO_BUY),
        ("@brand wo kann ich den Kessel kaufen?", Kind.WANTS_TO_BUY),
        ("@brand I am never going to buy from you again, worst kettle", Kind.COMPLAINT),
        ("@brand the kettle I wanted to buy arrived broken and leaks", Kind.COMPLAINT),
        ("@brand you should really add a dark mode", Kind.IDEA),
        ("@brand it would be great if the lid came in green", Kind.IDEA),
        ("@brand can you please add support for Dvorak?", Kind.IDEA),
        ("@brand wäre schön wenn es den auch in Rot gäbe", Kind.IDEA),
        ("@brand you should have told me it was cancelled, awful", Kind.COMPLAINT),
    ],
)
def test_kind(text: str, kind: Kind) -> None:
    assert read_signals(text).kind is kind


@pytest.mark.parametrize(
    ("text", "cause"),
    [
        ("@brand my order is two weeks late and nobody answers", Cause.PROCESS),
        ("@brand why was I charged twice for one kettle?", Cause.PROCESS),
        ("@brand the lid is broken and it leaks", Cause.PRODUCT),
        ("@brand the app crashes since the update", Cause.PRODUCT),
        ("@brand how do I descale the K2?", Cause.KNOWLEDGE),
        ("@brand love the new cups, well done", None),
        ("@brand where can I buy the K2 in Spain?", None),
    ],
)
def test_cause(text: str, cause: Cause | None) -> None:
    assert read_signals(text).cause is cause


@pytest.mark.parametrize(
    ("text", "language"),
    [
        ("Wie kann ich meine Bestellung ändern?", "de"),
        ("¿Cómo puedo cambiar mi pedido de ayer?", "es"),
        ("Comment puis-je modifier ma commande d'hier ?", "fr"),
        ("Como posso mudar o meu pedido de ontem?", "pt"),
        ("How can I change my order from yesterday?", "en"),
        ("مرحبا كيف يمكنني تغيير طلبي", "ar"),
        ("yeh app kyun nahi chal raha hai", "hi"),
        ("@brand 123 https://example.com", "und"),
    ],
)
def test_language(text: str, language: str) -> None:
    assert read_signals(text).language == language


@pytest.mark.parametrize(
    "text",
    [
        "@brand mein Koffer ist seit gestern weg, wo ist mein Gepäck?",
        "@brand je n'ai toujours pas reçu mon remboursement",
        "@brand me cobraron dos veces la factura",
        "@brand non riesco ad accedere al mio account",
        "@brand não consigo entrar na minha conta",
        "@brand mijn pakket is nog steeds niet bezorgd",
        "@brand mera refund abhi tak nahi aaya",
        "@brand मेरे पैसे वापस नहीं आए",
        "@brand gdzie jest moja paczka",
        "@brand siparişim hala gelmedi",
        "@brand أين طلبي؟ لم يصل حتى الآن",
        "@brand 注文した商品がまだ届かない",
    ],
)
def test_what_only_staff_can_do_is_heard_in_many_languages(text: str) -> None:
    assert read_signals(text).concerns
    assert judge(read_signals(text)).route.is_staff


def test_plain_english_that_the_network_calls_english_is_not_judged_again(monkeypatch: pytest.MonkeyPatch) -> None:
    asked = []
    identify = language._identifier
    monkeypatch.setattr(language, "_identifier", lambda: asked.append(1) or identify())

    assert read_signals("@brand what should I do with the water in my kettle?", language_hint="en").language == "en"
    assert asked == []
    assert read_signals("@brand what should I do with the water in my kettle?").language == "en"
    assert len(asked) == 1


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ("@brand this app is not good, paisa wapas kab milega yaar, kuch bhi nahi ho raha hai bhai", "hi"),
        ("@brand was machst du denn so, die Kanne will nicht an und das Wasser bleibt kalt", "de"),
        ("@brand on the water je ne comprends rien et la bouilloire ne marche plus du tout", "fr"),
    ],
)
def test_the_networks_english_is_not_believed_where_it_looks_like_something_else(text: str, told: str) -> None:
    assert read_signals(text, language_hint="en").language == told


def test_short_text_takes_the_networks_language() -> None:
    assert read_signals("@brand ok", language_hint="pt-BR").language == "pt"
    assert read_signals("@brand Wie kann ich meine Bestellung noch ändern?", language_hint="en").language == "de"


def test_topics_come_from_the_brands_words() -> None:
    topics = {"billing": ["invoice", "bill"], "machines": ["X2", "espresso machine"], "shops": ["counter"]}

    signals = read_signals("our Espresso Machines, all X2, and the invoice", topics=topics)

    assert signals.topics == ("machines", "billing")


def test_words_that_hurt_are_abuse_and_a_complaint_is_not() -> None:
    assert read_signals("@brand your driver called me a bitch").abuse >= 0.5
    assert read_signals("@brand the worst service ever, terrible").abuse < 0.3


def test_advert_is_spam() -> None:
    assert read_signals("WINNER! You have won a free prize, text CLAIM to 80082 now, only 150p per msg").spam >= 0.6
    assert read_signals("@brand how do I claim my warranty?").spam < 0.3


def at_its_quickest(work: Callable[[], Result]) -> tuple[Result, float]:
    """Return what the work gives and the least CPU time of a few runs: a busy machine can only add to it."""
    times = []
    for _ in range(TRIES):
        started = time.process_time()
        result = work()
        times.append(time.process_time() - started)
    return result, min(times)


@pytest.mark.parametrize("row", HOSTILE, ids=[row["id"] for row in HOSTILE])
def test_hostile_text_gets_a_verdict_in_time(row: dict[str, str]) -> None:
    verdict, seconds = at_its_quickest(lambda: judge(read_signals(row["text"])))

    assert seconds < MOST_SECONDS
    assert verdict.reasons


@pytest.mark.parametrize(
    "piece",
    [
        "a",
        "1",
        "1 ",
        "a@",
        "@",
        "(at)",
        "1.",
        "+1-",
        "AB12 ",
        "order ",
        "never ",
        "why is it ",
        "\U0001f621",
        "é",
        ":",
        "0:",
        "s h ",
        "k*ll ",
        "a$1!",
    ],
)
def test_a_megabyte_does_not_stall(piece: str) -> None:
    text = piece * (1_000_000 // len(piece))
    signals, seconds = at_its_quickest(lambda: read_signals(text))

    assert seconds < MOST_SECONDS
    assert signals.was_cut


@given(st.text(max_size=300))
def test_any_text_gets_a_verdict(text: str) -> None:
    signals = read_signals(text)
    verdict = judge(signals)

    assert 0 <= signals.anger <= 1
    assert -1 <= signals.mood <= 1
    assert verdict.priority == sum(part.points for part in verdict.parts)
    assert 0 <= verdict.priority <= 100
