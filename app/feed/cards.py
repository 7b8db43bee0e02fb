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


class Cards:
    """The cards of one page: ``query`` goes into their links, ``may_claim`` puts the buttons on them."""

    def __init__(self, query: str = "", may_claim: bool = False) -> None:
        # Once a page and not once a card: each of these goes through several proxies.
        self._pages = (query, may_claim)
        self._token = generate_csrf()
        self._environment = current_app.jinja_env
        self._ago = self._environment.filters["ago"]
        self._key: Key = (query, may_claim, str(get_locale()), id(self._environment))

    def draw(self, item: FeedItem, current: bool = False, keys: bool = True) -> Markup:
        """Return a post as a card, see ``feed/card.html``. One in somebody's hands has a clock and is never kept."""
        if not item.is_free:
            return self._drawn(item, current, keys)
        key = (item, self._ago(item.posted_at), current, keys, self._key)
        found = _kept.get(key)
        if found is None:
            if len(_kept) >= KEPT_AT_MOST:
                _kept.clear()
            found = _kept[key] = str(self._drawn(item, current, keys)).replace(self._token, _TOKEN)
        return Markup(found.replace(_TOKEN, self._token))  # noqa: S704 -- a template's output

    def _drawn(self, item: FeedItem, current: bool, keys: bool) -> Markup:
        macros = self._environment.get_template("feed/card.html").module
        return Markup(macros.card(item, *self._pages, current, keys))  # type: ignore[attr-defined] # noqa: S704
