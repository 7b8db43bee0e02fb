"""Pin the edition of the post that an approval saw."""

import sqlalchemy as sa
from alembic import op

revision = "20261122_0028"
down_revision = "20261122_0027"


def upgrade() -> None:
    for table in ("publications", "reviews"):
        op.add_column(table, sa.Column("edition", sa.Integer(), nullable=False, server_default="1"))


def downgrade() -> None:
    for table in ("reviews", "publications"):
        op.drop_column(table, "edition")
