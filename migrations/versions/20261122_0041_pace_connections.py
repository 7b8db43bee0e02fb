"""Remember until when an account lets nothing leave that waited under a pulled cord."""

import sqlalchemy as sa
from alembic import op

revision = "20261122_0041"
down_revision = "20261122_0040"


def upgrade() -> None:
    op.add_column("connections", sa.Column("paced_until", sa.DateTime(timezone=True), nullable=True))


def downgrade() -> None:
    op.drop_column("connections", "paced_until")
