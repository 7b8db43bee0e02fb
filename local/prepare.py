"""Bring the demo's database to this release and fill in what is missing of the demo; one process for both, as each costs a start.

Prints what the seed says of the ways in.
"""

import os
import sys

from alembic import command
from alembic.config import Config

from app import open_house
from app.cli.demo import seed, sign_ins
from app.foundation import clock
from app.foundation.config import load_settings
from local.folder import ROOT


def main() -> None:
    """Do what ``make migrate`` and ``flask seed-demo`` do."""
    settings = load_settings(os.environ)
    command.upgrade(Config(toml_file=ROOT / "pyproject.toml"), "head")
    open_house(settings)
    seed(settings, at=clock.now())
    sys.stdout.writelines(f"{line}\n" for line in sign_ins())


if __name__ == "__main__":
    main()
