"""The pages of the brand's rules: written by the team, switched on by admins, nothing typed is lost."""

import re
from datetime import timedelta
from typing import Any

import pytest
from flask.testing import FlaskClient

from app.accounts.models import User
from app.foundation import clock
from app.foundation.db import session
from app.mentions.models import MentionStatus
from app.mentions.types import Kind, Route
from app.triage.models import RuleBook
from app.triage.rules.queries import newest_book
from app.triage.rules.types import Rule, Then, Way, When
from app.triage.rules.words import KIND_WORDS, WAY_WORDS
from tests import factories
from tests.conftest import sign_in
from tests.factories import ana, make_mention, make_rule, make_verdict, mo, sol

RULES = "/manage/rules"
EMPTY = {
    "seen": "",
    "authors": "",
    "followers_from": "",
    "followers_to": "",
    "mood_from": "",
    "mood_to": "",
    "time_from": "",
    "time_to": "",
    "points": "",
    "tags": "",
    "assign_to": "",
}


def wish(**changes: Any) -> dict[str, Any]:
    return EMPTY | {"name": "Coupons", "words": "vinegar\nvoucher*", "way": "marketing"} | changes


def kept() -> list[Rule]:
    session.expire_all()
    return list(newest_book().rules)


def act(client: FlaskClient, what: str, key: int, where: str = "changes") -> Any:
    return client.post(f"{RULES}/{where}", data={"act": what, "key": key}, follow_redirects=True)


@pytest.mark.parametrize("who", [mo, sol, ana])
def test_the_team_writes_rules_which_are_off(client: FlaskClient, who: Any) -> None:
    page = sign_in(client, who()).post(f"{RULES}/new", data=wish(), follow_redirects=True)

    [rule] = kept()
    assert (rule.wording.when.words, rule.is_on) == (("vinegar", "voucher*"), False)
    assert "It is off until" in page.text
    assert "Staff, for marketing" in page.text


def test_the_first_page_says_what_rules_are_for(client: FlaskClient) -> None:
    page = sign_in(client, sol()).get(RULES)

    assert "No rules yet" in page.text


def test_everything_that_can_be_asked_is_kept_and_shown_again(client: FlaskClient) -> None:
    staff, brand = sol(), factories.make_connection()
    asked = wish(
        authors="@Ann, BOB",
        places=["x", str(brand.id)],
        languages=["de"],
        kinds=["question"],
        followers_from="5",
        followers_to="50",
        mood_from="-0.5",
        mood_to="0.0",
        weekdays=["0", "6"],
        time_from="22:00",
        time_to="06:00",
        points="-5",
        tags="VIP, tea",
        assign_to=str(staff.id),
    )
    signed_in = sign_in(client, staff)

    signed_in.post(f"{RULES}/new", data=asked)

    [rule] = kept()
    assert rule.wording.when == When(
        words=("vinegar", "voucher*"),
        authors=("ann", "bob"),
        places=("x", str(brand.id)),
        languages=("de",),
        kinds=("question",),
        followers_from=5,
        followers_to=50,
        mood_from=-0.5,
        mood_to=0.0,
        weekdays=(0, 6),
        time_from="22:00",
        time_to="06:00",
    )
    assert rule.wording.then == Then(way=Way.MARKETING, points=-5, tags=("vip", "tea"), assign_to=staff.id)
    again = signed_in.get(f"{RULES}/{rule.key}").text
    sent = signed_in.post(f"{RULES}/{rule.key}", data=asked | {"seen": str(rule.version)})
    assert sent.status_code == 303
    assert [rule] == kept(), "saving what is there changes nothing"
    assert re.search(r'value="0" checked>Monday', again)
    assert 'value="22:00"' in again
    shown = signed_in.get(RULES).text
    for words in (
        "@ann or @bob",
        "22:00\N{EN DASH}06:00",
        "Monday or Sunday",
        "5 \N{EN DASH} 50",
        "\u22125",
        staff.name,
    ):
        assert words in shown


@pytest.mark.parametrize(
    ("changes", "words"),
    [
        ({"name": ""}, "Give it a name."),
        ({"name": "Taken"}, "Another rule has that name."),
        ({"words": "", "authors": ""}, "Say which posts it is about"),
        ({"way": "", "tags": ""}, "Say what happens to them"),
        ({"words": "***"}, "Nothing can be looked for by"),
        ({"words": "\n".join(f"w{n}" for n in range(51))}, "At most 50 words"),
        ({"tags": "safety"}, "Triage alone gives the tag"),
        ({"tags": "a,b,c,d,e,f"}, "At most 5 tags"),
        ({"points": "21"}, "A whole number from"),
        ({"followers_from": "9", "followers_to": "8"}, "less than the least"),
        ({"mood_from": "0.5", "mood_to": "-0.5"}, "less than the least"),
        ({"time_from": "22:00"}, "Give both times."),
        ({"time_from": "22:00", "time_to": "22:00"}, "These are the same."),
        ({"places": "moon"}, "valid choice"),
    ],
)
def test_what_does_not_do_is_said_beside_its_field_and_what_was_typed_stays(
    client: FlaskClient, changes: dict[str, str], words: str
) -> None:
    make_rule("Taken")

    answer = sign_in(client, sol()).post(
        f"{RULES}/new", data=wish(**{"authors": "@typed", "tags": "typed-too"} | changes)
    )

    assert answer.status_code == 422
    assert words in answer.text
    assert changes.get("authors", "@typed") in answer.text
    assert changes.get("tags", "typed-too") in answer.text
    assert len(kept()) == 1


def test_the_later_of_two_sees_both_wordings_and_loses_nothing(client: FlaskClient) -> None:
    key = make_rule("Coupons")
    staff = sign_in(client, sol())
    staff.post(f"{RULES}/{key}", data=wish(name="Theirs", seen=str(key)))

    answer = staff.post(f"{RULES}/{key}", data=wish(name="Mine", seen=str(key)))

    assert answer.status_code == 409
    assert "Theirs" in answer.text
    assert 'value="Mine"' in answer.text
    [seen] = re.findall(r'name="seen"[^>]*value="(\d+)"', answer.text)
    staff.post(f"{RULES}/{key}", data=wish(name="Mine", seen=seen))
    assert kept()[0].wording.name == "Mine"


def posted(text: str = "@NorthwindKettles where does my vinegar go?", **overrides: Any) -> None:
    now = clock.now()
    make_verdict(make_mention(text=text, posted_at=now, heard_at=now, **overrides))


def test_an_admin_sees_a_dry_run_and_lets_the_rule_count(client: FlaskClient) -> None:
    key = make_rule("Coupons")
    posted()
    admin = sign_in(client, ana())

    page = act(admin, "switched_on", key, "dry-runs")
    assert "One post of the last 7 days was tried." in page.text
    assert "where does my vinegar go?" in page.text
    assert re.search(
        r"<td>The questions of the crew</td><td>Staff, for marketing</td><td class=\"n\">1</td>", page.text
    )
    assert not kept()[0].is_on

    done = admin.post(f"{page.request.path}/put-in-force", follow_redirects=True)
    assert "It counts from now on." in done.text
    assert kept()[0].is_on


def test_a_rule_that_counts_can_be_tried_without(client: FlaskClient) -> None:
    key = make_rule("Vinegar", is_on=True)
    posted()

    page = act(sign_in(client, sol()), "switched_off", key, "dry-runs")

    assert "Switch \u201cVinegar\u201d off?" in page.text
    assert re.search(
        r"<td>Staff, for marketing</td><td>The questions of the crew</td><td class=\"n\">1</td>", page.text
    )
    assert kept()[0].is_on


def test_whatever_a_rule_may_say_has_its_words() -> None:
    assert set(KIND_WORDS) == set(Kind)
    assert set(WAY_WORDS) == set(Way)


def test_staff_propose_and_do_not_switch_on_or_off(client: FlaskClient) -> None:
    off, on = make_rule(), make_rule(is_on=True)
    staff = sign_in(client, sol())

    page = act(staff, "switched_on", off, "dry-runs")
    assert "An admin can let it count." in page.text
    assert staff.post(f"{page.request.path}/put-in-force").status_code == 403
    assert act(staff, "switched_off", on).status_code == 403
    assert "Switch off" not in staff.get(RULES).text
    assert [rule.is_on for rule in kept()] == [False, True]


def test_a_button_that_would_let_something_count_leads_to_a_dry_run(client: FlaskClient) -> None:
    first, second = make_rule("First", is_on=True), make_rule("Second", is_on=True)
    admin = sign_in(client, ana())

    page = act(admin, "moved_up", second)

    assert "Move \u201cSecond\u201d up?" in page.text
    assert [rule.key for rule in kept()] == [first, second]
    admin.post(f"{page.request.path}/put-in-force")
    assert [rule.key for rule in kept()] == [second, first]


def test_an_admin_switches_off_moves_and_deletes(client: FlaskClient) -> None:
    first, second = make_rule("First", is_on=True), make_rule("Second")
    admin = sign_in(client, ana())

    act(admin, "moved_up", second)
    act(admin, "switched_off", first)
    act(admin, "deleted", first)

    assert [(rule.key, rule.is_on) for rule in kept()] == [(second, False)]


def test_a_newer_version_of_what_counts_shows_what_it_would_change(client: FlaskClient) -> None:
    key = make_rule("Coupons", is_on=True)
    staff = sign_in(client, sol())

    page = staff.post(f"{RULES}/{key}", data=wish(seen=str(key), words="voucher"), follow_redirects=True)

    assert "A newer version waits" in page.text
    assert re.search(r"<del>.*vinegar.*</del>.*<ins>.*voucher.*</ins>", page.text)
    assert kept()[0].live is not None


def test_versions_say_who_did_what_and_lead_back(client: FlaskClient) -> None:
    key = make_rule("Coupons")
    admin = sign_in(client, ana())
    admin.post(f"{RULES}/{key}", data=wish(seen=str(key), name="Vouchers"))
    act(admin, "deleted", key)

    page = admin.get(f"{RULES}/versions").text
    assert page.index("Deleted \u201cVouchers\u201d") < page.index("Changed \u201cVouchers\u201d")
    assert "by Ana Abbot" in page
    act(admin, "went_back", 1)
    assert [rule.wording.name for rule in kept()] == ["Coupons"]


def test_long_histories_come_in_pages(client: FlaskClient) -> None:
    for _n in range(25):
        make_rule()
    staff = sign_in(client, sol())

    first = staff.get(f"{RULES}/versions").text
    rest = staff.get(f"{RULES}/versions?below=6").text

    assert "below=6" in first
    assert ("Version 6<" in first, "Version 5<" in first) == (True, False)
    assert "Version 1<" in rest


def test_moderators_are_not_shown_posts_about_safety(client: FlaskClient) -> None:
    key = make_rule("Fires", when=When(words=("vinegar",)), then=Then(points=5))
    now = clock.now()
    words = "The vinegar burned my hand"
    kept_back = make_mention(
        text=words, status=MentionStatus.ESCALATED, route=Route.STAFF_SENSITIVE, feed_lane=None, heard_at=now
    )
    make_verdict(kept_back)
    factories.make_case(mention=kept_back, safety=True)

    def sees(user: User) -> bool:
        return words in act(sign_in(client, user), "switched_on", key, "dry-runs").text

    assert sees(sol())
    assert not sees(mo())


def test_personal_data_is_masked_in_a_dry_run(client: FlaskClient) -> None:
    posted("My card for the vinegar is 4111 1111 1111 1111", masked_text="My card for the vinegar is [card]")

    page = act(sign_in(client, ana()), "switched_on", make_rule(), "dry-runs")

    assert "[card]" in page.text
    assert "4111" not in page.text


def test_a_late_button_is_told_so(client: FlaskClient) -> None:
    key = make_rule()
    row = factories.make_dry_run(key=key, made_at=clock.now() - timedelta(days=2))
    admin = sign_in(client, ana())

    old = admin.post(f"{RULES}/dry-runs/{row.id}/put-in-force")
    gone = act(admin, "switched_off", 99)
    nonsense = act(admin, "painted_green", key)

    assert (old.status_code, gone.status_code, nonsense.status_code) == (409, 404, 422)
    assert session.query(RuleBook).count() == 1
