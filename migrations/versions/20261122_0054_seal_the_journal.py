"""Seal the journal's lines in a chain, and check it once a day."""

import sqlalchemy as sa
from alembic import op

from migrations import rules

revision = "20261122_0054"
down_revision = "20261122_0053"

_ID = sa.BigInteger().with_variant(sa.Integer(), "sqlite")


def upgrade() -> None:
    op.create_table(
        "journal_seals",
        sa.Column("id", _ID, autoincrement=False, nullable=False),
        sa.Column("entry_id", _ID, nullable=False),
        sa.Column("digest", sa.String(64), nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_journal_seals"),
        sa.UniqueConstraint("entry_id", name="uq_journal_seals_entry_id"),
    )
    op.create_table(
        "journal_checks",
        sa.Column("id", _ID, autoincrement=False, nullable=False),
        sa.Column("began_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("number", _ID, nullable=False),
        sa.Column("digest", sa.String(64), nullable=False),
        sa.Column("faults", sa.Integer(), nullable=False),
        sa.Column("said", sa.Text(), nullable=False),
        sa.Column("ended_at", sa.DateTime(timezone=True), nullable=True),
        sa.PrimaryKeyConstraint("id", name="pk_journal_checks"),
    )
    rules.refuse_changes(("journal_seals",))


def downgrade() -> None:
    rules.let_change(("journal_seals",))
    op.drop_table("journal_checks")
    op.drop_table("journal_seals")
