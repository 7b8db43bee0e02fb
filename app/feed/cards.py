"""Cards drawn once for many readers: a free post looks the same for all whom it fits for the same reason."""

import secrets

from flask import current_app
from flask_babel import get_locale
from flask_wtf.csrf import generate_csrf
from markupsafe import Markup

from app.feed.items import FeedItem

#: About 3 KiB each; when they are many, all are forgotten and drawn afresh.
KEPT_AT_MOST = 2000
#: Stands for a reader's form token in a kept card; nobody who writes a post can guess it.
_TOKEN = secrets.token_hex(32)

Key = tuple[object, ...]
_kept: dict[Key, str] = {}


def draw_card(
    item: FeedItem, query: str = "", may_claim: bool = False, current: bool = False, keys: bool = True
) -> Markup:
    """Return a post as a card, see ``feed/card.html``. A card in somebody's hands has a clock and is never kept."""
    if not item.is_free:
        return _drawn(item, query, may_claim, current, keys)
    token = generate_csrf()
    ago = current_app.jinja_env.filters["ago"](item.posted_at)
    key = (item, ago, query, may_claim, current, keys, str(get_locale()), id(current_app.jinja_env))
    found = _kept.get(key)
    if found is None:
        if len(_kept) >= KEPT_AT_MOST:
            _kept.clear()
        found = _kept[key] = str(_drawn(item, query, may_claim, current, keys)).replace(token, _TOKEN)
    return Markup(found.replace(_TOKEN, token))  # noqa: S704 -- a template's output


def _drawn(item: FeedItem, query: str, may_claim: bool, current: bool, keys: bool) -> Markup:
    macros = current_app.jinja_env.get_template("feed/card.html").module
    return Markup(macros.card(item, query, may_claim, current, keys))  # type: ignore[attr-defined] # noqa: S704
