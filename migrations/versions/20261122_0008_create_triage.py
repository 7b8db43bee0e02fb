"""Create triage."""

import sqlalchemy as sa
from alembic import op

revision = "20261122_0008"
down_revision = "20261122_0007"


def upgrade() -> None:
    op.create_table(
        "triage_verdicts",
        sa.Column("id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("mention_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("route", sa.String(length=30), nullable=False),
        sa.Column("kind", sa.String(length=30), nullable=False),
        sa.Column("band", sa.String(length=10), nullable=False),
        sa.Column("anger", sa.Float(), nullable=False),
        sa.Column("mood", sa.Float(), nullable=False),
        sa.Column("urgent", sa.Boolean(), nullable=False),
        sa.Column("priority", sa.Integer(), nullable=False),
        sa.Column("parts", sa.JSON(), nullable=False),
        sa.Column("reasons", sa.JSON(), nullable=False),
        sa.Column("tags", sa.JSON(), nullable=False),
        sa.Column("decided_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("decided_by_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=True),
        sa.ForeignKeyConstraint(["decided_by_id"], ["users.id"], name=op.f("fk_triage_verdicts_decided_by_id_users")),
        sa.ForeignKeyConstraint(["mention_id"], ["mentions.id"], name=op.f("fk_triage_verdicts_mention_id_mentions")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_triage_verdicts")),
    )
    with op.batch_alter_table("triage_verdicts", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_triage_verdicts_mention_id_id"), ["mention_id", "id"], unique=False)


def downgrade() -> None:
    with op.batch_alter_table("triage_verdicts", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_triage_verdicts_mention_id_id"))

    op.drop_table("triage_verdicts")
