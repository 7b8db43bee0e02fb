"""The inbox, narrowed to the cases of one tag: the brand's own lanes."""

import pytest
from flask.testing import FlaskClient

from app.mentions.models import MentionStatus
from tests.conftest import sign_in
from tests.factories import make_case, make_mention, make_rule, sol


def tagged(text: str, *tags: str) -> int:
    return make_case(mention=make_mention(text=text, status=MentionStatus.ESCALATED), tags=list(tags)).id


@pytest.mark.parametrize("tag", ["marketing", "ärger", "50%"])
def test_the_inbox_shows_the_cases_of_one_tag(client: FlaskClient, tag: str) -> None:
    with_tag = tagged("About the campaign", "payment", tag)
    tagged("About something else", f"{tag}s")
    make_rule()

    page = sign_in(client, sol()).get("/inbox", query_string={"tag": tag}).text

    assert "About the campaign" in page
    assert "About something else" not in page
    assert f"/inbox/{with_tag}?view=all&amp;tag=" in page


def test_a_tag_that_no_case_bears_leads_on(client: FlaskClient) -> None:
    tagged("About something else", "vip")

    page = sign_in(client, sol()).get("/inbox?tag=lost").text

    assert "No case bears this tag" in page


def test_without_rules_of_the_brand_nothing_asks_for_a_tag(client: FlaskClient) -> None:
    staff = sign_in(client, sol())
    before = staff.get("/inbox").text
    make_rule()
    after = staff.get("/inbox").text

    assert ('name="tag"' in before, 'name="tag"' in after) == (False, True)


def test_a_case_bears_the_brands_tags(client: FlaskClient) -> None:
    tagged("About the campaign", "marketing", "vip", "payment")

    page = sign_in(client, sol()).get("/inbox").text

    assert "Marketing" in page
    assert "vip" in page
