"""What keeps and brings back: erasures are copied outside the database, and after a restore the networks are read."""

from app.privacy.replay import write_down
from worker.shift import may_go_on


def log_tombstones() -> None:
    """Copy what was erased into the log outside the database, until nothing is left."""
    while may_go_on() and write_down():
        pass
