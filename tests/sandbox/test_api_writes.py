from typing import Any

import pytest
import requests
import tweepy
from openapi_core import OpenAPI

from tests.sandbox.conftest import client_of
from tests.sandbox_server import Sandbox


def reply(brand: tweepy.Client, text: str, to: str, **more: Any) -> dict[str, Any]:
    answer: dict[str, Any] = brand.create_tweet(text=text, in_reply_to_tweet_id=to, user_auth=False, **more)
    return answer


def test_a_reply_stands_in_the_thread_and_in_the_log(brand: tweepy.Client, sandbox: Sandbox) -> None:
    asked = sandbox.post_as("ana", f"@{sandbox.brand} how often do I descale?")

    said = reply(brand, "Every two months. ☕", asked)["data"]

    assert said["text"] == "@ana Every two months. ☕"
    last = sandbox.log("post", via="api")[-1]
    assert (last["post_id"], last["reply_to"], last["text"]) == (said["id"], asked, "Every two months. ☕")
    assert brand.search_recent_tweets(f"conversation_id:{asked}")["data"][0]["id"] == said["id"]


def test_carried_handles_can_be_left_out(brand: tweepy.Client, sandbox: Sandbox) -> None:
    cleo = sandbox.add_user("cleo")
    asked = sandbox.post_as("ben", f"@{sandbox.brand} @cleo and I differ about limescale")

    said = reply(brand, "Both are right.", asked, exclude_reply_user_ids=[cleo])["data"]

    assert said["text"] == "@ben Both are right."


def test_ids_grow_with_time(brand: tweepy.Client, sandbox: Sandbox) -> None:
    asked = [sandbox.post_as("dora", f"@{sandbox.brand} question {n}") for n in range(3)]
    said = [reply(brand, f"answer {n}", asked[n])["data"]["id"] for n in range(3)]

    assert [int(post) for post in asked + said] == sorted(int(post) for post in asked + said)


def test_the_same_words_to_the_same_person_are_refused(brand: tweepy.Client, sandbox: Sandbox) -> None:
    first, second = (sandbox.post_as("eva", f"@{sandbox.brand} question {n}") for n in "ab")
    other = sandbox.post_as("finn", f"@{sandbox.brand} question c")
    reply(brand, "Have you tried vinegar?", first)

    with pytest.raises(tweepy.Forbidden, match="duplicate content"):
        reply(brand, "Have you tried vinegar?", second)

    assert reply(brand, "Have you tried vinegar?", other)["data"]["id"]


def test_words_can_be_said_again_when_the_first_are_deleted(brand: tweepy.Client, sandbox: Sandbox) -> None:
    asked = sandbox.post_as("gus", f"@{sandbox.brand} question")
    said = reply(brand, "Yes.", asked)["data"]["id"]

    assert brand.delete_tweet(said, user_auth=False)["data"] == {"deleted": True}
    assert reply(brand, "Yes.", asked)["data"]["id"] != said


def test_only_ones_own_posts_can_be_deleted(brand: tweepy.Client, sandbox: Sandbox) -> None:
    theirs = sandbox.post_as("hal", "mine")

    with pytest.raises(tweepy.Forbidden, match="not authorized to delete"):
        brand.delete_tweet(theirs, user_auth=False)

    assert brand.delete_tweet(1, user_auth=False)["errors"][0]["title"] == "Not Found Error"


def test_a_reply_needs_to_be_called_for(brand: tweepy.Client, sandbox: Sandbox) -> None:
    ours = sandbox.post_as(sandbox.brand, "A new kettle is out.")
    aside = sandbox.post_as("ida", "my Northwind kettle broke")
    quoting = sandbox.post_as("ida", "look at this", quote_of=ours)
    answering = sandbox.post_as("ida", "is it quiet?", reply_to=ours)

    with pytest.raises(tweepy.Forbidden, match="mentioned or otherwise engaged"):
        reply(brand, "Sorry to hear that.", aside)

    assert reply(brand, "Thanks for passing it on.", quoting)["data"]
    assert reply(brand, "Very.", answering)["data"]
    assert reply(brand, "And red.", ours)["data"]


def test_the_summoned_rule_is_a_switch(own_brand: tweepy.Client, own_sandbox: Sandbox) -> None:
    aside = own_sandbox.post_as("joe", "my Northwind kettle broke")

    own_sandbox.settings(summoned_only=False)

    assert reply(own_brand, "Sorry to hear that.", aside)["data"]


def test_a_deleted_post_cannot_be_answered(brand: tweepy.Client, sandbox: Sandbox) -> None:
    gone = sandbox.post_as("kim", f"@{sandbox.brand} never mind")
    sandbox.delete(gone)

    with pytest.raises(tweepy.Forbidden, match="deleted or not visible"):
        reply(brand, "All right.", gone)


@pytest.mark.parametrize("text", ["a" * 281, "あ" * 141, "https://example.com " * 13, ""])
def test_what_does_not_fit_is_refused(brand: tweepy.Client, sandbox: Sandbox, text: str) -> None:
    before = len(sandbox.log())

    with pytest.raises((tweepy.Forbidden, tweepy.BadRequest)):
        brand.create_tweet(text=text, user_auth=False)

    assert len(sandbox.log()) == before


def test_what_fits_by_weight_is_taken(brand: tweepy.Client) -> None:
    family = "👨‍👩‍👧‍👦"

    for text in ("a" * 280, "あ" * 140, f"https://example.com/{'long' * 60} {family * 100}"):
        assert brand.create_tweet(text=text, user_auth=False)["data"]["id"]


@pytest.mark.parametrize(
    "body",
    [
        [],
        {"text": 5},
        {"text": "x", "colour": "red"},
        {"text": "x", "reply": {}},
        {"text": "x", "reply": {"in_reply_to_tweet_id": 5}},
        {"text": "x", "reply": {"in_reply_to_tweet_id": "five"}},
    ],
)
def test_bodies_that_make_no_sense_are_refused(sandbox: Sandbox, body: object) -> None:
    answer = sandbox.http.post(
        f"{sandbox.base_url}/2/tweets", json=body, headers={"Authorization": f"Bearer {sandbox.token}"}
    )

    assert answer.status_code == 400
    assert answer.json()["title"] == "Invalid Request"


def ask_token(sandbox: Sandbox, *, client: bool = True, **form: str) -> requests.Response:
    auth = (sandbox.client_id, sandbox.client_secret) if client else None
    return sandbox.http.post(f"{sandbox.base_url}/2/oauth2/token", data=form, auth=auth)


def test_refresh_tokens_rotate_and_end_the_access_token(own_sandbox: Sandbox, contract: OpenAPI) -> None:
    first = ask_token(own_sandbox, grant_type="refresh_token", refresh_token=own_sandbox.refresh_token).json()
    again = ask_token(own_sandbox, grant_type="refresh_token", refresh_token=own_sandbox.refresh_token)
    old, new = (client_of(own_sandbox, contract, token) for token in (own_sandbox.token, first["access_token"]))

    assert (first["token_type"], first["expires_in"]) == ("bearer", 7200)
    assert (again.status_code, again.json()["error"]) == (400, "invalid_grant")
    with old.session, pytest.raises(tweepy.Unauthorized):
        old.get_me(user_auth=False)
    with new.session:
        assert new.get_me(user_auth=False)["data"]["username"] == own_sandbox.brand


def test_the_app_gets_a_token_of_its_own_and_strangers_get_none(sandbox: Sandbox, contract: OpenAPI) -> None:
    issued = ask_token(sandbox, grant_type="client_credentials").json()
    stranger = ask_token(sandbox, client=False, grant_type="client_credentials")

    assert "refresh_token" not in issued
    assert (stranger.status_code, stranger.json()["error"]) == (401, "invalid_client")
    app = client_of(sandbox, contract, issued["access_token"])
    with app.session:
        assert "meta" in app.search_recent_tweets("kettle")


@pytest.mark.parametrize(
    ("form", "error"),
    [({}, "invalid_request"), ({"grant_type": "password"}, "unsupported_grant_type")],
)
def test_token_errors_are_those_of_the_standard(sandbox: Sandbox, form: dict[str, str], error: str) -> None:
    assert ask_token(sandbox, **form).json()["error"] == error


def test_a_revoked_token_is_unauthorized(own_brand: tweepy.Client, own_sandbox: Sandbox) -> None:
    own_sandbox.revoke(own_sandbox.token)

    with pytest.raises(tweepy.Unauthorized):
        own_brand.get_me(user_auth=False)
