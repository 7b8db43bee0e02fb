"""What every answer carries, errors and files included."""

from dataclasses import replace

import pytest
from flask import Flask
from flask.testing import FlaskClient

from app import create_app
from app.accounts.models import Role
from app.foundation.config import Mode, Settings
from app.web.headers import policy
from tests.conftest import sign_in
from tests.factories import make_user

ANSWERS = [
    ("GET", "/", 200),
    ("GET", "/privacy", 200),
    ("GET", "/styleguide", 200),
    ("GET", "/brand.css", 200),
    ("GET", "/healthz", 200),
    ("GET", "/static/css/app.css", 200),
    ("GET", "/static/nothing.css", 404),
    ("GET", "/nowhere", 404),
    ("POST", "/privacy", 405),
    ("POST", "/csp-report", 204),
    ("GET", "/more", 303),
]


@pytest.mark.parametrize(("method", "path", "status"), ANSWERS)
def test_every_answer_carries_the_headers(client: FlaskClient, method: str, path: str, status: int) -> None:
    answer = client.open(path, method=method)
    answer.close()

    assert answer.status_code == status
    rules = answer.headers["Content-Security-Policy"]
    assert rules.startswith("default-src 'none'; script-src 'self'; style-src 'self';")
    assert "unsafe" not in rules
    assert "frame-ancestors 'none'" in rules
    assert answer.headers["X-Content-Type-Options"] == "nosniff"
    assert answer.headers["Referrer-Policy"] == "same-origin"
    assert answer.headers["Cross-Origin-Opener-Policy"] == "same-origin"
    assert len(answer.headers["X-Request-Id"]) == 16


def test_a_fault_of_ours_carries_them_too(app: Flask) -> None:
    def broken() -> str:
        return str(1 // 0)

    app.view_functions["web.privacy"] = broken

    answer = app.test_client().get("/privacy")

    assert answer.status_code == 500
    assert answer.headers["Content-Security-Policy"].startswith("default-src 'none'")


def test_pages_for_somebody_are_kept_by_nobody(client: FlaskClient) -> None:
    sign_in(client, make_user(Role.STAFF))

    for path in ("/more", "/privacy", "/nowhere"):
        answer = client.get(path)

        assert answer.headers["Cache-Control"] == "no-store", path
        assert {"Cookie", "HX-Request"} <= set(answer.vary), path


def test_a_file_asked_for_by_fingerprint_is_kept_for_good(client: FlaskClient) -> None:
    fingerprinted, plain = client.get("/static/css/app.css?v=1"), client.get("/static/css/app.css")
    fingerprinted.close()
    plain.close()

    assert "immutable" in fingerprinted.headers["Cache-Control"]
    assert plain.headers["Cache-Control"] == "public, max-age=300"
    assert "Set-Cookie" not in fingerprinted.headers


def test_production_insists_on_tls(settings: Settings, db_session: None) -> None:
    production = Settings(
        mode=Mode.PRODUCTION,
        secret_key=settings.secret_key,
        encryption_keys=settings.encryption_keys,
        database_url=settings.database_url,
    )

    answer = create_app(production).test_client().get("/privacy")

    assert answer.headers["Strict-Transport-Security"] == "max-age=31536000; includeSubDomains"
    assert "upgrade-insecure-requests" in policy(production)
    assert "upgrade-insecure-requests" not in policy(settings)


def test_forms_keep_their_secret_in_a_cookie_no_other_host_can_set(settings: Settings, db_session: None) -> None:
    safe = create_app(replace(settings, mode=Mode.PRODUCTION))

    cookie = safe.test_client().get("/sign-in", base_url="https://ovation.example").headers["Set-Cookie"]

    assert cookie.startswith("__Host-ovation_form=")
    assert {"Secure", "HttpOnly", "Path=/", "SameSite=Lax"} <= set(cookie.split("; "))
    assert "Domain" not in cookie


@pytest.mark.parametrize(
    ("host", "status"),
    [
        ("127.0.0.1:8000", 200),
        ("localhost", 200),
        ("[::1]:8000", 200),
        ("ovation.example", 200),
        ("evil.example:8000", 400),
        ("127.0.0.1.evil.example", 400),
        ("[bad", 400),
    ],
)
def test_the_demo_answers_to_this_machines_names_only(
    settings: Settings, db_session: None, host: str, status: int
) -> None:
    demo = create_app(replace(settings, mode=Mode.DEMO, base_url="https://ovation.example"))

    assert demo.test_client().get("/privacy", headers={"Host": host}).status_code == status
