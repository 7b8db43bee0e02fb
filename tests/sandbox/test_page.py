import html
import re
from collections.abc import Iterator
from urllib.parse import parse_qs, urlsplit

import pytest
import requests
import tweepy

from tests.sandbox_server import Sandbox


@pytest.fixture
def visitor() -> Iterator[requests.Session]:
    with requests.Session() as session:
        yield session


def words_on(page: requests.Response) -> list[str]:
    return [html.unescape(found) for found in re.findall(r'<p class="words[^>]*>(.*?)</p>', page.text, re.DOTALL)]


def test_a_customer_posts_and_the_brand_hears_it(
    visitor: requests.Session, sandbox: Sandbox, brand: tweepy.Client
) -> None:
    text = f"@{sandbox.brand} is the K2 quiet?\r\nAsking for a baby."

    shown = visitor.post(f"{sandbox.base_url}/posts", data={"acting_as": "@nora", "text": text})

    post_id = urlsplit(shown.url).path.removeprefix("/post/")
    assert words_on(shown) == [text.replace("\r\n", "\n")]
    me = brand.get_me(user_auth=False)["data"]["id"]
    assert brand.get_users_mentions(me)["data"][0]["id"] == post_id


def test_the_brands_answer_stands_marked_under_the_post(
    visitor: requests.Session, sandbox: Sandbox, brand: tweepy.Client
) -> None:
    asked = sandbox.post_as("omar", f"@{sandbox.brand} how hot is white tea?")
    answer = "75 °C & two minutes <3\n\nAda, Crew volunteer"
    brand.create_tweet(text=answer, in_reply_to_tweet_id=asked, user_auth=False)

    page = visitor.get(f"{sandbox.base_url}/omar/status/{asked}")

    assert words_on(page) == [f"@{sandbox.brand} how hot is white tea?", answer]
    assert page.text.count('<span class="badge">The brand</span>') == 1
    assert "Replying to @omar" in page.text


def test_replies_thanks_likes_and_reposts_reach_the_api(
    visitor: requests.Session, sandbox: Sandbox, brand: tweepy.Client
) -> None:
    asked = sandbox.post_as("pia", f"@{sandbox.brand} a question")
    said = brand.create_tweet(text="An answer.", in_reply_to_tweet_id=asked, user_auth=False)["data"]["id"]

    for act in ("thanks", "like", "repost", "like", "like", "thanks"):
        answer = visitor.post(f"{sandbox.base_url}/post/{said}/{act}", data={"acting_as": "pia"})
        assert answer.status_code == 200
    visitor.post(f"{sandbox.base_url}/posts", data={"acting_as": "pia", "text": "And another thing", "reply_to": said})

    metrics = brand.get_tweet(said, tweet_fields=["public_metrics"])["data"]["public_metrics"]
    assert (metrics["like_count"], metrics["retweet_count"], metrics["reply_count"]) == (1, 1, 3)
    assert metrics["impression_count"] >= 7
    thanks = [entry["text"] for entry in sandbox.log("post", via="page") if entry["reply_to"] == said]
    assert len(set(thanks)) == 3


def test_opening_a_thread_counts_as_a_view_of_its_posts(
    visitor: requests.Session, sandbox: Sandbox, brand: tweepy.Client
) -> None:
    post_id = sandbox.post_as("quin", "look at me")

    for _ in range(3):
        visitor.get(f"{sandbox.base_url}/post/{post_id}")

    metrics = brand.get_tweet(post_id, tweet_fields=["public_metrics"])["data"]["public_metrics"]
    assert metrics["impression_count"] == 3


def test_only_its_author_deletes_a_post_and_its_place_stays(visitor: requests.Session, sandbox: Sandbox) -> None:
    post_id = sandbox.post_as("rosa", "I take it back")
    address = f"{sandbox.base_url}/post/{post_id}"

    stranger = visitor.post(f"{address}/delete", data={"acting_as": "sam"})
    author = visitor.post(f"{address}/delete", data={"acting_as": "rosa"})

    assert (stranger.status_code, "Only its author" in stranger.text) == (422, True)
    assert "deleted by its author" in author.text
    assert "I take it back" not in author.text
    assert [entry["action"] for entry in sandbox.log() if entry["post_id"] == post_id] == ["post", "delete"]


@pytest.mark.parametrize(
    ("form", "said"),
    [
        ({"acting_as": "tom", "text": " \u200b "}, "Write something first."),
        ({"acting_as": "a name", "text": "kept words"}, "1 to 15 letters"),
        ({"acting_as": "NorthwindKettle", "text": "kept words"}, "speaks through Ovation"),
        ({"acting_as": "tom", "text": "w" * 25_001}, "25000 is the most"),
    ],
)
def test_what_cannot_be_posted_says_why_and_keeps_the_words(
    visitor: requests.Session, sandbox: Sandbox, form: dict[str, str], said: str
) -> None:
    before = len(sandbox.log())

    answer = visitor.post(f"{sandbox.base_url}/posts", data=form)

    assert answer.status_code == 422
    assert said in answer.text
    assert html.escape(form["text"]) in answer.text
    assert len(sandbox.log()) == before


def test_the_same_words_twice_are_refused(visitor: requests.Session, sandbox: Sandbox) -> None:
    form = {"acting_as": "uma", "text": f"@{sandbox.brand} hello?"}
    visitor.post(f"{sandbox.base_url}/posts", data=form)

    assert "duplicate content" in visitor.post(f"{sandbox.base_url}/posts", data=form).text


def test_the_handle_chosen_is_remembered(visitor: requests.Session, sandbox: Sandbox) -> None:
    visitor.post(f"{sandbox.base_url}/posts", data={"acting_as": "vera", "text": "I was here"})

    assert 'value="vera"' in visitor.get(f"{sandbox.base_url}/").text


def test_the_list_can_be_narrowed_and_paged(visitor: requests.Session, sandbox: Sandbox) -> None:
    sandbox.post_many([{"author": "walt", "text": f"aside {n}"} for n in range(60)])
    named = sandbox.post_as("walt", f"@{sandbox.brand} named")
    sandbox.post_as(sandbox.brand, "the brand speaks")

    everything = visitor.get(f"{sandbox.base_url}/")
    link = re.findall(r'class="more" href="([^"]+)"', everything.text)[0]
    older = visitor.get(sandbox.base_url + html.unescape(link))
    about = visitor.get(f"{sandbox.base_url}/?show=brand")
    by_brand = visitor.get(f"{sandbox.base_url}/?show=answers")

    assert len(words_on(everything)) == 40
    assert set(words_on(everything)).isdisjoint(words_on(older))
    assert f'data-post="{named}"' in about.text
    assert words_on(by_brand)[0] == "the brand speaks"


def test_faults_and_switches_are_set_on_the_page(visitor: requests.Session, own_sandbox: Sandbox) -> None:
    base = own_sandbox.base_url
    order = {"endpoint": "create", "kind": "500_after", "count": "2", "seconds": "1"}

    visitor.post(f"{base}/bad-days", data=order)
    ordered = own_sandbox.admin("GET", "/faults")["faults"]
    listed = visitor.get(f"{base}/bad-days").text
    visitor.post(f"{base}/bad-days/clear")
    visitor.post(f"{base}/switches", data={"limits": "x"})

    assert ordered == [{"endpoint": "create", "kind": "500_after", "count": 2, "seconds": 1.0}]
    assert own_sandbox.admin("GET", "/faults")["faults"] == []
    assert own_sandbox.admin("POST", "/limits", {})["limits"]["create"] == 100
    assert "<li>create: 500, but done (2 to come, 1 seconds)</li>" in listed
    page = visitor.get(f"{base}/bad-days").text
    assert re.search(r'id="summoned_only" name="summoned_only">', page)


@pytest.mark.parametrize("wrong", [{"kind": "flood"}, {"count": "0"}, {"seconds": "9999"}, {"count": "many"}])
def test_a_bad_day_nobody_understands_is_said_and_what_was_chosen_is_kept(
    visitor: requests.Session, sandbox: Sandbox, wrong: dict[str, str]
) -> None:
    order = {"endpoint": "lookup", "kind": "drip", "count": "3", "seconds": "7"} | wrong

    answer = visitor.post(f"{sandbox.base_url}/bad-days", data=order)

    assert (answer.status_code, 'role="alert"' in answer.text) == (422, True)
    assert '<option value="lookup" selected>' in answer.text
    assert sandbox.admin("GET", "/faults")["faults"] == []


def test_the_storm_is_told_and_ended_on_the_page(visitor: requests.Session, own_sandbox: Sandbox) -> None:
    own_sandbox.storm(1, {"create": {"late": 0.25}}, lag_seconds=4)

    told = visitor.get(f"{own_sandbox.base_url}/bad-days").text
    ended = visitor.post(f"{own_sandbox.base_url}/bad-days/calm").text

    assert "25.0 in a hundred" in told
    assert "Lists lag 4 seconds behind" in told
    assert "in a hundred" not in ended
    assert own_sandbox.admin("GET", "/storm")["storm"] is None


@pytest.mark.parametrize("path", ["/", "/post/{0}", "/xena", "/xena/status/{0}", "/avatar/xena.svg"])
def test_pages_run_nothing_and_bind_browsers_to_that(visitor: requests.Session, sandbox: Sandbox, path: str) -> None:
    post_id = sandbox.post_as("xena", f"hello {path.replace('/', ' ')}")

    answer = visitor.get(sandbox.base_url + path.format(post_id))

    assert answer.status_code == 200
    assert "<script" not in answer.text
    assert " style=" not in answer.text
    assert answer.headers["Content-Security-Policy"].startswith("default-src 'none'")


@pytest.mark.parametrize("path", ["/post/12345", "/nobody_at_all", "/nobody_at_all/status/12345", "/no/such/page"])
def test_what_is_not_there_is_not_found(visitor: requests.Session, sandbox: Sandbox, path: str) -> None:
    assert visitor.get(sandbox.base_url + path).status_code == 404


def test_forms_of_other_sites_and_other_names_are_refused(visitor: requests.Session, sandbox: Sandbox) -> None:
    form = {"acting_as": "yan", "text": "from elsewhere"}

    foreign = visitor.post(f"{sandbox.base_url}/posts", data=form, headers={"Origin": "https://evil.example"})
    renamed = visitor.get(sandbox.base_url, headers={"Host": "evil.example"})
    own = visitor.post(f"{sandbox.base_url}/posts", data=form, headers={"Origin": sandbox.base_url})

    assert [answer.status_code for answer in (foreign, renamed, own)] == [403, 403, 200]


def test_an_app_is_let_in_by_code_and_verifier(visitor: requests.Session, sandbox: Sandbox) -> None:
    handler = tweepy.OAuth2UserHandler(
        client_id=sandbox.client_id,
        client_secret=sandbox.client_secret,
        redirect_uri="http://127.0.0.1:1/callback",
        scope=["tweet.read", "tweet.write", "users.read", "offline.access"],
    )
    address = sandbox.base_url + "/" + handler.get_authorization_url().split("://", 1)[1].split("/", 1)[1]

    asked = visitor.get(address)
    answer = visitor.post(address, data={"allow": "yes"}, allow_redirects=False)
    back = parse_qs(urlsplit(answer.headers["Location"]).query)
    form = {
        "grant_type": "authorization_code",
        "code": back["code"][0],
        "redirect_uri": "http://127.0.0.1:1/callback",
        "client_id": sandbox.client_id,
    }
    wrong = visitor.post(f"{sandbox.base_url}/2/oauth2/token", data=form | {"code_verifier": "guessed"})
    again = visitor.post(address, data={"allow": "yes"}, allow_redirects=False)
    form["code"] = parse_qs(urlsplit(again.headers["Location"]).query)["code"][0]
    verifier = handler._client.code_verifier
    right = visitor.post(f"{sandbox.base_url}/2/oauth2/token", data=form | {"code_verifier": verifier})

    handler.close()
    assert "http://127.0.0.1:1" in asked.headers["Content-Security-Policy"]
    assert wrong.json()["error"] == "invalid_grant"
    me = visitor.get(
        f"{sandbox.base_url}/2/users/me", headers={"Authorization": f"Bearer {right.json()['access_token']}"}
    )
    assert me.json()["data"]["username"] == sandbox.brand


def test_no_app_is_sent_off_this_machine(visitor: requests.Session, sandbox: Sandbox) -> None:
    asked = visitor.get(
        f"{sandbox.base_url}/i/oauth2/authorize",
        params={
            "client_id": sandbox.client_id,
            "response_type": "code",
            "code_challenge": "c",
            "redirect_uri": "https://evil.example/",
        },
    )

    assert asked.status_code == 400


def test_staff_answer_by_hand_as_the_brand_and_are_a_customer_again_afterwards(
    visitor: requests.Session, sandbox: Sandbox
) -> None:
    post_id = sandbox.post_as("wanda", "my northwind kettle hums")
    visitor.post(f"{sandbox.base_url}/posts", data={"acting_as": "xaver", "text": "me too", "reply_to": post_id})

    answer = visitor.post(
        f"{sandbox.base_url}/posts",
        data={"acting_as": sandbox.brand, "text": "Descale it once.", "reply_to": post_id},
    )

    assert answer.status_code == 200
    assert "Descale it once." in answer.text
    assert 'value="xaver"' in visitor.get(f"{sandbox.base_url}/post/{post_id}").text
