"""Verdicts: where a mention goes and why."""

from dataclasses import replace

import pytest

from app.mentions.types import FeedLane, Kind, Route
from app.triage.judge import MOST_INFLUENCE, NOWHERE, OperatingPoint, judge
from app.triage.signals import read_signals
from app.triage.types import (
    Band,
    Context,
    Part,
    Reason,
    Verdict,
    parts_from_plain,
    plain_parts,
    plain_reasons,
    reasons_from_plain,
)
from app.triage.words import explain, name_of


def verdict_on(text: str, context: Context | None = None) -> Verdict:
    return judge(read_signals(text), context or Context())


@pytest.mark.parametrize(
    ("text", "route"),
    [
        ("@brand how do I descale the X2?", Route.COMMUNITY),
        ("@brand does the mug fit the dishwasher?", Route.COMMUNITY),
        ("@brand you are thieves, worst company ever", Route.STAFF_ANGRY),
        ("@brand refund my order, you charged my card twice", Route.STAFF_SENSITIVE),
        ("@brand are your servers down again? the app won't load", Route.STAFF_TECHNICAL),
        ("I will hurt myself if this is not fixed", Route.STAFF_SENSITIVE),
        ("I am going to sue you and call the press", Route.STAFF_SENSITIVE),
        ("Great, just great. Third outage this week, thanks a lot.", Route.STAFF_ANGRY),
        ("call me on +1 555-0142 please", Route.STAFF_SENSITIVE),
        ("@brand there was a spark when I plugged it in. Is it safe to use?", Route.STAFF_SENSITIVE),
        ("@brand it gave me an electric shock", Route.STAFF_SENSITIVE),
        ("@brand the plug has melted, is that normal?", Route.STAFF_SENSITIVE),
        ("@brand how long should I wait after boiling for a pour-over?", Route.COMMUNITY),
        ("", Route.STAFF_SENSITIVE),
        ("RT @brand: we love you", Route.NOISE),
        ("@brand @brand @brand", Route.NOISE),
        ("...", Route.NOISE),
    ],
)
def test_route(text: str, route: Route) -> None:
    assert verdict_on(text).route is route


@pytest.mark.parametrize(
    "text",
    [
        "@brand love the new cups, well done!",
        "enjoying my @brand coffee this morning",
        "@brand my cat sits next to your kettle every morning",
        "@brand just got home and put the kettle on",
        "@brand your new blue kettle in the shop window",
        "not bad at all, actually love it",
    ],
)
def test_praise_and_chatter_go_to_the_hello_lane(text: str) -> None:
    verdict = verdict_on(text)

    assert verdict.route is Route.COMMUNITY
    assert verdict.lane is FeedLane.HELLO
    assert verdict.kind in {Kind.PRAISE, Kind.CHATTER}


@pytest.mark.parametrize(
    "text",
    [
        "@brand how do I descale the X2?",
        "@brand it leaks",
        "@brand the light blinks twice then goes dark",
        "@brand I tried everything, nothing works",
    ],
)
def test_questions_and_troubles_go_to_the_question_lane(text: str) -> None:
    assert verdict_on(text).lane is FeedLane.QUESTIONS


def test_what_goes_to_staff_has_no_lane() -> None:
    assert verdict_on("@brand you are thieves, worst company ever").lane is None


@pytest.mark.parametrize(
    "text", ["@brand thanks!", "@brand thanks a lot, that worked", "@brand thank you so much, all good now"]
)
def test_bare_thanks_close_a_conversation(text: str) -> None:
    assert verdict_on(text, Context(is_reply_to_brand=True)).reasons[0] == Reason("noise.closing")
    assert verdict_on(text).lane is FeedLane.HELLO


@pytest.mark.parametrize(
    ("text", "lane"),
    [
        ("@brand I love my K2, best kettle I ever had, thank you so much", FeedLane.HELLO),
        ("@brand my cat sits next to your kettle every morning", FeedLane.HELLO),
        ("@brand yes, the X2 with the new lid", FeedLane.HELLO),
        ("@brand thanks but it still leaks", FeedLane.QUESTIONS),
        ("@brand thanks, but how do I open it?", FeedLane.QUESTIONS),
        ("@brand thanks for nothing", FeedLane.HELLO),
    ],
)
def test_more_than_thanks_does_not_close_a_conversation(text: str, lane: FeedLane) -> None:
    assert verdict_on(text, Context(is_reply_to_brand=True)).lane is lane


def test_harm_comes_first_and_is_urgent() -> None:
    verdict = verdict_on("@brand I want to kill myself, you thieves")

    assert verdict.route is Route.STAFF_SENSITIVE
    assert verdict.reasons[0] == Reason("crisis.harm", "kill myself")
    assert Part("safety", 80) in verdict.parts
    assert verdict.band is Band.SURE


def test_killing_a_process_is_no_threat() -> None:
    verdict = verdict_on("@brand kill the process and it works again")

    assert verdict.route is Route.STAFF_TECHNICAL
    assert all(reason.code != "crisis.harm" for reason in verdict.reasons)


@pytest.mark.parametrize(
    "text",
    [
        "@brand please end my contract",
        "@brand you cut my internet",
        "@brand the lid hurt my hand a little",
        "@brand would paying late hurt my credit score?",
        "@brand opened the parcel with a knife, all fine",
    ],
)
def test_everyday_words_are_no_threat(text: str) -> None:
    assert not read_signals(text).is_crisis


@pytest.mark.parametrize(
    "text",
    [
        "@brand if this goes on I will take my own life",
        "@brand my brother says he will hurt himself",
        "@brand there is a man with a gun in the shop",
        "@brand I will beat that driver",
        "@brand ich bring mich um",
        "@brand no quiero vivir más",
        "@brand je pense mettre fin à mes jours",
        "@brand vorrei togliermi la vita",
        "@brand vou tirar a minha vida",
        "@brand ik wil niet meer leven",
        "@brand main marna chahta hun",
    ],
)
def test_harm_is_heard_in_many_words(text: str) -> None:
    assert verdict_on(text).route is Route.STAFF_SENSITIVE
    assert read_signals(text).is_crisis


def test_too_long_a_text_goes_to_staff() -> None:
    verdict = verdict_on("lovely " * 2_000)

    assert verdict.route is Route.STAFF_SENSITIVE
    assert verdict.reasons[0].code == "form.long"


def test_reasons_quote_the_post() -> None:
    text = "@brand worst company ever, never again"

    quoted = [reason.cue for reason in verdict_on(text).reasons if reason.cue]

    assert quoted
    assert all(cue in text for cue in quoted)


def test_no_words_are_quoted_twice() -> None:
    quoted = [reason.cue for reason in verdict_on("@brand love the new cups, best ever, thanks").reasons]

    assert len(quoted) == len(set(quoted)) > 1


def test_sarcasm_is_no_praise() -> None:
    verdict = verdict_on("Great, just great. Third outage this week, thanks a lot.")

    assert verdict.kind is Kind.COMPLAINT


def test_chatter_that_does_not_name_us_is_set_aside() -> None:
    text = "enjoying my coffee this morning"

    assert verdict_on(text, Context(has_mention=False)).route is Route.NOISE
    assert verdict_on(text).lane is FeedLane.HELLO


def test_answer_to_our_question_is_not_set_aside() -> None:
    asked = Context(is_reply_to_brand=True, answers_our_question=True)

    assert verdict_on("@brand it is the X2 with the new lid", asked).lane is FeedLane.QUESTIONS
    assert verdict_on("@brand thanks!", asked).route is Route.COMMUNITY


def test_sensitive_verdict_is_tagged_with_its_concerns() -> None:
    assert "payment" in verdict_on("@brand refund my order, you charged my card twice").tags


def test_fame_and_shouting_do_not_buy_much() -> None:
    text = "@brand how do I descale the X2?"

    gained = verdict_on(text, Context(followers=50_000_000)).priority - verdict_on(text).priority

    assert 0 < gained <= 5


def influence(context: Context, most: int) -> dict[str, int]:
    parts = judge(read_signals("@brand how do I descale the X2?"), context, OperatingPoint(influence=most)).parts
    return {part.name: part.points for part in parts if part.name in ("reach", "on_topic")}


@pytest.mark.parametrize(
    ("followers", "on_topic", "most", "parts"),
    [
        (None, 0, 10, {}),
        (9, 0, 10, {}),
        (99, 0, 10, {"reach": 2}),
        (9_999, 0, 10, {"reach": 6}),
        (100_000, 0, 10, {"reach": 10}),
        (50_000_000, 9, 10, {"reach": 10}),
        (0, 1, 10, {"on_topic": 2}),
        (0, 3, 10, {"on_topic": 6}),
        (0, 300, 10, {"on_topic": 6}),
        (9_999, 300, 10, {"reach": 6, "on_topic": 4}),
        (100_000, 3, 2, {"reach": 2}),
        (100_000, 3, 0, {}),
    ],
)
def test_influence_counts_for_no_more_than_is_set(
    followers: int | None, on_topic: int, most: int, parts: dict[str, int]
) -> None:
    assert influence(Context(followers=followers, on_topic=on_topic), most) == parts


def test_no_influence_comes_before_danger() -> None:
    loud = Context(followers=50_000_000, earlier_posts=9, on_topic=9)
    point = OperatingPoint(influence=MOST_INFLUENCE)
    angry = replace(read_signals("@brand you thieves"), urgency=1.0, anger=1.0, sensitive=1.0, mood=-1.0)

    assert judge(angry, loud, point).priority == 79
    assert judge(read_signals("@brand I want to kill myself"), NOWHERE, point).priority >= 80
    assert judge(replace(angry, is_crisis=True), loud, point).priority <= 100


@pytest.mark.parametrize("text", ["@brand how do I descale the X2?", "@brand you thieves", "@brand where is my parcel"])
def test_influence_moves_nothing_between_staff_and_the_crew(text: str) -> None:
    loud, signals = Context(followers=10**7, on_topic=9), read_signals(text)

    routes = {judge(signals, loud, OperatingPoint(influence=most)).route for most in (0, MOST_INFLUENCE)}

    assert len(routes) == 1


def test_priority_is_the_sum_of_its_parts() -> None:
    verdict = verdict_on("@brand still waiting, you thieves, refund me!!", Context(followers=900, earlier_posts=3))

    assert verdict.priority == sum(part.points for part in verdict.parts)
    assert {"anger", "need", "thread", "reach"} <= {part.name for part in verdict.parts}


@pytest.mark.parametrize(
    ("text", "lowest", "highest"),
    [
        ("@brand I want to kill myself, you thieves", 80, 100),
        ("@brand the handle came loose while I was pouring and I have a burnt hand. I'm at A&E", 80, 100),
        ("@brand you thieves, worst company ever, my refund is urgent, answer NOW, today!!", 50, 79),
        ("@brand the wifi keeps dropping since firmware 2.3", 20, 40),
        ("@brand how do I descale the X2?", 1, 25),
    ],
)
def test_danger_stands_before_anger_and_anger_before_a_defect(text: str, lowest: int, highest: int) -> None:
    assert lowest <= verdict_on(text, Context(followers=300)).priority <= highest


def test_nothing_that_is_set_aside_has_priority() -> None:
    assert verdict_on("RT @brand: we love you").priority == 0


def test_operating_point_moves_the_border() -> None:
    signals = read_signals("@brand third day without a reply, annoying")

    assert judge(signals, point=OperatingPoint(angry=0.01)).route is Route.STAFF_ANGRY
    assert judge(signals, point=OperatingPoint(angry=1.01)).route is not Route.STAFF_ANGRY


def test_unsure_verdict_says_so() -> None:
    verdicts = [judge(read_signals(f"@brand hm{'m' * n} it is what it is")) for n in range(2)]

    assert all(verdict.band is (Band.SURE if verdict.confidence >= 0.65 else Band.UNSURE) for verdict in verdicts)


def test_parts_and_reasons_survive_json() -> None:
    verdict = verdict_on("@brand you are thieves, refund me")

    assert parts_from_plain(plain_parts(verdict.parts)) == verdict.parts
    assert reasons_from_plain(plain_reasons(verdict.reasons)) == verdict.reasons


def test_reasons_are_said_in_words() -> None:
    assert explain(Reason("anger.insult", "100% thieves")) == "It insults: \u201c100% thieves\u201d."
    assert explain(Reason("gone.code", "x")) == "gone.code: x"
    assert explain(Reason("gone.code")) == "gone.code"
    assert name_of(Part("need", 3)) == "What it needs"
    assert name_of(Part("gone", 3)) == "gone"


def test_a_lure_that_asks_is_spam_all_the_same() -> None:
    verdict = judge(
        read_signals("URGENT! Do you want your free prize? Call 09061701461 now to claim \u00a3900 cash. Valid 12 hrs")
    )

    assert verdict.route is Route.NOISE
    assert verdict.reasons[0].code == "noise.spam"
