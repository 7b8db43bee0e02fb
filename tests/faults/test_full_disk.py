"""A disk that is really full, under SQLite and under PostgreSQL: nothing is sent, nothing is half written, and room is enough."""

import os
import subprocess
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager, suppress
from pathlib import Path

import pytest
from sqlalchemy.exc import DBAPIError

from app.foundation.db import session
from app.publishing.models import PublicationStatus
from tests import factories, servers
from tests.conftest import migrate, sign_in
from tests.faults.conftest import fill_up, join_house, leave_house, web_application
from tests.worker.test_publishing import Network, due_publications, statuses
from worker.lanes.publishing import drain_publishing

SIZES = {"sqlite": "8m", "postgresql": "160m"}


@contextmanager
def small_disk(place: Path, size: str) -> Iterator[Path]:
    """Have a disk of this size; where nobody may mount one, the test is not run and counted."""
    place.mkdir()
    words = ["mount", "-t", "tmpfs", "-o", f"size={size},mode=0777", "tmpfs", str(place)]
    try:
        mounted = subprocess.run(words, capture_output=True, text=True, check=False)
    except FileNotFoundError:
        servers.missing("disk", "there is no mount")
    if mounted.returncode:
        servers.missing("disk", f"a small disk cannot be mounted: {mounted.stderr.strip()}")
    try:
        yield place
    finally:
        subprocess.run(["umount", "--lazy", str(place)], check=True)


@pytest.fixture(params=SIZES)
def disk(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Path]:
    """A small disk with the application's database on it."""
    kind = request.param
    with ExitStack() as stack:
        # PostgreSQL runs as somebody else, who may not enter the folders of the tests.
        place = Path("/tmp") / f"ovation-disk-{os.getpid()}"
        stack.callback(place.rmdir)
        stack.enter_context(small_disk(place, SIZES[kind]))
        url = f"sqlite:///{place / 'ovation.db'}"
        if kind == "postgresql":
            (place / "server").mkdir()
            try:
                url = stack.enter_context(servers.own_postgresql(home=place / "server")).url
            except servers.ServerMissing as error:
                servers.missing("postgresql", str(error))
        migrate(url)
        join_house(url)
        stack.callback(leave_house)
        yield place


def fill(disk: Path) -> Path:
    """Leave no room; return the file that takes it."""
    filler = disk / "filler"
    with suppress(OSError), filler.open("wb", buffering=0) as file:
        for size in (1 << 20, 1 << 12, 1):
            with suppress(OSError):
                while file.write(bytes(size)):
                    pass
    return filler


def test_nothing_is_sent_while_it_is_full_and_all_goes_on_when_there_is_room(disk: Path, network: Network) -> None:
    keys = due_publications(3)
    client = sign_in(web_application().test_client(), factories.ada().user)
    session.remove()
    post_id = factories.make_mention().id
    filler = fill(disk)
    fill_up()

    with suppress(DBAPIError):
        drain_publishing()
    session.remove()
    refused = client.post(f"/feed/{post_id}/claim")

    assert network.posted == []
    assert statuses() == [PublicationStatus.READY] * 3
    assert (refused.status_code, "Please try again" in refused.text) == (503, True)
    assert "Publishing paused: storage." in client.get("/feed").text

    filler.unlink()
    session.remove()
    drain_publishing()

    assert sorted(network.posted) == sorted(keys)
    assert statuses() == [PublicationStatus.SENT] * 3
