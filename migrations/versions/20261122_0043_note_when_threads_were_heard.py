"""Remember when a post beside mentions was heard, which may be long after it was written."""

import sqlalchemy as sa
from alembic import op

revision = "20261122_0043"
down_revision = "20261122_0042"


def upgrade() -> None:
    op.add_column("thread_posts", sa.Column("heard_at", sa.DateTime(timezone=True), nullable=True))


def downgrade() -> None:
    op.drop_column("thread_posts", "heard_at")
