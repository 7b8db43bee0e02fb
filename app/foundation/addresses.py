"""Addresses as others hand them to us: rows' numbers no greater than the databases know, and where a page stood."""

from typing import Any
from urllib.parse import SplitResult, urlsplit

from werkzeug.routing import IntegerConverter, Map

GREATEST = 2**63 - 1


class RowNumberConverter(IntegerConverter):
    """``<int:...>`` in a route: a greater number names no row, so its page is not found."""

    def __init__(self, map: Map, *arguments: Any, **values: Any) -> None:  # noqa: A002 - Werkzeug's name
        super().__init__(map, *arguments, **({"max": GREATEST} | values))


def row_number(text: str) -> int:
    """Read a row's number from a query: ``request.args.get("before", type=row_number)``.

    Raises:
        ValueError: it is none; Flask then takes the default.
    """
    number = int(text)
    if not 0 <= number <= GREATEST:
        raise ValueError(text)
    return number


def parts_of(address: str) -> SplitResult:
    """Take an address from a header apart; one that is none has only empty parts."""
    try:
        return urlsplit(address)
    except ValueError:
        return SplitResult("", "", "", "", "")
