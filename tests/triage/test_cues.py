"""The lists of cue phrases and how they are found."""

import re

import pytest

from app.triage.signals import cues, reading
from app.triage.signals.cues import CueIndex, ListError, phrases_of
from app.triage.signals.reading import read
from app.triage.types import Reason
from app.triage.words import explain

MARKS = {"<n>", "<nth>", "<money>", "<at>", "<link>", "<ask>", "<stop>"}


def quotes(written: str, text: str) -> list[str]:
    taken = read(text)
    return [taken.quote(hit.first, hit.last) for hit in CueIndex(phrases_of("[s c 1]\n" + written)).find(taken)]


@pytest.mark.parametrize(
    ("phrase", "text", "found"),
    [
        ("worst", "The WORST!", ["WORST"]),
        ("worst airline|company", "worst company, worst airline", ["worst company", "worst airline"]),
        ("worst airline|company", "worst day", []),
        ("scam*", "scammers", ["scammers"]),
        ("too? late", "late", None),
        ("never too? late", "never late, never too late", ["never late", "never too late"]),
        ("never .. again", "never ever fly again", ["never ever fly again"]),
        ("never .. again", "never. Again", []),
        ("never .. again", "never one two three four again", []),
        ("<nth> time", "3rd time and third time", ["3rd time", "third time"]),
        ("<n> hours", "2 hours, two hours, 2hours", ["2 hours", "two hours", "2hours"]),
        ("<money> <n>", "$15", ["$15"]),
        ("thanks <at>", "thanks @brand", ["thanks @brand"]),
        ("pésimo", "Pesimo, PÉSIMO", ["Pesimo", "PÉSIMO"]),
        ("don't", "don\u2019t", ["don\u2019t"]),
        ("वापस", "मेरा पैसा वापस करो", ["वापस"]),
        ("返金|注文 ..  届かない", "昨日注文した本が届かないよ", ["注文した本が届かない"]),
        ("返金", "返すお金", []),
        ("حساب", "أين الحساب؟ حسابي", ["الحساب"]),
        ("kill", "ki\u200bll, \u043aill", ["ki\u200bll", "\u043aill"]),
        ("\U0001f621", "so \U0001f621\U0001f621", ["\U0001f621", "\U0001f621"]),
    ],
)
def test_phrases_are_found(phrase: str, text: str, found: list[str] | None) -> None:
    if found is None:
        with pytest.raises(ListError):
            quotes(phrase, text)
    else:
        assert quotes(phrase, text) == found


@pytest.mark.parametrize("broken", ["loose phrase", "[signal code]\nx", "[signal code heavy]\nx", "[s c 1]\n.. x"])
def test_broken_list_is_refused_with_its_line(broken: str) -> None:
    with pytest.raises(ListError, match=r"line \d"):
        list(phrases_of(broken))


@pytest.mark.parametrize("path", sorted(cues.LISTS.glob("*.txt")), ids=lambda path: path.stem)
def test_every_listed_word_is_one_the_reader_can_meet(path: object) -> None:
    unmet = []
    for line in path.read_text(encoding="utf-8").splitlines():  # type: ignore[attr-defined]
        phrase = line.partition("#")[0].strip()
        if phrase.startswith("["):
            continue
        for word in re.split(r"[ |]", phrase):
            bare = word.rstrip("?").rstrip("*")
            if not bare or bare == ".." or bare in MARKS:
                continue
            if [w for w in read(bare).words if w not in MARKS] != [
                reading.plain_word(w) for w in reading.pieces_of(bare.lower())
            ]:
                unmet.append(bare)

    assert unmet == []


def test_every_cue_that_can_be_shown_has_words() -> None:
    codes = {
        f"{phrase.signal}.{phrase.code}"
        for path in cues.LISTS.glob("*.txt")
        for phrase in phrases_of(path.read_text(encoding="utf-8"))
        if phrase.weight > 0 and phrase.signal != "complaint"
    }

    silent = [code for code in codes if code in explain(Reason(code, "cue"))]

    assert len(codes) > 20
    assert silent == []


def test_words_remembered_are_bounded(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(cues, "WORDS_KEPT", 10)
    index = CueIndex(phrases_of("[s c 1]\nworst"))

    index.find(read(" ".join(f"word{n}" for n in range(50))))

    assert len(index) <= 10


def test_only_the_head_of_a_long_text_is_read() -> None:
    taken = read("a " * reading.ANALYSED_CHARS)

    assert taken.was_cut
    assert len(taken.text) == reading.ANALYSED_CHARS


def test_letters_that_grow_in_lower_case_keep_their_places() -> None:
    taken = read("İİİ worst")

    assert taken.quote(2, 3) == "worst"
