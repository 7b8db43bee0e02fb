"""VADER's scoring, exact to the last digit, at several times the speed of vaderSentiment.

The rules, their order and the word lists are those of vaderSentiment 3.3.2 by C.J. Hutto
(MIT licence, https://github.com/cjhutto/vaderSentiment); only the evaluation is ours. The package
lower-cases the whole text again for each word it looks back at; here every distinct
token is analysed once and only words that carry a valence are visited. Its quirks are
kept, the 'but' rule's look-up by value among them, and sums run in the same order, so
the floats compare equal. The long functions are unrolled on purpose: this is the hot loop.
"""

import math
import re
import string
from collections.abc import Mapping
from dataclasses import dataclass
from typing import NamedTuple

TOKENS_KEPT = 20_000
_PUNCTUATION = string.punctuation
_sqrt = math.sqrt


@dataclass(frozen=True, slots=True)
class Rules:
    """VADER's word lists and constants, as the package ships them."""

    lexicon: Mapping[str, float]
    emojis: Mapping[str, str]
    boosters: Mapping[str, float]
    negations: frozenset[str]
    idioms: Mapping[str, float]
    negated_by: float
    capitals_add: float


class Token(NamedTuple):
    """What the rules ask about one token."""

    low: str
    is_upper: bool
    valence: float | None
    is_known: bool
    boost: float
    negates: bool
    in_idiom: bool


class _Tokens(dict[str, Token]):
    """Tokens by their raw spelling; forgets everything when full, so that rare words cannot fill it for good."""

    def __init__(self, rules: Rules) -> None:
        super().__init__()
        self._rules = rules
        phrases = [*rules.idioms, *rules.boosters]
        self._idiomatic = frozenset(word for phrase in phrases if " " in phrase for word in phrase.split(" "))

    def __missing__(self, raw: str) -> Token:
        rules = self._rules
        item = raw.strip(_PUNCTUATION)
        if len(item) <= 2:
            item = raw
        low = item.lower()
        is_known = low in rules.lexicon
        is_booster = low in rules.boosters
        token = Token(
            low,
            item.isupper(),
            rules.lexicon[low] if is_known and not is_booster else None,
            is_known,
            rules.boosters[low] if is_booster else 0.0,
            low in rules.negations or "n't" in low,
            low in self._idiomatic,
        )
        if len(self) >= TOKENS_KEPT:
            self.clear()
        self[raw] = token
        return token


class FastVader:
    """A drop-in for ``SentimentIntensityAnalyzer``; one per process."""

    def __init__(self, rules: Rules) -> None:
        self._rules = rules
        self._tokens = _Tokens(rules)
        self._emojis = {key: words for key, words in rules.emojis.items() if len(key) == 1}
        self._emoji_set = frozenset(self._emojis)
        # A class of all emoji is tried one by one by the regex engine; any non-ASCII letter and a look-up is faster.
        self._beyond_ascii = re.compile(r"[^\x00-\x7f]")

    def polarity_scores(self, text: str) -> dict[str, float]:
        """Score ``text``: neg, neu and pos in 0..1, compound in -1..1."""
        if not text.isascii() and not self._emoji_set.isdisjoint(text):
            text = self._spell_emoji(text)
        text = text.strip()
        tokens = list(map(self._tokens.__getitem__, text.split()))
        if not tokens:
            return {"neg": 0.0, "neu": 0.0, "pos": 0.0, "compound": 0.0}
        values, neutral = self._values(tokens)
        exclamations = text.count("!")
        questions = text.count("?")
        emphasis = (min(exclamations, 4)) * 0.292 + (
            0 if questions < 2 else questions * 0.18 if questions <= 3 else 0.96
        )
        return _summed(values, neutral, emphasis)

    def _spell_emoji(self, text: str) -> str:
        emojis = self._emojis

        def spell(found: re.Match[str]) -> str:
            at = found.start()
            words = emojis.get(found.group())
            if words is None:
                return found.group()
            return words if at == 0 or text[at - 1] == " " else " " + words

        return self._beyond_ascii.sub(spell, text)

    def _values(self, tokens: list[Token]) -> tuple[list[float], int]:
        """Valences of the words that have one, and how many have none."""
        capitals = 0
        hits: list[int] = []
        but = -1
        at = 0
        for token in tokens:
            if token[1]:
                capitals += 1
            if token[2] is not None:
                hits.append(at)
            elif but < 0 and token[0] == "but":
                but = at
            at += 1
        mixed = 0 < capitals < at
        values = [self._valence(tokens, at, i, mixed) for i in hits]
        if but < 0:
            return values, at - len(hits)
        full: list[float] = [0.0] * at
        for i, value in zip(hits, values, strict=True):
            full[i] = value
        return _weigh_but(full, but), 0

    def _valence(self, tokens: list[Token], n: int, i: int, mixed: bool) -> float:  # noqa: C901
        rules = self._rules
        low, upper, known, _, _, _, _ = tokens[i]
        value = base = known or 0.0
        if low == "kind" and i < n - 1 and tokens[i + 1][0] == "of":
            return 0.0
        if low == "no" and i != n - 1 and tokens[i + 1][3]:
            value = 0.0
        if i > 0:
            p1 = tokens[i - 1]
            w1 = p1[0]
            if (
                w1 == "no"
                or (i > 1 and tokens[i - 2][0] == "no")
                or (i > 2 and tokens[i - 3][0] == "no" and (w1 == "or" or w1 == "nor"))
            ):
                value = base * rules.negated_by
        if upper and mixed:
            value = value + rules.capitals_add if value > 0 else value - rules.capitals_add
        if i == 0:
            return value
        if not p1[3]:
            if p1[4]:
                value += self._boost(p1, value, mixed)
            if p1[5]:
                value *= rules.negated_by
        if i > 1:
            value = self._look_back(tokens, n, i, value, mixed)
        if w1 == "least" and not p1[3] and (i == 1 or (tokens[i - 2][0] != "at" and tokens[i - 2][0] != "very")):
            value *= rules.negated_by
        return value

    def _boost(self, token: Token, value: float, mixed: bool) -> float:
        scalar = token[4]
        if value < 0:
            scalar *= -1
        if token[1] and mixed:
            scalar = scalar + self._rules.capitals_add if value > 0 else scalar - self._rules.capitals_add
        return scalar

    def _look_back(self, tokens: list[Token], n: int, i: int, value: float, mixed: bool) -> float:  # noqa: C901
        """Apply the word two back, then the word three back with the idioms."""
        rules = self._rules
        w1 = tokens[i - 1][0]
        p2 = tokens[i - 2]
        w2 = p2[0]
        if not p2[3]:
            if p2[4]:
                value += self._boost(p2, value, mixed) * 0.95
            if w2 == "never" and (w1 == "so" or w1 == "this"):
                value *= 1.25
            elif not (w2 == "without" and w1 == "doubt") and p2[5]:
                value *= rules.negated_by
        if i == 2:
            return value
        p3 = tokens[i - 3]
        if p3[3]:
            return value
        w3 = p3[0]
        if p3[4]:
            value += self._boost(p3, value, mixed) * 0.9
        if (w3 == "never" and (w2 == "so" or w2 == "this")) or w1 == "so" or w1 == "this":
            value *= 1.25
        elif not (w3 == "without" and (w2 == "doubt" or w1 == "doubt")) and p3[5]:
            value *= rules.negated_by
        if (p2[6] and (p3[6] or tokens[i - 1][6])) or (
            tokens[i][6] and (tokens[i - 1][6] or (i < n - 1 and tokens[i + 1][6]))
        ):
            value = self._idioms(tokens, n, i, value)
        return value

    def _idioms(self, tokens: list[Token], n: int, i: int, value: float) -> float:
        idioms, boosters = self._rules.idioms, self._rules.boosters
        w3, w2, w1, w0 = tokens[i - 3][0], tokens[i - 2][0], tokens[i - 1][0], tokens[i][0]
        last_two = w1 + " " + w0
        before = w2 + " " + w1
        for words in (last_two, w2 + " " + last_two, before, w3 + " " + before, w3 + " " + w2):
            if words in idioms:
                value = idioms[words]
                break
        if i < n - 1:
            ahead = w0 + " " + tokens[i + 1][0]
            if ahead in idioms:
                value = idioms[ahead]
            if i < n - 2:
                ahead = ahead + " " + tokens[i + 2][0]
                if ahead in idioms:
                    value = idioms[ahead]
        for words in (w3 + " " + before, w3 + " " + w2, before):
            if words in boosters:
                value += boosters[words]
        return value


def _weigh_but(values: list[float], but: int) -> list[float]:
    """Halve what stands before "but" and stress what follows, finding each by its value as the package does."""
    for value in values:
        at = values.index(value)
        if at < but:
            values[at] = value * 0.5
        elif at > but:
            values[at] = value * 1.5
    return values


def _summed(values: list[float], neutral: int, emphasis: float) -> dict[str, float]:
    total = float(sum(values))
    if total > 0:
        total += emphasis
    elif total < 0:
        total -= emphasis
    compound = max(-1.0, min(1.0, total / _sqrt(total * total + 15)))
    positive = negative = 0.0
    for value in values:
        if value > 0:
            positive += value + 1
        elif value < 0:
            negative += value - 1
        else:
            neutral += 1
    against = -negative
    if positive > against:
        positive += emphasis
    elif positive < against:
        against = -(negative - emphasis)
    whole = positive + against + neutral
    return {
        "neg": round(against / whole, 3),
        "neu": round(neutral / whole, 3),
        "pos": round(positive / whole, 3),
        "compound": round(compound, 4),
    }
