"""Words in disguise: which are heard, which are left, and that nothing but the cues hears them."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from app.mentions.types import Route
from app.triage.judge import judge
from app.triage.personal_data import find_personal_data
from app.triage.sentiment import mood_of
from app.triage.signals import disguise, read_signals
from app.triage.signals.cues import cue_index
from app.triage.signals.disguise import UNSPEAKABLE, lexicon, undisguised
from app.triage.signals.language import language_of
from app.triage.signals.reading import read
from app.triage.types import Concern


def heard(text: str) -> list[str]:
    """Return the words that stand disguised in ``text``, plain."""
    taken = read(text)
    seen = set(zip(taken.spans, taken.words, strict=True))
    plain = undisguised(taken)
    return [word for span, word in zip(plain.spans, plain.words, strict=True) if (span, word) not in seen]


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("worst c0mp@ny ever", ["company"]),
        ("a a a s-c-a-m", ["scam"]),
        ("It is a SC4M!!", ["scam"]),
        ("(sc4m), **sc4m** and “sc4m”…", ["scam"] * 3),
        ("sc4mmers", ["scammers"]),
        ("I will k*ll you", ["kill"]),
        ("f*** off", ["fuck"]),
        ("F****** joke, f**king joke", ["fucking", "fucking"]),
        ("what a b****", ["bitch"]),
        ("you 1d10ts, you !!! 1d10t", ["idiots", "idiot"]),
        ("5hit, shi7, $h!t!!!, sh#t, s*it", ["shit"] * 5),
        ("a$$hole", ["asshole"]),
        ("my acc0unt was h4ck3d", ["account", "hacked"]),
        ("what a s h i t company", ["shit"]),
        ("this is a s c a m", ["scam"]),
        ("S.C.A.M. and s-c-a-m and s*c*a*m", ["scam"] * 3),
        ("k\u200b1ll", ["kill"]),
        ("s\u0336c\u03364m", ["scam"]),
        ("\u0455c4m", ["scam"]),
        ("ｓｃ４ｍ", ["scam"]),
        ("c0mp@ny's", ["company"]),
    ],
)
def test_disguised_words_are_heard(text: str, words: list[str]) -> None:
    assert heard(text) == words


@pytest.mark.parametrize(
    "text",
    [
        "A5, 4k, h2o, B2B, mp3, i5, 5G, PS5, K9, R2D2, W10, F150, T430, iPhone6s, flight911, WA14, 0xF00D, MA13",
        "80th, 100k, 4ward, 4ever, 5star, 4way, 10st, 7pm, 3rd, 5hours, 500gb, 4all",
        "$5, $10.50, £4, 5€, US$5, $5k, 20%off, 100%",
        "order AB1234, ref# 5H17-5C4M, parcel 1Z999AA10123456784, room 5c4m/7",
        "@sc4m, @c0mpany, #sc4m, #k1ll, joe@ny.com, k1ll@mail.example, sc4m@home.example.org",
        "https://t.co/5h1t, www.k1ll.example/sc4m, sc4m.example, /tmp/k1ll, user_k1ll, k1ll=sc4m",
        "5*** hotel, 4* and 3**, 5*10, card ****1234, A*, C#, C++, you*, the plan*, *the whole time*, **out**",
        "thanks!Great, what?!no, he said no!but yes",
        "I, a b c, U S A, e.g. i.e. p.m., J. R. R. T. and A B C D",
    ],
)
def test_names_and_numbers_are_left(text: str) -> None:
    assert heard(text) == []


def test_a_disguised_threat_goes_to_staff_at_once() -> None:
    signals = read_signals("@brand I will k*ll your driver")

    assert signals.is_crisis
    assert any(cue.code == "crisis.harm" and cue.quote == "k*ll your driver" for cue in signals.cues)


@pytest.mark.parametrize("text", ["@brand what a sc4m, you 1d10ts", "@brand f*** you", "@brand worst c0mp@ny ever"])
def test_disguised_anger_goes_to_staff(text: str) -> None:
    assert judge(read_signals(text)).route is Route.STAFF_ANGRY


def test_a_disguised_need_is_a_concern() -> None:
    assert Concern.ACCOUNT in read_signals("@brand I am l0cked out of my acc0unt").concerns


def test_every_unspeakable_word_is_one_the_cues_know() -> None:
    assert [word for word in UNSPEAKABLE if word not in cue_index().words and not lexicon()._knows(word)] == []


def test_the_mood_the_topics_and_the_language_go_by_what_is_written() -> None:
    text = "the B00ST app is sh!t and I h4te it"
    signals = read_signals(text, topics={"boost": ["B00ST"], "noise": ["boost", "hate"]})

    assert signals.mood == mood_of(text)
    assert signals.topics == ("boost",)
    assert signals.language == language_of(text)


def test_a_text_without_signs_beside_letters_is_not_looked_into(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(disguise, "lexicon", lambda: 1 / 0)
    plain = read(
        "@brand your site was down on 24 May, 3 times! Refund me the $15 (order 5512): thanks! #fail \U0001f621"
    )

    assert undisguised(plain) is plain


def test_disguises_remembered_are_bounded(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(disguise, "WORDS_KEPT", 10)
    words = disguise.Lexicon({"scam"}, {"swindl"})

    found = [words.behind(f"sw1ndl{chr(97 + n)}") for n in range(20)]

    assert found[1] == "swindlb"
    assert len(words._known) <= 10


# What follows holds of the whole folding. The first text of a process waits for the lists: no example has a deadline.

SIGNS = {"a": "4@", "b": "8", "e": "3", "g": "9", "i": "1!|", "l": "1!|", "o": "0", "s": "5$", "t": "7"}
INSULTS = (
    "scam",
    "scammers",
    "idiots",
    "liars",
    "thieves",
    "pathetic",
    "disgrace",
    "bastards",
    "asshole",
    "bullshit",
    "shit",
)
WORD = st.from_regex(r"[a-zA-Z]{2,9}", fullmatch=True)
CARRIER = st.lists(
    st.one_of(
        WORD,
        st.sampled_from(["a", "I", "@brand", "#fail", "$5", "4k", "x@y.example", "\U0001f621", "3rd", "Größe", "не"]),
    ),
    max_size=8,
).map(" ".join)


@st.composite
def disguised(draw: st.DrawFn) -> tuple[str, str]:
    """Return a word of the cues and one of the ways to disguise it."""
    way = draw(st.sampled_from(("signs", "stars", "spelled")))
    word = draw(st.sampled_from([word for word in UNSPEAKABLE if len(word) > 3] if way == "stars" else INSULTS))
    if way == "spelled":
        return word, draw(st.sampled_from("-._*")).join(word)
    if way == "stars":
        at = draw(st.integers(1, len(word) - 2))
        return word, word[:at] + "*" + word[at + 1 :]
    places = [at for at in range(1, len(word) - 1) if word[at] in SIGNS]
    changed = set(draw(st.lists(st.sampled_from(places), min_size=1)))
    return word, "".join(draw(st.sampled_from(SIGNS[c])) if at in changed else c for at, c in enumerate(word))


@settings(deadline=None)
@given(disguised(), CARRIER, CARRIER, st.sampled_from(["", "!", "?!", ",", "...", " :("]), st.booleans())
def test_a_disguised_word_is_heard_in_any_sentence(
    pair: tuple[str, str], before: str, after: str, mark: str, shouted: bool
) -> None:
    word, mask = pair
    mask = mask.upper() if shouted else mask
    text = f"{before} {mask}{mark} {after}"
    plain = undisguised(read(text))
    start = len(before) + 1

    # Of what hides a letter, another word may be meant: then that one is heard.
    found = dict(zip(plain.spans, plain.words, strict=True)).get((start, start + len(mask)))
    assert found == word or ("*" in mask and found in UNSPEAKABLE)


TYPED = st.one_of(
    st.text(max_size=200),
    st.text(alphabet="acefhiklmst01345789@$!|*#%€ .-_/\u200b\u0301\u0430İß", max_size=200),
)


@settings(deadline=None)
@given(TYPED)
def test_any_text_can_be_looked_into_and_twice_is_as_once(text: str) -> None:
    taken = read(text)
    once = undisguised(taken)

    assert undisguised(once) == once
    assert once.text == taken.text
    assert len(once.words) == len(once.spans)
    assert once.spans[1:-1] == sorted(once.spans[1:-1])
    assert all(a[1] <= z[0] for a, z in zip(once.spans[1:-1], once.spans[2:], strict=False))


@settings(deadline=None)
@given(st.lists(WORD).map(" ".join))
def test_plain_words_stay_as_they_are(text: str) -> None:
    taken = read(text)

    assert undisguised(taken) is taken


@settings(deadline=None)
@given(
    st.one_of(
        TYPED, st.tuples(CARRIER, disguised(), CARRIER).map(lambda of: f"{of[0]} {of[1][1]} ann@mail.example {of[2]}")
    )
)
def test_personal_data_and_mood_are_found_as_if_nothing_were_disguised(text: str) -> None:
    signals = read_signals(text, language="en")

    assert signals.personal_data == find_personal_data(text)
    assert signals.mood == mood_of(text)
    assert all(cue.quote in text for cue in signals.cues)
