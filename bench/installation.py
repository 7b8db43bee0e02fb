"""A whole installation of its own for a benchmark: a migrated database, Redis, keys; nothing of it outlives the run."""

import base64
import os
import secrets
import tempfile
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from pathlib import Path

from alembic import command
from alembic.config import Config

from app import open_house
from app.foundation import db
from app.foundation.config import Mode, Settings
from app.foundation.terms import Terms
from local.programs import find_postgresql
from local.servers import postgresql_server, redis_server

ROOT = Path(__file__).resolve().parent.parent


@dataclass(frozen=True, slots=True)
class Installation:
    """Where it is, and the environment in which its processes run."""

    settings: Settings
    folder: Path
    engine_name: str

    def environment(self) -> dict[str, str]:
        """Return what a process of this installation needs in its environment."""
        keys = ",".join(
            f"{name}:{base64.urlsafe_b64encode(key).decode()}" for name, key in self.settings.encryption_keys.items()
        )
        return {
            **os.environ,
            "PYTHONPATH": str(ROOT),
            "TZ": "UTC",
            "OVATION_MODE": self.settings.mode.value,
            "OVATION_SECRET_KEY": self.settings.secret_key,
            "OVATION_ENCRYPTION_KEYS": keys,
            "DATABASE_URL": self.settings.database_url,
            "REDIS_URL": self.settings.redis_url,
            "OVATION_LOG_LEVEL": "WARNING",
        }


@contextmanager
def installation(*, engine: str = "postgresql", redis: bool = True) -> Iterator[Installation]:
    """Open an installation on ``postgresql`` (durable) or ``sqlite``, and bind this process to it.

    Raises:
        ServerMissing: the machine has no such server.
    """
    with ExitStack() as stack:
        folder = Path(stack.enter_context(tempfile.TemporaryDirectory(prefix="ovation-bench-")))
        url = f"sqlite:///{folder / 'bench.db'}"
        if engine == "postgresql":
            url = stack.enter_context(postgresql_server(durable=True))
        redis_url = stack.enter_context(redis_server()) if redis else ""
        settings = Settings(
            mode=Mode.TEST,
            secret_key=secrets.token_hex(32),
            encryption_keys={"bench": secrets.token_bytes(32)},
            database_url=url,
            redis_url=redis_url,
            log_level="WARNING",
            terms=Terms(first_replies=0),
        )
        migrate(url)
        open_house(settings)
        stack.callback(_let_go)
        yield Installation(settings, folder, engine)


def migrate(url: str) -> None:
    """Bring the database at ``url`` to head."""
    engine = db.make_engine(url)
    with engine.connect() as connection:
        config = Config(toml_file=ROOT / "pyproject.toml")
        config.attributes["connection"] = connection
        command.upgrade(config, "head")
        connection.commit()
    engine.dispose()


def best_engine() -> str:
    """Return ``postgresql`` where it can be had, else ``sqlite``."""
    return "postgresql" if find_postgresql() else "sqlite"


def gather_statistics() -> None:
    """Let the planner know the tables, as a server in use does by itself, once a minute."""
    with db.engine().connect() as connection:
        connection.execution_options(isolation_level="AUTOCOMMIT").exec_driver_sql("ANALYZE")


def _let_go() -> None:
    engine = db.engine()
    db.session.remove()
    engine.dispose()
