import time
from pathlib import Path

import pytest
import requests
import tweepy

from tests.sandbox.conftest import client_of
from tests.sandbox_server import Sandbox, run_sandbox


def test_every_answer_tells_what_is_left(sandbox: Sandbox) -> None:
    authorization = {"Authorization": f"Bearer {sandbox.token}"}

    answers = [sandbox.http.get(f"{sandbox.base_url}/2/users/me", headers=authorization) for _ in range(2)]

    remaining = [int(answer.headers["x-rate-limit-remaining"]) for answer in answers]
    assert remaining[0] - remaining[1] == 1
    assert int(answers[0].headers["x-rate-limit-limit"]) == remaining[0] + 1
    assert 0 < int(answers[0].headers["x-rate-limit-reset"]) - time.time() <= 901


def test_a_used_up_window_is_refused_until_it_resets(own_brand: tweepy.Client, own_sandbox: Sandbox) -> None:
    own_sandbox.limits(me=2, window_seconds=3)
    for _ in range(2):
        own_brand.get_me(user_auth=False)

    with pytest.raises(tweepy.TooManyRequests) as refused:
        own_brand.get_me(user_auth=False)
    own_brand.get_user(username=own_sandbox.brand)
    time.sleep(max(0.0, refused.value.reset_time - time.time()) + 0.1)

    assert own_brand.get_me(user_auth=False)["data"]


def test_limits_are_counted_per_token(own_sandbox: Sandbox, contract: object) -> None:
    own_sandbox.add_user("ana", token="token-of-ana")
    own_sandbox.limits(me=1)
    clients = [client_of(own_sandbox, contract, token) for token in (own_sandbox.token, "token-of-ana")]

    names = [client.get_me(user_auth=False)["data"]["username"] for client in clients]

    assert names == [own_sandbox.brand, "ana"]
    for client in clients:
        client.session.close()


def test_x_limits_are_its_own_and_lists_end_where_its_do(tmp_path: Path, contract: object) -> None:
    with run_sandbox(tmp_path, limits="x") as sandbox:
        sandbox.post_many([{"author": f"u{n % 9}", "text": f"@{sandbox.brand} post {n}"} for n in range(1000)])
        client, seen, token = client_of(sandbox, contract), 0, None
        me = client.get_me(user_auth=False)["data"]["id"]

        while True:
            page = client.get_users_mentions(me, max_results=100, pagination_token=token)
            seen += page["meta"]["result_count"]
            token = page["meta"].get("next_token")
            if token is None:
                break

        client.session.close()
        limits = sandbox.admin("POST", "/limits", {})["limits"]
    assert seen == 800
    assert (limits["mentions"], limits["create"], limits["delete"]) == (300, 100, 50)


@pytest.mark.parametrize(
    ("kind", "error", "done"),
    [
        ("429", tweepy.TooManyRequests, False),
        ("401", tweepy.Unauthorized, False),
        ("403", tweepy.Forbidden, False),
        ("500", tweepy.TwitterServerError, False),
        ("500_before", tweepy.TwitterServerError, False),
        ("503_before", tweepy.TwitterServerError, False),
        ("reset", requests.exceptions.ConnectionError, False),
        ("hang", requests.exceptions.ReadTimeout, False),
        ("500_after", tweepy.TwitterServerError, True),
        ("reset_after", requests.exceptions.ConnectionError, True),
        ("hang_after", requests.exceptions.ReadTimeout, True),
        ("garbage", requests.exceptions.JSONDecodeError, True),
        ("broken_json", requests.exceptions.JSONDecodeError, True),
    ],
)
def test_a_fault_is_met_once_and_before_or_after_the_work(
    sandbox: Sandbox, kind: str, error: type[Exception], done: bool
) -> None:
    client = tweepy.Client(sandbox.token, return_type=dict)
    client.session.mount("https://api.twitter.com", _Impatient(sandbox.base_url))
    text = f"Said under {kind}"
    sandbox.fault("create", kind)

    with client.session, pytest.raises(error):
        client.create_tweet(text=text, user_auth=False)

    assert [entry["text"] for entry in sandbox.log("post", via="api")].count(text) == done
    with client.session:
        if done:
            with pytest.raises(tweepy.Forbidden, match="duplicate"):
                client.create_tweet(text=text, user_auth=False)
        else:
            assert client.create_tweet(text=text, user_auth=False)["data"]["id"]


def test_a_fault_keeps_to_its_endpoint_and_count(sandbox: Sandbox) -> None:
    authorization = {"Authorization": f"Bearer {sandbox.token}"}
    sandbox.fault("search", "500", count=2)

    statuses = [
        sandbox.http.get(f"{sandbox.base_url}/2/{path}", headers=authorization).status_code
        for path in ("users/me", *["tweets/search/recent?query=kettle"] * 3)
    ]

    assert statuses == [200, 500, 500, 200]
    assert [seen["status"] for seen in sandbox.requests_seen()[-4:]] == statuses


def test_a_429_says_when_to_come_back_or_says_nothing(sandbox: Sandbox) -> None:
    authorization = {"Authorization": f"Bearer {sandbox.token}"}
    sandbox.fault("me", "429", seconds=7200)
    sandbox.fault("me", "429", seconds=0)

    later, unknown = (sandbox.http.get(f"{sandbox.base_url}/2/users/me", headers=authorization) for _ in range(2))

    assert int(later.headers["x-rate-limit-reset"]) - time.time() == pytest.approx(7200, abs=5)
    assert "x-rate-limit-reset" not in unknown.headers
    assert unknown.status_code == 429


def test_a_fault_nobody_knows_is_refused_and_orders_can_be_withdrawn(sandbox: Sandbox) -> None:
    refused = sandbox.http.post(f"{sandbox.base_url}/admin/faults", json={"endpoint": "me", "kind": "flood"})
    sandbox.fault("lookup", "500", count=3)
    sandbox.clear_faults()

    assert refused.status_code == 400
    assert sandbox.admin("GET", "/faults")["faults"] == []


class _Impatient(requests.adapters.HTTPAdapter):
    def __init__(self, base_url: str) -> None:
        super().__init__()
        self.base_url = base_url

    def send(self, request: requests.PreparedRequest, **options: object) -> requests.Response:
        request.url = f"{self.base_url}/{str(request.url).split('://', 1)[1].split('/', 1)[1]}"
        return super().send(request, **{**options, "timeout": 1})
