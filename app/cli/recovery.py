"""Commands of recovery mode: on by hand, and erasing again what a backup brought back."""

from datetime import UTC, datetime

import click
from flask.cli import with_appcontext

from app.foundation import clock
from app.foundation.db import unit_of_work
from app.foundation.errors import DomainError
from app.foundation.heads import HEADS
from app.foundation.lanes import crash_point
from app.foundation.recovery import start_recovery
from app.privacy.log import LOG
from app.privacy.replay import replay


@click.group("recovery")
def recovery() -> None:
    """Recovery mode: nothing is sent until our own posts on every network have been read."""


@recovery.command("start")
@with_appcontext
@click.option(
    "--since", type=click.DateTime(), help="What came later may be missing here; UTC, like 2026-11-22T09:00:00."
)
def start(since: datetime | None) -> None:
    """Turn recovery mode on, after a standby took over or a database was put back by other means."""
    try:
        with unit_of_work():
            begun = start_recovery(lost_from=since.replace(tzinfo=UTC) if since else None, by_id=None, at=clock.now())
    except DomainError as error:
        raise click.ClickException(error.message) from error
    crash_point("recovery.started")
    HEADS.put_back(at=clock.now())
    click.echo(f"Recovery mode is on. What happened after {begun.lost_from:%Y-%m-%d %H:%M:%S} UTC is read back.")
    click.echo(erase_what_was_erased())


def erase_what_was_erased() -> str:
    """Replay the tombstone log; return in a sentence what came of it."""
    erased = replay()
    if LOG.path is None or not LOG.path.exists():
        return "There is no tombstone log, so nothing was erased again: see docs/operate.md."
    return f"The tombstone log was replayed: {erased} posts that had come back were erased again."
