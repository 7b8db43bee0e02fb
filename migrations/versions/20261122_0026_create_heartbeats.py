"""Create heartbeats."""

import sqlalchemy as sa
from alembic import op

revision = "20261122_0026"
down_revision = "20261122_0025"


def upgrade() -> None:
    op.create_table(
        "heartbeats",
        sa.Column("id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("process", sa.String(length=30), nullable=False),
        sa.Column("machine", sa.String(length=64), nullable=False),
        sa.Column("beat_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("apart_seconds", sa.Float(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_heartbeats")),
        sa.UniqueConstraint("process", "machine", name=op.f("uq_heartbeats_process_machine")),
    )


def downgrade() -> None:
    op.drop_table("heartbeats")
