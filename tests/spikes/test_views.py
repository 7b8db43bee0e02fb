"""What is going on, as those see it who may act on it."""

from dataclasses import replace
from datetime import timedelta
from http import HTTPStatus
from zoneinfo import ZoneInfo

import pytest
import time_machine
from flask.testing import FlaskClient
from sqlalchemy import select

import app as house
from app.accounts.models import Role
from app.cord.models import Hold, HoldScope
from app.foundation import terms
from app.foundation.config import Settings
from app.foundation.db import session
from app.foundation.journal import JournalEntry
from app.mentions.models import Mention
from app.mentions.types import Route
from app.spikes.models import Spike, SpikeStatus
from app.spikes.sorts import Sort
from app.triage.models import Topic
from tests.conftest import sign_in
from tests.factories import (
    NOW,
    ada,
    make_case,
    make_connection,
    make_mention,
    make_spike,
    make_user,
    make_verdict,
    mo,
    sol,
)
from tests.spikes.scene import MINUTE, angry, learnt, look, posts

ALL = (Sort.ALL, "")


@pytest.fixture(autouse=True)
def _now() -> object:
    with time_machine.travel(NOW, tick=False):
        yield


@pytest.fixture
def staff(client: FlaskClient) -> FlaskClient:
    return sign_in(client, sol())


def shown(client: FlaskClient, path: str) -> str:
    answer = client.get(path)
    assert answer.status_code == HTTPStatus.OK
    return " ".join(answer.get_data(as_text=True).split())


def test_while_too_little_was_heard_the_page_says_so(staff: FlaskClient) -> None:
    assert "Too little heard yet to know what is usual" in shown(staff, "/spikes")


def test_on_a_usual_day_nothing_is_out_of_the_ordinary(staff: FlaskClient) -> None:
    posts(learnt({ALL: 12}), 2)
    look()

    page = shown(staff, "/spikes")

    assert "Nothing out of the ordinary" in page
    assert "2 in 55 minutes, where" not in page
    assert "<svg" in page
    assert "You are told from" in page


def test_a_spike_is_on_the_page_and_on_every_other_with_the_way_to_it(staff: FlaskClient) -> None:
    posts(learnt({ALL: 12}), 30)
    look()
    [spike_id] = session.scalars(select(Spike.id)).all()

    assert "28 in 10 minutes, where about 2 are usual." in shown(staff, "/spikes")
    inbox = shown(staff, "/inbox")
    assert "Far more than usual: Posts to @NorthwindKettle." in inbox
    assert f'href="/spikes/{spike_id}"' in inbox


def test_those_who_may_not_pull_the_cord_see_no_banner_and_no_page(client: FlaskClient) -> None:
    posts(learnt({ALL: 12}), 30)
    look()
    advocate = sign_in(client, ada().user)

    assert "Far more than usual" not in shown(advocate, "/feed")
    assert advocate.get("/spikes").status_code == HTTPStatus.FORBIDDEN


def test_a_spike_shows_its_posts_masked_and_the_words_that_stand_out(staff: FlaskClient) -> None:
    account = learnt({ALL: 12})
    posts(account, 40, ending=NOW - timedelta(days=1), text="@NorthwindKettle how long is the warranty of the kettle?")
    angry(account, 20, text="@NorthwindKettle the kettle smells of burning, ask janedoe at 555-0100")
    for mention in session.scalars(select(Mention)).all():
        mention.masked_text = mention.text.replace("janedoe at 555-0100", "▇▇▇")
    session.commit()
    look()
    spike_id = session.scalars(select(Spike.id).where(Spike.sort == Sort.ANGRY)).one()

    page = shown(staff, f"/spikes/{spike_id}")

    assert "smells of burning, ask ▇▇▇" in page
    assert "555-0100" not in page
    assert "janedoe" not in page
    assert '<bdi dir="auto">burning</bdi>' in page
    assert '<bdi dir="auto">kettle</bdi>' not in page
    assert "warranty" not in page


def test_posts_about_safety_are_not_shown_to_moderators(client: FlaskClient) -> None:
    account = make_connection()
    mention = make_mention(
        connection=account, route=Route.STAFF_SENSITIVE, feed_lane=None, text="It burnt my hand", topic=""
    )
    make_verdict(mention, reasons=[["crisis.harm", "burnt"]])
    make_case(mention=mention, safety=True, sensitive=True)
    spike = make_spike(sort=Sort.HARM)

    assert "It burnt my hand" in shown(sign_in(client, sol()), f"/spikes/{spike.id}")
    assert "It burnt my hand" not in shown(sign_in(client, mo()), f"/spikes/{spike.id}")


@pytest.mark.parametrize(
    ("series", "scope"),
    [
        ({"sort": Sort.ALL, "connection": True}, "scope=CONNECTION&amp;connection_id="),
        ({"sort": Sort.TOPIC, "topic": "lids"}, "scope=TOPIC&amp;topic=lids"),
        ({"sort": Sort.TOPIC, "topic": "gone"}, "scope=CROWD"),
        ({"sort": Sort.ANGRY}, "scope=CROWD"),
    ],
    ids=["account", "topic", "a topic that is no more", "all"],
)
def test_the_cord_is_one_click_away_with_what_to_pause(
    staff: FlaskClient, series: dict[str, object], scope: str
) -> None:
    session.add(Topic(name="lids", words=["lid"]))
    session.commit()
    if series.pop("connection", False):
        series["connection_id"] = make_connection().id
    spike = make_spike(**series)

    assert f'href="/cord?{scope}' in shown(staff, f"/spikes/{spike.id}")


def test_the_cords_form_comes_filled_in_and_pulls_nothing_by_itself(staff: FlaskClient) -> None:
    account = make_connection(handle="NorthwindKettle")
    make_connection(handle="Other")

    page = shown(staff, f"/cord?scope=CONNECTION&connection_id={account.id}&reason=Far+too+much&is_incident=y")

    assert 'value="CONNECTION" checked' in page
    assert f'<option value="{account.id}" selected' in page
    assert 'value="Far too much"' in page
    assert 'name="is_incident" value="y" checked' in page
    assert session.scalars(select(Hold)).all() == []

    answer = staff.post(
        "/cord/pull", data={"scope": "CONNECTION", "connection_id": str(account.id), "reason": "Far too much"}
    )
    assert answer.status_code == HTTPStatus.SEE_OTHER
    assert session.scalars(select(Hold.scope)).all() == [HoldScope.CONNECTION]


def test_no_incident_takes_the_banner_away_and_is_kept_with_a_name(staff: FlaskClient) -> None:
    spike = make_spike()
    assert "Far more than usual" in shown(staff, "/inbox")

    answer = staff.post(f"/spikes/{spike.id}/dismiss")

    assert answer.status_code == HTTPStatus.SEE_OTHER
    session.expire_all()
    assert "Far more than usual" not in shown(staff, "/inbox")
    assert "Sol Stern said that it is no incident." in shown(staff, f"/spikes/{spike.id}")
    assert session.scalars(select(JournalEntry.action)).all()[-1] == "spike.dismissed"
    assert staff.post(f"/spikes/{spike.id}/dismiss").status_code == HTTPStatus.CONFLICT


def test_what_is_over_stands_below_with_nothing_left_to_do(staff: FlaskClient) -> None:
    spike = make_spike(status=SpikeStatus.ENDED, ended_at=NOW + 90 * MINUTE, to_verdict_id=0)

    page = shown(staff, f"/spikes/{spike.id}")

    assert "It is over: as much as usual is heard again." in page
    assert "This is no incident" not in page
    assert "/cord?scope" not in page
    assert f'href="/spikes/{spike.id}"' in shown(staff, "/spikes")


def test_of_several_spikes_the_banner_names_the_gravest_and_leads_to_all(client: FlaskClient) -> None:
    make_spike(noticed_at=NOW + MINUTE)
    make_spike(sort=Sort.HARM)

    page = shown(sign_in(client, make_user(Role.ADMIN)), "/inbox")

    assert "Far more than usual: Posts that speak of harm." in page
    assert "1 other thing stands out." in page
    assert '<a class="btn btn-sm" href="/spikes">' in page


def test_pages_tell_the_time_by_the_brands_clock(settings: Settings, db_session: None) -> None:
    here = replace(terms.chosen(), zone=ZoneInfo("Asia/Kolkata"))
    terms.choose(here)
    made = house.create_app(replace(settings, terms=here))
    made.teardown_appcontext_funcs.clear()
    posts(learnt({ALL: 12}), 2)
    look()

    page = shown(sign_in(made.test_client(), sol()), "/spikes")

    assert ">19:30</text>" in page  # it is 14:00 in UTC
