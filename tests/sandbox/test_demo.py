import time
from pathlib import Path

import requests

from sandbox.__main__ import DEMO
from sandbox.demo import drip_one, read_demo, seed
from sandbox.network import DEFAULT_BRAND, open_network
from sandbox.texts import HANDLE, is_long
from tests.sandbox_server import run_sandbox


def test_the_demo_has_what_a_first_look_needs() -> None:
    demo = read_demo(DEMO)
    lines = demo.history + demo.drip
    handles = {str(person["handle"]) for person in demo.people}

    assert len(lines) >= 80
    assert len(handles) >= 35
    assert len(demo.history) >= 50
    assert {line.author for line in lines} <= handles | {DEFAULT_BRAND}
    assert all(HANDLE.fullmatch(handle) for handle in handles)
    assert {line.lang for line in lines} >= {"en", "es", "de", "fr", "ar", "ja", "pt"}
    assert sum(is_long(line.text) for line in lines) == 1
    assert any(DEFAULT_BRAND not in line.text for line in lines)


def test_every_reply_of_the_demo_follows_what_it_answers() -> None:
    said: set[str] = set()
    demo = read_demo(DEMO)

    for line in demo.history + demo.drip:
        assert line.in_reply_to is None or line.in_reply_to in said, line.id
        said.add(line.id)


def test_an_empty_network_is_filled_once(tmp_path: Path) -> None:
    with run_sandbox(tmp_path, seed_demo=True) as first:
        written = first.log("post")
        first.post_as("ana", "something of mine")
    with run_sandbox(tmp_path, seed_demo=True) as second:
        kept = second.log("post")

    assert len(written) == len(read_demo(DEMO).history)
    assert [entry["seq"] for entry in kept[:-1]] == [entry["seq"] for entry in written]
    assert kept[-1]["text"] == "something of mine"


def test_the_history_lies_in_the_last_hours(tmp_path: Path) -> None:
    with run_sandbox(tmp_path, seed_demo=True) as sandbox:
        answer = requests.get(
            f"{sandbox.base_url}/2/users/1/mentions?max_results=100&tweet.fields=created_at",
            headers={"Authorization": f"Bearer {sandbox.token}"},
            timeout=10,
        ).json()

    times = [post["created_at"] for post in answer["data"]]
    assert times == sorted(times, reverse=True)
    assert len(times) >= 40
    assert times[-1][:13] != times[0][:13]


def test_the_drip_never_says_the_same_twice_in_one_voice(tmp_path: Path) -> None:
    network = open_network(tmp_path / "n.sqlite3", brand=DEFAULT_BRAND, brand_name="N", token="t", limits="wide")
    demo = read_demo(DEMO)
    seed(network.store, demo)

    made = [drip_one(network.store, demo) for _ in range(len(demo.drip) * 12)]

    with network.store.read() as db:
        said = [tuple(row) for row in db.execute("SELECT author_id, prefix || text FROM posts")]
    assert len(said) == len(set(said))
    assert sum(post is not None for post in made) >= 0.95 * len(made)
    network.store.close()


def test_the_drip_goes_on_where_it_stopped(tmp_path: Path) -> None:
    with run_sandbox(tmp_path, seed_demo=True, drip_seconds=0.05) as first:
        time.sleep(1)
        before = len(first.log("post"))
    with run_sandbox(tmp_path, seed_demo=True, drip_seconds=0.05) as second:
        time.sleep(1)
        texts = [entry["text"] for entry in second.log("post")]

    assert len(texts) > before > len(read_demo(DEMO).history)
    assert len(texts) == len(set(texts))


def test_another_brand_is_named_by_the_demo_too(tmp_path: Path) -> None:
    with run_sandbox(tmp_path, seed_demo=True, brand="TinPots") as sandbox:
        texts = [str(entry["text"]) for entry in sandbox.log("post")]

    assert sum("@TinPots" in text for text in texts) >= 40
    assert not any(DEFAULT_BRAND in text for text in texts)
