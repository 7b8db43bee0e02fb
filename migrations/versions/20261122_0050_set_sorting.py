"""Keep how far sorting leans, and what it would do."""

import sqlalchemy as sa
from alembic import op

revision = "20261122_0050"
down_revision = "20261122_0049"

_ID = sa.BigInteger().with_variant(sa.Integer(), "sqlite")


def upgrade() -> None:
    op.create_table(
        "sorting_versions",
        sa.Column("id", _ID, nullable=False),
        sa.Column("number", sa.Integer(), nullable=False),
        sa.Column("step", sa.Integer(), nullable=False),
        sa.Column("shifts", sa.JSON(), nullable=True),
        sa.Column("made_by_id", _ID, nullable=False),
        sa.Column("made_at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(["made_by_id"], ["users.id"], name="fk_sorting_versions_made_by_id_users"),
        sa.PrimaryKeyConstraint("id", name="pk_sorting_versions"),
        sa.UniqueConstraint("number", name="uq_sorting_versions_number"),
    )
    op.create_table(
        "sorting_outlooks",
        sa.Column("id", _ID, nullable=False),
        sa.Column("made_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("posts", sa.Integer(), nullable=False),
        sa.Column("read", sa.Integer(), nullable=False),
        sa.Column("is_whole", sa.Boolean(), nullable=False),
        sa.Column("steps", sa.JSON(), nullable=False),
        sa.Column("weeks", sa.JSON(), nullable=False),
        sa.Column("tallies", sa.JSON(), nullable=False),
        sa.Column("shifts", sa.JSON(), nullable=False),
        sa.Column("learnt_from", sa.JSON(), nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_sorting_outlooks"),
    )
    op.create_index("ix_sorting_outlooks_made_at", "sorting_outlooks", ["made_at"])


def downgrade() -> None:
    op.drop_table("sorting_outlooks")
    op.drop_table("sorting_versions")
