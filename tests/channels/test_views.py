"""The pages of channels: what they say of each trouble, and who may change what."""

import re
from dataclasses import replace
from datetime import timedelta
from decimal import Decimal

import pytest
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import select

from app.channels import raw_pages
from app.channels.actions import record_failure, report_unreadable
from app.channels.errors import AuthExpired, ChannelError, RateLimited, Transient
from app.channels.gaps import note_gap
from app.channels.models import Connection, ConnectionState
from app.channels.types import Batch
from app.foundation import clock
from app.foundation.db import session, unit_of_work
from tests.channels.conftest import Brand
from tests.conftest import sign_in
from tests.factories import NOW, ana, make_advocate, make_connection, mo, sol


def fail(row: Connection, error: ChannelError) -> None:
    with unit_of_work():
        record_failure(connection_id=row.id, error=error, at=clock.now())


def test_no_account_yet_says_what_to_do(client: FlaskClient) -> None:
    admin = sign_in(client, ana()).get("/manage/channels")
    staff = sign_in(client, sol()).get("/manage/channels")

    assert "No account is connected" in admin.text
    assert "/manage/channels/new" in admin.text
    assert "An admin can do it." in staff.text


def test_a_working_channel_says_what_was_heard_and_what_it_cost(client: FlaskClient) -> None:
    now = clock.now()
    row = make_connection(
        polled_at=now, heard_at=now, lag_seconds=3, cost_on=now.date().isoformat(), cost_today=Decimal("0.215")
    )
    staff = sign_in(client, sol())

    pages = [staff.get(path).text for path in ("/manage/channels", f"/manage/channels/{row.id}")]

    for page in pages:
        assert f"@{row.handle}" in page
        assert "Listening" in page
        assert "3 s" in page
        assert "$0.215" in page
    assert "Reply to who calls us" in pages[1]


@pytest.mark.parametrize(
    ("error", "words"),
    [
        (AuthExpired("Unauthorized"), "no longer takes our sign-in"),
        (Transient("ReadTimeout"), "could not be reached"),
        (RateLimited("Too Many Requests", retry_at=clock.now() + timedelta(minutes=5)), "asks us to wait"),
    ],
)
def test_each_trouble_is_said_in_words(client: FlaskClient, error: ChannelError, words: str) -> None:
    row = make_connection()
    fail(row, error)

    page = sign_in(client, sol()).get(f"/manage/channels/{row.id}").text

    assert words in page
    assert error.detail in page


def test_a_channel_that_must_be_connected_again_is_a_banner_for_those_who_see_channels(client: FlaskClient) -> None:
    row = make_connection()
    fail(row, AuthExpired("Unauthorized"))

    moderator = sign_in(client, mo()).get("/manage/channels").text
    advocate = sign_in(client, make_advocate().user).get("/leaderboard").text

    assert "needs to be connected again." in moderator
    assert "Until then nothing is heard from there and nothing is sent." in moderator
    assert "needs to be connected again" not in advocate


def test_a_late_listener_is_noticed(client: FlaskClient) -> None:
    row = make_connection(polled_at=clock.now() - timedelta(minutes=10))

    assert "Is the listener running?" in sign_in(client, sol()).get(f"/manage/channels/{row.id}").text


def test_what_could_not_be_read_is_told(client: FlaskClient) -> None:
    row = make_connection()
    with unit_of_work():
        report_unreadable(connection_id=row.id, what="2 posts could not be read: <b>", at=clock.now())

    page = sign_in(client, sol()).get(f"/manage/channels/{row.id}").text

    assert "2 posts could not be read: &lt;b&gt;" in page


def test_what_was_set_aside_is_shown_to_those_who_may_read_everything_and_asked_for_again_by_an_admin(
    client: FlaskClient,
) -> None:
    row = make_connection()
    batch = Batch((), cursor="", more=False, unreadable=[{"id": "77"}], raw=b'{"data": "<b>odd</b>"}')
    with unit_of_work():
        raw_pages.keep(batch, connection_id=row.id, at=clock.now())
        note_gap(connection_id=row.id, began_at=NOW - timedelta(hours=2), ended_at=NOW, at=clock.now())

    moderators = sign_in(client, mo()).get(f"/manage/channels/{row.id}").text
    staffs = sign_in(client, sol()).get(f"/manage/channels/{row.id}").text
    refused = client.post(f"/manage/channels/{row.id}/read-again")
    asked = sign_in(client, ana()).post(f"/manage/channels/{row.id}/read-again")

    assert "odd" not in moderators
    assert "Gaps in what was heard" in moderators
    assert "&lt;b&gt;odd&lt;/b&gt;" in staffs
    assert (refused.status_code, asked.status_code) == (403, 303)
    assert raw_pages.asked_again(row.id, limit=5) == ["77"]


def test_an_admin_turns_the_switches_and_nobody_else_does(client: FlaskClient) -> None:
    row = make_connection()
    address = f"/manage/channels/{row.id}/switches"

    refused = sign_in(client, sol()).post(address, data={"impact_counts": "y"})
    saved = sign_in(client, ana()).post(address, data={"impact_counts": "y"})

    assert refused.status_code == 403
    assert saved.status_code == 303
    session.refresh(row)
    assert (row.impact_counts, row.reply_to_any) == (True, False)
    assert "Switches" not in sign_in(client, mo()).get(f"/manage/channels/{row.id}").text


def test_an_admin_sets_the_pace_and_nobody_else_does(client: FlaskClient) -> None:
    row = make_connection()
    address, wanted = f"/manage/channels/{row.id}/pace", {"posts": "40", "minutes": "30"}

    refused = sign_in(client, sol()).post(address, data=wanted)
    shown = sign_in(client, ana()).get(f"/manage/channels/{row.id}").text
    saved = client.post(address, data=wanted)

    assert (refused.status_code, saved.status_code) == (403, 303)
    assert re.search('name="posts"[^>]* value="100"', shown)
    assert re.search('name="minutes"[^>]* value="15"', shown)
    assert "X itself takes 100 posts of one account in 15 minutes" in shown
    session.refresh(row)
    assert (row.send_limit, row.send_window_seconds) == (40, 1800)
    assert "Pace" not in sign_in(client, mo()).get(f"/manage/channels/{row.id}").text


@pytest.mark.parametrize(
    ("posts", "minutes", "words"),
    [
        ("0", "15", "from 1 to 10,000"),
        ("10001", "15", "from 1 to 10,000"),
        ("many", "15", "from 1 to 10,000"),
        ("", "15", "Say how many posts."),
        ("40", "0", "from 1 to 1,440"),
        ("40", "1441", "from 1 to 1,440"),
        ("40", "", "Say in how many minutes."),
    ],
)
def test_a_pace_that_makes_no_sense_is_refused_beside_its_field(
    client: FlaskClient, posts: str, minutes: str, words: str
) -> None:
    row = make_connection()

    answered = sign_in(client, ana()).post(f"/manage/channels/{row.id}/pace", data={"posts": posts, "minutes": minutes})

    assert answered.status_code == 422
    assert words in answered.text
    assert 'aria-invalid="true"' in answered.text
    assert f'value="{posts}"' in answered.text
    assert f'value="{minutes}"' in answered.text
    session.refresh(row)
    assert (row.send_limit, row.send_window_seconds) == (100, 900)


def test_disconnecting_stops_the_listening(client: FlaskClient) -> None:
    row = make_connection()

    answered = sign_in(client, ana()).post(f"/manage/channels/{row.id}/disconnect")

    assert answered.status_code == 303
    session.refresh(row)
    assert row.state is ConnectionState.DISCONNECTED
    assert "Disconnected" in client.get(f"/manage/channels/{row.id}").text


def test_a_channel_that_is_not_there_is_not_found(client: FlaskClient) -> None:
    signed = sign_in(client, ana())

    assert signed.get("/manage/channels/0").status_code == 404
    assert signed.post("/manage/channels/0/switches").status_code == 404
    assert signed.post("/manage/channels/0/disconnect").status_code == 404


def test_advocates_do_not_see_channels(client: FlaskClient) -> None:
    assert sign_in(client, make_advocate().user).get("/manage/channels").status_code == 403


@pytest.fixture
def with_sandbox(app: Flask, brand: Brand) -> Brand:
    app.config["SETTINGS"] = replace(app.config["SETTINGS"], sandbox_url=brand.network.base_url)
    return brand


def test_pasted_tokens_connect_the_account_they_speak_for(client: FlaskClient, with_sandbox: Brand) -> None:
    token = with_sandbox.access.tokens.access_token

    answered = sign_in(client, ana()).post("/manage/channels/new", data={"place": "sandbox", "access_token": token})

    row = session.scalars(select(Connection).where(Connection.external_id == with_sandbox.access.account_id)).one()
    assert answered.status_code == 303
    assert answered.location.endswith(f"/manage/channels/{row.id}")
    assert (row.handle, row.base_url) == (with_sandbox.handle, with_sandbox.network.base_url)
    assert token not in client.get(answered.location).text


def test_a_token_the_network_does_not_take_connects_nothing(client: FlaskClient, with_sandbox: Brand) -> None:
    answered = sign_in(client, ana()).post("/manage/channels/new", data={"place": "sandbox", "access_token": "wr0ng"})

    assert answered.status_code == 422
    assert "no longer takes our sign-in" in answered.text
    assert "wr0ng" not in answered.text
    assert session.scalars(select(Connection)).all() == []


def test_no_address_but_the_listed_ones_is_ever_called(client: FlaskClient) -> None:
    data = {"place": "http://169.254.169.254", "access_token": "x"}

    assert sign_in(client, ana()).post("/manage/channels/new", data=data).status_code == 422
