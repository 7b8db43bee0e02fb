"""The API's reading half: users, timelines, mentions, search and look-up."""

from collections.abc import Callable
from dataclasses import replace
from functools import partial
from sqlite3 import Connection

from flask import Response, g, request

from sandbox import params, posts, users
from sandbox.api import answer, api, caller_user_id, network
from sandbox.params import LIST_PARAMETERS
from sandbox.posts import Post, Window
from sandbox.problems import invalid, missing
from sandbox.search import BadQuery, parse_query, search_posts
from sandbox.shapes import Shape, listed, post_shape, timestamp, user_shape, with_includes
from sandbox.store import now_ms
from sandbox.texts import HANDLE
from sandbox.users import User
from sandbox.writing import lowest_id

SEARCH_REACHES_MS = 7 * 24 * 3600 * 1000


@api.get("/users/me")
def me() -> Response:
    params.check_names(request.args)
    wanted = params.wanted(request.args, of_users=True)
    with network().store.read() as db:
        user = users.user_by_id(db, caller_user_id())
    return answer({"data": user_shape(user, wanted, request.host_url)} if user else {})


@api.get("/users/<user_id>")
def user(user_id: str) -> Response:
    params.check_names(request.args)
    with network().store.read() as db:
        found = users.user_by_id(db, params.post_id("id", user_id))
    return _one_user(found, "id", user_id)


@api.get("/users/by/username/<username>")
def user_by_username(username: str) -> Response:
    params.check_names(request.args)
    _check_username("username", username)
    with network().store.read() as db:
        found = users.find_user(db, username)
    return _one_user(found, "username", username)


@api.get("/users")
def users_by_ids() -> Response:
    params.check_names(request.args, frozenset({"ids"}))
    with network().store.read() as db:
        found = {str(user_id): users.user_by_id(db, user_id) for user_id in params.ids(request.args)}
    return _many_users(found, "ids")


@api.get("/users/by")
def users_by() -> Response:
    params.check_names(request.args, frozenset({"usernames"}))
    names = [name for name in request.args.get("usernames", "").split(",") if name]
    if not 1 <= len(names) <= 100:
        raise invalid(
            f"The number of values in the `usernames` query parameter list [{len(names)}] is not between 1 and 100",
            "usernames",
            "",
        )
    for name in names:
        _check_username("usernames", name)
    with network().store.read() as db:
        found = {name: users.find_user(db, name) for name in names}
    return _many_users(found, "usernames")


@api.get("/users/<user_id>/tweets")
def timeline(user_id: str) -> Response:
    params.check_names(request.args, LIST_PARAMETERS | {"exclude"})
    excluded = {value for value in request.args.get("exclude", "").split(",") if value}
    for value in excluded - {"replies", "retweets"}:
        raise invalid(
            f"The `exclude` query parameter value [{value}] is not one of [replies,retweets]", "exclude", value
        )
    with network().store.read() as db:
        return _account_list(db, user_id, "timeline", partial(posts.timeline, replies="replies" not in excluded))


@api.get("/users/<user_id>/mentions")
def mentions(user_id: str) -> Response:
    params.check_names(request.args, LIST_PARAMETERS)
    with network().store.read() as db:
        return _account_list(db, user_id, "mentions", posts.mentions_of)


@api.get("/tweets/search/recent")
def search() -> Response:
    params.check_names(request.args, LIST_PARAMETERS | {"query", "next_token", "sort_order"})
    wanted, limit = params.wanted(request.args), params.number(request.args, "max_results", 10, 100, 10)
    query = request.args.get("query", "")
    window = _within_reach(params.window(request.args))
    try:
        matches = parse_query(query)
    except BadQuery as error:
        raise invalid(f"There were errors processing your request: {error}", "query", query) from None
    with network().store.read() as db:
        return _page(db, search_posts(db, matches, window, limit + 1), limit, wanted)


@api.get("/tweets")
def tweets() -> Response:
    params.check_names(request.args, frozenset({"ids"}))
    wanted, ids = params.wanted(request.args), params.ids(request.args)
    with network().store.read() as db:
        found = posts.posts_by_ids(db, ids)
        body: Shape = {"data": [post_shape(db, post, wanted) for post in found.values()]} if found else {}
        more = with_includes(db, list(found.values()), wanted, request.host_url)
    errors = [missing("tweet", "ids", str(post_id)) for post_id in ids if post_id not in found]
    errors += more.pop("errors", [])
    return answer(body | more | ({"errors": errors} if errors else {}))


@api.get("/tweets/<tweet_id>")
def tweet(tweet_id: str) -> Response:
    params.check_names(request.args)
    wanted = params.wanted(request.args)
    with network().store.read() as db:
        post = posts.find_post(db, params.post_id("id", tweet_id))
        if post is None:
            return answer({"errors": [missing("tweet", "id", tweet_id)]})
        return answer({"data": post_shape(db, post, wanted)} | with_includes(db, [post], wanted, request.host_url))


def _account_list(
    db: Connection, user_id: str, endpoint: str, read: Callable[[Connection, int, Window, int], list[Post]]
) -> Response:
    account = params.post_id("id", user_id)
    wanted, limit = params.wanted(request.args), params.number(request.args, "max_results", 5, 100, 10)
    window = params.window(request.args)
    if users.user_by_id(db, account) is None:
        return answer({"errors": [missing("user", "id", user_id)]})
    depth = network().limits.depth(endpoint)
    beyond = posts.nth_newest_id(db, endpoint, account, depth) if depth else None
    if beyond is not None:
        window = replace(window, since_id=max(window.since_id or 0, beyond))
    return _page(db, read(db, account, _lagging(window), limit + 1), limit, wanted)


def _lagging(window: Window) -> Window:
    """Leave out what a list that lags behind does not show yet."""
    storm, fault = network().faults.storm, g.get("fault")
    lag_seconds = storm.lag_seconds if storm else 0
    if fault and fault.kind == "lag":
        lag_seconds = fault.seconds
    if lag_seconds <= 0:
        return window
    shown_until = now_ms() - int(lag_seconds * 1000)
    return replace(window, end_ms=shown_until if window.end_ms is None else min(window.end_ms, shown_until))


def _page(db: Connection, found: list[Post], limit: int, wanted: params.Wanted) -> Response:
    """Answer with the first ``limit`` posts, and a token where there is one more."""
    page = found[:limit]
    token = params.page_token(page[-1].id) if len(found) > limit else None
    return answer(listed(db, page, wanted, request.host_url, token))


def _within_reach(window: Window) -> Window:
    """Refuse a search from before the seven days X keeps, and let none go further back."""
    oldest = now_ms() - SEARCH_REACHES_MS
    if window.since_id is not None and window.since_id < lowest_id(oldest):
        message = f"'since_id' must be a tweet id created after [{timestamp(oldest)}]. Please use a 'since_id' that is larger than {lowest_id(oldest)}"
        raise invalid(message, "since_id", str(window.since_id))
    if window.start_ms is not None and window.start_ms < oldest:
        message = f"Invalid 'start_time': must be on or after {timestamp(oldest)}"
        raise invalid(message, "start_time", timestamp(window.start_ms))
    return replace(window, start_ms=max(window.start_ms or 0, oldest))


def _check_username(parameter: str, name: str) -> None:
    if not HANDLE.fullmatch(name):
        raise invalid(
            f"The `{parameter}` query parameter value [{name}] does not match ^[A-Za-z0-9_]{{1,15}}$", parameter, name
        )


def _one_user(found: User | None, parameter: str, value: str) -> Response:
    wanted = params.wanted(request.args, of_users=True)
    if found is None:
        return answer({"errors": [missing("user", parameter, value)]})
    return answer({"data": user_shape(found, wanted, request.host_url)})


def _many_users(found: dict[str, User | None], parameter: str) -> Response:
    wanted = params.wanted(request.args, of_users=True)
    data = [user_shape(user, wanted, request.host_url) for user in found.values() if user]
    errors = [missing("user", parameter, value) for value, user in found.items() if user is None]
    return answer(({"data": data} if data else {}) | ({"errors": errors} if errors else {}))
