"""Learn anew what is usual, from the posts that are there."""

import click
from flask.cli import with_appcontext

from app.foundation.db import unit_of_work
from app.foundation.lanes import crash_point
from app.spikes import actions


@click.command("recount")
@with_appcontext
def recount() -> None:
    """Forget how much was heard, and let the sweeps count every post that is still there."""
    with unit_of_work():
        actions.forget_counts()
    crash_point("counts.forgotten")
    click.echo("The posts of the last eight weeks are counted anew while everything goes on.")
