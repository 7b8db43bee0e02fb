"""Mark holds that are incidents, with the line that writers may use."""

import sqlalchemy as sa
from alembic import op

revision = "20261122_0035"
down_revision = "20261122_0034"


def upgrade() -> None:
    op.add_column("holds", sa.Column("is_incident", sa.Boolean(), nullable=False, server_default=sa.false()))
    op.add_column("holds", sa.Column("approved_line", sa.Text(), nullable=False, server_default=""))


def downgrade() -> None:
    op.drop_column("holds", "approved_line")
    op.drop_column("holds", "is_incident")
