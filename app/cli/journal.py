"""Check that nobody changed the journal behind the house's back."""

import click
from flask.cli import with_appcontext

from app.foundation import seals
from app.foundation.db import session
from app.foundation.heads import check_heads
from app.foundation.seals import Place, Tampered

AT_ONCE = 5_000


@click.command("check-journal")
@with_appcontext
def check_journal() -> None:
    """Check every line of the journal against its seal, and the chain against what was written down of it."""
    place, before = Place(), None
    try:
        while place != before:
            place, before = seals.check(place, limit=AT_ONCE), place
            session.rollback()  # nothing was written: no transaction stays open for the whole journal
        heads = check_heads()
    except Tampered as error:
        raise click.ClickException(str(error)) from error
    click.echo(
        f"The journal is whole. Lines that are as they were sealed: {place.number}. Heads written down that agree: {heads}."
    )
