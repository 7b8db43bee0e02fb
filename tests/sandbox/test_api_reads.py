from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
import tweepy
from openapi_core import OpenAPI

from tests.sandbox.conftest import client_of
from tests.sandbox_server import Sandbox

FIELDS: dict[str, Any] = {
    "tweet_fields": [
        "author_id",
        "conversation_id",
        "created_at",
        "display_text_range",
        "entities",
        "in_reply_to_user_id",
        "lang",
        "note_tweet",
        "public_metrics",
        "referenced_tweets",
    ],
    "user_fields": ["created_at", "description", "profile_image_url", "protected", "public_metrics", "verified"],
    "expansions": ["author_id", "in_reply_to_user_id", "referenced_tweets.id", "referenced_tweets.id.author_id"],
}


def my_id(brand: tweepy.Client) -> str:
    return str(brand.get_me(user_auth=False)["data"]["id"])


def ids_of(page: dict[str, Any]) -> list[str]:
    return [post["id"] for post in page.get("data", [])]


def test_me_is_the_brand_of_the_token(brand: tweepy.Client, sandbox: Sandbox) -> None:
    me = brand.get_me(user_auth=False, user_fields=FIELDS["user_fields"])

    assert me["data"]["username"] == sandbox.brand
    assert me["data"]["public_metrics"]["followers_count"] == 0


def test_users_are_found_by_handle_and_id_and_strangers_are_errors(brand: tweepy.Client, sandbox: Sandbox) -> None:
    ana = sandbox.add_user("ana_kettle", name="Ana", followers=12)

    found = brand.get_users(usernames=["ANA_kettle", "nobody_here"], user_fields=["public_metrics"])
    by_name = brand.get_user(username="ana_kettle")
    by_id = brand.get_user(id=ana)
    nobody = brand.get_user(username="nobody_here")

    assert [user["id"] for user in found["data"]] == [ana]
    assert found["data"][0]["public_metrics"]["followers_count"] == 12
    assert found["errors"][0]["resource_id"] == "nobody_here"
    assert by_name["data"] == by_id["data"] == {"id": ana, "name": "Ana", "username": "ana_kettle"}
    assert "data" not in nobody
    assert nobody["errors"][0]["title"] == "Not Found Error"


def test_mentions_name_the_brand_and_its_own_posts_are_left_out(brand: tweepy.Client, sandbox: Sandbox) -> None:
    named = sandbox.post_as("ben", f"hello @{sandbox.brand}, a question")
    sandbox.post_as("ben", "my kettle, no handle")
    sandbox.post_as("ben", f"mail me at ben@{sandbox.brand}.example")
    sandbox.post_as(sandbox.brand, f"we are @{sandbox.brand}")
    answered = sandbox.post_as("cleo", "me too", reply_to=named)

    page = brand.get_users_mentions(my_id(brand), since_id=int(named) - 1, **FIELDS)

    assert ids_of(page) == [answered, named]


def test_a_reply_says_whom_it_answers_and_where_its_own_words_begin(brand: tweepy.Client, sandbox: Sandbox) -> None:
    asked = sandbox.post_as("dora", f"@{sandbox.brand} does it whistle?")
    said = sandbox.post_as(sandbox.brand, "It does not.", reply_to=asked)

    reply = brand.get_tweet(said, **FIELDS)

    data = reply["data"]
    begin, end = data["display_text_range"]
    assert data["text"] == "@dora It does not."
    assert data["text"][begin:end] == "It does not."
    assert data["referenced_tweets"] == [{"type": "replied_to", "id": asked}]
    assert data["conversation_id"] == asked
    assert {user["username"] for user in reply["includes"]["users"]} == {"dora", sandbox.brand}
    assert reply["includes"]["tweets"][0]["id"] == asked


def test_text_carries_entities_and_short_links_and_the_links_are_told(brand: tweepy.Client, sandbox: Sandbox) -> None:
    post_id = sandbox.post_as("eva", f'@{sandbox.brand} <b>1 & 2</b> see https://example.com/a?b=1&c=2. #kettle "ok"')

    data = brand.get_tweet(post_id, **FIELDS)["data"]

    url = data["entities"]["urls"][0]
    assert url["expanded_url"] == "https://example.com/a?b=1&c=2"
    assert data["text"] == f'@{sandbox.brand} &lt;b&gt;1 &amp; 2&lt;/b&gt; see {url["url"]}. #kettle "ok"'
    assert data["entities"]["hashtags"][0]["tag"] == "kettle"
    assert data["entities"]["mentions"][0]["username"] == sandbox.brand


def test_a_long_post_is_cut_in_text_and_whole_in_its_note(brand: tweepy.Client, sandbox: Sandbox) -> None:
    text = f"@{sandbox.brand} " + "word " * 10_000

    data = brand.get_tweet(sandbox.post_as("finn", text), **FIELDS)["data"]

    assert len(data["text"]) <= 280
    assert data["text"].endswith("…")
    assert data["note_tweet"]["text"] == text


def test_look_up_leaves_out_what_is_gone_and_says_so(brand: tweepy.Client, sandbox: Sandbox) -> None:
    kept, gone = sandbox.post_as("gus", "kept"), sandbox.post_as("gus", "gone")
    sandbox.like(kept, "ben", "cleo")
    sandbox.repost(kept, "ben")
    sandbox.view(kept, 5)
    sandbox.delete(gone)

    found = brand.get_tweets([kept, gone, 1], tweet_fields=["public_metrics"])
    one = brand.get_tweet(gone)

    assert ids_of(found) == [kept]
    assert found["data"][0]["public_metrics"] == {
        "retweet_count": 1,
        "reply_count": 0,
        "like_count": 2,
        "quote_count": 0,
        "bookmark_count": 0,
        "impression_count": 5,
    }
    assert [error["resource_id"] for error in found["errors"]] == [gone, "1"]
    assert "data" not in one


def test_pages_lose_and_double_nothing_while_new_posts_arrive(brand: tweepy.Client, sandbox: Sandbox) -> None:
    first = int(sandbox.post_as("hal", f"@{sandbox.brand} the first of many"))
    wanted = sandbox.post_many([{"author": "hal", "text": f"@{sandbox.brand} number {n}"} for n in range(57)])
    me, seen, token = my_id(brand), [], None

    for turn in range(100):
        page = brand.get_users_mentions(me, max_results=5, since_id=first, pagination_token=token)
        seen += ids_of(page)
        sandbox.post_as("ida", f"@{sandbox.brand} meanwhile {turn}")
        token = page["meta"].get("next_token")
        if token is None:
            break

    assert seen == sorted(wanted, key=int, reverse=True)
    assert page["meta"]["oldest_id"] == wanted[0]


def test_lists_keep_to_ids_and_times(brand: tweepy.Client, sandbox: Sandbox) -> None:
    ids = sandbox.post_many(
        [
            {"author": "joe", "text": f"@{sandbox.brand} {hours} ago", "age_seconds": hours * 3600}
            for hours in (5, 4, 3, 2)
        ]
    )
    me, now = my_id(brand), datetime.now(UTC)

    between = brand.get_users_mentions(me, since_id=ids[0], until_id=ids[3])
    timed = brand.get_users_mentions(
        me, start_time=now - timedelta(hours=4, minutes=30), end_time=now - timedelta(hours=2, minutes=30)
    )

    assert ids_of(between) == [ids[2], ids[1]]
    assert ids_of(timed) == [ids[2], ids[1]]


def test_own_timeline_is_newest_first_and_can_leave_out_replies(brand: tweepy.Client, sandbox: Sandbox) -> None:
    said = sandbox.post_as(sandbox.brand, "Good morning, crew.")
    asked = sandbox.post_as("kim", "a question", reply_to=said)
    answer = sandbox.post_as(sandbox.brand, "an answer", reply_to=asked)
    me = my_id(brand)

    everything = brand.get_users_tweets(me, since_id=int(said) - 1)
    posts_only = brand.get_users_tweets(me, since_id=int(said) - 1, exclude=["replies"])

    assert ids_of(everything) == [answer, said]
    assert ids_of(posts_only) == [said]


@pytest.mark.parametrize(
    ("query", "expected"),
    [
        ("conversation_id:{0}", [2, 1, 0]),
        ("from:lou whistling", [0]),
        ("from:lou -is:reply #teatime", [0]),
        ("to:lou (tin OR steel)", [1]),
        ('"no such words" OR "made of tin"', [1]),
        ("@may has:mentions -from:may conversation_id:{0}", [2, 0]),
        ("url:example.com from:may", [1]),
        ("from:nobody", []),
    ],
)
def test_search_understands_what_is_asked(
    brand: tweepy.Client, sandbox: Sandbox, query: str, expected: list[int]
) -> None:
    root = sandbox.post_as("lou", "Whistling at the sea, with @may #TeaTime")
    answer = sandbox.post_as("may", "@may says: made of tin? https://example.com/tin", reply_to=root)
    last = sandbox.post_as("lou", "no, steel", reply_to=answer)
    ids = [root, answer, last]

    found = brand.search_recent_tweets(query.format(root), since_id=int(root) - 1, sort_order="recency")

    assert ids_of(found) == [ids[place] for place in expected]


def test_search_pages_to_its_end(brand: tweepy.Client, sandbox: Sandbox) -> None:
    root = sandbox.post_as("ned", "a long thread")
    replies = sandbox.post_many([{"author": "ned", "text": f"part {n}", "reply_to": root} for n in range(34)])
    seen: list[str] = []
    token = None

    while True:
        page = brand.search_recent_tweets(f"conversation_id:{root}", max_results=10, next_token=token)
        seen += ids_of(page)
        token = page["meta"].get("next_token")
        if token is None:
            break

    assert seen == [*reversed(replies), root]


@pytest.mark.parametrize(
    "asking",
    [
        {"max_results": 500},
        {"max_results": 1},
        {"since_id": "abc"},
        {"pagination_token": "no-such-token-anywhere"},
        {"tweet_fields": ["favourite_colour"]},
        {"expansions": ["everything"]},
    ],
)
def test_wrong_parameters_are_refused_as_x_refuses_them(brand: tweepy.Client, asking: dict[str, Any]) -> None:
    with pytest.raises(tweepy.BadRequest) as refused:
        brand.get_users_mentions(my_id(brand), **asking)

    assert refused.value.response.json()["type"].endswith("/invalid-request")


@pytest.mark.parametrize("query", ["(open", "colour:blue", "conversation_id:x", "a" * 513, ")"])
def test_queries_it_does_not_understand_are_refused(brand: tweepy.Client, query: str) -> None:
    with pytest.raises(tweepy.BadRequest):
        brand.search_recent_tweets(query)


def test_search_reaches_back_seven_days_and_no_further(brand: tweepy.Client, sandbox: Sandbox) -> None:
    old = sandbox.post_as("old_olga", "long ago", age_seconds=8 * 86400)
    new = sandbox.post_as("old_olga", "lately", age_seconds=6 * 86400)

    found = brand.search_recent_tweets("from:old_olga")

    assert ids_of(found) == [new]
    with pytest.raises(tweepy.BadRequest, match="since_id"):
        brand.search_recent_tweets("from:old_olga", since_id=old)


def test_a_wrong_token_is_unauthorized_and_the_app_alone_is_nobody(sandbox: Sandbox, contract: OpenAPI) -> None:
    stranger, app = client_of(sandbox, contract, "wrong"), client_of(sandbox, contract, sandbox.app_token)

    with stranger.session, pytest.raises(tweepy.Unauthorized):
        stranger.get_me(user_auth=False)
    with app.session, pytest.raises(tweepy.Forbidden, match="Application-Only"):
        app.get_me(user_auth=False)


def test_oauth_1_tokens_are_taken_too(sandbox: Sandbox, contract: OpenAPI) -> None:
    client = client_of(sandbox, contract)
    client.consumer_key, client.consumer_secret = sandbox.client_id, sandbox.client_secret
    client.access_token, client.access_token_secret = sandbox.token, "any"

    with client.session:
        assert client.get_me()["data"]["username"] == sandbox.brand
