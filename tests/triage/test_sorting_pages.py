"""The pages of sorting: seen by the team, set by admins, with what each step would do and how sure that is."""

import re
from typing import Any

import pytest
from flask.testing import FlaskClient

from app.accounts.models import Role
from app.foundation.db import session
from app.triage.models import SortingOutlook
from app.triage.sorting.ladder import Border, Step
from app.triage.sorting.queries import Setting, setting
from tests.conftest import sign_in
from tests.factories import ana, make_connection, make_outlook, make_rule, make_user, mo, sol

SORTING = "/manage/sorting"
CORRECTIONS = f"{SORTING}/corrections"


def seen_week(**overrides: Any) -> SortingOutlook:
    """Make an outlook on a week in which enough was said to tell a share of some."""
    shares = {"staff": [420, 1000], "angry": [7, 19], "sensitive": [3, 40], "staffs": [20, 100]}
    steps = {str(step.value): shares for step in Step}
    values = {"posts": 4000, "read": 1000, "steps": {"plain": steps, "in_force": steps, "proposed": steps}}
    return make_outlook(**(values | overrides))


def now() -> Setting:
    session.expire_all()
    return setting()


def text_of(page: Any) -> str:
    return " ".join(re.sub(r"<[^>]+>", " ", page.text).split())


@pytest.mark.parametrize("who", [mo, sol])
@pytest.mark.parametrize("address", [SORTING, CORRECTIONS])
def test_the_team_sees_and_admins_change(client: FlaskClient, who: Any, address: str) -> None:
    seen_week(shifts={"sensitive": 0.2})

    page = sign_in(client, who()).get(address)

    assert page.status_code == 200
    assert "An admin can" in page.text
    assert client.post(SORTING, data={"step": "1", "seen": "0"}).status_code == 403
    assert now() == Setting()


def test_before_the_first_look_the_page_says_so(client: FlaskClient) -> None:
    assert "Not looked at yet" in sign_in(client, sol()).get(SORTING).text


def test_a_share_stands_with_its_range_and_few_posts_with_none(client: FlaskClient) -> None:
    seen_week()

    page = text_of(sign_in(client, sol()).get(SORTING))

    assert "42% 420 of 1000: 39 to 45%" in page
    assert "7 of 19: too few to tell" in page
    assert "37%" not in page.partition("own test posts")[0]
    assert "4000 posts" in page or "4,000 posts" in page


def test_an_admin_moves_it(client: FlaskClient) -> None:
    person = ana()

    page = sign_in(client, person).post(SORTING, data={"step": "1", "seen": "0"}, follow_redirects=True)

    assert now().step is Step.TO_STAFF
    assert "It counts for posts that are sorted from now on." in page.text
    assert f"Version 1 From “In between, as it was made” to “More to staff”. {person.name}" in text_of(page)
    assert 'value="1" checked' in page.text


def test_who_chooses_nothing_is_asked_beside_the_field(client: FlaskClient) -> None:
    page = sign_in(client, ana()).post(SORTING, data={"seen": "0"})

    assert page.status_code == 422
    assert "step-error" in page.text
    assert now() == Setting()


def test_who_comes_second_is_told_and_keeps_what_they_chose(client: FlaskClient) -> None:
    sign_in(client, ana()).post(SORTING, data={"step": "1", "seen": "0"})

    page = client.post(SORTING, data={"step": "-1", "seen": "0"})

    assert page.status_code == 409
    assert "Somebody set sorting otherwise meanwhile" in page.text
    assert 'value="-1" checked' in page.text
    assert now().step is Step.TO_STAFF
    client.post(SORTING, data={"step": "-1", "seen": "1"})
    assert now().step is Step.TO_CREW


def test_an_admin_weighs_influence(client: FlaskClient) -> None:
    person = ana()

    page = sign_in(client, person).post(
        f"{SORTING}/influence", data={"points": "6", "seen": "0"}, follow_redirects=True
    )

    assert now() == Setting(1, Step.AS_MADE, None, 6)
    assert 'value="6"' in page.text
    assert f"Version 1 Influence: from at most 2 to 6 points. {person.name}" in text_of(page)
    client.post(f"{SORTING}/influence", data={"points": "0", "seen": "1"})
    assert now().influence == 0


@pytest.mark.parametrize("typed", ["", "much", "11", "-1"])
def test_influence_that_cannot_be_is_refused_beside_the_field_and_stays_typed(client: FlaskClient, typed: str) -> None:
    page = sign_in(client, ana()).post(f"{SORTING}/influence", data={"points": typed, "seen": "0"})

    assert page.status_code == 422
    assert "points-error" in page.text
    assert f'value="{typed}"' in page.text
    assert now() == Setting()


def test_who_weighs_influence_second_is_told(client: FlaskClient) -> None:
    sign_in(client, ana()).post(SORTING, data={"step": "1", "seen": "0"})

    page = client.post(f"{SORTING}/influence", data={"points": "6", "seen": "0"})

    assert page.status_code == 409
    assert "Somebody set sorting otherwise meanwhile" in page.text
    assert now().influence == 2


def test_the_team_sees_for_how_much_influence_counts(client: FlaskClient) -> None:
    assert "It counts for 2 points of 100 at most." in sign_in(client, sol()).get(SORTING).text
    assert client.post(f"{SORTING}/influence", data={"points": "6", "seen": "0"}).status_code == 403


def test_what_is_proposed_is_shown_with_what_it_would_do_and_let_count(client: FlaskClient) -> None:
    outlook = seen_week(shifts={"sensitive": 0.3}, learnt_from={"angry": 12, "sensitive": 64, "technical": 0})
    make_connection(learns=True)
    make_connection(learns=False)
    page = sign_in(client, ana()).get(CORRECTIONS)
    assert "Triage may learn from 1 of 2 accounts." in text_of(page)
    assert "64 decisions: towards staff: from 25% to 20%" in page.text
    assert "12 of 40 decisions: too few" in page.text
    assert "As corrections propose" in page.text

    page = client.post(f"{CORRECTIONS}/follow", data={"seen": "0", "outlook": outlook.id}, follow_redirects=True)
    assert now().shifts == {Border.SENSITIVE: 0.3}
    assert "Let it count" not in page.text
    assert "Sensitive: towards staff" in client.get(SORTING).text

    client.post(f"{CORRECTIONS}/forget", data={"seen": "1"})
    assert now().shifts is None


def test_figures_that_are_not_the_newest_are_refused(client: FlaskClient) -> None:
    old = seen_week(shifts={"sensitive": 0.3})
    seen_week(shifts={"sensitive": 0.1})

    page = sign_in(client, ana()).post(f"{CORRECTIONS}/follow", data={"seen": "0", "outlook": old.id})

    assert page.status_code == 409
    assert now().shifts is None


def test_weeks_rules_reasons_and_cues_are_named(client: FlaskClient) -> None:
    key = make_rule("Coupons")
    seen_week(
        weeks=[["2026-11-16", "staff_angry", [15, 30], [3, 5]], ["2026-11-16", "community", [0, 2], [0, 0]]],
        tallies={
            "reasons": {"need.sensitive": [10, 40]},
            "rules": {str(key): [1, 2], "999": [0, 1]},
            "cues": {"sensitive.payment": [3, 4]},
        },
    )

    page = text_of(sign_in(client, sol()).get(CORRECTIONS))

    assert "Week of 16 Nov 2026" in page
    assert "Of what went there, belonged there Staff, as angry 50% 15 of 30: 33 to 67% The crew" in page
    assert "went there Staff, as angry 3 of 5: too few to tell The crew no such post is known" in page
    assert "The crew 0 of 2: too few to tell" in page
    assert "Only staff can act on it. 25% 10 of 40" in page
    assert "Coupons 1 of 2" in page
    assert "A rule that was deleted 0 of 1" in page
    assert "It is about money: “…”. 3 of 4" in page


def test_advocates_see_neither(client: FlaskClient) -> None:
    sign_in(client, make_user(Role.ADVOCATE))

    assert {client.get(address).status_code for address in (SORTING, CORRECTIONS)} <= {403, 404}
