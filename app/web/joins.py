"""What the shell itself tells everybody: that something stands still, and what to do about it."""

from app.accounts.permissions import Permission, Person, may
from app.foundation.slots import Banner, register_banner
from app.foundation.words import _
from app.web.health import Check, health


def _found(*keys: str) -> Check | None:
    return next((check for check in health().troubles() if check.key in keys), None)


def _storage_banner(_person: Person) -> Banner | None:
    """Everybody is told: what they would send now could not be kept."""
    found = _found("storage")
    if found is None:
        return None
    return Banner(title=_("Publishing paused: storage."), text=found.text, tone="danger", stop=True, order=1)


def _clocks_banner(person: Person) -> Banner | None:
    found = _found("clocks") if may(person, Permission.SEE_CHANNELS) else None
    if found is None:
        return None
    title = _("Publishing paused: the clocks differ.")
    return Banner(title=title, text=found.text, tone="danger", icon="clock-pause", stop=True, order=2, actions=_look())


def _stopped_banner(person: Person) -> Banner | None:
    found = _found("clock", "listen") if may(person, Permission.SEE_CHANNELS) else None
    if found is None:
        return None
    title = _("A part of Ovation has stopped: %(name)s.", name=found.name)
    return Banner(title=title, text=found.text, tone="danger", order=3, actions=_look())


def _look() -> tuple[tuple[str, str], ...]:
    return ((_("See how everything fares"), "/manage/health"),)


register_banner("storage", _storage_banner)
register_banner("clocks", _clocks_banner)
register_banner("stopped", _stopped_banner)
