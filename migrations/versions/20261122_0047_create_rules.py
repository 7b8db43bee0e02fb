"""Create the brand's rules and their dry runs, and let a verdict name the rule that decided."""

import sqlalchemy as sa
from alembic import op

from migrations import rules

revision = "20261122_0047"
down_revision = "20261122_0046"

_ID = sa.BigInteger().with_variant(sa.Integer(), "sqlite")
_KEPT = ("way", "guard", "rule_key", "rule_version")


def upgrade() -> None:
    op.create_table(
        "rule_books",
        sa.Column("id", _ID, nullable=False),
        sa.Column("number", sa.Integer(), nullable=False),
        sa.Column("rules", sa.JSON(), nullable=False),
        sa.Column("act", sa.String(30), nullable=False),
        sa.Column("key", sa.Integer(), nullable=False),
        sa.Column("made_by_id", _ID, nullable=True),
        sa.Column("made_at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(["made_by_id"], ["users.id"], name="fk_rule_books_made_by_id_users"),
        sa.PrimaryKeyConstraint("id", name="pk_rule_books"),
        sa.UniqueConstraint("number", name="uq_rule_books_number"),
    )
    rules.refuse_changes(("rule_books",))
    op.create_table(
        "rule_dry_runs",
        sa.Column("id", _ID, nullable=False),
        sa.Column("act", sa.String(30), nullable=False),
        sa.Column("key", sa.Integer(), nullable=False),
        sa.Column("before", sa.JSON(), nullable=False),
        sa.Column("after", sa.JSON(), nullable=False),
        sa.Column("posts", sa.Integer(), nullable=False),
        sa.Column("reaches_back_to", sa.DateTime(timezone=True), nullable=False),
        sa.Column("is_whole", sa.Boolean(), nullable=False),
        sa.Column("decided", sa.Integer(), nullable=False),
        sa.Column("kept", sa.Integer(), nullable=False),
        sa.Column("moves", sa.JSON(), nullable=False),
        sa.Column("marked", sa.Integer(), nullable=False),
        sa.Column("changes", sa.JSON(), nullable=False),
        sa.Column("made_by_id", _ID, nullable=False),
        sa.Column("made_at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(["made_by_id"], ["users.id"], name="fk_rule_dry_runs_made_by_id_users"),
        sa.PrimaryKeyConstraint("id", name="pk_rule_dry_runs"),
    )
    op.add_column("triage_verdicts", sa.Column("way", sa.String(30), nullable=True))
    op.add_column("triage_verdicts", sa.Column("guard", sa.String(30), nullable=True))
    op.add_column("triage_verdicts", sa.Column("rule_key", sa.Integer(), nullable=True))
    op.add_column("triage_verdicts", sa.Column("rule_version", sa.Integer(), nullable=True))
    op.create_index(
        "ix_triage_verdicts_rule",
        "triage_verdicts",
        ["rule_key", "decided_at"],
        sqlite_where=sa.text("rule_key IS NOT NULL"),
        postgresql_where=sa.text("rule_key IS NOT NULL"),
    )


def downgrade() -> None:
    op.drop_index("ix_triage_verdicts_rule", "triage_verdicts")
    for column in reversed(_KEPT):
        op.drop_column("triage_verdicts", column)
    op.drop_table("rule_dry_runs")
    rules.let_change(("rule_books",))
    op.drop_table("rule_books")
