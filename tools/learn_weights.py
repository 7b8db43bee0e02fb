"""Learn the weights of triage from labelled posts, and write them with their card.

Each file is lines of JSON, gzipped or not, one post a line. Only data may be named here whose licence lets a program that
learnt from it be passed on; the card names each with its licence. The same files give the same bytes.
"""

import argparse
import gzip
import hashlib
import json
import math
import sys
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import scipy.sparse
from sklearn.feature_extraction.text import CountVectorizer
from sklearn.linear_model import LogisticRegression
from sklearn.metrics import f1_score, roc_auc_score
from sklearn.model_selection import StratifiedKFold

from app.triage.signals.learnt.features import features_of, is_of_form, is_of_place
from app.triage.signals.learnt.weights import HEADS
from app.triage.signals.reading import Reading, read

Post = dict[str, Any]
SEED = 0
FOLDS = 5
LARGEST = 127
"""A weight is kept as a whole number of so many steps either way."""


@dataclass(frozen=True, slots=True)
class Source:
    """One set of labelled posts and the terms it comes under."""

    option: str
    title: str
    licence: str


SOURCES = (
    Source("goemotions", "GoEmotions (google-research), Reddit comments with 27 emotions", "CC BY 4.0"),
    Source("carechats", "IBM customer care chats (IBM/twitter-customer-care-document-prediction)", "Apache-2.0"),
    Source("valence", "VADER's rated tweets (cjhutto/vaderSentiment), mean of 20 raters", "MIT"),
    Source("sms", "UCI SMS Spam Collection", "CC BY 4.0"),
    Source("comments", "UCI YouTube Spam Collection", "CC BY 4.0"),
    Source(
        "invented", "Posts to brands, invented for Ovation (`tools/invented_posts.jsonl`)", "MIT, as Ovation itself"
    ),
)

_ANGRY = {"anger", "annoyance"}
_NEAR_ANGRY = {"neutral", "disapproval", "disgust", "confusion"}
_BAD = {
    "anger", "annoyance", "disappointment", "disapproval", "disgust", "embarrassment", "fear", "grief", "nervousness", "remorse",
    "sadness",
}  # fmt: skip
_GOOD = {
    "admiration", "amusement", "approval", "caring", "excitement", "gratitude", "joy", "love", "optimism", "pride", "relief",
}  # fmt: skip
CLEAR_VALENCE = 0.5
"""Of posts rated -4..4, those nearer to 0 say neither."""


def is_angry(post: Post) -> bool | None:
    """Tell anger from the other feelings; None: it has no clear one."""
    if "labels" not in post:
        return None
    felt = set(post["labels"])
    if felt & _ANGRY:
        return True
    return False if felt - _NEAR_ANGRY else None


def is_negative(post: Post) -> bool | None:
    """Tell bad feelings from good ones; None: neither, or both."""
    if "mean_valence" in post:
        return None if abs(post["mean_valence"]) < CLEAR_VALENCE else post["mean_valence"] < 0
    if "labels" not in post:
        return None
    felt = set(post["labels"])
    return None if bool(felt & _BAD) == bool(felt & _GOOD) else bool(felt & _BAD)


def asks_for_help(post: Post) -> bool | None:
    """Tell what customers write to a brand's care from what people post anywhere; None: it is neither."""
    if "inbound" in post:
        return True if post["inbound"] else None
    return False if "mean_valence" in post else None


def is_spam(post: Post) -> bool | None:
    """Tell adverts and lures from the rest; None: nobody said."""
    return bool(post["spam"]) if "spam" in post else None


def is_sensitive(post: Post) -> bool | None:
    """Tell what only staff with powers can answer from the rest; None: it is angry, whatever it asks, or nobody said."""
    return _is_routed_to(post, "staff_sensitive")


def is_technical(post: Post) -> bool | None:
    """Tell what needs engineers or operations from the rest; None: it is angry, whatever it asks, or nobody said."""
    return _is_routed_to(post, "staff_technical")


def _is_routed_to(post: Post, route: str) -> bool | None:
    return None if post.get("route", "staff_angry") == "staff_angry" else post["route"] == route


@dataclass(frozen=True, slots=True)
class Head:
    """One thing that is learnt: what tells it, how rare a feature may be, and how freely weights may grow."""

    label: Callable[[Post], bool | None]
    seen_in: int
    freedom: float
    """The inverse strength of the penalty on the squared weights."""
    reads_form: bool = False
    """Whether the look of a text counts: where the sets differ in it by chance, it must not."""


HOW = {
    "anger": Head(is_angry, 4, 1.0),
    "help": Head(asks_for_help, 3, 0.5),
    "negative": Head(is_negative, 4, 0.3),
    "sensitive": Head(is_sensitive, 3, 1.0),
    "spam": Head(is_spam, 2, 30.0, reads_form=True),
    "technical": Head(is_technical, 3, 1.0),
}


@dataclass(frozen=True, slots=True)
class Learnt:
    """One head's weights by feature, its bias, and how it did on posts it had not learnt from."""

    weights: dict[str, float]
    bias: float
    posts: int
    positive: int
    auc: float
    f1: float


def posts_of(path: Path) -> Iterator[Post]:
    """Read the posts of one file."""
    raw = gzip.decompress(path.read_bytes()) if path.suffix == ".gz" else path.read_bytes()
    for line in raw.decode().split("\n"):
        if line.strip():
            yield json.loads(line)


def learn(head: Head, posts: Sequence[Post]) -> Learnt:
    """Fit one head by logistic regression, after five rounds that leave a fifth of the posts out each."""
    labelled = [(read(str(post["text"])), label) for post in posts if (label := head.label(post)) is not None]
    texts, truth = [text for text, _ in labelled], np.array([label for _, label in labelled])
    left_out = np.zeros(len(truth))
    for kept, out in StratifiedKFold(FOLDS, shuffle=True, random_state=SEED).split(texts, truth):
        names, model = _fit(head, [texts[i] for i in kept], truth[kept])
        left_out[out] = model.decision_function(_counted(names, [texts[i] for i in out]))
    names, model = _fit(head, texts, truth)
    return Learnt(
        weights=dict(zip(names.get_feature_names_out().tolist(), model.coef_[0].tolist(), strict=True)),
        bias=float(model.intercept_[0]),
        posts=len(truth),
        positive=int(truth.sum()),
        auc=float(roc_auc_score(truth, left_out)),
        f1=float(f1_score(truth, left_out >= 0)),
    )


def _fit(head: Head, texts: Sequence[Reading], truth: Any) -> tuple[CountVectorizer, LogisticRegression]:
    # Sets have no order of their own: sorted, so that the same posts always give the same sums.
    def features(text: Reading) -> list[str]:
        found = (name for name in features_of(text) if not is_of_place(name))
        return sorted(name for name in found if head.reads_form or not is_of_form(name))

    names = CountVectorizer(analyzer=features, binary=True, min_df=head.seen_in).fit(texts)
    model = LogisticRegression(C=head.freedom, solver="liblinear", random_state=SEED)
    return names, model.fit(_counted(names, texts), truth)


def _counted(names: CountVectorizer, texts: Sequence[Reading]) -> Any:
    table = names.transform(texts).astype(np.float64)
    return scipy.sparse.diags([1 / math.sqrt(len(text.words)) for text in texts]) @ table


def table_of(heads: dict[str, Learnt]) -> str:
    """Write the table that triage reads; a feature that counts for nothing is left out."""
    scales = {name: _step(max(map(abs, head.weights.values()), default=0.0) / LARGEST) for name, head in heads.items()}
    lines = [
        "\t".join(("#head", *heads)),
        "\t".join(("#bias", *(f"{head.bias:.4g}" for head in heads.values()))),
        "\t".join(("#scale", *(f"{scale:.4g}" for scale in scales.values()))),
    ]
    for feature in sorted({name for head in heads.values() for name in head.weights}):
        row = [round(head.weights.get(feature, 0.0) / scales[name]) for name, head in heads.items()]
        if any(row):
            lines.append("\t".join((feature, *(f"{max(-LARGEST, min(LARGEST, number)):d}" for number in row))))
    return "\n".join(lines) + "\n"


def _step(size: float) -> float:
    """Return the step as it will be written, so that numbers are counted in what is read back."""
    return float(f"{size:.4g}") or 1.0


def card_of(heads: dict[str, Learnt], files: Sequence[tuple[Source, bytes]], *, table: str, date: str) -> str:
    """Say in words what was learnt, from what, under which licence, and how well."""
    figures = "\n".join(
        f"| {name} | {one.posts:,} | {one.positive:,} | {one.auc:.3f} | {one.f1:.3f} |" for name, one in heads.items()
    )
    data = "\n".join(
        f"| {source.title} | {source.licence} | `{hashlib.sha256(raw).hexdigest()[:16]}` |" for source, raw in files
    )
    return CARD.format(
        date=date, figures=figures, data=data, size=len(table.encode()) // 1024, features=f"{table.count(chr(10)) - 3:,}",
        checksum=hashlib.sha256(table.encode()).hexdigest(),
    )  # fmt: skip


CARD = """# What triage has learnt

Made by `python -m tools.learn_weights` on {date}. `weights.tsv` ({size} KiB, {features} features) holds one whole number a
feature and head; nothing else was learnt. The words, weights and borders beside it were chosen by hand. Its SHA-256 is
`{checksum}`.

| Head | Posts | of them positive | AUC | F1 at even odds |
|---|---|---|---|---|
{figures}

AUC and F1 are of five rounds in which a fifth of the posts was left out and asked afterwards. They say how well a head knows
posts *of its own kind*: comments on Reddit, text messages, invented posts. On posts to a brand it is one voice among the cues, and the
weights with which it speaks there (`app/triage/signals/`) were chosen by hand.

| Data | Licence | SHA-256 of the file, its start |
|---|---|---|
{data}

**Anger** is anger or annoyance against the other feelings; **help** is what customers write to a brand's care against what
people post anywhere; **negative** is bad feelings against good ones; **sensitive** is what only staff with powers over
accounts, orders and payments, or for safety and the law, can answer; **technical** is what needs engineers; **spam** is adverts
and lures. Logistic regression on which words, neighbours, pieces of words and marks of form a text holds; nothing is known of who
wrote it. English only. No post of an installation went into it.

**Known to be weak.** Sarcasm, understatement, news of terrible things told calmly, words that are angry on Reddit and plain in a
shop's trade. The sets' raters were few and mostly American.
"""


def learn_all(files: Sequence[tuple[Source, Path]]) -> dict[str, Learnt]:
    """Learn every head from the posts of all files."""
    posts = [post for _, path in files for post in posts_of(path)]
    return {name: learn(HOW[name], posts) for name in HEADS}


def main() -> None:
    """Learn from the files of the command line and write into a folder."""
    parser = argparse.ArgumentParser(prog="python -m tools.learn_weights", description=__doc__)
    for source in SOURCES:
        parser.add_argument(
            f"--{source.option}", type=Path, required=True, metavar="FILE", help=f"{source.title}; {source.licence}"
        )
    parser.add_argument("--date", required=True, help="what the card says, 2026-11-22")
    parser.add_argument("--out", type=Path, default=Path("app/triage/signals/learnt"), metavar="FOLDER")
    asked = parser.parse_args()
    files = [(source, getattr(asked, source.option)) for source in SOURCES]
    heads = learn_all(files)
    table = table_of(heads)
    card = card_of(heads, [(source, path.read_bytes()) for source, path in files], table=table, date=asked.date)
    (asked.out / "weights.tsv").write_text(table, encoding="utf-8")
    (asked.out / "CARD.md").write_text(card, encoding="utf-8")
    sys.stdout.write(card)


if __name__ == "__main__":
    main()
