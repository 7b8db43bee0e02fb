import base64
from datetime import timedelta

import pytest

from app.foundation.config import Mode, SettingsError, load_settings

KEY = base64.urlsafe_b64encode(b"k" * 32).decode()
WHOLE = {
    "OVATION_SECRET_KEY": "s" * 32,
    "OVATION_ENCRYPTION_KEYS": f"first:{KEY}",
    "DATABASE_URL": "sqlite:///ovation.db",
    "OVATION_BASE_URL": "https://crew.example",
}


def gaps(**environ: str) -> list[str]:
    with pytest.raises(SettingsError) as refused:
        load_settings(environ)
    return str(refused.value).splitlines()


def test_every_gap_is_named_at_once() -> None:
    said = gaps(
        OVATION_MODE="party",
        OVATION_BRAND_HUE="red",
        OVATION_CLAIM_SECONDS="0",
        OVATION_MAIL_URL="pigeon://roof",
        OVATION_BIND="nonsense",
        OVATION_LANGUAGE="xx!",
        OVATION_LOG_LEVEL="LOUD",
        OVATION_TIME_ZONE="Mars/Olympus",
    )

    for name in (
        "OVATION_MODE",
        "OVATION_SECRET_KEY",
        "OVATION_ENCRYPTION_KEYS",
        "DATABASE_URL",
        "OVATION_BRAND_HUE",
        "OVATION_CLAIM_SECONDS",
        "OVATION_MAIL_URL",
        "OVATION_BASE_URL",
        "OVATION_BIND",
        "OVATION_LANGUAGE",
        "OVATION_LOG_LEVEL",
        "OVATION_TIME_ZONE",
    ):
        assert sum(line.startswith(name) for line in said) == 1, name


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("OVATION_SECRET_KEY", "short"),
        ("OVATION_SECRET_KEY", "   "),
        ("OVATION_ENCRYPTION_KEYS", "first:abc"),
        ("OVATION_ENCRYPTION_KEYS", KEY),
        ("OVATION_ENCRYPTION_KEYS", f"with.dot:{KEY}"),
        ("OVATION_ENCRYPTION_KEYS", "first:%%%"),
        ("OVATION_ENCRYPTION_KEYS", ","),
        ("OVATION_BRAND_HUE", "361"),
        ("OVATION_BRAND_HUE", "-1"),
        ("OVATION_BRAND_HUE", "١٢"),
        ("OVATION_UNDO_SECONDS", "ten"),
        ("OVATION_APPROVAL_HOURS", "0"),
        ("OVATION_APPROVAL_HOURS", "73"),
        ("OVATION_LOG_LEVEL", "LOUD"),
        ("OVATION_BIND", "nonsense"),
        ("OVATION_BIND", "127.0.0.1:65536"),
        ("OVATION_BIND", "localhost"),
        ("OVATION_BIND", "http://127.0.0.1:8000"),
        ("OVATION_BASE_URL", "kettles.example"),
        ("OVATION_BASE_URL", "ftp://crew.example"),
        ("OVATION_SENTIMENT", "guess"),
        ("OVATION_LANGUAGE", "xx!"),
        ("OVATION_LANGUAGE", "xx"),
    ],
)
def test_a_wrong_value_is_named_and_not_repeated(name: str, value: str) -> None:
    said = gaps(**(WHOLE | {name: value}))

    assert len(said) == 1
    assert said[0].startswith(name)
    assert value.strip() == "" or len(value) < 4 or value not in said[0]


@pytest.mark.parametrize("bind", ["0.0.0.0:8000", "[::]:8000", "192.0.2.1:80", "crew.example:443"])
def test_the_demo_runs_on_loopback_only(bind: str) -> None:
    assert ["OVATION_MODE=demo" in line for line in gaps(**WHOLE, OVATION_MODE="demo", OVATION_BIND=bind)] == [True]


def test_what_is_not_said_is_production() -> None:
    settings = load_settings(WHOLE)

    assert settings.mode is Mode.PRODUCTION
    assert settings.secure_cookies
    assert not settings.is_demo


def test_production_takes_no_address_for_granted() -> None:
    without = {name: value for name, value in WHOLE.items() if name != "OVATION_BASE_URL"}

    assert gaps(**without) == ["OVATION_BASE_URL is not set"]
    assert load_settings(without | {"OVATION_MODE": "demo"}).base_url == "http://127.0.0.1:8000"


@pytest.mark.parametrize("bind", ["0.0.0.0:80", "[::1]:8000", "localhost:0", "unix:/run/ovation.sock"])
def test_places_a_web_server_can_listen_at_are_taken(bind: str) -> None:
    assert load_settings(WHOLE | {"OVATION_BIND": bind}).bind == bind


def test_a_log_level_is_read_in_either_case_and_a_language_with_its_country() -> None:
    settings = load_settings(WHOLE | {"OVATION_LOG_LEVEL": "warning", "OVATION_LANGUAGE": "pt_BR"})

    assert (settings.log_level, settings.default_language) == ("WARNING", "pt_BR")


def test_values_are_read_as_what_they_are() -> None:
    settings = load_settings(
        WHOLE
        | {
            "OVATION_MODE": "demo",
            "OVATION_LINK_HOSTS": " northwindkettles.example, help.northwindkettles.example ,",
            "OVATION_CLAIM_SECONDS": "90",
            "OVATION_SENTIMENT": "stock",
            "OVATION_BASE_URL": "http://127.0.0.1:8000/",
            "OVATION_ENCRYPTION_KEYS": f"new:{KEY}, old:{KEY}",
        }
    )

    assert settings.link_hosts == ("northwindkettles.example", "help.northwindkettles.example")
    assert settings.claim_lasts == timedelta(seconds=90)
    assert settings.sentiment == "stock"
    assert settings.base_url == "http://127.0.0.1:8000"
    assert list(settings.encryption_keys) == ["new", "old"]


def test_settings_print_no_secret() -> None:
    settings = load_settings(
        WHOLE | {"REDIS_URL": "redis://:hidden@localhost/0", "OVATION_MAIL_URL": "smtp://a:hidden@b"}
    )

    assert "sss" not in repr(settings)
    assert "kkk" not in repr(settings)
    assert "hidden" not in repr(settings)
