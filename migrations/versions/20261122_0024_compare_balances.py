"""Remember when a balance was compared with its ledger."""

import sqlalchemy as sa
from alembic import op

revision = "20261122_0024"
down_revision = "20261122_0023"


def upgrade() -> None:
    op.add_column("balances", sa.Column("compared_at", sa.DateTime(timezone=True), nullable=True))
    op.create_index("ix_balances_compared_at_id", "balances", ["compared_at", "id"])


def downgrade() -> None:
    op.drop_index("ix_balances_compared_at_id", "balances")
    op.drop_column("balances", "compared_at")
