"""Commands that take a backup and put one back."""

import re
import tempfile
from datetime import timedelta
from pathlib import Path

import click
from alembic import command
from alembic.config import Config
from alembic.script import ScriptDirectory
from flask import current_app
from flask.cli import with_appcontext

from app.cli.archive import ROOT, Broken, Manifest, pack, read_manifest, release, rotate, unpack
from app.cli.databases import Database, Failed, database_of, holds_people, revision_here
from app.cli.recovery import erase_what_was_erased
from app.foundation import clock, db
from app.foundation.heads import HEADS
from app.foundation.lanes import crash_point

_DAYS = re.compile(r"([1-9][0-9]{0,3})d")


class _Days(click.ParamType[timedelta]):
    name = "days"

    def convert(self, value: object, param: click.Parameter | None, ctx: click.Context | None) -> timedelta:
        found = _DAYS.fullmatch(str(value))
        if found is None:
            self.fail("say a number of days, like 30d", param, ctx)
        return timedelta(days=int(found[1]))


@click.command("backup")
@with_appcontext
@click.argument("folder", type=click.Path(file_okay=False, path_type=Path))
@click.option("--keep", type=_Days(), help="Delete the backups there that are older, like 30d.")
def backup(folder: Path, keep: timedelta | None) -> None:
    """Back the database up into one file in FOLDER. The encryption keys are not in it: keep them elsewhere."""
    database = _database()
    revision = revision_here()
    if not revision:
        raise click.ClickException("The database is empty: there is nothing to back up.")
    folder.mkdir(parents=True, exist_ok=True, mode=0o700)
    manifest = Manifest(release(), revision, clock.now(), database.kind)
    try:
        with tempfile.TemporaryDirectory(prefix=".taking-", dir=folder) as private:
            content = Path(private) / "content"
            database.copy_out(content)
            written = pack(content, manifest, folder)
            unpack(written, content)  # what cannot be read back is no backup
    except (Failed, Broken, OSError) as error:
        raise click.ClickException(f"No backup was taken. {error}") from error
    click.echo(f"{written} ({written.stat().st_size // 1024} KiB, {revision}). The encryption keys are not in it.")
    for old in rotate(folder, keep=keep, at=clock.now()) if keep else ():
        click.echo(f"Deleted {old}, which was older than {keep.days if keep else 0} days.")


@click.command("restore")
@with_appcontext
@click.argument("file", type=click.Path(dir_okay=False, path_type=Path))
@click.option("--into-non-empty", is_flag=True, help="Replace a database that is in use; everything in it goes.")
def restore(file: Path, into_non_empty: bool) -> None:
    """Put the database back to the state in FILE. Nothing is sent until the networks have been read again."""
    database = _database()
    try:
        manifest = read_manifest(file)
        _check(manifest, database, may_replace=into_non_empty)
        with tempfile.TemporaryDirectory(prefix="ovation-restore-") as private:
            content = Path(private) / "content"
            unpack(file, content)
            db.session.remove()
            db.engine().dispose()
            database.put_back(content, started_at=clock.now(), lost_from=manifest.taken_at)
        HEADS.put_back(at=clock.now())
        crash_point("restore.put_back")
        _migrate()
    except (Failed, Broken) as error:
        raise click.ClickException(str(error)) from error
    crash_point("restore.migrated")
    click.echo(f"The database stands as it did at {manifest.taken_at:%Y-%m-%d %H:%M:%S} UTC.")
    click.echo(erase_what_was_erased())
    click.echo("Recovery mode is on: nothing is sent until our own posts on every network have been read.")
    click.echo("Everybody was signed out. What to check now stands in docs/operate.md.")


def _database() -> Database:
    return database_of(current_app.config["SETTINGS"].database_url)


def _check(manifest: Manifest, database: Database, *, may_replace: bool) -> None:
    if manifest.database != database.kind:
        raise Failed(f"That is a backup of {manifest.database}, and this installation uses {database.kind}.")
    if manifest.revision not in _known_revisions():
        raise Failed(
            f"That backup is of a newer release ({manifest.release}, {manifest.revision}). Install that first."
        )
    if not may_replace and holds_people():
        raise Failed("This database is in use. To replace everything in it, say --into-non-empty.")


def _known_revisions() -> set[str]:
    scripts = ScriptDirectory.from_config(Config(toml_file=ROOT / "pyproject.toml"))
    return {script.revision for script in scripts.walk_revisions()}


def _migrate() -> None:
    """Bring what an older release left to this one."""
    config = Config(toml_file=ROOT / "pyproject.toml")
    with db.engine().connect() as connection:
        config.attributes["connection"] = connection
        command.upgrade(config, "head")
        connection.commit()
