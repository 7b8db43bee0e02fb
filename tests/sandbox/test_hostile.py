import html
import json
import re
from pathlib import Path
from typing import Any

import pytest
import tweepy

from tests.sandbox_server import Sandbox

ROWS: list[dict[str, Any]] = [
    json.loads(line)
    for line in (Path(__file__).parent.parent / "data" / "hostile_inputs.jsonl").read_text().splitlines()
]


def well_formed(text: str) -> str:
    return text.encode("utf-16", "surrogatepass").decode("utf-16", "replace")


def as_written(data: dict[str, Any]) -> str:
    """Undo what the API does to a text, as a client has to."""
    part = data.get("note_tweet", data)
    text = html.unescape(str(part["text"]))
    for url in part.get("entities", {}).get("urls", []):
        text = text.replace(url["url"], url["expanded_url"])
    return text


def test_every_hostile_text_comes_back_as_it_was_written(brand: tweepy.Client, sandbox: Sandbox) -> None:
    ids = sandbox.post_many([{"author": "mallory", "text": row["text"]} for row in ROWS])

    fields = ["entities", "note_tweet"]
    read = [
        brand.get_tweets(ids[start : start + 100], tweet_fields=fields)["data"] for start in range(0, len(ids), 100)
    ]
    found = {post["id"]: as_written(post) for page in read for post in page}

    assert [found[post_id] for post_id in ids] == [well_formed(row["text"]) for row in ROWS]


def test_hostile_texts_and_names_are_plain_text_on_every_page(sandbox: Sandbox) -> None:
    rows = [row for row in ROWS if len(row["text"]) < 2000 and row["text"].isprintable()]
    ids = sandbox.post_many([{"author": "mallory2", "text": row["text"], "name": row["text"][:50]} for row in rows])

    for row, post_id in zip(rows, ids, strict=True):
        page = sandbox.http.get(f"{sandbox.base_url}/post/{post_id}")
        words = re.findall(r'<p class="words" dir="auto">(.*?)</p>', page.text, re.DOTALL)

        assert page.status_code == 200
        assert [html.unescape(word) for word in words] == [row["text"]]
        assert "<script" not in page.text.lower()
        assert re.search(r"<[^>]*\son\w+=", re.sub(r'"[^"]*"', '""', page.text)) is None


@pytest.mark.parametrize("text", ["", " ", "\u202e", "\x00nul\x00", "a" * 100_000])
def test_odd_posts_are_taken_from_customers(brand: tweepy.Client, sandbox: Sandbox, text: str) -> None:
    post_id = sandbox.post_as("mallory3", text)

    assert as_written(brand.get_tweet(post_id, tweet_fields=["note_tweet"])["data"]) == text


@pytest.mark.parametrize(
    "body", [b"", b"[]", b"{", b'{"posts": 5}', b'{"posts": [{}]}', b'{"posts": [{"author": "a b", "text": "x"}]}']
)
def test_admin_calls_that_make_no_sense_are_refused(sandbox: Sandbox, body: bytes) -> None:
    before = len(sandbox.log())

    answer = sandbox.http.post(f"{sandbox.base_url}/admin/posts", data=body)

    assert answer.status_code == 400
    assert answer.json()["error"]
    assert len(sandbox.log()) == before
