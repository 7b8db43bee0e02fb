"""Create topics."""

import sqlalchemy as sa
from alembic import op

revision = "20261122_0014"
down_revision = "20261122_0013"


def upgrade() -> None:
    op.create_table(
        "topics",
        sa.Column("id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("name", sa.String(length=40), nullable=False),
        sa.Column("words", sa.JSON(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_topics")),
        sa.UniqueConstraint("name", name=op.f("uq_topics_name")),
    )


def downgrade() -> None:
    op.drop_table("topics")
