"""The API's writing half: posts, deletions, tokens."""

import hmac
from sqlite3 import Connection
from typing import Any

from flask import Response, request

from sandbox import params, posts, problems, tokens, users, writing
from sandbox.api import answer, api, caller_user_id, network
from sandbox.network import CLIENT_ID, CLIENT_SECRET
from sandbox.shapes import post_shape
from sandbox.writing import Draft, Refused

_ACCEPTED_FIELDS = frozenset({"text", "reply", "quote_tweet_id", "reply_settings"})
_PLAIN_WANTED = params.Wanted(frozenset({"id", "text", "edit_history_tweet_ids"}), frozenset(), frozenset())


@api.post("/tweets")
def create() -> Response:
    author_id, body = caller_user_id(), _json_object()
    with network().store.write() as db:
        author = users.user_by_id(db, author_id)
        if author is None:
            raise problems.unauthorized()
        draft = _draft(author, body)
        try:
            _check(db, draft)
            post_id = writing.add_post(db, draft, via="api")
        except Refused as refusal:
            raise problems.forbidden(str(refusal)) from None
        post = posts.find_post(db, post_id)
        assert post is not None  # noqa: S101 - it was written in this transaction
        return answer({"data": post_shape(db, post, _PLAIN_WANTED)}, 201)


@api.delete("/tweets/<tweet_id>")
def delete(tweet_id: str) -> Response:
    actor_id = caller_user_id()
    with network().store.write() as db:
        actor, post = users.user_by_id(db, actor_id), posts.find_post(db, params.post_id("id", tweet_id))
        if post is None or actor is None:
            return answer({"errors": [problems.missing("tweet", "id", tweet_id)]})
        if post.author_id != actor.id:
            raise problems.forbidden("You are not authorized to delete this Tweet.")
        writing.delete_post(db, post, actor, via="api")
    return answer({"data": {"deleted": True}})


@api.post("/oauth2/token")
def token() -> Response:
    grant, form = request.form.get("grant_type", ""), request.form
    client = _client()
    if client is None:
        return _oauth_error("invalid_client", 401)
    with network().store.write() as db:
        if grant == "client_credentials" and client == "confidential":
            issued: tokens.Issued | None = tokens.issue(db, None)
        elif grant == "refresh_token":
            issued = tokens.refreshed(db, form.get("refresh_token", ""))
        elif grant == "authorization_code":
            issued = tokens.exchange_code(
                db,
                form.get("code", ""),
                redirect_uri=form.get("redirect_uri", ""),
                verifier=form.get("code_verifier", ""),
            )
        else:
            return _oauth_error("unsupported_grant_type" if grant else "invalid_request", 400)
    if issued is None:
        return _oauth_error("invalid_grant", 400)
    body = {"token_type": "bearer", "expires_in": tokens.ACCESS_LASTS_SECONDS, "access_token": issued.access}
    if issued.refresh:
        body |= {"refresh_token": issued.refresh, "scope": "tweet.read tweet.write users.read offline.access"}
    response = answer(body)
    response.headers["Cache-Control"] = "no-store"
    return response


def _check(db: Connection, draft: Draft) -> None:
    writing.check_length(draft.text)
    if draft.quote_of and posts.find_post(db, draft.quote_of) is None:
        raise Refused("You attempted to quote a Tweet that is deleted or not visible to you.")
    if network().switches.refuse_duplicates:
        writing.check_duplicate(db, draft)
    if network().switches.summoned_only and draft.reply_to:
        writing.check_summoned(db, draft.author, draft.reply_to)


def _draft(author: users.User, body: dict[str, Any]) -> Draft:
    for name in body.keys() - _ACCEPTED_FIELDS:
        raise problems.invalid(
            f"$.{name}: is not defined in the schema and the schema does not allow additional properties",
            f"$.{name}",
            "",
        )
    reply, text = body.get("reply"), body.get("text")
    if not isinstance(text, str):
        raise problems.invalid("$.text: is missing but it is required", "$.text", "")
    parent, excluded = None, []
    if reply is not None:
        if not isinstance(reply, dict) or not isinstance(reply.get("in_reply_to_tweet_id"), str):
            message = "$.reply.in_reply_to_tweet_id: is missing but it is required"
            raise problems.invalid(message, "$.reply.in_reply_to_tweet_id", "")
        parent = params.post_id("$.reply.in_reply_to_tweet_id", reply["in_reply_to_tweet_id"])
        excluded = [
            params.post_id("$.reply.exclude_reply_user_ids", value)
            for value in reply.get("exclude_reply_user_ids") or []
        ]
    quoted = body.get("quote_tweet_id")
    return Draft(
        author=author,
        text=text,
        reply_to=parent,
        quote_of=params.post_id("$.quote_tweet_id", quoted) if quoted else None,
        excluded=excluded,
    )


def _json_object() -> dict[str, Any]:
    body = request.get_json(force=True, silent=True)
    if not isinstance(body, dict):
        raise problems.invalid("The request body is not a JSON object", "$", "")
    return body


def _client() -> str | None:
    """Return what kind of client asks for a token, or None for a stranger."""
    basic = tokens.basic_credentials(request.headers.get("Authorization", ""))
    if basic is None:
        return "public" if request.form.get("client_id") == CLIENT_ID else None
    right = hmac.compare_digest(basic[0], CLIENT_ID) and hmac.compare_digest(basic[1], CLIENT_SECRET)
    return "confidential" if right else None


def _oauth_error(code: str, status: int) -> Response:
    return answer({"error": code, "error_description": code.replace("_", " ")}, status)
