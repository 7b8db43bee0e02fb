"""Refuse moves that no lifecycle knows, and changes of journal and ledger."""

from migrations import rules

revision = "20261122_0027"
down_revision = "20261122_0026"


def upgrade() -> None:
    rules.refuse_other_moves(rules.MOVES_1)
    rules.refuse_changes(rules.APPEND_ONLY)


def downgrade() -> None:
    rules.let_change(rules.APPEND_ONLY)
    rules.let_any_move(rules.MOVES_1)
