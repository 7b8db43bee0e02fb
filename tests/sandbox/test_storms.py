"""Bad days by chance: repeatable, bearable for the network, and truly logged."""

import time
from collections import Counter
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest
import requests

from tests.sandbox_server import Sandbox


@pytest.fixture
def stormy(sandbox: Sandbox) -> Iterator[Sandbox]:
    """A network whose storm ends with the test."""
    yield sandbox
    sandbox.calm()


def post(sandbox: Sandbox, text: str) -> int | None:
    """Post as the brand, and return the status, or None where no answer came."""
    authorization = {"Authorization": f"Bearer {sandbox.token}"}
    try:
        answer = requests.post(f"{sandbox.base_url}/2/tweets", json={"text": text}, headers=authorization, timeout=10)
    except requests.ConnectionError:
        return None
    return answer.status_code


def listed(sandbox: Sandbox, path: str) -> list[str]:
    authorization = {"Authorization": f"Bearer {sandbox.token}"}
    me = sandbox.http.get(f"{sandbox.base_url}/2/users/me", headers=authorization).json()["data"]["id"]
    answer = sandbox.http.get(f"{sandbox.base_url}/2/users/{me}/{path}?max_results=100", headers=authorization)
    return [row["id"] for row in answer.json().get("data", [])]


def texts(sandbox: Sandbox) -> list[str]:
    return [entry["text"] for entry in sandbox.log("post", via="api")]


def wait_for(met: Callable[[], Any], within_seconds: float = 20) -> Any:
    deadline = time.monotonic() + within_seconds
    while not (found := met()) and time.monotonic() < deadline:
        time.sleep(0.05)
    return found


def test_the_same_seed_makes_the_same_bad_day(stormy: Sandbox) -> None:
    rates = {"create": {"500_before": 0.3, "429": 0.2, "reset": 0.1}}
    days = []
    for day in ("one", "two"):
        stormy.storm(7, rates)
        days.append([post(stormy, f"{day} {n}") for n in range(40)])

    assert days[0] == days[1]
    assert Counter(days[0]).keys() == {201, 500, 429, None}


def test_an_endpoint_that_is_not_named_meets_what_any_endpoint_meets(stormy: Sandbox) -> None:
    authorization = {"Authorization": f"Bearer {stormy.token}"}
    stormy.storm(1, {"create": {}, "*": {"503_before": 1.0}})

    me = stormy.http.get(f"{stormy.base_url}/2/users/me", headers=authorization)

    assert me.status_code == 503
    assert post(stormy, "calm here") == 201


def test_a_late_post_is_made_and_logged_after_its_caller_was_dropped(stormy: Sandbox) -> None:
    stormy.storm(1, {"create": {"late": 1.0}}, late_seconds=1.0)

    answered, at_once = post(stormy, "better late"), texts(stormy)
    stormy.calm()

    assert answered is None
    assert "better late" not in at_once
    assert wait_for(lambda: texts(stormy).count("better late") == 1)
    assert post(stormy, "better late") == 403


def test_what_is_refused_late_is_not_logged(stormy: Sandbox) -> None:
    stormy.storm(1, {"create": {"late": 1.0}}, late_seconds=0.2)
    post(stormy, "x" * 281)
    post(stormy, "the one that fits")

    assert wait_for(lambda: "the one that fits" in texts(stormy))
    assert "x" * 281 not in texts(stormy)


def test_a_lagging_list_shows_a_post_only_when_it_is_old_enough(stormy: Sandbox) -> None:
    old, new = (stormy.post_as("ana", f"@{stormy.brand} {age}", age_seconds=age) for age in (7200, 60))
    own = stormy.post_as(stormy.brand, "just now")
    stormy.storm(1, {}, lag_seconds=3600)

    heard, said = listed(stormy, "mentions"), listed(stormy, "tweets")
    stormy.calm()

    assert old in heard
    assert new not in heard
    assert own not in said
    assert new in listed(stormy, "mentions")
    assert own in listed(stormy, "tweets")


def test_many_callers_in_a_storm_are_all_answered_and_the_log_holds_what_was_done(stormy: Sandbox) -> None:
    rates = {"create": {"500_before": 0.1, "500_after": 0.1, "reset_after": 0.1, "late": 0.1, "429": 0.1}}
    stormy.storm(3, rates, late_seconds=0.5)

    with ThreadPoolExecutor(16) as pool:
        answers = list(pool.map(lambda n: (f"in the storm {n}", post(stormy, f"in the storm {n}")), range(300)))
    stormy.calm()
    time.sleep(1)

    made = Counter(text for text in texts(stormy) if text.startswith("in the storm"))
    assert set(made.values()) == {1}
    assert {text for text, status in answers if status == 201} <= made.keys()
    assert not {text for text, status in answers if status == 429} & made.keys()
    assert len(made) > sum(status == 201 for _, status in answers)


@pytest.mark.parametrize(
    "storm",
    [
        {"seed": 1, "rates": {"nowhere": {"reset": 0.1}}},
        {"seed": 1, "rates": {"create": {"flood": 0.1}}},
        {"seed": 1, "rates": {"create": {"reset": 0.7, "late": 0.7}}},
        {"seed": 1, "rates": {"create": {"reset": -0.1}}},
        {"rates": {}},
    ],
)
def test_a_storm_nobody_understands_is_refused(stormy: Sandbox, storm: dict[str, object]) -> None:
    assert stormy.http.post(f"{stormy.base_url}/admin/storm", json=storm).status_code == 400
    assert stormy.admin("GET", "/storm")["storm"] is None
