"""The shell round every page: who is here, where they may go, what everybody must know."""

import hashlib
from functools import cached_property, lru_cache
from http import HTTPStatus
from pathlib import Path
from urllib.parse import urlsplit

from flask import Flask, current_app, g, render_template, request
from markupsafe import Markup
from werkzeug.exceptions import HTTPException

from app.accounts.login import signed_in_or_none
from app.accounts.permissions import Permission, Person, may
from app.foundation import slots
from app.foundation.config import Settings
from app.foundation.events import newest_number
from app.web import again, errors, filters, headers, health, navigation, reading
from app.web.reading import translated as _

BANNERS_SHOWN = 2
FINGERPRINT_LENGTH = 12
_NO_PAGES = frozenset({"static", "live.changes"})


class Shell:
    """One page's shell. Everything is looked up when a template asks for it: a fragment asks for nothing."""

    def __init__(self, settings: Settings) -> None:
        self.brand_name = settings.brand_name
        self.community_name = settings.community_name
        self.is_demo = settings.is_demo
        self._counted: dict[str, int] = {}

    @cached_property
    def person(self) -> Person | None:
        return signed_in_or_none()

    @cached_property
    def path(self) -> str:
        """The page the reader is on; for a fragment, the one it goes into."""
        if request.headers.get("HX-Request"):
            return urlsplit(request.headers.get("HX-Current-URL", "")).path or request.path
        return request.path

    def _places(self, keys: list[str]) -> tuple[navigation.Place, ...]:
        return navigation.places(keys, at_path=self.path, exists=page_exists, count=self._count)

    def _count(self, name: str) -> int:
        if name not in self._counted:
            self._counted[name] = slots.count(name, self.person)
        return self._counted[name]

    @cached_property
    def sidebar(self) -> tuple[navigation.Place, ...]:
        return self._places(navigation.sidebar_keys(self.person)) if self.person else ()

    @cached_property
    def manage(self) -> tuple[navigation.Place, ...]:
        return self._places(navigation.manage_keys(self.person)) if self.person else ()

    @cached_property
    def tabs(self) -> tuple[navigation.Place, ...]:
        return self._places(navigation.tab_keys(self.person)) if self.person else ()

    @cached_property
    def more(self) -> tuple[navigation.Place, ...]:
        return self._places(navigation.more_keys(self.person)) if self.person else ()

    @property
    def has_more(self) -> bool:
        """Whether the phone's tabs end in a page with the rest, signing out included."""
        return any(place.entry.key == "more" for place in self.tabs)

    @cached_property
    def _said(self) -> list[slots.Banner]:
        return slots.banners(self.person) if self.person else []

    @property
    def banners(self) -> list[slots.Banner]:
        return self._said[:BANNERS_SHOWN]

    @property
    def more_banners(self) -> list[slots.Banner]:
        return self._said[BANNERS_SHOWN:]

    @property
    def is_stopped(self) -> bool:
        return any(banner.stop and not banner.partly for banner in self._said)

    @property
    def is_partly_stopped(self) -> bool:
        return any(banner.stop for banner in self._said)

    @cached_property
    def sees_posting(self) -> bool:
        return self.person is not None and may(self.person, Permission.PULL_CORD)

    @cached_property
    def cord_page(self) -> str:
        return "/cord" if self.sees_posting and page_exists("/cord") else ""

    @cached_property
    def alarm_page(self) -> str:
        """Where those who may not pause posting tell those who may."""
        raises = self.person is not None and not self.sees_posting and may(self.person, Permission.RAISE_ALARM)
        return "/cord" if raises and page_exists("/cord") else ""

    @cached_property
    def live_after(self) -> int | None:
        """Where the events stood before the page was gathered; it asks for what came after."""
        if self.person is None:
            return None
        return g.live_after if "live_after" in g else newest_number()

    def piece(self, slot: str) -> Markup:
        """Return what a room has put into ``slot``, drawn; empty for nothing."""
        found = slots.piece(slot, self.person) if self.person else None
        return Markup(render_template(found[0], **found[1])) if found else Markup()  # noqa: S704 -- a template's output

    @property
    def words(self) -> dict[str, str]:
        """What scripts say, in the reader's language."""
        return script_words()


def script_words() -> dict[str, str]:
    """Return the words of the scripts; {time} and {n} are filled in by them."""
    return {
        "saved": _("Draft saved {time}"),
        "kept_here": _("Kept on this device. It is saved when you are back online."),
        "saving_failed": _("Not saved yet. Your text is safe on this device."),
        "restored": _("We brought back what you had typed."),
        "left": _("{time} left"),
        "minute_left": _("1 minute left on your claim. Typing keeps it yours."),
        "over": _("Time is up."),
        "near_limit": _("{n} characters left"),
        "past_limit": _("{n} characters too many"),
        "offline_title": _("You are offline."),
        "offline": _("Your draft is safe on this device. Sending waits until you are back."),
        "online": _("You are online again."),
        "unreachable": _("We could not be reached. Nothing was changed; try again."),
        "failed": _("That did not work. Nothing was changed."),
        "undone": _("Undone"),
        "copied": _("Copied"),
        "light": _("Switch to light"),
        "dark": _("Switch to dark"),
    }


def page_exists(path: str) -> bool:
    """Say whether this installation has a page at ``path``; what is not built yet is not offered."""
    known: dict[str, bool] = current_app.extensions.setdefault("ovation-pages", {})
    if path not in known:
        known[path] = _has_rule(path)
    return known[path]


def _has_rule(path: str) -> bool:
    try:
        current_app.url_map.bind("").match(path, method="GET")
    except HTTPException as error:
        return error.code in {HTTPStatus.MOVED_PERMANENTLY, HTTPStatus.PERMANENT_REDIRECT}
    return True


@lru_cache(maxsize=256)
def _static_url(folder: str, url_path: str, name: str) -> str:
    fingerprint = hashlib.sha256(Path(folder, name).read_bytes()).hexdigest()[:FINGERPRINT_LENGTH]
    return f"{url_path}/{name}?v={fingerprint}"


def static_url(name: str) -> str:
    """Return the address of a file in ``app/static``, with a fingerprint that lets browsers keep it for good."""
    if current_app.debug:
        _static_url.cache_clear()
    return _static_url(str(current_app.static_folder), str(current_app.static_url_path), name)


def join(app: Flask, settings: Settings) -> None:
    """Put the shell, the filters, the headers and the error pages into ``app``."""
    filters.join(app)
    reading.join(app)
    headers.join(app, settings)
    errors.join(app)
    health.join(app)
    again.join(app)
    app.jinja_env.trim_blocks = True
    app.jinja_env.lstrip_blocks = True
    with app.app_context():
        sprite = static_url("vendor/icons.svg")
    app.jinja_env.globals.update(static_url=static_url, sprite_url=sprite)

    @app.before_request
    def look_at_events_first() -> None:
        """What happens while a page is gathered is told to it afterwards; looked at later, it would be lost."""
        is_page = request.method == "GET" and "HX-Request" not in request.headers
        if is_page and request.endpoint not in _NO_PAGES and signed_in_or_none():
            g.live_after = newest_number()

    @app.context_processor
    def shell() -> dict[str, object]:
        spoken = reading.language()
        return {
            "shell": Shell(settings),
            "language": str(spoken).replace("_", "-"),
            "direction": spoken.text_direction,
        }
