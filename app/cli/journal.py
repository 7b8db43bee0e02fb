"""Check that nobody changed the journal behind the house's back."""

import click
from flask.cli import with_appcontext

from app.foundation import seals
from app.foundation.db import session
from app.foundation.heads import check_heads
from app.foundation.seals import Place

AT_ONCE = 5_000


@click.command("check-journal")
@with_appcontext
def check_journal() -> None:
    """Check every line of the journal against its seal, and the chain against what was written down of it."""
    place, before = Place(), None
    faults: list[str] = []
    while place != before:
        found = seals.check(place, limit=AT_ONCE)
        place, before = found.place, place
        faults += found.faults
        session.rollback()  # nothing was written: no transaction stays open for the whole journal
    heads, missed = check_heads()
    faults += missed
    if faults:
        raise click.ClickException("\n".join(faults))
    click.echo(
        f"The journal is whole. Lines that are as they were sealed: {place.number}. Heads written down that agree: {heads}."
    )
