"""The brand's time zone: by whose clock it is Monday morning."""

from datetime import UTC, tzinfo

from babel.dates import get_timezone

_chosen: list[tzinfo] = [UTC]


def zone_named(name: str) -> tzinfo:
    """Return the zone that ``name`` means, such as Europe/Berlin; the names come with Babel, whatever the machine has.

    Raises:
        LookupError: there is none.
    """
    return get_timezone(name)


def choose(name: str) -> None:
    """Let this clock count from now on; called once, when the house is opened."""
    _chosen[0] = zone_named(name)


def chosen() -> tzinfo:
    """Return the brand's time zone."""
    return _chosen[0]
