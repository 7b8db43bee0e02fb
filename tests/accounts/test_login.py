import json
from datetime import timedelta
from pathlib import Path

import pytest
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import select

from app.accounts.login import (
    FRESH_FOR,
    IDLE_ADVOCATE,
    IDLE_STAFF,
    LASTS_STAFF,
    hash_of,
    idle_limit,
    lasting,
    safe_path,
)
from app.accounts.models import Role, SignIn
from app.foundation import clock
from app.foundation.db import session
from tests import factories
from tests.conftest import sign_in

HOSTILE = Path(__file__).parent.parent / "data" / "hostile_inputs.jsonl"


def redirects() -> list[str]:
    rows = [json.loads(line) for line in HOSTILE.read_text(encoding="utf-8").splitlines()]
    return [row["text"] for row in rows if row["kind"] == "redirect"]


@pytest.mark.parametrize(
    "target", [*redirects(), "https://evil.example/", "feed", "", None, "/\t/evil.example", "/a\\b"]
)
def test_only_paths_of_this_site_are_gone_on_to(target: str | None) -> None:
    led_to = safe_path(target)

    assert led_to is None or (led_to.startswith("/") and not led_to.startswith(("//", "/\\")))
    assert led_to is None or led_to == "/login?next=//evil.example"


@pytest.mark.parametrize("target", ["/", "/feed", "/feed?view=all&topic=descaling", "/u/mossy/points#top", "/träger"])
def test_paths_of_this_site_are_kept(target: str) -> None:
    assert safe_path(target) == target


def test_who_can_do_more_harm_is_signed_out_sooner() -> None:
    assert idle_limit(frozenset({Role.ADVOCATE})) == IDLE_ADVOCATE
    assert idle_limit(frozenset({Role.ADVOCATE, Role.MODERATOR})) == IDLE_STAFF
    assert lasting(frozenset({Role.STAFF})) == LASTS_STAFF
    assert lasting(frozenset()) > LASTS_STAFF


@pytest.mark.parametrize(
    "overrides",
    [
        {"seen_at": timedelta(minutes=-31)},
        {"expires_at": timedelta(seconds=-1)},
        {"ended_at": timedelta(seconds=-1)},
    ],
    ids=["left alone", "too old", "ended"],
)
def test_a_sign_in_that_is_over_opens_nothing(client: FlaskClient, overrides: dict[str, timedelta]) -> None:
    now = clock.now()
    key = factories.make_sign_in(factories.sol(), **{name: now + span for name, span in overrides.items()})
    client.set_cookie("ovation", key)

    assert client.get("/me").headers["Location"] == "/sign-in?next=/me"


def test_somebody_deactivated_is_out_on_the_next_request(client: FlaskClient) -> None:
    sol = factories.sol()
    sign_in(client, sol)
    assert client.get("/me").status_code == 200

    sol.is_active = False
    session.commit()

    assert client.get("/me").status_code == 303


def test_the_database_holds_no_key_that_opens_anything(db_session: None) -> None:
    key = factories.make_sign_in(factories.sol())
    row = session.scalars(select(SignIn)).one()

    assert key not in {str(value) for value in vars(row).values()}
    assert row.key_hash == hash_of(key)


def test_use_is_written_down_once_a_minute(client: FlaskClient) -> None:
    before = clock.now() - timedelta(minutes=5)
    client.set_cookie("ovation", factories.make_sign_in(factories.sol(), seen_at=before))

    client.get("/me")
    first = session.scalars(select(SignIn.seen_at)).one()
    client.get("/me")

    assert first > before
    assert session.scalars(select(SignIn.seen_at)).one() == first


@pytest.mark.parametrize(("headers", "counts"), [({"HX-Request": "true"}, False), ({}, True)])
def test_what_pages_fetch_by_themselves_keeps_nobody_signed_in(
    client: FlaskClient, headers: dict[str, str], counts: bool
) -> None:
    before = clock.now() - timedelta(minutes=5)
    client.set_cookie("ovation", factories.make_sign_in(factories.sol(), seen_at=before))

    client.get("/me", headers=headers)

    assert (session.scalars(select(SignIn.seen_at)).one() > before) is counts


def test_a_role_change_needs_a_fresh_sign_in(client: FlaskClient) -> None:
    ben, started = factories.ben(), clock.now() - FRESH_FOR - timedelta(seconds=1)
    client.set_cookie("ovation", factories.make_sign_in(factories.ana(), started_at=started))

    answer = client.post(
        f"/manage/people/{ben.user_id}/give-role",
        data={"role": "staff"},
        headers={"Referer": f"http://localhost/manage/people/{ben.user_id}"},
    )

    assert answer.headers["Location"] == f"/sign-in/again?next=/manage/people/{ben.user_id}"


def test_a_form_sent_after_the_sign_in_ended_leads_back_to_its_page(client: FlaskClient) -> None:
    answer = client.post(
        "/feed/7/reply", data={"text": "Rinse twice"}, headers={"Referer": "http://localhost/feed/7/reply?view=all"}
    )

    assert (answer.status_code, answer.location) == (303, "/sign-in?next=/feed/7/reply?view%3Dall&unsent=y")
    page = client.get(answer.location).text
    assert "You were signed out meanwhile, and nothing was sent." in page
    assert "data-trouble-page" in page  # what the scripts kept of the words in this tab stays there
    assert "data-trouble-page" not in client.get("/sign-in").text


def test_a_form_from_elsewhere_leads_nowhere_after_signing_in(client: FlaskClient) -> None:
    answer = client.post("/feed/7/reply", headers={"Referer": "https://evil.example/feed/7/reply"})

    assert answer.location == "/sign-in?unsent=y"


def test_a_key_of_the_wrong_shape_is_nobodys(app: Flask) -> None:
    for key in ("", "x" * 3000, "ключ", "a b"):
        client = app.test_client()
        client.set_cookie("ovation", key)
        assert client.get("/me").status_code == 303


def test_who_comes_from_no_readable_address_is_asked_again_all_the_same(client: FlaskClient) -> None:
    started = clock.now() - FRESH_FOR - timedelta(seconds=1)
    client.set_cookie("ovation", factories.make_sign_in(factories.ana(), started_at=started))

    answer = client.post("/cord/release", headers={"Referer": "http://[bad"})

    assert answer.headers["Location"] == "/sign-in/again"
