"""Search for words on a network, and fill the gaps in what was heard."""

import sqlalchemy as sa
from alembic import op

revision = "20261122_0040"
down_revision = "20261122_0039"

_ID = sa.BigInteger().with_variant(sa.Integer(), "sqlite")


def upgrade() -> None:
    op.create_table(
        "saved_searches",
        sa.Column("id", _ID, nullable=False),
        sa.Column("connection_id", _ID, nullable=False),
        sa.Column("name", sa.String(60), nullable=False),
        sa.Column("query", sa.Text(), nullable=False),
        sa.Column("destination", sa.String(20), nullable=False),
        sa.Column("is_on", sa.Boolean(), nullable=False),
        sa.Column("cursor", sa.Text(), nullable=True),
        sa.Column("searched_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("heard_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("last_error", sa.Text(), nullable=True),
        sa.Column("last_error_at", sa.DateTime(timezone=True), nullable=True),
        sa.CheckConstraint(
            "destination IN ('CROWD', 'HELLO', 'STAFF', 'OBSERVE')", name="ck_saved_searches_destination"
        ),
        sa.ForeignKeyConstraint(
            ["connection_id"], ["connections.id"], name="fk_saved_searches_connection_id_connections"
        ),
        sa.PrimaryKeyConstraint("id", name="pk_saved_searches"),
        sa.UniqueConstraint("connection_id", "name", name="uq_saved_searches_connection_id_name"),
    )
    op.add_column("mentions", sa.Column("destination", sa.String(30), nullable=True))
    op.add_column("listening_gaps", sa.Column("cursor", sa.Text(), nullable=True))
    op.add_column("listening_gaps", sa.Column("healed_at", sa.DateTime(timezone=True), nullable=True))
    op.add_column("listening_gaps", sa.Column("healed_from", sa.DateTime(timezone=True), nullable=True))


def downgrade() -> None:
    for name in ("healed_from", "healed_at", "cursor"):
        op.drop_column("listening_gaps", name)
    op.drop_column("mentions", "destination")
    op.drop_table("saved_searches")
