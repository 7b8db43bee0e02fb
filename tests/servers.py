"""The real servers and the browser that tests use where they are found, and what to do where they are not.

``OVATION_REQUIRE=postgresql,redis,chromium`` turns every skip for want of one of them into a failure.
"""

import os
import shutil
from typing import NoReturn

import pytest

from local.programs import find_postgresql, find_redis
from local.servers import (
    Server,
    ServerMissing,
    create_database,
    drop_database,
    own_postgresql,
    own_redis,
    postgresql_server,
    redis_server,
)

__all__ = [
    "Server",
    "ServerMissing",
    "create_database",
    "drop_database",
    "find_chromium",
    "find_postgresql",
    "find_redis",
    "missing",
    "own_postgresql",
    "own_redis",
    "postgresql_server",
    "redis_server",
    "required",
]


def required(server: str) -> bool:
    """Whether ``server`` (postgresql, redis or chromium) must be there on this run."""
    return server in os.environ.get("OVATION_REQUIRE", "").replace(" ", "").split(",")


def missing(server: str, why: str) -> NoReturn:
    """Skip the test that needs ``server``, or fail it where the server is required."""
    if required(server):
        pytest.fail(f"{server} is required, and missing: {why}", pytrace=False)
    pytest.skip(f"needs {server}: {why}")


def find_chromium() -> str | None:
    """The path of Debian's Chromium, or of a browser which takes the same options, or None."""
    for name in ("chromium", "chromium-browser", "google-chrome-stable", "google-chrome"):
        if found := shutil.which(name):
            return found
    return None
