"""Count the editions of a post, and say why an approved reply is held."""

import sqlalchemy as sa
from alembic import op

revision = "20261122_0025"
down_revision = "20261122_0024"


def upgrade() -> None:
    op.add_column("mentions", sa.Column("edition", sa.Integer(), nullable=False, server_default="1"))
    op.add_column("publications", sa.Column("held_because", sa.String(30), nullable=True))
    op.execute("UPDATE publications SET held_because = 'CORD' WHERE status = 'HELD'")


def downgrade() -> None:
    op.drop_column("publications", "held_because")
    op.drop_column("mentions", "edition")
