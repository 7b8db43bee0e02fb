"""Remember on a sending who approved first, where two people must."""

import sqlalchemy as sa
from alembic import op

revision = "20261122_0044"
down_revision = "20261122_0043"

BIG = sa.BigInteger().with_variant(sa.Integer(), "sqlite")


def upgrade() -> None:
    op.add_column("publications", sa.Column("first_approved_by_id", BIG, nullable=True))


def downgrade() -> None:
    op.drop_column("publications", "first_approved_by_id")
