import gzip
import json
import subprocess
import sys
import time
from pathlib import Path
from typing import Any

import tweepy

from sandbox.replay import Replay, post_of, replay
from sandbox.texts import is_long
from tests.sandbox_server import ROOT, Sandbox

STREAM: list[dict[str, Any]] = [
    {"t": 0, "id": "a", "author": "u1", "inbound": True, "text": "@OtherBrand where is my parcel", "in_reply_to": "zz"},
    {"t": 2, "id": "b", "author": "OtherBrand", "inbound": False, "text": "@u1 On its way!", "in_reply_to": "a"},
    {"t": 4, "id": "c", "author": "u1", "inbound": True, "text": "@OtherBrand thanks", "in_reply_to": "b"},
    {"t": 6, "id": "d", "author": "a name with spaces", "inbound": True, "text": "long " * 60},
    {"t": 8, "id": "e", "author": "u2", "inbound": True, "text": "@NorthwindKettle named already"},
]


def stream_file(folder: Path, rows: list[dict[str, Any]], name: str = "stream.jsonl.gz") -> Path:
    text = "\n".join(json.dumps(row) for row in rows) + "\n"
    file = folder / name
    if name.endswith(".gz"):
        with gzip.open(file, "wt", encoding="utf-8") as out:
            out.write(text)
    else:
        file.write_text(text)
    return file


def test_a_stream_becomes_threads_that_name_the_brand(
    tmp_path: Path, own_sandbox: Sandbox, own_brand: tweepy.Client
) -> None:
    file = stream_file(tmp_path, [*STREAM, {"id": "broken"}])
    command = [sys.executable, "-m", "sandbox", "replay", str(file), "--speed", "0", "--url", own_sandbox.base_url]

    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=True)

    assert "5 rows" in done.stdout
    assert (
        "4 from customers, 1 from the brand, 3 linked to a parent; 5 new, 0 there already, 1 unreadable" in done.stdout
    )
    entries = {entry["text"]: entry for entry in own_sandbox.log("post")}
    first, answer = entries["@NorthwindKettle @OtherBrand where is my parcel"], entries["@u1 On its way!"]
    assert (answer["actor"], answer["reply_to"]) == ("NorthwindKettle", first["post_id"])
    assert entries["@NorthwindKettle @OtherBrand thanks"]["reply_to"] == answer["post_id"]
    me = own_brand.get_me(user_auth=False)["data"]["id"]
    assert len(own_brand.get_users_mentions(me)["data"]) == 4


def test_a_second_run_posts_nothing_new_and_another_label_everything(tmp_path: Path, own_sandbox: Sandbox) -> None:
    file = stream_file(tmp_path, STREAM, "stream.jsonl")
    orders = [Replay(file, 0, "NorthwindKettle", own_sandbox.base_url, label) for label in ("one", "one", "two")]

    news = [replay(order).new for order in orders]

    assert news == [5, 0, 5]
    assert len(own_sandbox.log("post")) == 10


def test_speed_keeps_the_streams_own_pace(tmp_path: Path, own_sandbox: Sandbox) -> None:
    order = Replay(stream_file(tmp_path, STREAM), 8.0, "NorthwindKettle", own_sandbox.base_url, "paced")

    started = time.monotonic()
    outcome = replay(order)

    assert time.monotonic() - started >= 1.0
    moments = [entry["at_ms"] for entry in own_sandbox.log("post")]
    assert moments[-1] - moments[0] >= 900
    assert outcome.new == 5


def test_full_speed_posts_many_rows_at_once(tmp_path: Path, own_sandbox: Sandbox) -> None:
    rows = [
        {
            "t": n,
            "id": str(n),
            "author": f"u{n % 700}",
            "inbound": True,
            "text": f"@Brand {n} is a question " + "x" * 80,
        }
        for n in range(4000)
    ]

    outcome = replay(Replay(stream_file(tmp_path, rows), 0, "NorthwindKettle", own_sandbox.base_url, "fast"))

    assert outcome.new == 4000
    # Measured at 5,000 to 15,000 alone on two cores; other work on them must not fail this.
    assert 4000 / outcome.seconds > 500


def test_rows_are_made_to_fit_an_ordinary_post() -> None:
    for text in ("word " * 100, "あ" * 279, "🫖" * 200):
        row = {"id": "1", "author": "u1", "inbound": True, "text": text}

        made = post_of(row, "NorthwindKettle", "l")["text"]

        assert made.startswith("@NorthwindKettle ")
        assert not is_long(made)
