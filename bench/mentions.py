"""Made-up brand posts, the same for the same seed, for benchmarks and for tests of equality."""

import random

from app.triage.sentiment import rules
from app.triage.signals.cues import cue_index

_PLAIN = [
    "the",
    "a",
    "to",
    "my",
    "your",
    "this",
    "that",
    "is",
    "was",
    "with",
    "for",
    "at",
    "in",
    "on",
    "store",
    "coffee",
    "order",
    "app",
    "line",
    "card",
    "barista",
    "phone",
    "router",
    "screen",
    "refund",
    "update",
    "account",
    "login",
    "error",
    "works",
    "drink",
    "cup",
    "morning",
    "today",
    "again",
    "why",
    "when",
    "how",
    "does",
    "anyone",
    "know",
    "help",
    "please",
    "just",
    "got",
    "went",
    "tried",
    "called",
    "waited",
    "hour",
    "minutes",
    "week",
    "charged",
    "payment",
    "delivery",
    "package",
    "shipping",
    "invoice",
    "battery",
    "wifi",
    "signal",
    "bill",
    "support",
    "chat",
    "agent",
    "website",
    "crash",
]
_TAILS = ["!", "!!", "!!!", "?", "??", "...", ".", "", "", "", " :)", " :(", " :D", " <3", " lol", " smh"]
_EMOJI = ["\U0001f600", "\U0001f621", "\U0001f62d", "\u2764", "\U0001f44d", "\U0001f525", "\U0001f926", "\u2615"]
_TURNS = [
    "not", "never", "so", "very", "really", "kind of", "sort of", "but", "no", "without doubt", "at least", "least",
    "isn't", "can't", "yeah right", "the bomb", "to die for", "kiss of death", "bus stop", "never so", "this", "barely",
    "hardly", "ABSOLUTELY", "nor", "or",
]  # fmt: skip


def texts(n: int, seed: int = 1, repeated: float = 0.0) -> list[str]:
    """Make ``n`` posts; the share ``repeated`` of them copies one of the 5,000 before."""
    rng = random.Random(seed)
    known = sorted(word for word in rules().lexicon if word.isalpha())
    rng.shuffle(known)
    made: list[str] = []
    for _ in range(n):
        if made and repeated and rng.random() < repeated:
            made.append(made[rng.randrange(max(0, len(made) - 5_000), len(made))])
        else:
            made.append(_post(rng, known))
    return made


def soup(n: int, seed: int = 1) -> list[str]:
    """Make ``n`` heaps of words and marks that VADER's rules look for, in no order."""
    rng = random.Random(seed)
    lists = rules()
    words = [*lists.lexicon, *lists.boosters, *lists.negations, *list(lists.emojis)[:200], *_TURNS * 20, *_TAILS * 5]
    words += " ".join(lists.idioms).split() * 10
    return [
        " ".join(w.upper() if rng.random() < 0.1 else w for w in rng.choices(words, k=rng.randint(0, 14)))
        for _ in range(n)
    ]


_WEAR = [
    *"!?.,'\u2019*-:;)(\"#@", *"\t\n \u00a0\u3000\u200b\u200d\ufe0f\u0301\x1c", "n't", "'s", "!!!!", "??", " but ", *_EMOJI,
    "\U0001f468\u200d\U0001f469", "İ", "ß", "\ud83d",
]  # fmt: skip
"""What lands in a text by a slip, a thumb or another alphabet."""


def varied(n: int, seed: int = 1) -> list[str]:
    """Make ``n`` texts of all sorts in turns: posts, heaps, words of a dozen languages, and such texts torn and glued."""
    rng = random.Random(seed)
    quarter = (n + 3) // 4
    tongues = [*sorted(cue_index().words), *_TAILS * 100, *_EMOJI * 100, *sorted(rules().lexicon)[::4]]
    spoken = [" ".join(rng.choices(tongues, k=rng.randint(1, 16))) for _ in range(quarter)]
    fresh = [texts(quarter, seed=seed), soup(quarter, seed=seed), spoken]
    worn = [_worn(rng, rng.choice(fresh)[at]) for at in range(quarter)]
    return [text for turn in zip(*fresh, worn, strict=True) for text in turn][:n]


def _worn(rng: random.Random, text: str) -> str:
    """Tear a text at a few places: something lands there, a piece is doubled or lost, or its capitals turn."""
    for _ in range(rng.randint(1, 6)):
        start = rng.randint(0, len(text))
        piece = text[start : start + rng.randint(0, 6)]
        instead = rng.choice((rng.choice(_WEAR) + piece, piece * 2, "", piece.swapcase(), piece.replace(" ", "")))
        text = text[:start] + instead + text[start + len(piece) :]
    return text


def _post(rng: random.Random, known: list[str]) -> str:
    words = ["@brand"] if rng.random() < 0.7 else []
    words += [_word(rng, known) for _ in range(rng.randint(4, 26))]
    if rng.random() < 0.2:
        words.insert(rng.randrange(len(words) + 1), rng.choice(_EMOJI) * rng.randint(1, 2))
    post = " ".join(words) + rng.choice(_TAILS)
    if rng.random() < 0.15:
        post += f" https://t.example/{rng.getrandbits(40):x}"
    return post


def _word(rng: random.Random, known: list[str]) -> str:
    chance = rng.random()
    if chance < 0.72:
        word = rng.choice(_PLAIN)
    elif chance < 0.82:
        word = rng.choice(known[:400])
    elif chance < 0.86:
        word = rng.choice(known)
    elif chance < 0.94:
        word = rng.choice(_TURNS)
    else:
        word = f"x{rng.randrange(100_000)}"
    if rng.random() < 0.05:
        word = word.upper()
    return word + rng.choice(",.!?;:") if rng.random() < 0.07 else word
