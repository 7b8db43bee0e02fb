"""Reading an API request's parameters as strictly as X does."""

import base64
import binascii
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime

from sandbox.posts import Window
from sandbox.problems import invalid

TWEET_FIELDS = frozenset(
    [
        "article",
        "attachments",
        "author_id",
        "card_uri",
        "community_id",
        "context_annotations",
        "conversation_id",
        "created_at",
        "display_text_range",
        "edit_controls",
        "edit_history_tweet_ids",
        "entities",
        "geo",
        "id",
        "in_reply_to_user_id",
        "lang",
        "media_metadata",
        "non_public_metrics",
        "note_tweet",
        "organic_metrics",
        "possibly_sensitive",
        "promoted_metrics",
        "public_metrics",
        "referenced_tweets",
        "reply_settings",
        "scopes",
        "source",
        "suggested_source_links",
        "suggested_source_links_with_counts",
        "text",
        "withheld",
    ]
)
USER_FIELDS = frozenset(
    [
        "affiliation",
        "confirmed_email",
        "connection_status",
        "created_at",
        "description",
        "entities",
        "id",
        "is_identity_verified",
        "location",
        "most_recent_tweet_id",
        "name",
        "parody",
        "pinned_tweet_id",
        "profile_banner_url",
        "profile_image_url",
        "protected",
        "public_metrics",
        "receives_your_dm",
        "subscription",
        "subscription_type",
        "url",
        "username",
        "verified",
        "verified_followers_count",
        "verified_type",
        "withheld",
    ]
)
EXPANSIONS = frozenset(
    [
        "article.cover_media",
        "article.media_entities",
        "attachments.media_keys",
        "attachments.media_source_tweet",
        "attachments.poll_ids",
        "author_id",
        "edit_history_tweet_ids",
        "entities.mentions.username",
        "geo.place_id",
        "in_reply_to_user_id",
        "entities.note.mentions.username",
        "referenced_tweets.id",
        "referenced_tweets.id.attachments.media_keys",
        "referenced_tweets.id.author_id",
    ]
)
USER_EXPANSIONS = frozenset({"affiliation.user_id", "most_recent_tweet_id", "pinned_tweet_id"})
LIST_PARAMETERS = frozenset(["since_id", "until_id", "start_time", "end_time", "max_results", "pagination_token"])
_FIELD_PARAMETERS = frozenset(
    ["expansions", "tweet.fields", "user.fields", "media.fields", "place.fields", "poll.fields"]
)


@dataclass(frozen=True, slots=True)
class Wanted:
    """Which fields and expansions the answer shall have."""

    tweet: frozenset[str]
    user: frozenset[str]
    expansions: frozenset[str]


def check_names(args: Mapping[str, str], allowed: frozenset[str] = frozenset()) -> None:
    """Refuse parameters the endpoint does not know.

    Raises:
        Problem: 400, as X answers.
    """
    for name in args:
        if name not in allowed | _FIELD_PARAMETERS:
            known = ",".join(sorted(allowed | _FIELD_PARAMETERS))
            raise invalid(f"The query parameter [{name}] is not one of [{known}]", name, args[name])


def wanted(args: Mapping[str, str], *, of_users: bool = False) -> Wanted:
    """Read the fields and expansions asked for."""
    return Wanted(
        tweet=_choice(args, "tweet.fields", TWEET_FIELDS) | {"id", "text", "edit_history_tweet_ids"},
        user=_choice(args, "user.fields", USER_FIELDS) | {"id", "name", "username"},
        expansions=_choice(args, "expansions", USER_EXPANSIONS if of_users else EXPANSIONS),
    )


def number(args: Mapping[str, str], name: str, lowest: int, highest: int, default: int) -> int:
    """Read a whole number between two bounds."""
    value = args.get(name)
    if value is None:
        return default
    if not value.isdecimal() or not lowest <= int(value) <= highest:
        raise invalid(
            f"The `{name}` query parameter value [{value}] is not between {lowest} and {highest}", name, value
        )
    return int(value)


def post_id(name: str, value: str) -> int:
    """Read one id of 1 to 19 digits."""
    if not (value.isascii() and value.isdecimal() and len(value) <= 19):
        raise invalid(f"The `{name}` query parameter value [{value}] is not valid", name, value)
    return int(value)


def ids(args: Mapping[str, str], name: str = "ids") -> list[int]:
    """Read up to 100 ids, each once, in the order given."""
    values = [value for value in args.get(name, "").split(",") if value]
    if not 1 <= len(values) <= 100:
        raise invalid(
            f"The number of values in the `{name}` query parameter list [{len(values)}] is not between 1 and 100",
            name,
            "",
        )
    return list(dict.fromkeys(post_id(name, value) for value in values))


def window(args: Mapping[str, str]) -> Window:
    """Read the part of a list that is asked for, page tokens included."""
    since, until = (post_id(name, args[name]) if args.get(name) else None for name in ("since_id", "until_id"))
    token = args.get("pagination_token") or args.get("next_token")
    if token:
        page = _page_start(token)
        until = page if until is None else min(until, page)
    return Window(
        since_id=since, until_id=until, start_ms=_moment(args, "start_time"), end_ms=_moment(args, "end_time")
    )


def page_token(oldest_id: int) -> str:
    """Return the token of the page that goes on below an id."""
    return base64.b32encode(f"below:{oldest_id:019d}".encode()).decode().rstrip("=").lower()


def _page_start(token: str) -> int:
    try:
        text = base64.b32decode(token.upper() + "=" * (-len(token) % 8)).decode()
        return int(text.removeprefix("below:"))
    except (binascii.Error, ValueError):
        raise invalid(f"The `next_token` query parameter value [{token}] is not valid", "next_token", token) from None


def _choice(args: Mapping[str, str], name: str, known: frozenset[str]) -> frozenset[str]:
    chosen = frozenset(filter(None, args.get(name, "").split(",")))
    for value in chosen - known:
        raise invalid(
            f"The `{name}` query parameter value [{value}] is not one of [{','.join(sorted(known))}]", name, value
        )
    return chosen


def _moment(args: Mapping[str, str], name: str) -> int | None:
    value = args.get(name)
    if not value:
        return None
    try:
        moment = datetime.fromisoformat(value)
    except ValueError:
        moment = None
    if moment is None or moment.tzinfo is None:
        raise invalid(f"The `{name}` query parameter value [{value}] is not a valid RFC 3339 date time", name, value)
    return int(moment.timestamp() * 1000)
