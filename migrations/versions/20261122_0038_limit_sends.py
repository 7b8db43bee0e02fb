"""Limit how many sends an account makes, and remember which publications fail before they are sent."""

import sqlalchemy as sa
from alembic import op

revision = "20261122_0038"
down_revision = "20261122_0037"

BIG = sa.BigInteger().with_variant(sa.Integer(), "sqlite")
WAITS = sa.text("status IN ('READY', 'WAITING')")


def upgrade() -> None:
    op.add_column("connections", sa.Column("send_limit", sa.Integer(), nullable=False, server_default="100"))
    op.add_column("connections", sa.Column("send_window_seconds", sa.Integer(), nullable=False, server_default="900"))
    op.add_column("publications", sa.Column("taken_at", sa.DateTime(timezone=True), nullable=True))
    op.add_column("publications", sa.Column("deaths", sa.Integer(), nullable=False, server_default="0"))
    op.add_column("publications", sa.Column("faults", sa.Integer(), nullable=False, server_default="0"))
    op.add_column("publications", sa.Column("prepared", sa.JSON(), nullable=True))
    op.create_index(
        "ix_publications_due", "publications", ["next_try_at", "id"], sqlite_where=WAITS, postgresql_where=WAITS
    )
    op.create_table(
        "sends",
        sa.Column("id", BIG, nullable=False),
        sa.Column("connection_id", BIG, nullable=False),
        sa.Column("publication_id", BIG, nullable=False),
        sa.Column("attempt", sa.Integer(), nullable=False),
        sa.Column("free_at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(["connection_id"], ["connections.id"], name=op.f("fk_sends_connection_id_connections")),
        sa.ForeignKeyConstraint(
            ["publication_id"], ["publications.id"], name=op.f("fk_sends_publication_id_publications")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_sends")),
    )
    op.create_index(op.f("ix_sends_connection_id_free_at"), "sends", ["connection_id", "free_at"])
    op.create_index(op.f("ix_sends_publication_id_attempt"), "sends", ["publication_id", "attempt"])


def downgrade() -> None:
    op.drop_table("sends")
    op.drop_index("ix_publications_due", "publications", sqlite_where=WAITS, postgresql_where=WAITS)
    for column in ("prepared", "faults", "deaths", "taken_at"):
        op.drop_column("publications", column)
    for column in ("send_window_seconds", "send_limit"):
        op.drop_column("connections", column)
