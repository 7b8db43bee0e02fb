"""Remember which admin asks a second one to end a recovery."""

import sqlalchemy as sa
from alembic import op

revision = "20261122_0042"
down_revision = "20261122_0041"

BIG = sa.BigInteger().with_variant(sa.Integer(), "sqlite")


def upgrade() -> None:
    op.add_column("recoveries", sa.Column("asked_by_id", BIG, nullable=True))
    op.add_column("recoveries", sa.Column("asked_at", sa.DateTime(timezone=True), nullable=True))


def downgrade() -> None:
    op.drop_column("recoveries", "asked_at")
    op.drop_column("recoveries", "asked_by_id")
