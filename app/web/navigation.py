"""What stands in the sidebar and the phone's tab bar, as data: entries, and which role sees which."""

from collections.abc import Callable, Iterable
from dataclasses import dataclass

from flask_babel import LazyString, lazy_gettext

from app.accounts.models import Role
from app.accounts.permissions import Person


@dataclass(frozen=True, slots=True)
class Entry:
    """A place to go. ``key`` names its count; ``letter`` is what follows g on the keyboard."""

    key: str
    path: str
    icon: str
    label: LazyString
    short: LazyString
    letter: str = ""


@dataclass(frozen=True, slots=True)
class Place:
    """An entry as one person sees it now."""

    entry: Entry
    count: int
    current: bool


ENTRIES: dict[str, Entry] = {
    entry.key: entry
    for entry in (
        Entry("listening", "/listening", "ear", lazy_gettext("Listening"), lazy_gettext("Listening"), "l"),
        Entry("queue", "/queue", "shield-check", lazy_gettext("Review queue"), lazy_gettext("Queue"), "q"),
        Entry("inbox", "/inbox", "inbox", lazy_gettext("Inbox"), lazy_gettext("Inbox"), "i"),
        Entry("spikes", "/spikes", "trending-up", lazy_gettext("Going on"), lazy_gettext("Going on")),
        Entry("feed", "/feed", "message-circle", lazy_gettext("Feed"), lazy_gettext("Feed"), "f"),
        Entry("replies", "/replies", "pencil", lazy_gettext("My replies"), lazy_gettext("Replies"), "r"),
        Entry("sending", "/publishing", "send", lazy_gettext("Sending"), lazy_gettext("Sending")),
        Entry("by-hand", "/by-hand", "clipboard-text", lazy_gettext("To post by hand"), lazy_gettext("By hand")),
        Entry("analytics", "/analytics", "chart-line", lazy_gettext("Analytics"), lazy_gettext("Numbers"), "a"),
        Entry("leaderboard", "/leaderboard", "trophy", lazy_gettext("Leaderboard"), lazy_gettext("Board"), "b"),
        Entry("guides", "/guides", "book", lazy_gettext("Guides"), lazy_gettext("Guides")),
        Entry("profile", "/me", "user-check", lazy_gettext("My profile"), lazy_gettext("Me"), "m"),
        Entry("more", "/more", "menu-2", lazy_gettext("More"), lazy_gettext("More")),
        Entry("people", "/manage/people", "users", lazy_gettext("People"), lazy_gettext("People")),
        Entry("channels", "/manage/channels", "plug", lazy_gettext("Channels"), lazy_gettext("Channels")),
        Entry("rules", "/manage/rules", "arrows-sort", lazy_gettext("Rules"), lazy_gettext("Rules")),
        Entry("sorting", "/manage/sorting", "adjustments-horizontal", lazy_gettext("Sorting"), lazy_gettext("Sorting")),
        Entry("points", "/manage/points", "award", lazy_gettext("Points and badges"), lazy_gettext("Points")),
        Entry("health", "/manage/health", "lifebuoy", lazy_gettext("How it runs"), lazy_gettext("Runs")),
        Entry("settings", "/manage/settings", "settings", lazy_gettext("Settings"), lazy_gettext("Settings")),
    )
}

ADVOCATE_ORDER = ("feed", "replies", "leaderboard", "guides", "profile")
STAFF_ORDER = (
    "listening",
    "queue",
    "inbox",
    "sending",
    "by-hand",
    "spikes",
    "feed",
    "replies",
    "analytics",
    "leaderboard",
    "guides",
    "profile",
)

SIDEBAR: dict[Role, tuple[str, ...]] = {
    Role.ADVOCATE: ADVOCATE_ORDER,
    Role.MODERATOR: ("queue", "sending", "spikes", "feed", "leaderboard"),
    Role.STAFF: ("listening", "queue", "inbox", "sending", "by-hand", "spikes", "feed", "analytics", "leaderboard"),
    Role.ADMIN: ("listening", "queue", "inbox", "sending", "by-hand", "spikes", "feed", "analytics", "leaderboard"),
}
MANAGE: dict[Role, tuple[str, ...]] = {
    Role.MODERATOR: ("people", "rules", "sorting"),
    Role.STAFF: ("people", "channels", "rules", "sorting", "health"),
    Role.ADMIN: ("people", "channels", "rules", "sorting", "points", "health", "settings"),
}
TABS: dict[Role, tuple[str, ...]] = {
    Role.ADVOCATE: ADVOCATE_ORDER,
    Role.MODERATOR: ("queue", "feed", "more"),
    Role.STAFF: ("queue", "inbox", "feed", "analytics", "more"),
    Role.ADMIN: ("queue", "inbox", "feed", "analytics", "more"),
}
#: Who works for others lands there, however much else they may do.
HOME: tuple[tuple[Role, str], ...] = (
    (Role.ADMIN, "/inbox"),
    (Role.STAFF, "/inbox"),
    (Role.MODERATOR, "/queue"),
    (Role.ADVOCATE, "/feed"),
)


def home_of(person: Person) -> str:
    """Return the page a person lands on; one who holds no role yet lands on their own."""
    return next((path for role, path in HOME if role in person.roles), "/me")


def _chosen(table: dict[Role, tuple[str, ...]], person: Person) -> set[str]:
    return {key for role in person.roles for key in table.get(role, ())}


def sidebar_keys(person: Person) -> list[str]:
    """Return the union of what the person's roles see, work first, in one fixed order."""
    chosen = _chosen(SIDEBAR, person)
    order = ADVOCATE_ORDER if person.roles <= {Role.ADVOCATE} else STAFF_ORDER
    return [key for key in order if key in chosen]


def manage_keys(person: Person) -> list[str]:
    """Return what stands below Manage; empty for most."""
    chosen = _chosen(MANAGE, person)
    return [key for key in ENTRIES if key in chosen]


def tab_keys(person: Person) -> list[str]:
    """Return the phone's tabs: those of the role the person works in most, five at most."""
    role = next((role for role, _path in HOME if role in person.roles), None)
    return list(TABS[role]) if role else ["profile"]


def more_keys(person: Person) -> list[str]:
    """Return what the tabs leave out, for the phone's More page."""
    tabs = tab_keys(person)
    return [key for key in [*sidebar_keys(person), *manage_keys(person)] if key not in tabs]


def places(
    keys: Iterable[str], *, at_path: str, exists: Callable[[str], bool], count: Callable[[str], int]
) -> tuple[Place, ...]:
    """Return the entries whose page ``exists`` with their counts; the one that ``at_path`` lies in is current."""
    entries = [ENTRIES[key] for key in keys if exists(ENTRIES[key].path)]
    return tuple(Place(entry, count(entry.key), _within(at_path, entry.path)) for entry in entries)


def _within(at_path: str, path: str) -> bool:
    return at_path == path or at_path.startswith(f"{path}/")
