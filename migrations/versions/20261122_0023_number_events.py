"""Number events by their transaction, since PostgreSQL shows rows in another order than it gives them ids."""

import sqlalchemy as sa
from alembic import op

revision = "20261122_0023"
down_revision = "20261122_0022"


def upgrade() -> None:
    server = op.get_bind().dialect.name == "postgresql"
    filled = sa.text("pg_current_xact_id()::text::bigint" if server else "0")
    kind = sa.BigInteger().with_variant(sa.Integer(), "sqlite")
    op.add_column("events", sa.Column("transaction", kind, nullable=False, server_default=filled))
    op.create_index("ix_events_transaction", "events", ["transaction"])


def downgrade() -> None:
    op.drop_index("ix_events_transaction", "events")
    op.drop_column("events", "transaction")
