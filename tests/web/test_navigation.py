"""Where each role may go, and what is counted for whom."""

import pytest
from flask import Flask
from flask.testing import FlaskClient

from app.accounts.models import Role
from app.accounts.permissions import Person
from app.foundation import slots
from app.web import navigation
from tests.conftest import sign_in
from tests.factories import make_user


def person(*roles: Role) -> Person:
    return Person(1, "p", "P", "p@example.org", "en", frozenset(roles), frozenset())


STAFF_SIDEBAR = ["listening", "queue", "inbox", "sending", "by-hand", "spikes", "feed", "analytics", "leaderboard"]


@pytest.mark.parametrize(
    ("roles", "sidebar", "tabs", "home"),
    [
        (
            {Role.ADVOCATE},
            ["feed", "replies", "leaderboard", "guides", "profile"],
            ["feed", "replies", "leaderboard", "guides", "profile"],
            "/feed",
        ),
        ({Role.MODERATOR}, ["queue", "sending", "spikes", "feed", "leaderboard"], ["queue", "feed", "more"], "/queue"),
        ({Role.STAFF}, STAFF_SIDEBAR, ["queue", "inbox", "feed", "analytics", "more"], "/inbox"),
        ({Role.ADMIN}, STAFF_SIDEBAR, ["queue", "inbox", "feed", "analytics", "more"], "/inbox"),
        (
            {Role.ADVOCATE, Role.MODERATOR},
            ["queue", "sending", "spikes", "feed", "replies", "leaderboard", "guides", "profile"],
            ["queue", "feed", "more"],
            "/queue",
        ),
        (set(), [], ["profile"], "/me"),
    ],
    ids=["advocate", "moderator", "staff", "admin", "both", "none"],
)
def test_each_role_has_its_places(roles: set[Role], sidebar: list[str], tabs: list[str], home: str) -> None:
    somebody = person(*roles)

    assert navigation.sidebar_keys(somebody) == sidebar
    assert navigation.tab_keys(somebody) == tabs
    assert navigation.home_of(somebody) == home


def test_managing_is_for_the_team() -> None:
    assert navigation.manage_keys(person(Role.ADVOCATE, Role.MODERATOR)) == ["people", "rules", "sorting"]
    assert navigation.manage_keys(person(Role.STAFF)) == ["people", "channels", "rules", "sorting", "health"]
    assert navigation.manage_keys(person(Role.ADMIN)) == [
        "people",
        "channels",
        "rules",
        "sorting",
        "points",
        "health",
        "settings",
    ]


def test_what_the_tabs_leave_out_is_under_more() -> None:
    somebody = person(Role.ADMIN)

    reached = {*navigation.tab_keys(somebody), *navigation.more_keys(somebody)}

    assert reached >= {*navigation.sidebar_keys(somebody), *navigation.manage_keys(somebody)}


def test_pages_that_are_not_built_are_not_offered() -> None:
    found = navigation.places(
        ["feed", "guides"], at_path="/feed/7", exists=lambda path: path == "/feed", count=lambda _: 3
    )

    assert [(place.entry.key, place.count, place.current) for place in found] == [("feed", 3, True)]


def test_a_longer_name_is_not_the_same_place() -> None:
    found = navigation.places(["feed"], at_path="/feedback", exists=lambda _: True, count=lambda _: 0)

    assert not found[0].current


def test_no_two_places_share_a_letter() -> None:
    letters = [entry.letter for entry in navigation.ENTRIES.values() if entry.letter]

    assert len(letters) == len(set(letters))


def test_the_start_leads_each_role_home(client: FlaskClient) -> None:
    sign_in(client, make_user(Role.MODERATOR))

    answer = client.get("/")

    assert (answer.status_code, answer.location) == (303, "/queue")


def test_banners_stand_by_importance_and_the_third_is_folded(
    client: FlaskClient, monkeypatch: pytest.MonkeyPatch
) -> None:
    said = [slots.Banner(title=title, order=order, stop=stop) for title, order, stop in _THREE]
    monkeypatch.setattr(slots, "_banners", {each.title: lambda _person, each=each: each for each in said})
    sign_in(client, make_user(Role.MODERATOR))

    text = client.get("/more").text

    assert text.index("Everything is paused.") < text.index("X needs a new sign-in.") < text.index("and 1 more")
    assert text.index("and 1 more") < text.index("We update tonight.")
    assert "Posting paused" in text
    assert "Posting live" not in text


_THREE = [
    ("We update tonight.", 90, False),
    ("X needs a new sign-in.", 50, False),
    ("Everything is paused.", 0, True),
]


def test_a_room_fills_its_slot(app: Flask, client: FlaskClient, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(
        slots, "_pieces", {"sidebar-foot": lambda who: ("errors/_broken.html", {"request_id": who.name})}
    )
    sign_in(client, make_user(Role.STAFF, name="Sol of the slot"))

    assert client.get("/more").text.count("Sol of the slot") > 1


def test_counts_are_shown_beside_their_place(client: FlaskClient, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(slots, "_counts", {"leaderboard": lambda _person: 1234})
    monkeypatch.setattr("app.web.shell.page_exists", lambda path: path == "/leaderboard")
    sign_in(client, make_user(Role.STAFF))

    assert '<span class="count">1,234' in client.get("/shell/sidebar").text
