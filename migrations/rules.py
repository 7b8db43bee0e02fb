"""What the database itself refuses: moves that no lifecycle knows, and changes to what is only ever added.

Each step of ``versions`` names the set of moves it brings; a set is never changed once a release carries it, a later step
brings a new one. SQLite drops a table's triggers with each batch step on it: put that step inside ``triggers_kept``.
"""

from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager

import sqlalchemy as sa
from alembic import op

#: From each state of each table, the states it may move to. A state with nowhere to go is left out.
Moves = Mapping[str, Mapping[str, Iterable[str]]]

MOVES_1: Moves = {
    "publications": {
        "READY": ("SENDING", "HELD", "CANCELLED", "EXPIRED", "QUARANTINED", "HANDED_OUT"),
        "WAITING": ("SENDING", "HELD", "CANCELLED", "EXPIRED", "QUARANTINED"),
        "SENDING": ("SENT", "REFUSED", "WAITING", "UNKNOWN"),
        "UNKNOWN": ("SENT", "ABSENT"),
        "ABSENT": ("SENT", "READY"),
        "HELD": ("READY", "CANCELLED", "EXPIRED"),
        "HANDED_OUT": ("SENT", "CANCELLED", "EXPIRED"),
        "SENT": ("RETRACTED", "GONE"),
    },
    "mentions": {
        "RECEIVED": ("OPEN", "UNSURE", "IGNORED", "ESCALATED", "BY_HAND", "QUARANTINED"),
        "UNSURE": ("OPEN", "IGNORED", "ESCALATED", "BY_HAND"),
        "OPEN": ("CLAIMED", "IGNORED", "ESCALATED", "BY_HAND", "EXPIRED"),
        "CLAIMED": ("OPEN", "BY_HAND", "IN_REVIEW", "ESCALATED", "IGNORED"),
        "IN_REVIEW": ("CLAIMED", "OPEN", "BY_HAND", "ANSWERED", "ESCALATED", "IGNORED"),
        "ESCALATED": ("OPEN", "BY_HAND", "ANSWERED", "CLOSED", "IGNORED"),
        "BY_HAND": ("CLAIMED", "ESCALATED", "IGNORED", "EXPIRED"),
        "IGNORED": ("OPEN", "BY_HAND"),
        "QUARANTINED": ("ESCALATED", "IGNORED"),
    },
    "replies": {
        "DRAFT": ("SUBMITTED", "APPROVED", "WITHDRAWN"),
        "SUBMITTED": ("DRAFT", "APPROVED", "RETURNED", "REJECTED", "WITHDRAWN"),
        "RETURNED": ("SUBMITTED", "WITHDRAWN"),
        "APPROVED": ("PUBLISHED", "SUBMITTED", "FAILED", "WITHDRAWN"),
        "PUBLISHED": ("RETRACTED",),
        "FAILED": ("SUBMITTED",),
    },
    "cases": {"OPEN": ("ASSIGNED", "RESOLVED", "RETURNED"), "ASSIGNED": ("RESOLVED", "RETURNED")},
}
#: A post whose reply was taken back is answered anew.
MOVES_2: Moves = {**MOVES_1, "mentions": {**MOVES_1["mentions"], "ANSWERED": ("ESCALATED",)}}
#: A post that its author edited is heard as if it were new.
MOVES_3: Moves = {
    **MOVES_2,
    "mentions": {
        **MOVES_2["mentions"],
        "UNSURE": ("OPEN", "IGNORED", "ESCALATED", "BY_HAND", "RECEIVED"),
        "OPEN": ("CLAIMED", "IGNORED", "ESCALATED", "BY_HAND", "EXPIRED", "RECEIVED"),
        "BY_HAND": ("CLAIMED", "ESCALATED", "IGNORED", "EXPIRED", "RECEIVED"),
        "IGNORED": ("OPEN", "BY_HAND", "RECEIVED"),
        "QUARANTINED": ("ESCALATED", "IGNORED", "RECEIVED"),
    },
}
#: What a listener said of a post is taken back.
MOVES_4: Moves = {
    **MOVES_3,
    "mentions": {
        **MOVES_3["mentions"],
        **{state: (*MOVES_3["mentions"][state], "UNSURE") for state in ("OPEN", "BY_HAND", "ESCALATED", "IGNORED")},
    },
}
#: What head refuses everything but.
MOVES = MOVES_4
#: Tables whose rows are added and never changed.
APPEND_ONLY = ("journal_entries", "point_entries")


def refuse_other_moves(moves: Moves) -> None:
    """Let a row's status change only as ``moves`` say; a change that leaves it as it is stays possible."""
    for table, states in moves.items():
        allowed = ", ".join(f"'{before}>{after}'" for before, afters in states.items() for after in afters)
        illegal = f"NEW.status <> OLD.status AND OLD.status || '>' || NEW.status NOT IN ({allowed})"
        _create(f"{table}_moves", table, "UPDATE OF status", illegal, "no such move")


def let_any_move(tables: Iterable[str]) -> None:
    """Take the refusal away again."""
    for table in tables:
        _drop(f"{table}_moves", table)


def refuse_changes(tables: Iterable[str]) -> None:
    """Let rows of these tables only be added."""
    for table in tables:
        for act in ("UPDATE", "DELETE"):
            _create(f"{table}_no_{act.lower()}", table, act, "true", "rows are only added")


def let_change(tables: Iterable[str]) -> None:
    """Take that refusal away again."""
    for table in tables:
        for act in ("UPDATE", "DELETE"):
            _drop(f"{table}_no_{act.lower()}", table)


@contextmanager
def triggers_kept(table: str) -> Iterator[None]:
    """Put back after a batch step on ``table`` the triggers that SQLite drops with it."""
    kept = []
    if _on_sqlite():
        triggers = sa.text("SELECT sql FROM sqlite_master WHERE type = 'trigger' AND tbl_name = :table")
        kept = list(op.get_bind().execute(triggers, {"table": table}).scalars())
    yield
    for trigger in kept:
        op.execute(trigger)


def _create(name: str, table: str, act: str, illegal: str, says: str) -> None:
    """Create one trigger, in the place of an older one of that name. What it refuses is an integrity error."""
    _drop(name, table)
    if _on_sqlite():
        refuse = f"BEGIN SELECT RAISE(ABORT, '{table}: {says}'); END"
        op.execute(f"CREATE TRIGGER {name} BEFORE {act} ON {table} FOR EACH ROW WHEN {illegal} {refuse}")
        return
    op.execute(
        f"CREATE FUNCTION {name}() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN"
        f" RAISE EXCEPTION '{table}: {says}' USING ERRCODE = 'check_violation'; END $$"
    )
    op.execute(f"CREATE TRIGGER {name} BEFORE {act} ON {table} FOR EACH ROW WHEN ({illegal}) EXECUTE FUNCTION {name}()")


def _drop(name: str, table: str) -> None:
    if _on_sqlite():
        op.execute(f"DROP TRIGGER IF EXISTS {name}")
        return
    op.execute(f"DROP TRIGGER IF EXISTS {name} ON {table}")
    op.execute(f"DROP FUNCTION IF EXISTS {name}()")


def _on_sqlite() -> bool:
    return op.get_bind().dialect.name == "sqlite"
