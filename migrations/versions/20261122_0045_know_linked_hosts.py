"""Remember the hosts that approved replies have led to."""

import sqlalchemy as sa
from alembic import op

revision = "20261122_0045"
down_revision = "20261122_0044"


def upgrade() -> None:
    op.create_table(
        "linked_hosts",
        sa.Column("host", sa.String(253), nullable=False),
        sa.PrimaryKeyConstraint("host", name="pk_linked_hosts"),
    )


def downgrade() -> None:
    op.drop_table("linked_hosts")
