"""Commands for whoever runs it: the first admin, the demo, backups."""

import re
import secrets
import sys

import click
from flask import Flask, current_app
from flask.cli import with_appcontext

from app.accounts import passwords
from app.accounts.actions import links
from app.accounts.models import Role
from app.advocates import actions as advocates
from app.cli.backups import backup, restore
from app.cli.demo import seed, sign_ins
from app.cli.journal import check_journal
from app.cli.recount import recount
from app.cli.recovery import recovery
from app.foundation import clock
from app.foundation.db import unit_of_work
from app.foundation.errors import DomainError
from app.foundation.lanes import crash_point

KEY_BYTES = 32
HANDLE_LONGEST = 30


@click.command("create-admin")
@with_appcontext
@click.option("--email", prompt="Email", help="The address to sign in with.")
@click.option("--name", prompt="Name", help="What colleagues call them.")
@click.option("--link", is_flag=True, help="Ask for no password: print a link to choose one.")
def create_admin(email: str, name: str, link: bool) -> None:
    """Make an admin, by a password typed here or by a link that works once within 48 hours."""
    password = "" if link or not _is_at_a_terminal() else _ask_password()
    key = secrets.token_urlsafe(KEY_BYTES)
    try:
        if password:
            passwords.check(password, about=[email, name])
        hashed = passwords.hashed(password) if password else ""
        with unit_of_work():
            links.invite(email=email, roles=[Role.ADMIN], key=key, by_id=None, at=clock.now())
            if password:
                advocates.accept_invitation(
                    key=key, name=name, handle=_handle(email), password_hash=hashed, at=clock.now()
                )
        crash_point("admin.created")
    except DomainError as error:
        raise click.ClickException(error.message) from error
    if password:
        click.echo(f"{name} can sign in with {email}.")
    else:
        path = current_app.url_map.bind("").build("advocates.join", {"key": key})
        click.echo(f"Within 48 hours, once: {current_app.config['SETTINGS'].base_url}{path}")


def _is_at_a_terminal() -> bool:
    return sys.stdin.isatty()


def _ask_password() -> str:
    text = "Password (empty: a link to choose one)"
    return str(click.prompt(text, default="", show_default=False, hide_input=True, confirmation_prompt=True))


def _handle(email: str) -> str:
    local = re.sub(r"[^a-z0-9_]", "_", email.partition("@")[0].lower()).strip("_")[:HANDLE_LONGEST]
    return local if len(local) > 1 else f"admin_{secrets.token_hex(2)}"


@click.command("seed-demo")
@with_appcontext
def seed_demo() -> None:
    """Fill a demo with its made-up brand and cast; a second time adds only what is missing."""
    settings = current_app.config["SETTINGS"]
    if not settings.is_demo:
        raise click.ClickException("seed-demo works where OVATION_MODE is demo, and nowhere else.")
    seed(settings, at=clock.now())
    for line in sign_ins():
        click.echo(line)


def join(app: Flask) -> None:
    """Add the commands to ``app``."""
    for each in (create_admin, seed_demo, backup, restore, recovery, recount, check_journal):
        app.cli.add_command(each)
