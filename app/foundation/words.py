"""Translated words, inside a request and outside one (workers speak the default language)."""

from contextlib import AbstractContextManager

import flask_babel


def _(text: str, **values: object) -> str:
    return str(flask_babel.gettext(text, **values))


def ngettext(one: str, many: str, n: int, **values: object) -> str:
    """Return the form that fits ``n``; ``%(num)s`` in either text stands for it."""
    return str(flask_babel.ngettext(one, many, n, **values))


def speaking(language: str) -> AbstractContextManager[None]:
    """Say everything inside in ``language``, whatever the reader of the page in hand reads."""
    speaks: AbstractContextManager[None] = flask_babel.force_locale(language)
    return speaks


def languages() -> dict[str, str]:
    """Return the languages the pages can be read in: code to the language's own name for itself."""
    domain = flask_babel.get_babel().instance
    return {str(locale): (locale.display_name or str(locale)).capitalize() for locale in domain.list_translations()}
