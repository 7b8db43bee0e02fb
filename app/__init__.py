"""Ovation: a brand's best customers answer for it. This is the only place where rooms are joined."""

from importlib import import_module
from importlib.util import find_spec

from flask import Flask
from flask_babel import Babel

from app.foundation import bell, db, logs, terms, words
from app.foundation.addresses import RowNumberConverter
from app.foundation.config import Settings
from app.foundation.extensions import csrf, limiter
from app.foundation.mail import POSTMAN
from app.foundation.secrets import KEYRING

#: The rooms, ground floor first. Furniture that a room lacks is simply absent.
ROOMS = (
    "foundation",
    "accounts",
    "notices",
    "advocates",
    "channels",
    "cord",
    "mentions",
    "cases",
    "triage",
    "feed",
    "replies",
    "publishing",
    "reviews",
    "rewards",
    "desk",
    "spikes",
    "live",
    "privacy",
    "web",
)
_TABLES = ("models", "events", "heartbeats", "journal", "recovery", "stumbles", "tasks", "tombstones")


def _furniture(room: str, piece: str) -> str | None:
    name = f"app.{room}.{piece}"
    return name if find_spec(f"app.{room}") and find_spec(name) else None


def load_models() -> None:
    """Load every table, so that the schema is whole."""
    for room in ROOMS:
        for piece in _TABLES:
            if name := _furniture(room, piece):
                import_module(name)


def open_house(settings: Settings) -> None:
    """Make ready what web, workers and commands share: logs, keys, database, bell."""
    logs.configure(settings)
    KEYRING.load(settings.encryption_keys)
    db.bind(db.make_engine(settings.database_url))
    bell.BELL.hang(settings.redis_url)
    terms.choose(settings.terms)
    POSTMAN.employ(settings)
    import_module("app.notices.webhook").WEBHOOK.employ(settings)
    import_module("app.triage.sentiment").choose(settings.sentiment)
    import_module("app.privacy.log").LOG.keep_in(settings.tombstone_log)
    import_module("app.foundation.heads").HEADS.keep_in(settings.journal_heads)
    join_rooms()


def join_rooms() -> None:
    """Load every table and let each room's queries register what the rooms below ask for: standing and visibility."""
    load_models()
    for room in ROOMS:
        if name := _furniture(room, "queries"):
            import_module(name)


def _throttle_store(redis_url: str) -> str:
    """Return where tries are counted, in Flask-Limiter's spelling; without Redis each process counts by itself."""
    return f"redis+{redis_url}" if redis_url.startswith("unix:") else redis_url or "memory://"


def create_app(settings: Settings) -> Flask:
    """Build the web application.

    Raises:
        Unguarded: a route names nobody who may use it.
    """
    app = Flask(__name__)
    app.url_map.converters["int"] = RowNumberConverter
    app.config.update(
        SETTINGS=settings,
        SECRET_KEY=settings.secret_key,
        SESSION_COOKIE_NAME="__Host-ovation_form" if settings.secure_cookies else "ovation_form",
        SESSION_COOKIE_HTTPONLY=True,
        SESSION_COOKIE_SAMESITE="Lax",
        SESSION_COOKIE_SECURE=settings.secure_cookies,
        MAX_CONTENT_LENGTH=1024 * 1024,
        MAX_FORM_MEMORY_SIZE=512 * 1024,
        BABEL_DEFAULT_LOCALE=settings.default_language,
        BABEL_DEFAULT_TIMEZONE=str(settings.terms.zone),
        WTF_CSRF_TIME_LIMIT=None,
        RATELIMIT_STORAGE_URI=_throttle_store(settings.redis_url),
        RATELIMIT_IN_MEMORY_FALLBACK_ENABLED=True,
        RATELIMIT_HEADERS_ENABLED=False,
    )
    POSTMAN.employ(settings)
    import_module("app.notices.webhook").WEBHOOK.employ(settings)
    login = import_module("app.accounts.login")
    Babel(app, locale_selector=login.chosen_language)
    with app.app_context():
        app.config["LANGUAGES"] = words.languages()
    csrf.init_app(app)
    limiter.init_app(app)
    login.join(app)
    import_module("app.web.shell").join(app, settings)
    join_rooms()
    for room in ROOMS:
        if name := _furniture(room, "joins"):
            import_module(name)
        if name := _furniture(room, "views"):
            app.register_blueprint(import_module(name).bp)
    import_module("app.cli").join(app)
    app.teardown_appcontext(lambda _error: db.session.remove())
    import_module("app.accounts.guards").check_every_route(app)
    return app
