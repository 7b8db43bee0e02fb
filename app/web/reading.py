"""The reader's language and zone, looked up once a request; the words and dates drawn for them are kept.

A page of cards asks for the same few words and dates hundreds of times, and each lookup goes through several proxies:
kept like this, 50 cards cost half as much. Texts in another language than the reader's (mail) are not drawn by pages.
"""

from datetime import datetime, tzinfo
from functools import lru_cache

from babel import Locale
from babel.dates import format_datetime
from babel.numbers import format_decimal
from flask import Flask, g, has_app_context
from flask_babel import get_locale, get_timezone, get_translations

ENGLISH = Locale("en")
_PLAIN_BELOW = 1000


def language() -> Locale:
    """Return the reader's language; English outside a request."""
    if not has_app_context():
        return ENGLISH
    kept: Locale | None = g.get("reading_language")
    if kept is None:
        kept = g.reading_language = get_locale() or ENGLISH
    return kept


def zone() -> tzinfo:
    """Return the reader's time zone."""
    kept: tzinfo | None = g.get("reading_zone")
    if kept is None:
        kept = g.reading_zone = get_timezone()
    return kept


def dated(at: datetime, pattern: str) -> str:
    """Return a moment in the reader's language and zone, in one of babel's patterns."""
    return _dated(at, pattern, language(), zone())


@lru_cache(maxsize=8192)
def _dated(at: datetime, pattern: str, spoken: Locale, where: tzinfo) -> str:
    return format_datetime(at, pattern, tzinfo=where, locale=spoken)


def number(value: float) -> str:
    """Return a number with the reader's separators."""
    if isinstance(value, int) and 0 <= value < _PLAIN_BELOW:
        return str(value)
    return format_decimal(value, locale=language())


@lru_cache(maxsize=4096)
def _translated(text: str, _spoken: Locale) -> str:
    return str(get_translations().ugettext(text))


def translated(text: str) -> str:
    """Return a fixed text in the reader's language."""
    return _translated(text, language())


@lru_cache(maxsize=4096)
def _counted(one: str, many: str, n: int, _spoken: Locale) -> str:
    return str(get_translations().ungettext(one, many, n))


def join(app: Flask) -> None:
    """Let templates find their words here."""
    app.jinja_env.install_gettext_callables(  # type: ignore[attr-defined]  # the i18n extension adds it
        translated,
        lambda one, many, n: _counted(one, many, n, language()),
        newstyle=True,
    )
