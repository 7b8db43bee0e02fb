"""What the answers of a bad day look like."""

import time
import zlib
from typing import Any

import pytest
import requests

from tests.sandbox_server import Sandbox


def ask(sandbox: Sandbox, path: str, **options: Any) -> requests.Response:
    authorization = {"Authorization": f"Bearer {sandbox.token}"}
    method = "POST" if "json" in options else "GET"
    return sandbox.http.request(
        method, f"{sandbox.base_url}/2/{path}", headers=authorization, timeout=20, allow_redirects=False, **options
    )


def mentions(sandbox: Sandbox, token: str | None = None) -> dict[str, Any]:
    me = ask(sandbox, "users/me").json()["data"]["id"]
    answer = ask(sandbox, f"users/{me}/mentions", params={"max_results": 5, "pagination_token": token})
    body: dict[str, Any] = answer.json()
    return body


def ids(body: dict[str, Any]) -> list[str]:
    return [row["id"] for row in body["data"]]


@pytest.mark.parametrize(("kind", "away"), [("429_past", -3600), ("429_days", 3 * 86_400)])
def test_a_429_may_name_any_time(sandbox: Sandbox, kind: str, away: int) -> None:
    sandbox.fault("me", kind)

    answer = ask(sandbox, "users/me")

    assert answer.status_code == 429
    assert int(answer.headers["x-rate-limit-reset"]) - time.time() == pytest.approx(away, abs=5)


def test_a_429_may_name_no_time(sandbox: Sandbox) -> None:
    sandbox.fault("me", "429_no_reset")

    assert "x-rate-limit-reset" not in ask(sandbox, "users/me").headers


def test_a_revoked_token_stays_so(own_sandbox: Sandbox) -> None:
    own_sandbox.fault("me", "401_revoked")

    assert [ask(own_sandbox, "users/me").status_code for _ in range(2)] == [401, 401]


@pytest.mark.parametrize(
    ("kind", "said"), [("403_scope", "permissions"), ("403_blocked", "blocked"), ("403_protected", "protected")]
)
def test_a_refusal_says_why(sandbox: Sandbox, kind: str, said: str) -> None:
    sandbox.fault("create", kind)

    answer = ask(sandbox, "tweets", json={"text": kind})

    assert (answer.status_code, said in answer.json()["detail"]) == (403, True)


@pytest.mark.parametrize("status", [500, 502, 503])
def test_a_server_error_may_come_before_the_work_or_after_it(sandbox: Sandbox, status: int) -> None:
    sandbox.fault("create", f"{status}_before")
    sandbox.fault("create", f"{status}_after")

    statuses = [ask(sandbox, "tweets", json={"text": f"{status} {when}"}).status_code for when in ("before", "after")]

    assert statuses == [status, status]
    assert [entry["text"] for entry in sandbox.log("post") if entry["text"].startswith(f"{status} ")] == [
        f"{status} after"
    ]


def test_an_id_may_be_a_number_or_somebody_elses(sandbox: Sandbox) -> None:
    other = sandbox.post_as("ana", "mine, not yours")
    for kind in ("number_id", "foreign_id", "no_id"):
        sandbox.fault("create", kind)

    number, foreign, none = (ask(sandbox, "tweets", json={"text": f"id {n}"}).json()["data"] for n in range(3))

    assert isinstance(number["id"], int)
    assert foreign["id"] == other
    assert "id" not in none


def test_a_redirect_asks_for_the_same_again_elsewhere(sandbox: Sandbox) -> None:
    sandbox.fault("create", "redirect")

    answer = ask(sandbox, "tweets", json={"text": "go away"})

    assert (answer.status_code, answer.headers["Location"].endswith("/elsewhere")) == (307, True)


def test_a_dripping_answer_comes_byte_by_byte(sandbox: Sandbox) -> None:
    sandbox.fault("me", "drip", seconds=3)
    began = time.monotonic()

    with ask(sandbox, "users/me", stream=True) as answer:
        read = answer.raw.read()

    assert time.monotonic() - began > 2
    assert read == b'{"data": '[: len(read)]
    assert len(read) > 1


def test_an_endless_answer_goes_on_and_on(sandbox: Sandbox) -> None:
    sandbox.fault("me", "endless", seconds=30)

    with ask(sandbox, "users/me", stream=True) as answer:
        read = sum(len(answer.raw.read(65536)) for _ in range(200))

    assert read > 10_000_000
    assert ask(sandbox, "users/me").status_code == 200


def test_a_small_answer_may_be_a_large_one(sandbox: Sandbox) -> None:
    sandbox.fault("me", "gzip_bomb")

    with ask(sandbox, "users/me", stream=True) as answer:
        packed = answer.raw.read(decode_content=False)

    assert len(packed) < 1_000_000
    assert len(zlib.decompress(packed, wbits=31)) == 100_000_000


def test_a_list_may_lag_loop_be_out_of_order_or_say_other_words(own_sandbox: Sandbox) -> None:
    named = f"@{own_sandbox.brand}"
    made = own_sandbox.post_many([{"author": "ana", "text": f"{named} {n}", "age_seconds": 900 - n} for n in range(7)])
    own_sandbox.post_as("ana", f"{named} new")
    for kind in ("lag", "token_loop", "token_loop", "disorder", "other_words"):
        own_sandbox.fault("mentions", kind, seconds=600)

    lagging = mentions(own_sandbox)
    looping = mentions(own_sandbox)
    looped = mentions(own_sandbox, looping["meta"]["next_token"])
    jumbled, reworded = mentions(own_sandbox), mentions(own_sandbox)
    true = mentions(own_sandbox)

    assert ids(lagging) == made[:1:-1]
    assert looping["meta"]["next_token"] == looped["meta"]["next_token"]
    assert ids(looped) == ids(looping)
    assert ids(jumbled) != ids(true)
    assert sorted(ids(jumbled)) == sorted(ids(true))
    assert ids(reworded) == ids(true)
    assert not {row["text"] for row in reworded["data"]} & {row["text"] for row in true["data"]}
