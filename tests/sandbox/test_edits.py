"""An edited post: a new id, a history that every version knows, and lists that show the newest only."""

import re
from datetime import datetime, timedelta

import pytest
import requests
import tweepy

from tests.sandbox_server import Sandbox

FIELDS = ["conversation_id", "edit_controls", "referenced_tweets", "created_at", "public_metrics"]


def mentions(brand: tweepy.Client) -> list[dict[str, object]]:
    me = brand.get_me(user_auth=False)["data"]["id"]
    found: list[dict[str, object]] = brand.get_users_mentions(me, max_results=100, tweet_fields=FIELDS).get("data", [])
    return found


def test_every_version_knows_all_of_them_oldest_first(sandbox: Sandbox, brand: tweepy.Client) -> None:
    first = sandbox.post_as("ana", f"@{sandbox.brand} my ketle sings")
    second = sandbox.edit(first, f"@{sandbox.brand} my kettle sings")
    third = sandbox.edit(first, f"@{sandbox.brand} my kettle sings off key")

    found = brand.get_tweets([first, second, third], tweet_fields=FIELDS)["data"]

    assert [post["edit_history_tweet_ids"] for post in found] == [[first, second, third]] * 3
    assert [post["text"].split("my ")[1] for post in found] == ["ketle sings", "kettle sings", "kettle sings off key"]
    assert int(first) < int(second) < int(third)
    assert {post["conversation_id"] for post in found} == {first}
    assert {post["edit_controls"]["edits_remaining"] for post in found} == {3}
    until = {datetime.fromisoformat(post["edit_controls"]["editable_until"]) for post in found}
    assert until == {datetime.fromisoformat(found[0]["created_at"]) + timedelta(hours=1)}


def test_lists_show_the_newest_version_only(sandbox: Sandbox, brand: tweepy.Client) -> None:
    other = sandbox.post_as("bea", f"@{sandbox.brand} not edited")
    first = sandbox.post_as("bea", f"@{sandbox.brand} edited wordz")
    second = sandbox.edit(first, f"@{sandbox.brand} edited words")

    listed = [post["id"] for post in mentions(brand)]
    searched = brand.search_recent_tweets("from:bea")["data"]

    assert listed[:2] == [second, other]
    assert first not in listed
    assert [post["id"] for post in searched] == [second, other]


def test_an_edit_that_drops_the_name_leaves_the_mentions(sandbox: Sandbox, brand: tweepy.Client) -> None:
    first = sandbox.post_as("cai", f"@{sandbox.brand} oh well")
    second = sandbox.edit(first, "oh well")
    back = sandbox.edit(second, f"@{sandbox.brand} after all")

    assert {first, second}.isdisjoint(post["id"] for post in mentions(brand))
    assert mentions(brand)[0]["id"] == back


def test_an_old_version_can_be_answered_and_its_answer_stays_in_the_thread(
    sandbox: Sandbox, brand: tweepy.Client
) -> None:
    first = sandbox.post_as("dov", f"@{sandbox.brand} hot or cold?")
    second = sandbox.edit(first, f"@{sandbox.brand} hot, or cold?")

    said = brand.create_tweet(text="Hot.", in_reply_to_tweet_id=first, user_auth=False)["data"]["id"]

    answer = brand.get_tweet(said, tweet_fields=FIELDS)["data"]
    assert answer["conversation_id"] == first
    assert answer["referenced_tweets"] == [{"type": "replied_to", "id": first}]
    page = requests.get(f"{sandbox.base_url}/post/{first}", timeout=10).text
    assert re.findall(r'class="post depth-(\d).*?data-post="(\d+)"', page, re.DOTALL) == [("0", second), ("1", said)]


def test_an_edited_reply_is_one_reply(sandbox: Sandbox, brand: tweepy.Client) -> None:
    asked = sandbox.post_as("eli", f"@{sandbox.brand} is it safe?")
    first = sandbox.post_as("fay", "Yess", reply_to=asked)
    second = sandbox.edit(first, "Yes")

    found = brand.get_tweets([asked, second], tweet_fields=FIELDS)["data"]

    assert found[0]["public_metrics"]["reply_count"] == 1
    assert found[1]["referenced_tweets"] == [{"type": "replied_to", "id": asked}]
    assert found[1]["text"] == f"@eli @{sandbox.brand} Yes"


def test_a_deleted_post_is_gone_in_every_version(sandbox: Sandbox, brand: tweepy.Client) -> None:
    first = sandbox.post_as("gil", f"@{sandbox.brand} one")
    second = sandbox.edit(first, f"@{sandbox.brand} two")
    sandbox.delete(first)

    assert "data" not in brand.get_tweets([first, second])
    assert {first, second}.isdisjoint(post["id"] for post in mentions(brand))


def test_the_log_tells_an_edit_from_a_post_and_which_post_it_was(sandbox: Sandbox) -> None:
    first = sandbox.post_as("hal", "one")
    second = sandbox.edit(first, "two")
    third = sandbox.edit(second, "three")

    told = [entry for entry in sandbox.log() if entry["actor"] == "hal"]

    assert [(entry["action"], entry["post_id"], entry["text"]) for entry in told] == [
        ("post", first, "one"),
        ("edit", second, "two"),
        ("edit", third, "three"),
    ]
    assert {entry["first_id"] for entry in told} == {first}


def test_the_other_versions_come_along_when_asked_for(sandbox: Sandbox, brand: tweepy.Client) -> None:
    first = sandbox.post_as("ida", f"@{sandbox.brand} one")
    second = sandbox.edit(first, f"@{sandbox.brand} two")

    found = brand.get_tweet(second, expansions=["edit_history_tweet_ids"])

    assert {post["id"] for post in found["includes"]["tweets"]} == {first, second}


def test_its_author_edits_a_post_on_the_page(sandbox: Sandbox) -> None:
    first = sandbox.post_as("jon", f"@{sandbox.brand} teh kettle")
    address = f"{sandbox.base_url}/post/{first}/edit"
    words = f"@{sandbox.brand} the kettle"

    form = requests.get(address, timeout=10).text
    stranger = requests.post(address, data={"acting_as": "sam", "text": words}, timeout=10)
    empty = requests.post(address, data={"acting_as": "jon", "text": " "}, timeout=10)
    edited = requests.post(address, data={"acting_as": "jon", "text": words}, timeout=10)

    assert "teh kettle" in form
    assert (stranger.status_code, "Only its author" in stranger.text, words in stranger.text) == (422, True, True)
    assert (empty.status_code, "Write something first." in empty.text) == (422, True)
    assert "· edited" in edited.text
    assert "teh kettle" not in edited.text
    assert [entry["action"] for entry in sandbox.log() if entry["first_id"] == first] == ["post", "edit"]


@pytest.mark.parametrize("path", ["/admin/posts/12345/edit", "/post/12345/edit"])
def test_what_is_not_there_cannot_be_edited(sandbox: Sandbox, path: str) -> None:
    answer = requests.post(sandbox.base_url + path, json={"text": "?"}, data=None, timeout=10)

    assert answer.status_code in {400, 404}
