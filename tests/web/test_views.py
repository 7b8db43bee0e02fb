"""The shell's own pages."""

from dataclasses import replace

import pytest
from flask.testing import FlaskClient

from app import create_app
from app.accounts.models import Role
from app.foundation.config import Mode, Settings
from tests.conftest import sign_in
from tests.factories import make_user


def test_visitors_are_welcomed(client: FlaskClient) -> None:
    answer = client.get("/")

    assert answer.status_code == 200
    assert "Sign in" in answer.text


@pytest.mark.parametrize("path", ["/more", "/shell/sidebar", "/shell/banners", "/shell/posting", "/live/changes"])
def test_the_rest_is_for_those_who_are_signed_in(client: FlaskClient, path: str) -> None:
    answer = client.get(path)

    assert answer.status_code == 303
    assert answer.location.startswith("/sign-in")


def test_advocates_have_nothing_to_manage(client: FlaskClient) -> None:
    sign_in(client, make_user(Role.ADVOCATE))

    assert client.get("/manage").status_code == 403


def test_the_brands_hue_is_a_sheet(settings: Settings, db_session: None) -> None:
    blue = create_app(replace(settings, brand_hue=255)).test_client().get("/brand.css")

    assert blue.mimetype == "text/css"
    assert blue.text == ":root { --brand-h: 255; }\n"


def test_the_styleguide_is_not_in_production(settings: Settings, db_session: None) -> None:
    production = create_app(replace(settings, mode=Mode.PRODUCTION)).test_client()

    assert production.get("/styleguide").status_code == 404


def test_the_styleguide_shows_foreign_markup_as_text(client: FlaskClient) -> None:
    text = client.get("/styleguide").text

    assert "&lt;script&gt;alert(1)" in text
    assert "<script>alert" not in text
    assert 'href="javascript:' not in text


@pytest.mark.parametrize(
    "body",
    [b"", b"[]", b"not json", b'{"csp-report": 7}', b'{"csp-report": {"blocked-uri": "x"}}', b"[" * 7000],
    ids=["empty", "list", "words", "number", "report", "nested"],
)
def test_browsers_may_report_anything(client: FlaskClient, body: bytes) -> None:
    assert client.post("/csp-report", data=body).status_code == 204


def test_a_message_with_a_way_back_is_a_real_form(client: FlaskClient) -> None:
    with client.session_transaction() as kept:
        kept["_flashes"] = [
            ("success", {"text": "Approved.", "undo": "/reviews/7/undo", "until": "2026-11-12T14:00:10+00:00"}),
            ("success", "<b>Saved.</b>"),
        ]

    text = client.get("/privacy").text

    assert 'method="post" action="/reviews/7/undo"' in text
    assert "&lt;b&gt;Saved.&lt;/b&gt;" in text
