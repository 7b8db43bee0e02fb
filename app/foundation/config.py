"""Settings: read once from the environment, typed, every gap named at once."""

import base64
import binascii
import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import UTC, timedelta, tzinfo
from enum import StrEnum
from pathlib import Path
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from babel import Locale, UnknownLocaleError

from app.foundation.terms import Terms

SECRET_KEY_CHARACTERS = 32
ENCRYPTION_KEY_BYTES = 32
LOG_LEVELS = ("DEBUG", "INFO", "WARNING", "ERROR", "CRITICAL")
LARGEST_PORT = 65_535
_BIND = re.compile(r"(?:[A-Za-z0-9._-]+|\[[0-9A-Fa-f:.]+\]):([0-9]{1,5})")
_WEB_ADDRESS = re.compile(r"https?://[^\s/?#]+(?:/[^\s?#]*)?")


class Mode(StrEnum):
    """How this installation is run."""

    DEMO = "demo"
    TEST = "test"
    PRODUCTION = "production"


class SettingsError(Exception):
    """The settings have gaps; the message has one line for each."""


@dataclass(frozen=True, slots=True)
class Settings:
    """What an installation may decide from outside; what an admin decides on pages lies in the database."""

    mode: Mode
    secret_key: str = field(repr=False)
    encryption_keys: Mapping[str, bytes] = field(repr=False)
    database_url: str = field(repr=False)
    redis_url: str = field(default="", repr=False)
    bind: str = "127.0.0.1:8000"
    base_url: str = "http://127.0.0.1:8000"
    brand_name: str = "Northwind Kettles"
    community_name: str = "Kettle Crew"
    brand_hue: int = 172
    signature_role: str = "Crew volunteer"
    link_hosts: tuple[str, ...] = ()
    default_language: str = "en"
    sandbox_url: str = ""
    #: smtp://name:password@host:587 or smtps://...; empty: letters go to the console.
    mail_url: str = field(default="", repr=False)
    mail_from: str = ""
    #: Who outside is told of an incident, and the secret that signs the call.
    incident_webhook_url: str = field(default="", repr=False)
    incident_webhook_secret: str = field(default="", repr=False)
    log_level: str = "INFO"
    #: The file where erasures are kept outside the database; empty keeps none.
    tombstone_log: str = ""
    #: The file where the journal's chain is written down outside the database; empty keeps none.
    journal_heads: str = ""
    #: Who scores moods: fast, our own evaluation of VADER, or stock, the vaderSentiment package.
    sentiment: str = "fast"
    claim_lasts: timedelta = timedelta(minutes=10)
    undo_lasts: timedelta = timedelta(seconds=10)
    terms: Terms = field(default_factory=Terms)

    @property
    def is_demo(self) -> bool:
        return self.mode is Mode.DEMO

    @property
    def secure_cookies(self) -> bool:
        return self.mode is Mode.PRODUCTION


def _keys(text: str) -> dict[str, bytes]:
    """Read ``id:base64[,id:base64...]``; raises ValueError for a key that is not 32 bytes long."""
    keys = {}
    for part in filter(None, (piece.strip() for piece in text.split(","))):
        name, _, body = part.partition(":")
        key = base64.urlsafe_b64decode(body)
        if not name or "." in name or len(key) != ENCRYPTION_KEY_BYTES:
            raise ValueError(name)
        keys[name] = key
    if not keys:
        raise ValueError("none")
    return keys


def _is_bind(text: str) -> bool:
    """Say whether a web server can listen there: host:port, or unix:path."""
    found = _BIND.fullmatch(text)
    return int(found[1]) <= LARGEST_PORT if found else text.startswith("unix:/")


def _is_language(text: str) -> bool:
    try:
        return bool(Locale.parse(text))
    except (ValueError, UnknownLocaleError):
        return False


def _beside(database_url: str, name: str) -> str:
    """Return where a file lies unless told: beside a database that is a file, else in ``var``."""
    scheme, _, path = database_url.partition(":///")
    folder = Path(path).parent if scheme == "sqlite" and path else Path("var")
    return str(folder / name)


def _is_loopback(bind: str) -> bool:
    return bind.rpartition(":")[0] in {"127.0.0.1", "localhost", "[::1]"}


class _Gaps:
    """Collects what is missing or wrong, so that all of it is said at once."""

    def __init__(self, environ: Mapping[str, str]) -> None:
        self.environ = environ
        self.lines: list[str] = []

    def text(self, name: str, default: str | None = None) -> str:
        value = self.environ.get(name, "").strip()
        if value or default is not None:
            return value or (default or "")
        self.lines.append(f"{name} is not set")
        return ""

    def number(self, name: str, default: int, low: int, high: int) -> int:
        value = self.environ.get(name, "").strip() or str(default)
        if value.isascii() and value.isdigit() and low <= int(value) <= high:
            return int(value)
        self.lines.append(f"{name} must be a whole number from {low} to {high}")
        return default

    def keys(self, name: str) -> dict[str, bytes]:
        text = self.text(name)
        try:
            return _keys(text) if text else {}
        except (ValueError, binascii.Error):
            self.lines.append(f"{name} must be id:key pairs, each key 32 bytes in URL-safe base64")
            return {}

    def checked(self, name: str, default: str | None, *, is_right: Callable[[str], bool], must: str) -> str:
        """Return a text that ``is_right``; ``must`` ends the sentence about one that is not."""
        value = self.text(name, default)
        if value and not is_right(value):
            self.lines.append(f"{name} must {must}")
        return value

    def zone(self, name: str) -> tzinfo:
        try:
            return ZoneInfo(self.text(name, "UTC"))
        # A name that is none, a path out of the place where zones lie, or a folder there.
        except (ZoneInfoNotFoundError, ValueError, OSError):
            self.lines.append(f"{name} must be a time zone, like Europe/Berlin")
            return UTC

    def mode(self, name: str) -> Mode:
        value = self.environ.get(name, "").strip() or Mode.PRODUCTION.value
        if value in set(Mode):
            return Mode(value)
        self.lines.append(f"{name} must be one of {', '.join(Mode)}")
        return Mode.PRODUCTION


def _terms(gaps: _Gaps) -> Terms:
    return Terms(
        promise=timedelta(minutes=gaps.number("OVATION_PROMISE_MINUTES", 120, 5, 10_080)),
        crowds_percent=gaps.number("OVATION_CROWDS_PERCENT", 75, 10, 100),
        hello=timedelta(hours=gaps.number("OVATION_HELLO_HOURS", 24, 1, 720)),
        review_told=timedelta(minutes=gaps.number("OVATION_REVIEW_TOLD_MINUTES", 20, 1, 10_080)),
        review=timedelta(minutes=gaps.number("OVATION_REVIEW_MINUTES", 60, 2, 10_080)),
        approval=timedelta(hours=gaps.number("OVATION_APPROVAL_HOURS", 24, 1, 72)),
        backlog=gaps.number("OVATION_BACKLOG", 20_000, 100, 1_000_000),
        asked_a_day=gaps.number("OVATION_LISTENING_A_DAY", 100, 0, 100_000),
        asking=timedelta(minutes=gaps.number("OVATION_LISTENING_MINUTES", 15, 1, 240)),
        first_replies=gaps.number("OVATION_FIRST_REPLIES", 20, 0, 1000),
        many_followers=gaps.number("OVATION_MANY_FOLLOWERS", 10_000, 100, 1_000_000_000),
        zone=gaps.zone("OVATION_TIME_ZONE"),
    )


def load_settings(environ: Mapping[str, str]) -> Settings:
    """Read the settings.

    Raises:
        SettingsError: with every gap, one line each.
    """
    gaps = _Gaps(environ)
    mode = gaps.mode("OVATION_MODE")
    settings = Settings(
        mode=mode,
        secret_key=gaps.text("OVATION_SECRET_KEY"),
        encryption_keys=gaps.keys("OVATION_ENCRYPTION_KEYS"),
        database_url=gaps.text("DATABASE_URL"),
        redis_url=gaps.text("REDIS_URL", ""),
        bind=gaps.checked(
            "OVATION_BIND", "127.0.0.1:8000", is_right=_is_bind, must="be host:port, like 127.0.0.1:8000, or unix:/path"
        ),
        # Letters carry it to people elsewhere, so no address is taken for granted where it is not a trial.
        base_url=gaps.checked(
            "OVATION_BASE_URL",
            None if mode is Mode.PRODUCTION else "http://127.0.0.1:8000",
            is_right=lambda text: _WEB_ADDRESS.fullmatch(text) is not None,
            must="be a web address, like https://crew.example.com",
        ).rstrip("/"),
        brand_name=gaps.text("OVATION_BRAND_NAME", "Northwind Kettles"),
        community_name=gaps.text("OVATION_COMMUNITY_NAME", "Kettle Crew"),
        brand_hue=gaps.number("OVATION_BRAND_HUE", 172, 0, 360),
        signature_role=gaps.text("OVATION_SIGNATURE_ROLE", "Crew volunteer"),
        link_hosts=tuple(filter(None, (host.strip() for host in gaps.text("OVATION_LINK_HOSTS", "").split(",")))),
        default_language=gaps.checked(
            "OVATION_LANGUAGE", "en", is_right=_is_language, must="be a language, like en or pt_BR"
        ),
        sandbox_url=gaps.text("OVATION_SANDBOX_URL", "").rstrip("/"),
        mail_url=gaps.text("OVATION_MAIL_URL", ""),
        mail_from=gaps.text("OVATION_MAIL_FROM", ""),
        incident_webhook_url=gaps.text("OVATION_INCIDENT_WEBHOOK_URL", ""),
        incident_webhook_secret=gaps.text("OVATION_INCIDENT_WEBHOOK_SECRET", ""),
        log_level=gaps.checked(
            "OVATION_LOG_LEVEL",
            "INFO",
            is_right=lambda text: text.upper() in LOG_LEVELS,
            must=f"be one of {', '.join(LOG_LEVELS)}",
        ).upper(),
        tombstone_log=gaps.text("OVATION_TOMBSTONE_LOG", _beside(gaps.text("DATABASE_URL", ""), "tombstones.log")),
        journal_heads=gaps.text("OVATION_JOURNAL_HEADS", _beside(gaps.text("DATABASE_URL", ""), "journal-heads.log")),
        sentiment=gaps.checked(
            "OVATION_SENTIMENT", "fast", is_right=lambda text: text in ("fast", "stock"), must="be fast or stock"
        ),
        claim_lasts=timedelta(seconds=gaps.number("OVATION_CLAIM_SECONDS", 600, 1, 86_400)),
        undo_lasts=timedelta(seconds=gaps.number("OVATION_UNDO_SECONDS", 10, 0, 600)),
        terms=_terms(gaps),
    )
    if settings.secret_key and len(settings.secret_key) < SECRET_KEY_CHARACTERS:
        gaps.lines.append(f"OVATION_SECRET_KEY must have at least {SECRET_KEY_CHARACTERS} characters")
    if settings.is_demo and not _is_loopback(settings.bind):
        gaps.lines.append("OVATION_MODE=demo has no second factor and runs on loopback only: OVATION_BIND is not")
    if settings.mail_url and not settings.mail_url.startswith(("smtp://", "smtps://")):
        gaps.lines.append("OVATION_MAIL_URL must begin with smtp:// or smtps://")
    gaps.lines.extend(_webhook_gaps(settings))
    if gaps.lines:
        raise SettingsError("\n".join(gaps.lines))
    return settings


def _webhook_gaps(settings: Settings) -> list[str]:
    """Return what is wrong with the incident's webhook; https only, unless it is a trial on this machine."""
    url, secret = settings.incident_webhook_url, settings.incident_webhook_secret
    trial = settings.mode is not Mode.PRODUCTION and url.startswith("http://")
    said = []
    if url and not (url.startswith("https://") or trial):
        said.append("OVATION_INCIDENT_WEBHOOK_URL must begin with https://")
    if bool(url) != bool(secret) or (secret and len(secret) < SECRET_KEY_CHARACTERS):
        said.append(
            "OVATION_INCIDENT_WEBHOOK_SECRET must stand beside OVATION_INCIDENT_WEBHOOK_URL "
            f"and have at least {SECRET_KEY_CHARACTERS} characters"
        )
    return said
